#include "ir/op.h"

#include <string>
#include <unordered_map>

namespace tsc {

namespace {

std::vector<OpRow> make_rows() {
  using namespace expr;
  std::vector<OpRow> rows;
#define ROW(id, KIND, ARITY, ...)                                                                  \
  rows.push_back(OpRow{.op = Op::id, .name = #id, .kind = Kind::KIND, .arity = ARITY, __VA_ARGS__});
#define UNARY(id, ...) ROW(id, Elementwise, 1, __VA_ARGS__)
#define BINARY(id, ...) ROW(id, Elementwise, 2, __VA_ARGS__)
#define TERNARY(id, ...) ROW(id, Elementwise, 3, __VA_ARGS__)
#include "ir/ops/elementwise.def"
#define REDUCE(id, ...) ROW(id, Reduce, 1, __VA_ARGS__)
#define ROWWISE(id, ...) ROW(id, Rowwise, 1, __VA_ARGS__)
#include "ir/ops/reduce.def"
#define STRUCTURAL(id, KIND, ARITY, ...) ROW(id, KIND, ARITY, __VA_ARGS__)
#include "ir/ops/structural.def"
#undef ROW
#undef UNARY
#undef BINARY
#undef TERNARY
#undef REDUCE
#undef ROWWISE
#undef STRUCTURAL
  return rows;
}

} // namespace

const std::vector<OpRow>& all_ops() {
  static const std::vector<OpRow> rows = make_rows();
  return rows;
}

const OpRow& row(Op op) { return all_ops()[static_cast<size_t>(op)]; }

std::optional<Op> op_named(std::string_view name) {
  static const auto index = [] {
    std::unordered_map<std::string_view, Op> map;
    for (const OpRow& r : all_ops())
      map.emplace(r.name, r.op);
    return map;
  }();
  const auto it = index.find(name);
  return it == index.end() ? std::nullopt : std::optional(it->second);
}

} // namespace tsc
