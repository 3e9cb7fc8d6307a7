// The store as the verbs use it: opened to be looked at or changed, its entries found by the first
// digits of their keys.
#pragma once

#include "tools/tsc-cache/verb.h"

namespace tsc::cache_cli {

// Looking into a directory changes nothing in it; a directory that is missing is not made. Throws
// BadCacheDir where it cannot be used.
Store opened(const Common& common, bool change = false);

// Throws BadCacheDir where something went wrong meanwhile.
void check(const Store& store);

// The only key that starts with `digits`; throws WrongError where there is none or several.
std::string full_key(Store& store, const std::string& digits);

// The entry under that key, checked as a hit would; throws WrongError where it is damaged or gone.
Entry entry_with(Store& store, const std::string& digits);

// "matmul add softmax ...": the first ops of a key's graph, to know an entry by.
std::string graph_summary(std::string_view key_text);

} // namespace tsc::cache_cli
