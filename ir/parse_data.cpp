#include "ir/parse_data.h"

#include "ir/literal_text.h"
#include "support/checked.h"
#include "support/files.h"
#include "support/npy.h"

#include <fmt/format.h>

namespace tsc {

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

// Nested lists, without recursion: counts_[d] elements were read of the list open at depth d. Every
// list at a depth has the size that the type says, or the first one there had.
class DataParser::ListReader {
public:
  ListReader(DataParser& data, const Type& type) : data_(data), lexer_(data.lexer_), type_(type) {
    for (const Dim& d : type.shape)
      sizes_.push_back(d.is_number() ? std::optional(d.number()) : std::nullopt);
  }

  Literal read() {
    const Token start = lexer_.peek();
    open();
    bool element_may_follow = true;
    while (!counts_.empty()) {
      if (lexer_.peek().is("]")) {
        close();
        element_may_follow = false;
      } else if (!element_may_follow) {
        if (!lexer_.accept(",")) lexer_.fail_expecting("',' or ']'");
        element_may_follow = true;
      } else if (lexer_.peek().is("[")) {
        open();
      } else {
        item();
        element_may_follow = false;
      }
    }
    return literal(start);
  }

private:
  Error mismatch(const Token& token, const std::string& what) const {
    return lexer_.source()
        .error(Diag::DataMismatch, token, what)
        .note("declared", tsc::text(type_));
  }

  void open() {
    if (counts_.size() == type_.rank())
      throw mismatch(lexer_.peek(), fmt::format("lists nested more than {} deep", type_.rank()));
    lexer_.next();
    counts_.push_back(0);
  }

  void item() {
    const Token token = lexer_.peek();
    const bool other_sign = token.kind == TokenKind::Sign && !token.is("-") && !token.is("(");
    if (token.ends_statement() || other_sign) lexer_.fail_expecting("a number or a list");
    if (counts_.size() != type_.rank())
      throw mismatch(token, fmt::format("a number at depth {}; lists should nest {} deep",
                                        counts_.size(), type_.rank()));
    bytes_ += data_.item(type_.dtype);
    data_.count_bytes(size_of(type_.dtype), token);
    ++counts_.back();
  }

  void close() {
    const Token token = lexer_.next();
    const size_t axis = counts_.size() - 1;
    const int64_t count = counts_.back();
    auto& size = sizes_[axis];
    // No data at all is written [] for any shape: the type says the rest.
    const bool nothing = axis == 0 && count == 0;
    if (size && *size != count && !nothing)
      throw mismatch(token,
                     fmt::format("{} items along axis {}; there should be {}", count, axis, *size));
    if (!size) size = count;
    counts_.pop_back();
    if (!counts_.empty()) ++counts_.back();
  }

  Literal literal(const Token& start) {
    std::vector<int64_t> shape;
    for (const auto& size : sizes_)
      shape.push_back(size.value_or(0));
    const auto item_bytes = static_cast<int64_t>(size_of(type_.dtype));
    const int64_t items = static_cast<int64_t>(bytes_.size()) / item_bytes;
    if (const int64_t wanted = checked_elements(shape, item_bytes); wanted != items)
      throw mismatch(start, fmt::format("{} items; there should be {}", items, wanted));
    return Literal::dense(type_.dtype, std::move(shape), std::move(bytes_));
  }

  DataParser& data_;
  Lexer& lexer_;
  const Type& type_;
  std::vector<std::optional<int64_t>> sizes_; // of each axis, once known
  std::vector<int64_t> counts_;
  std::string bytes_;
};

DataParser::Data DataParser::data(const Type& type) {
  if (lexer_.peek().kind == TokenKind::File) {
    const Token token = lexer_.next();
    return {file(token, type), std::string(token.text.substr(1))};
  }
  if (lexer_.peek().is("[")) return {ListReader(*this, type).read(), ""};
  return {Literal::splat(type.dtype, item(type.dtype)), ""};
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
