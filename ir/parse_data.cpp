#include "ir/parse_data.h"

#include "ir/literal_text.h"
#include "support/files.h"
#include "support/npy.h"

#include <fmt/format.h>

namespace tsc {

DataParser::Data DataParser::data(const Type& type) {
  if (lexer_.peek().kind == TokenKind::File) {
    const Token token = lexer_.next();
    return {file(token, type), std::string(token.text.substr(1))};
  }
  if (lexer_.peek().is("[")) return {list(type), ""};
  return {Literal::splat(type.dtype, item(type.dtype)), ""};
}

void DataParser::count_bytes(size_t bytes, const Token& token) {
  inline_bytes_ += bytes;
  if (inline_bytes_ > options_.limits.inline_bytes)
    throw lexer_.source()
        .error(
            Diag::InlineLimit, token,
            fmt::format("the file holds more than {} bytes of data", options_.limits.inline_bytes))
        .hint("keep the data in a .npy file beside the graph: const c: f32[n] = @c.npy");
}

// "12", "-inf", "nan(0x7fc00001)", or "(re, im)".
std::string DataParser::item(DType dtype) {
  if (part_type(dtype) == dtype) return part(dtype);
  if (!lexer_.accept("(")) {
    std::string bytes = part(dtype);
    bytes.resize(size_of(dtype), '\0');
    return bytes;
  }
  std::string bytes = part(dtype);
  lexer_.expect(",");
  bytes += part(dtype);
  lexer_.expect(")");
  return bytes;
}

std::string DataParser::part(DType dtype) {
  const bool minus = lexer_.accept("-");
  const Token token = lexer_.peek();
  const bool word = token.is_name("inf") || token.is_name("nan") || token.is_name("true") ||
                    token.is_name("false");
  if (token.kind != TokenKind::Number && !word) lexer_.fail_expecting("a number");
  lexer_.next();
  try {
    if (!token.is_name("nan") || minus || !lexer_.accept("("))
      return number_bytes(dtype, {token.text, minus});
    const Token bits = lexer_.expect(TokenKind::Number, "the bits of the NaN");
    lexer_.expect(")");
    return nan_bytes(dtype, whole_number(bits.text));
  } catch (Error& e) {
    lexer_.source().locate(e, token);
    throw;
  }
}

// Nested lists, without recursion: `counts[d]` items were read of the open list at depth d. Every
// list at a depth has the size that the type says, or the first one had.
Literal DataParser::list(const Type& type) {
  const Token start = lexer_.peek();
  const size_t rank = type.rank();
  std::vector<std::optional<int64_t>> sizes;
  for (const Dim& d : type.shape)
    sizes.push_back(d.is_number() ? std::optional(d.number()) : std::nullopt);
  const auto mismatch = [&](const Token& token, const std::string& what) {
    return lexer_.source().error(Diag::DataMismatch, token, what).note("declared", tsc::text(type));
  };
  std::string bytes;
  std::vector<int64_t> counts;
  const auto close = [&](const Token& token) {
    auto& size = sizes[counts.size() - 1];
    // A list of no items is written [] at any depth: the type says the rest.
    const bool nothing = bytes.empty() && counts == std::vector<int64_t>{0};
    if (size && *size != counts.back() && !nothing)
      throw mismatch(token, fmt::format("{} items along axis {}; there should be {}", counts.back(),
                                        counts.size() - 1, *size));
    if (!size) size = counts.back();
    counts.pop_back();
  };
  do {
    // An item, or the start of a list.
    if (lexer_.peek().is("[")) {
      if (counts.size() == rank)
        throw mismatch(lexer_.peek(), fmt::format("lists nested more than {} deep", rank));
      lexer_.next();
      counts.push_back(0);
      if (!lexer_.peek().is("]")) continue;
    } else {
      if (counts.size() != rank)
        throw mismatch(lexer_.peek(), fmt::format("a number at depth {}; lists should nest {} deep",
                                                  counts.size(), rank));
      const Token token = lexer_.peek();
      const size_t before = bytes.size();
      bytes += item(type.dtype);
      count_bytes(bytes.size() - before, token);
      ++counts.back();
    }
    // What closes behind it, and whether more follows.
    while (!counts.empty() && lexer_.peek().is("]")) {
      close(lexer_.next());
      if (!counts.empty()) ++counts.back();
    }
    if (counts.empty()) break;
    if (!lexer_.accept(",")) lexer_.fail_expecting("',' or ']'");
    // A comma may stand behind the last item; then "]" follows and the loop above closes it.
    while (!counts.empty() && lexer_.peek().is("]")) {
      close(lexer_.next());
      if (!counts.empty()) ++counts.back();
    }
  } while (!counts.empty());
  std::vector<int64_t> shape;
  uint64_t total = 1;
  for (const auto& size : sizes) {
    shape.push_back(size.value_or(0));
    total *= static_cast<uint64_t>(shape.back());
  }
  if (total * size_of(type.dtype) != bytes.size())
    throw mismatch(start, fmt::format("{} items; there should be {}",
                                      bytes.size() / size_of(type.dtype), total));
  return Literal::dense(type.dtype, std::move(shape), std::move(bytes));
}

Literal DataParser::file(const Token& token, const Type& type) {
  try {
    const std::string_view name = token.text.substr(1);
    NpyArray array =
        parse_npy(read_file_beside(options_.directory, name, options_.limits.data_bytes), name);
    bool fits = array.dtype == type.dtype && array.shape.size() == type.rank();
    for (size_t axis = 0; fits && axis < type.rank(); ++axis)
      fits = equal(type.shape[axis], array.shape[axis]) != Tri::No;
    if (!fits) {
      const Shape shape(array.shape.begin(), array.shape.end());
      throw Error(Diag::DataMismatch,
                  fmt::format("'{}' holds data of another type", printable(name)))
          .note("declared", tsc::text(type))
          .note("in the file", tsc::text(Type{array.dtype, shape}));
    }
    return Literal::dense(array.dtype, std::move(array.shape), std::move(array.bytes));
  } catch (Error& e) {
    lexer_.source().locate(e, token);
    throw;
  }
}

} // namespace tsc
