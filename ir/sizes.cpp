#include "ir/sizes.h"

#include <fmt/format.h>

namespace tsc {

int64_t Sizes::operator()(const Dim& dim) const {
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

std::vector<int64_t> Sizes::operator()(const Shape& shape) const {
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

// If all of the axis's size is known but `coefficient * symbol`, learns the symbol.
bool learn(const Axis& axis, Known& known) {
  const Dim rest = axis.declared().substitute([&](const std::string& symbol) {
    const auto it = known.find(symbol);
    return it == known.end() ? std::nullopt : std::optional(Dim(it->second));
  });
  if (rest.terms().size() != 1) return false;
  const Dim::Term& term = rest.terms()[0];
  if (term.atoms.size() != 1 || term.atoms[0]->quotient) return false;
  const Dim difference = Dim(axis.given()) - Dim(rest.constant());
  const int64_t symbol = difference.number() / term.coefficient;
  if (symbol < 0 || symbol * term.coefficient != difference.number())
    axis.mismatch(axis.declared().text());
  known.emplace(term.atoms[0]->text, symbol);
  return true;
}

} // namespace

Sizes bind_sizes(const Graph& graph, const std::vector<GivenShape>& shapes) {
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
  const Sizes sizes(std::move(known));
  for (const Axis& axis : axes)
    if (const int64_t wanted = sizes(axis.declared()); wanted != axis.given())
      axis.mismatch(axis.declared().is_number()
                        ? fmt::format("{}", wanted)
                        : fmt::format("{} = {}", axis.declared().text(), wanted));
  check_requirements(graph, sizes);
  return sizes;
}

void check_requirements(const Graph& graph, const Sizes& sizes) {
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
