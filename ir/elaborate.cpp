// Expressions. Parts of the tree stand before what they are part of, so two loops do: one from the
// root back marks the parts that are values (a shape's n is none), one forward computes them.
#include "ir/elaborate.h"

#include "ir/explain_name.h"

#include <fmt/format.h>

namespace tsc {

using Tag = Syntax::Tag;

Value Elaborator::value(SyntaxId root, const Type* type) {
  mark(root);
  for (SyntaxId id = 0; id <= root; ++id)
    if (wanted_[id]) evaluate(id);
  const Operand result = operands_[root];
  if (!result.number) return result.node;
  try {
    const BuildLocation here(graph_, graph_.location(source_.loc(tree_[root].token)));
    const DType dtype = type ? type->dtype : dtype_alone(*result.number);
    return build::constant(graph_, literal(*result.number, dtype), type ? type->shape : Shape());
  } catch (Error& e) {
    source_.locate(e, tree_[root].token);
    throw;
  }
}

void Elaborator::mark(SyntaxId root) {
  wanted_.assign(root + 1, false);
  operands_.assign(root + 1, Operand());
  want(root);
  for (SyntaxId id = root + 1; id-- > 0;) {
    if (!wanted_[id]) continue;
    switch (tree_[id].tag) {
    case Tag::Unary:
    case Tag::Binary:
      for (SyntaxId child : tree_.children(id))
        want(child);
      break;
    case Tag::Index:
      want(tree_.child(id, 0));
      break;
    case Tag::Call:
      mark_call(id);
      break;
    case Tag::Number:
    case Tag::Name:
    case Tag::String:
    case Tag::Keyword:
    case Tag::List:
    case Tag::Tuple:
    case Tag::Slice:
    case Tag::Absent:
      break;
    }
  }
}

void Elaborator::evaluate(SyntaxId id) {
  const Token& token = tree_[id].token;
  try {
    const BuildLocation here(graph_, graph_.location(source_.loc(token)));
    operands_[id] = operand_of(id);
    operands_[id].id = id;
  } catch (Error& e) {
    source_.locate(e, token);
    throw;
  }
}

Elaborator::Operand Elaborator::operand_of(SyntaxId id) {
  const Syntax& syntax = tree_[id];
  switch (syntax.tag) {
  case Tag::Number:
    return {.number = read_number(syntax.token.text)};
  case Tag::Name:
    return named(syntax.token);
  case Tag::Unary:
    return unary(id);
  case Tag::Binary:
    return binary(id);
  case Tag::Index:
    return index(id);
  case Tag::Call:
    return call(id);
  case Tag::String:
  case Tag::Keyword:
  case Tag::List:
  case Tag::Tuple:
  case Tag::Slice:
  case Tag::Absent:
    break;
  }
  Error e(Diag::BadSyntax, fmt::format("{} is no value", describe(syntax.token)));
  if (syntax.tag == Tag::List)
    e.hint("data stands in a statement of its own: const c: f32[2] = [1, 2]");
  throw e;
}

Elaborator::Operand Elaborator::named(const Token& token) {
  if (token.text == "inf") return {.number = std::numeric_limits<double>::infinity()};
  if (token.text == "nan") return {.number = std::numeric_limits<double>::quiet_NaN()};
  if (token.text == "true" || token.text == "false")
    return {.node = build::constant(graph_, Literal::of(token.text == "true"))};
  const auto found = names_.find(token.text);
  if (found != names_.end()) return {.node = {&graph_, found->second.node}};
  throw unknown_name(source_, limits_, token, names_, graph_);
}

Elaborator::Operand Elaborator::unary(SyntaxId id) {
  const Token& sign = tree_[id].token;
  const Operand operand = operands_[tree_.child(id, 0)];
  if (sign.text == "+") return operand;
  if (operand.number && sign.text == "-") return {.number = negative(*operand.number)};
  const Value x = nodes({operand})[0];
  if (sign.text == "-") return {.node = build::neg(x)};
  return {.node = x.dtype() == DType::Bool ? build::logical_not(x) : build::bit_not(x)};
}

Elaborator::Operand Elaborator::binary(SyntaxId id) {
  const Operand left = operands_[tree_.child(id, 0)], right = operands_[tree_.child(id, 1)];
  const Infix& row = *infix_of(tree_[id].token);
  if (left.number && right.number)
    if (const auto both = combine(row.sign, *left.number, *right.number)) return {.number = both};
  std::vector<Value> args = nodes({left, right});
  const bool bools = args[0].dtype() == DType::Bool && args[1].dtype() == DType::Bool;
  return {.node = build::elementwise(bools ? row.op_on_bools : row.op, std::move(args))};
}

// Numbers become scalars of the dtype that the nodes beside them have together. Operands before
// `first` (a condition) have no say in it.
std::vector<Value> Elaborator::nodes(const std::vector<Operand>& operands, size_t first) {
  std::optional<DType> common;
  bool real = false;
  for (size_t i = 0; i < operands.size(); ++i) {
    const Operand& operand = operands[i];
    if (operand.number) real |= std::holds_alternative<double>(*operand.number);
    if (operand.number || i < first) continue;
    common = common ? promote(*common, operand.node.dtype()) : operand.node.dtype();
  }
  std::vector<Value> values;
  for (const Operand& operand : operands) {
    if (!operand.number) {
      values.push_back(operand.node);
      continue;
    }
    const DType dtype = common ? dtype_beside(*operand.number, *common)
                        : real ? DType::F32
                               : DType::I64;
    try {
      values.push_back(build::constant(graph_, literal(*operand.number, dtype)));
    } catch (Error& e) {
      source_.locate(e, tree_[operand.id].token);
      throw;
    }
  }
  return values;
}

std::vector<Value> Elaborator::operands(std::span<const SyntaxId> ids, size_t first) {
  std::vector<Operand> list;
  for (SyntaxId id : ids)
    list.push_back(operands_[id]);
  return nodes(list, first);
}

build::Range Elaborator::range(SyntaxId slice) {
  const auto part = [&](size_t i) -> std::optional<Dim> {
    const SyntaxId id = tree_.child(slice, i);
    return tree_[id].tag == Tag::Absent ? std::nullopt : std::optional(dim(id));
  };
  const SyntaxId step = tree_.child(slice, 2);
  return {part(0), part(1), tree_[step].tag == Tag::Absent ? 1 : integer(step)};
}

// x[3, 1:n, ::-1]: a slice of each axis; an axis with a single position is then dropped.
Elaborator::Operand Elaborator::index(SyntaxId id) {
  const auto children = tree_.children(id);
  const Value x = operands({children.data(), 1})[0];
  if (children.size() - 1 > x.rank())
    throw error(Diag::RankMismatch, children[x.rank() + 1],
                fmt::format("an index for axis {} of {}", x.rank(), tsc::text(x.type())));
  std::vector<build::Range> ranges;
  IntList single;
  for (size_t axis = 0; axis + 1 < children.size(); ++axis) {
    const SyntaxId part = children[axis + 1];
    if (tree_[part].tag == Tag::Slice) {
      ranges.push_back(range(part));
      continue;
    }
    const Dim at = dim(part), &size = x.shape()[axis];
    const bool from_end = at.is_number() && at.number() < 0;
    const Dim place = from_end ? size + at : at;
    if (less_equal(0, place) == Tri::No || less_equal(place + 1, size) == Tri::No)
      throw error(
          Diag::IndexRange, part,
          fmt::format("position {} of axis {}, whose size is {}", at.text(), axis, size.text()));
    ranges.push_back({place, place + 1, 1});
    single.push_back(static_cast<int64_t>(axis));
  }
  const Value taken = build::slice(x, ranges);
  return {.node = single.empty() ? taken : build::squeeze(taken, single)};
}

} // namespace tsc
