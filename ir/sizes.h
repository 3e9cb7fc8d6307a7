// The values of a graph's size symbols in one call: solved from the sizes of its arguments, then
// checked against them and against the graph's requirements.
#pragma once

#include "ir/graph.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tsc {

class SymbolValues {
public:
  // Symbol -> value. The graph's symbols are all there: see bind_sizes.
  explicit SymbolValues(std::map<std::string, int64_t> values = {}) : values_(std::move(values)) {}

  // Throws ArgumentShape where `dim` has a symbol without a value.
  int64_t operator()(const Dim& dim) const;
  std::vector<int64_t> operator()(const Shape& shape) const;

  const std::map<std::string, int64_t>& values() const { return values_; }

private:
  std::map<std::string, int64_t> values_;
};

// The one symbol of `dim` that is not known, if it stands at one place, outside of quotients.
std::optional<std::string> linear_unknown(const Dim& dim,
                                          const std::function<bool(const std::string&)>& known);

// What `dim` is in terms of such a symbol: rest + slope * symbol.
struct Linear {
  Dim rest, slope;
};
Linear linear_in(const Dim& dim, const std::string& symbol);

// One declared type and the sizes that the call gives for it.
struct GivenShape {
  std::string what; // "input 'x'", for messages
  const Shape* declared;
  const std::vector<int64_t>* given; // of the same rank
};

// Solves each symbol from an axis where it stands alone (n) or linearly (2*n+1, or n*m once m is
// known), checks every axis, and then the graph's requirements. Throws ArgumentShape.
SymbolValues bind_sizes(const Graph& graph, const std::vector<GivenShape>& shapes);

// Checks the graph's requirements; part of bind_sizes.
void check_requirements(const Graph& graph, const SymbolValues& sizes);

} // namespace tsc
