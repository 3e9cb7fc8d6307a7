#include "ir/sizes.h"

#include <fmt/format.h>

namespace tsc {

int64_t SymbolValues::operator()(const Dim& dim) const {
  if (dim.is_number()) return dim.number();
  return dim.evaluate([&](const std::string& symbol) {
    const auto it = values_.find(symbol);
    if (it == values_.end())
      throw Error(Diag::ArgumentShape,
                  fmt::format("no argument's shape tells the size '{}'", printable(symbol)))
          .hint("each symbol must be a whole size, or stand linearly in one, of an input or state");
    return it->second;
  });
}

std::vector<int64_t> SymbolValues::operator()(const Shape& shape) const {
  std::vector<int64_t> numbers;
  for (const Dim& dim : shape)
    numbers.push_back((*this)(dim));
  return numbers;
}

namespace {

struct Axis {
  const GivenShape* argument;
  size_t index;

  const Dim& declared() const { return (*argument->declared)[index]; }
  int64_t given() const { return (*argument->given)[index]; }

  [[noreturn]] void mismatch(const std::string& wanted) const {
    throw Error(Diag::ArgumentShape, fmt::format("{}: axis {} has size {}, not {}", argument->what,
                                                 index, given(), wanted))
        .note("declared", text(*argument->declared))
        .note("given", fmt::format("[{}]", fmt::join(*argument->given, ", ")));
  }
};

using Known = std::map<std::string, int64_t>;

std::vector<std::string> quotient_symbols(const Dim::Atom& atom) {
  std::vector<std::string> symbols = atom.quotient->first.symbols();
  const std::vector<std::string> below = atom.quotient->second.symbols();
  symbols.insert(symbols.end(), below.begin(), below.end());
  return symbols;
}

} // namespace

std::optional<std::string> linear_unknown(const Dim& dim,
                                          const std::function<bool(const std::string&)>& known) {
  std::optional<std::string> unknown;
  for (const Dim::Term& term : dim.terms())
    for (const auto& atom : term.atoms) {
      const auto symbols = atom->quotient ? quotient_symbols(*atom) : std::vector{atom->text};
      for (const std::string& symbol : symbols) {
        if (known(symbol)) continue;
        if (unknown || atom->quotient) return std::nullopt;
        unknown = symbol;
      }
    }
  return unknown;
}

Linear linear_in(const Dim& dim, const std::string& symbol) {
  const auto with = [&](int64_t value) {
    return dim.substitute([&](const std::string& name) {
      return name == symbol ? std::optional(Dim(value)) : std::nullopt;
    });
  };
  const Dim rest = with(0);
  return {rest, with(1) - rest};
}

namespace {

// Learns the symbol that is the only unknown of the axis's size, if it is linear in it:
// size = rest + slope * symbol.
bool learn(const Axis& axis, Known& known) {
  const auto symbol = linear_unknown(axis.declared(),
                                     [&](const std::string& name) { return known.contains(name); });
  if (!symbol) return false;
  const Linear size = linear_in(axis.declared(), *symbol);
  const auto value = [&](const Dim& dim) {
    return dim.evaluate([&](const std::string& name) { return known.at(name); });
  };
  const int64_t slope = value(size.slope);
  const int64_t rest = (Dim(axis.given()) - Dim(value(size.rest))).number();
  if (slope == 0) return false; // a factor is 0: another axis has to tell
  if (rest % slope != 0 || rest / slope < 0) axis.mismatch(axis.declared().text());
  known.emplace(*symbol, rest / slope);
  return true;
}

} // namespace

SymbolValues bind_sizes(const Graph& graph, const std::vector<GivenShape>& shapes) {
  std::vector<Axis> axes;
  for (const GivenShape& shape : shapes)
    for (size_t i = 0; i < shape.declared->size(); ++i)
      axes.push_back({&shape, i});
  // Bare symbols come first: they are what the user thinks of as the definition.
  Known known;
  for (const Axis& axis : axes)
    if (const auto symbol = axis.declared().symbol_name()) known.emplace(*symbol, axis.given());
  for (bool learned = true; learned;) {
    learned = false;
    for (const Axis& axis : axes)
      learned |= learn(axis, known);
  }
  const SymbolValues sizes(std::move(known));
  for (const Axis& axis : axes)
    if (const int64_t wanted = sizes(axis.declared()); wanted != axis.given())
      axis.mismatch(axis.declared().is_number()
                        ? fmt::format("{}", wanted)
                        : fmt::format("{} = {}", axis.declared().text(), wanted));
  check_requirements(graph, sizes);
  return sizes;
}

void check_requirements(const Graph& graph, const SymbolValues& sizes) {
  for (const Requirement& r : graph.requirements()) {
    const int64_t left = sizes(r.left), right = sizes(r.right);
    const bool equality = r.relation == Requirement::Relation::Equal;
    if (equality ? left == right : left <= right) continue;
    const auto side = [](const Dim& dim, int64_t value) {
      return dim.is_number() ? dim.text() : fmt::format("{} = {}", dim.text(), value);
    };
    throw Error(Diag::ArgumentShape,
                fmt::format("{}: {} {} {}", r.what, side(r.left, left),
                            equality ? "differs from" : "is more than", side(r.right, right)))
        .at(graph.first_location(r.locs));
  }
}

} // namespace tsc
