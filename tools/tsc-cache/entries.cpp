#include "tools/tsc-cache/entries.h"

#include "cache/folder.h"
#include "support/error.h"
#include "tools/common/program_name.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tsc::cache_cli {

Store opened(const Common& common, bool change) {
  const bool writes = change && std::filesystem::exists(common.directory);
  const auto mode = writes ? CacheMode::On : CacheMode::Read;
  check(Store(common.directory, mode, cache_limits())); // a Store cannot be moved
  return Store(common.directory, mode, cache_limits());
}

void check(const Store& store) {
  if (const auto problem = store.problem()) throw Error(Diag::BadCacheDir, *problem);
}

std::string full_key(Store& store, const std::string& digits) {
  if (digits.empty() || digits.size() > 64 || !is_hex(digits, digits.size()))
    throw UsageError(fmt::format("'{}' is no key: give the first of its hexadecimal digits, as "
                                 "'{} list' shows them",
                                 printable(digits), cli::cache_name()));
  const std::vector<std::string> keys = store.keys(digits);
  check(store);
  if (keys.empty()) throw WrongError(fmt::format("no entry's key starts with '{}'", digits));
  if (keys.size() > 1)
    throw WrongError(fmt::format("{} entries' keys start with '{}': {:.12}, {:.12}{}", keys.size(),
                                 digits, keys[0], keys[1], keys.size() > 2 ? ", ..." : ""));
  return keys[0];
}

Entry entry_with(Store& store, const std::string& digits) {
  const std::string key = full_key(store, digits);
  auto entry = store.entry(key);
  check(store);
  if (!entry)
    throw WrongError(fmt::format("the entry {:.12} is damaged, or went away meanwhile", key));
  return std::move(*entry);
}

std::string graph_summary(std::string_view key_text) {
  constexpr size_t most = 48;
  constexpr std::array<std::string_view, 3> dull = {"input", "state", "constant"};
  std::string out;
  for (const KeyField& field : key_fields(key_graph(key_text))) {
    const bool shown =
        field.tag == "node" && std::find(dull.begin(), dull.end(), field.value) == dull.end();
    if (!shown) continue;
    if (out.size() + field.value.size() > most) return out + " ...";
    out += fmt::format("{}{}", out.empty() ? "" : " ", field.value);
  }
  return out;
}

} // namespace tsc::cache_cli
