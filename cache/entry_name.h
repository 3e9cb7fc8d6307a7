// The names of entry files below the format's folder: "ab/abcdef012345-KEY.tsce". KEY is the
// SHA-256 of the key text; before it stand twelve digits of the SHA-256 of the key's graph, so that
// the entries of one graph stand together and a miss can cheaply tell what changed. The shard is
// the first two digits.
#pragma once

#include <string>
#include <string_view>

namespace tsc {

// "ab/abcdef012345-": how the names of all entries of this key's graph start.
std::string graph_prefix(std::string_view key_text);

std::string entry_name(std::string_view key_text);

// The 64 digits of KEY in an entry's name; empty when `name` is no entry's.
std::string_view entry_key(std::string_view name);

} // namespace tsc
