// Arguments that are no values: sizes, axes, dtypes, names, literals. Sizes and numbers are
// computed by a loop over their part of the tree, which is contiguous.
#include "ir/elaborate.h"
#include "ir/literal_text.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

using Tag = Syntax::Tag;

// The first of the nodes that make up `id`.
SyntaxId Elaborator::first_part(SyntaxId id) const {
  while (tree_[id].count > 0)
    id = tree_.child(id, 0);
  return id;
}

Dim Elaborator::dim(SyntaxId id) {
  const SyntaxId first = first_part(id);
  std::vector<Dim> parts;
  for (SyntaxId part = first; part <= id; ++part) {
    try {
      parts.push_back(dim_part(part, parts, first));
    } catch (Error& e) {
      source_.locate(e, tree_[part].token);
      throw;
    }
  }
  return parts.back();
}

Dim Elaborator::dim_part(SyntaxId id, std::span<const Dim> parts, SyntaxId first) const {
  const Syntax& syntax = tree_[id];
  const auto part = [&](size_t i) { return parts[tree_.child(id, i) - first]; };
  const std::string_view text = syntax.token.text;
  switch (syntax.tag) {
  case Tag::Number:
    if (is_whole(text)) return std::get<int64_t>(read_number(text));
    break;
  case Tag::Name:
    if (is_reserved(text)) break;
    return Dim::symbol(std::string(text));
  case Tag::Unary:
    if (text == "-") return Dim(0) - part(0);
    if (text == "+") return part(0);
    break;
  case Tag::Binary:
    if (text == "+") return part(0) + part(1);
    if (text == "-") return part(0) - part(1);
    if (text == "*") return part(0) * part(1);
    if (text == "//") return floordiv(part(0), part(1));
    break;
  case Tag::String:
  case Tag::Call:
  case Tag::Keyword:
  case Tag::List:
  case Tag::Tuple:
  case Tag::Index:
  case Tag::Slice:
  case Tag::Absent:
    break;
  }
  throw Error(Diag::BadAttribute,
              fmt::format("expected a size or whole number, found {}", describe(syntax.token)))
      .hint("sizes consist of whole numbers, names of sizes, + - * // and parentheses");
}

Shape Elaborator::dims(std::span<const SyntaxId> items) {
  Shape shape;
  for (SyntaxId id : items) {
    if (shape.size() == max_rank)
      throw error(Diag::RankLimit, id,
                  fmt::format("{} axes; at most {} are possible", items.size(), max_rank));
    shape.push_back(dim(id));
    if (less_equal(0, shape.back()) == Tri::No)
      throw error(Diag::BadDim, id, fmt::format("size {} is negative", shape.back().text()));
  }
  return shape;
}

Number Elaborator::number(SyntaxId id) {
  const SyntaxId first = first_part(id);
  std::vector<Number> parts;
  for (SyntaxId at = first; at <= id; ++at) {
    const Syntax& syntax = tree_[at];
    const auto part = [&](size_t i) { return parts[tree_.child(at, i) - first]; };
    const std::string_view text = syntax.token.text;
    std::optional<Number> result;
    if (syntax.tag == Tag::Number) result = read_number(text);
    if (syntax.tag == Tag::Name && (text == "inf" || text == "nan")) result = real_number(text);
    if (syntax.tag == Tag::Unary && text != "~") result = text == "-" ? negative(part(0)) : part(0);
    if (syntax.tag == Tag::Binary) result = combine(text, part(0), part(1));
    if (!result)
      throw error(Diag::BadAttribute, at,
                  fmt::format("expected a number, found {}", describe(syntax.token)));
    parts.push_back(*result);
  }
  return parts.back();
}

int64_t Elaborator::integer(SyntaxId id) {
  const Dim value = dim(id);
  if (value.is_number()) return value.number();
  throw error(Diag::BadAttribute, id,
              fmt::format("expected a whole number, found the size {}", value.text()));
}

std::span<const SyntaxId> Elaborator::list_items(SyntaxId id) {
  if (tree_[id].tag == Tag::List) return tree_.children(id);
  throw error(Diag::BadAttribute, id,
              fmt::format("expected a list in [ ], found {}", describe(tree_[id].token)));
}

IntList Elaborator::integers(SyntaxId id) {
  if (tree_[id].tag != Tag::List) return {integer(id)}; // axes=1
  IntList list;
  for (SyntaxId item : tree_.children(id))
    list.push_back(integer(item));
  return list;
}

bool Elaborator::has_negative(SyntaxId id) {
  const bool list = tree_[id].tag == Tag::List;
  const auto items = list ? tree_.children(id) : std::span(&id, 1);
  return std::any_of(items.begin(), items.end(), [&](SyntaxId item) {
    const Dim d = dim(item);
    return d.is_number() && d.number() < 0;
  });
}

Shape Elaborator::shape(SyntaxId id) {
  Shape shape;
  for (SyntaxId item : list_items(id)) {
    if (shape.size() == max_rank)
      throw error(Diag::RankLimit, item, fmt::format("more than {} sizes", max_rank));
    shape.push_back(dim(item));
  }
  return shape;
}

DType Elaborator::dtype(SyntaxId id) { return dtype_of_name(source_, tree_[id].token); }

bool Elaborator::flag(SyntaxId id) {
  const Token& token = tree_[id].token;
  if (token.is_name("true")) return true;
  if (token.is_name("false")) return false;
  throw error(Diag::BadAttribute, id,
              fmt::format("expected true or false, found {}", describe(token)));
}

std::string Elaborator::text(SyntaxId id) {
  if (tree_[id].tag == Tag::String) return unquote(tree_[id].token.text);
  throw error(Diag::BadAttribute, id,
              fmt::format("expected a text in quotes, found {}", describe(tree_[id].token)));
}

// A number or word with its sign, which a dtype before parentheses reads rather than converts.
bool Elaborator::is_literal(SyntaxId id) const {
  if (tree_[id].tag == Tag::Unary && tree_[id].token.text == "-") id = tree_.child(id, 0);
  const Syntax& syntax = tree_[id];
  const std::string_view text = syntax.token.text;
  if (syntax.tag == Tag::Call) return text == "nan";
  const bool word = text == "inf" || text == "nan" || text == "true" || text == "false";
  return syntax.tag == Tag::Number || (syntax.tag == Tag::Name && word);
}

std::string Elaborator::literal_bytes(DType dtype, SyntaxId id) {
  const bool minus = tree_[id].tag == Tag::Unary;
  const SyntaxId inner = minus ? tree_.child(id, 0) : id;
  const Syntax& syntax = tree_[inner];
  if (syntax.tag == Tag::Call && !minus && syntax.count == 1) {
    const Syntax& bits = tree_[tree_.child(inner, 0)];
    if (bits.tag == Tag::Number) return nan_bytes(dtype, whole_number(bits.token.text));
  }
  if (syntax.tag == Tag::Call)
    throw error(Diag::BadSyntax, inner, "the bits of a NaN are one number: nan(0x7fc00001)");
  return number_bytes(dtype, {syntax.token.text, minus});
}

// f32(0.1), c64(1, -2), c64((1, -2)): nothing where an argument is no literal.
std::optional<Literal> Elaborator::typed_literal(SyntaxId call) {
  if (tree_[call].tag != Tag::Call) return std::nullopt;
  const auto dtype = dtype_named(tree_[call].token.text);
  auto parts = tree_.children(call);
  if (parts.size() == 1 && tree_[parts[0]].tag == Tag::Tuple) parts = tree_.children(parts[0]);
  const bool literal =
      std::all_of(parts.begin(), parts.end(), [&](SyntaxId id) { return is_literal(id); });
  const size_t most = dtype && part_type(*dtype) != *dtype ? 2 : 1;
  if (!dtype || !literal || parts.empty() || parts.size() > most) return std::nullopt;
  std::string bytes;
  for (SyntaxId id : parts)
    bytes += literal_bytes(part_type(*dtype), id);
  bytes.resize(size_of(*dtype), '\0');
  return Literal::splat(*dtype, std::move(bytes));
}

AttrValue Elaborator::attribute(Key key, SyntaxId id, const std::vector<Value>& args) {
  switch (row(key).type) {
  case AttrType::Int:
    return integer(id);
  case AttrType::Ints:
    return integers(id);
  case AttrType::DimValue:
    return dim(id);
  case AttrType::Dims:
    return shape(id);
  case AttrType::DTypeName:
    return dtype(id);
  case AttrType::Name:
    return text(id);
  case AttrType::Value:
    break;
  }
  if (const auto typed = typed_literal(id)) return *typed;
  const Number value = number(id);
  return literal(value, args.empty() ? dtype_alone(value) : args[0].dtype());
}

Argument Elaborator::argument(const Param& param, SyntaxId id) {
  switch (param.type) {
  case ParamType::Int:
    return integer(id);
  case ParamType::Ints:
    return integers(id);
  case ParamType::Number:
    return as_double(number(id));
  case ParamType::Flag:
    return flag(id);
  case ParamType::DTypeName:
    return dtype(id);
  case ParamType::Dims:
    return shape(id);
  case ParamType::Operand:
  case ParamType::Operands:
    break;
  }
  throw InternalError("an operand is no plain argument");
}

DType dtype_of_name(const Source& source, const Token& token) {
  if (token.kind == TokenKind::Name)
    if (const auto dtype = dtype_named(token.text)) return *dtype;
  std::vector<std::string_view> known;
  std::string list;
  for (const DTypeRow& row : all_dtypes()) {
    known.push_back(row.name);
    list += fmt::format("{}{}", list.empty() ? "" : ", ", row.name);
  }
  throw source
      .error(Diag::UnknownDType, token,
             fmt::format("{} is no data type{}", describe(token), did_you_mean(token.text, known)))
      .hint("known: " + list);
}

} // namespace tsc
