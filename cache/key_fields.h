// The text of a key taken apart again (KeyText in support/hash.h writes it), to say in the words of
// the key why a program was not found. Nothing here decides whether an entry is a hit: that is
// equality of the whole text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tsc {

enum class Miss : uint8_t {
#define MISS(id, name, meaning) id,
#include "cache/miss.def"
#undef MISS
};

struct MissRow {
  Miss reason;
  const char* name;    // "new"
  const char* meaning; // one line
};
const std::vector<MissRow>& all_misses();
const MissRow& row(Miss reason);

struct KeyField {
  std::string_view tag, value; // parts of the text
};

// The fields that stand whole at the text's start: all of a whole key, fewer of one cut off.
std::vector<KeyField> key_fields(std::string_view text);

// The value of the first field `tag`; empty when there is none.
std::string_view key_field(std::string_view text, std::string_view tag);

// The text before the graph.
std::string_view key_settings(std::string_view text);

// The graph's text, as far as it stands in `text`.
std::string_view key_graph(std::string_view text);

// The statements of a key's graph, a line each: "node sum  args 1  axes 1".
std::vector<std::string> graph_lines(std::string_view graph);

struct Difference {
  std::string field;         // "cpu", "feature", "graph line 7"
  std::string asked, stored; // one may be empty: a feature or line that only the other has
  bool operator==(const Difference&) const = default;
};

// What differs between two keys, field by field, the graph line by line.
std::vector<Difference> differences(std::string_view asked, std::string_view stored);

// The same without the graph: for keys of one graph, of which only the start was read.
std::vector<Difference> setting_differences(std::string_view asked, std::string_view stored);

// What to blame, where these fields differ: the tool before the target before options.
Miss reason_of(const std::vector<Difference>& differences);

} // namespace tsc
