// Which entry stands closest to a key that was not found.
#pragma once

#include "cache/folder.h"
#include "cache/key_fields.h"

#include <optional>
#include <string>

namespace tsc {

struct Neighbour {
  std::string name;                  // of its file
  std::vector<Difference> differing; // but for the graph
};

// Among the entries of this key's graph the one with the fewest other fields; cheap enough for each
// miss, since they stand together and only the start of a few is read.
std::optional<Neighbour> nearest_of_graph(const Folder& folder, const std::string& key_text);

// Among the entries last used the one with the most like graph, if half of its lines are the same;
// reads many files.
std::optional<Neighbour> nearest_of_all(const Folder& folder, const std::string& key_text);

} // namespace tsc
