#include "frontend/inputs.h"

#include "frontend/node.h"

#include <atomic>
#include <cctype>
#include <fmt/format.h>

namespace tsc {

namespace {

bool is_name(const std::string& name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) || name[0] == '.')
    return false;
  for (const char c : name) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 128 || !(std::isalnum(u) || c == '_' || c == '.')) return false;
  }
  return true;
}

void check_name(const char* what, const std::string& name, Loc where) {
  if (!is_name(name))
    throw Error(Diag::BadName, fmt::format("'{}' cannot name {}: letters, digits, '_' and '.' can",
                                           printable(name), what))
        .at(where);
}

} // namespace

Dim symbol(const std::string& name, std::source_location where) {
  check_name("a size", name, frontend::loc_of(where));
  return Dim::symbol(name);
}

InputSize::InputSize(const char* name, std::source_location where) : dim_(symbol(name, where)) {}

Tensor input(std::string name, DType dtype, const std::vector<InputSize>& shape,
             std::source_location where) {
  static std::atomic<uint64_t> unnamed = 0;
  const Loc loc = frontend::loc_of(where);
  if (name.empty()) name = fmt::format("input_{}", ++unnamed);
  check_name("an input", name, loc);
  if (shape.size() > max_rank)
    throw Error(Diag::RankLimit, fmt::format("input '{}': {} axes; at most {} are possible", name,
                                             shape.size(), max_rank))
        .at(loc);
  Type type{dtype, {}};
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const Dim& dim = shape[axis].dim();
    const bool own = dim == Dim(-1);
    if (!own && less_equal(0, dim) == Tri::No)
      throw Error(Diag::BadDim,
                  fmt::format("input '{}': size {} of axis {} is negative", name, dim.text(), axis))
          .at(loc);
    type.shape.push_back(own ? Dim::symbol(fmt::format("{}.{}", name, axis)) : dim);
  }
  Attrs attrs = {{Key::name, name}, {Key::shape, type.shape}, {Key::dtype, dtype}};
  return Tensor(frontend::make_node(
      {Op::input, std::move(type), {}, std::move(attrs), loc, std::move(name), nullptr}));
}

} // namespace tsc
