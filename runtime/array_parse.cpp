// Reading arrays from text (parse_array). One pass, no recursion: a stack of at most 16 open lists.
#include "runtime/array.h"
#include "support/error.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace tsc {

namespace {

constexpr int64_t unknown = -1;

// Says why a word is no value of the dtype; the caller adds where.
struct Unreadable {
  std::string why;
};

[[noreturn]] void no_value(std::string_view word, DType dtype) {
  throw Unreadable{fmt::format("'{}' is no {} value", printable(word, 40), name(dtype))};
}

[[noreturn]] void out_of_range(std::string_view word, DType dtype) {
  throw Unreadable{fmt::format("{} is out of the range of {}", printable(word, 40), name(dtype))};
}

bool parse_bool(std::string_view word) {
  if (word == "true" || word == "True" || word == "1") return true;
  if (word == "false" || word == "False" || word == "0") return false;
  no_value(word, DType::Bool);
}

template <IntElement T>
T parse_int(std::string_view word) {
  constexpr DType dtype = dtype_of<T>::value;
  std::string_view digits = word;
  const bool plus = digits.starts_with('+');
  if (plus) digits.remove_prefix(1);
  if (plus && digits.starts_with('-')) no_value(word, dtype);
  // from_chars takes no minus for unsigned types: of the numbers with one, just -0 is in range.
  const bool negative = std::is_unsigned_v<T> && digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size())
    no_value(word, dtype);
  if (error == std::errc::result_out_of_range || (negative && value != 0))
    out_of_range(word, dtype);
  return value;
}

// from_chars says "out of range" for both ends: true when the number is rather too small.
bool underflows(std::string_view number) {
  const size_t e = std::min(number.find_first_of("eE"), number.size());
  const std::string_view mantissa = number.substr(0, e);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  const size_t first = mantissa.find_first_of("123456789");
  // 10^magnitude is above the number and at most ten times as large.
  auto magnitude = static_cast<int64_t>(point) - static_cast<int64_t>(first) + (first > point);
  if (e < number.size()) {
    int64_t exponent = 0;
    const char* digits = number.data() + e + 1;
    if (*digits == '+') ++digits;
    const auto result = std::from_chars(digits, number.data() + number.size(), exponent);
    if (result.ec != std::errc()) return *digits == '-';
    magnitude += exponent;
  }
  return magnitude <= 0;
}

// Takes a real number off the front of `rest`. T is float or double.
template <std::floating_point T>
T take_real(std::string_view& rest, std::string_view word, DType dtype) {
  const bool plus = rest.starts_with('+');
  const std::string_view number = rest.substr(plus);
  T value{};
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc::invalid_argument || (plus && number.starts_with('-')))
    no_value(word, dtype);
  const std::string_view read = number.substr(0, static_cast<size_t>(end - number.data()));
  if (error == std::errc::result_out_of_range) {
    if (!underflows(read)) out_of_range(word, dtype);
    value = read.starts_with('-') ? T{-0.0} : T{0};
  }
  rest.remove_prefix(plus + read.size());
  return value;
}

template <std::floating_point T>
T parse_real(std::string_view word, DType dtype) {
  std::string_view rest = word;
  const T value = take_real<T>(rest, word, dtype);
  if (!rest.empty()) no_value(word, dtype);
  return value;
}

template <HalfElement T>
T parse_half(std::string_view word) {
  const auto wide = parse_real<double>(word, dtype_of<T>::value);
  const T value = Array::scalar(wide).astype(dtype_of<T>::value).template scalar<T>();
  if (std::isfinite(wide) && !std::isfinite(static_cast<float>(value)))
    out_of_range(word, dtype_of<T>::value);
  return value;
}

// "1", "1+2j", "2j".
template <ComplexElement T>
T parse_complex(std::string_view word) {
  using Part = typename T::value_type;
  constexpr DType dtype = dtype_of<T>::value;
  std::string_view rest = word;
  const Part first = take_real<Part>(rest, word, dtype);
  if (rest.empty()) return {first, 0};
  if (rest == "j") return {0, first};
  if (!rest.starts_with('+') && !rest.starts_with('-')) no_value(word, dtype);
  const Part second = take_real<Part>(rest, word, dtype);
  if (rest != "j") no_value(word, dtype);
  return {first, second};
}

template <Element T>
T parse_element(std::string_view word) {
  if constexpr (std::same_as<T, bool>)
    return parse_bool(word);
  else if constexpr (IntElement<T>)
    return parse_int<T>(word);
  else if constexpr (HalfElement<T>)
    return parse_half<T>(word);
  else if constexpr (ComplexElement<T>)
    return parse_complex<T>(word);
  else
    return parse_real<T>(word, dtype_of<T>::value);
}

// Lists within lists. `rank` and `shape` become known as the first list of each level closes; all
// later ones have to agree.
class Parser {
public:
  Parser(std::string_view text, DType dtype) : text_(text), dtype_(dtype) {}

  template <Element T>
  Array parse() {
    std::vector<T> values;
    bool after_comma = false, after_item = false;
    while (skip_space()) {
      const char c = text_[at_];
      if (depth_ == 0 && items_[0] == 1) fail("there is text after the value");
      if (c == ',') {
        if (!after_item) fail("a value is missing before ','");
        after_comma = true, after_item = false;
        ++at_;
        continue;
      }
      if (c == ']' && after_comma) fail("a value is missing after ','");
      if (c == '[') {
        open();
      } else if (c == ']') {
        close();
      } else {
        values.push_back(element<T>());
      }
      after_item = c != '[';
      after_comma = false;
    }
    if (depth_ > 0) fail("']' is missing");
    if (items_[0] == 0) fail("a value is missing");
    Array array = Array::empty(dtype_, {shape_.data(), static_cast<size_t>(rank_)});
    std::ranges::copy(values, array.span<T>().begin());
    return array;
  }

private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(Diag::BadValue, fmt::format("cannot read '{}' as {}: {} (character {})",
                                            printable(text_), name(dtype_), why, at_ + 1));
  }

  bool skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])))
      ++at_;
    return at_ < text_.size();
  }

  void open() {
    if (depth_ == max_rank) fail(fmt::format("lists are nested deeper than {}", max_rank));
    ++depth_;
    if (rank_ != unknown && static_cast<int64_t>(depth_) > rank_) fail("the lists are ragged");
    items_[depth_] = 0;
    ++at_;
  }

  void close() {
    if (depth_ == 0) fail("']' closes nothing");
    if (rank_ == unknown) settle_rank();
    int64_t& size = shape_[depth_ - 1];
    if (size == unknown) size = items_[depth_];
    if (size != items_[depth_]) fail("the lists are ragged");
    --depth_;
    ++items_[depth_];
    ++at_;
  }

  template <Element T>
  T element() {
    const size_t end = std::min(text_.find_first_of(" \t\n\v\f\r,[]", at_), text_.size());
    if (rank_ == unknown) settle_rank();
    if (static_cast<int64_t>(depth_) != rank_) fail("the lists are ragged");
    try {
      const T value = parse_element<T>(text_.substr(at_, end - at_));
      ++items_[depth_];
      at_ = end;
      return value;
    } catch (const Unreadable& e) {
      fail(e.why);
    }
  }

  // The first element, or the first list without any, tells how deep elements stand.
  void settle_rank() {
    rank_ = static_cast<int64_t>(depth_);
    shape_.fill(unknown);
  }

  std::string_view text_;
  DType dtype_;
  size_t at_ = 0;
  size_t depth_ = 0;                          // open lists
  std::array<int64_t, max_rank + 1> items_{}; // per open list; [0] counts whole values
  int64_t rank_ = unknown;
  std::array<int64_t, max_rank> shape_{};
};

} // namespace

Array parse_array(std::string_view text, DType dtype) {
  return visit_dtype(dtype, [&](auto t) { return Parser(text, dtype).parse<decltype(t)>(); });
}

} // namespace tsc
