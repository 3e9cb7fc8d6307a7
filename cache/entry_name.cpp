#include "cache/entry_name.h"

#include "cache/folder.h"
#include "cache/key_fields.h"
#include "support/hash.h"

namespace tsc {

namespace {

constexpr std::string_view suffix = ".tsce";
constexpr size_t shard_digits = 2, graph_digits = 12, key_digits = 64;
constexpr size_t graph_begin = shard_digits + 1, key_begin = graph_begin + graph_digits + 1;

} // namespace

std::string graph_prefix(std::string_view key_text) {
  const std::string hex = sha256(key_field(key_text, "graph")).hex();
  return hex.substr(0, shard_digits) + '/' + hex.substr(0, graph_digits) + '-';
}

std::string entry_name(std::string_view key_text) {
  return graph_prefix(key_text) + sha256(key_text).hex() + std::string(suffix);
}

std::string_view entry_key(std::string_view name) {
  if (name.size() != key_begin + key_digits + suffix.size() || !name.ends_with(suffix)) return {};
  const std::string_view graph = name.substr(graph_begin, graph_digits);
  const std::string_view key = name.substr(key_begin, key_digits);
  const bool fits = name[shard_digits] == '/' && name[key_begin - 1] == '-' &&
                    is_hex(graph, graph_digits) && is_hex(key, key_digits) &&
                    graph.starts_with(name.substr(0, shard_digits));
  return fits ? key : std::string_view{};
}

} // namespace tsc
