#include "tools/tsc/sizes_option.h"

#include "support/error.h"
#include "tools/tsc/io.h"
#include "tools/tsc/verb.h"

#include <charconv>
#include <fmt/format.h>
#include <set>

namespace tsc::cli {

std::map<std::string, int64_t> numbers_by_name(const std::string& text, const std::string& what) {
  std::map<std::string, int64_t> sizes;
  if (text.empty()) return sizes;
  for (const std::string& part : split_list(text)) {
    const NamedText size = split_name(part, {});
    int64_t number = -1;
    const char* end = size.text.data() + size.text.size();
    const auto [read, error] = std::from_chars(size.text.data(), end, number);
    if (size.text.empty() || error != std::errc() || read != end || number < 0)
      throw UsageError(fmt::format("{}: '{}' is not NAME=NUMBER", what, printable(part)));
    sizes[size.name] = number;
  }
  return sizes;
}

void check_symbols(const Graph& graph, const std::map<std::string, int64_t>& sizes) {
  std::set<std::string> symbols;
  for (const auto* list : {&graph.inputs(), &graph.states()})
    for (NodeId id : *list)
      for (const Dim& dim : graph.type(id).shape)
        for (const std::string& symbol : dim.symbols())
          symbols.insert(symbol);
  for (const auto& [name, size] : sizes)
    if (!symbols.contains(name)) {
      Error error(Diag::UnknownName,
                  fmt::format("no input has a size '{}'{}", printable(name),
                              did_you_mean(name, {symbols.begin(), symbols.end()})));
      for (const std::string& symbol : symbols)
        error.note("size", symbol);
      throw error;
    }
}

} // namespace tsc::cli
