// Printing arrays as NumPy does (its arrayprint.py is the model, so that users can compare by eye).
#include "runtime/array.h"
#include "runtime/decimal.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace tsc {

namespace {

constexpr size_t line_width = 75;
constexpr int64_t edge_items = 3;

// One column layout for all real numbers of an array: positional, or scientific where that would
// waste space or lose digits.
class FloatFormat {
public:
  FloatFormat(const std::vector<double>& values, DType dtype, int precision, bool always_signed)
      : dtype_(dtype), precision_(precision), always_signed_(always_signed) {
    measure_range(values);
    for (double v : values)
      if (std::isfinite(v)) measure(v);
    for (double v : values)
      if (!std::isfinite(v)) {
        const size_t after_point = 1 + right_width();
        const size_t width = text_of(v).size();
        if (width > after_point) left_ = std::max(left_, width - after_point);
      }
  }

  std::string operator()(double v) const {
    std::string text = text_of(v);
    if (!std::isfinite(v)) return fmt::format("{:>{}}", text, left_ + 1 + right_width());
    if (scientific_) { // in full, so that the digits of a column end at the same place
      text = sign_of(v) + scientific_exact(v, static_cast<int>(right_));
      const size_t digits = text.find('e') + 2;
      text.insert(digits, exponent_ - (text.size() - digits), '0');
    }
    const size_t point = text.find('.');
    text.insert(0, left_ - point, ' ');
    if (!scientific_) text.append(left_ + 1 + right_ - text.size(), ' ');
    return text;
  }

private:
  void measure_range(const std::vector<double>& values) {
    double largest = 0, smallest = INFINITY;
    for (double v : values)
      if (std::isfinite(v) && v != 0) {
        largest = std::max(largest, std::abs(v));
        smallest = std::min(smallest, std::abs(v));
      }
    const double small = dtype_ == DType::F32 ? 1e-4f : 1e-4; // 0.0001 itself is not small
    scientific_ = largest != 0 && (largest >= 1e8 || smallest < small || largest / smallest > 1000);
  }

  void measure(double v) {
    const std::string text = text_of(v);
    const size_t point = text.find('.'), end = std::min(text.find('e'), text.size());
    left_ = std::max(left_, point);
    right_ = std::max(right_, end - point - 1);
    if (scientific_) exponent_ = std::max(exponent_, text.size() - end - 2);
  }

  const char* sign_of(double v) const { return always_signed_ && !std::signbit(v) ? "+" : ""; }

  std::string text_of(double v) const {
    if (std::isnan(v)) return always_signed_ ? "+nan" : "nan";
    if (std::isinf(v)) return v < 0 ? "-inf" : fmt::format("{}inf", sign_of(v));
    return sign_of(v) +
           (scientific_ ? scientific(v, dtype_, precision_) : positional(v, dtype_, precision_));
  }

  size_t right_width() const { return scientific_ ? right_ + 2 + exponent_ : right_; }

  DType dtype_;
  int precision_;
  bool always_signed_;
  bool scientific_ = false;
  size_t left_ = 0, right_ = 0; // characters before and after the point
  size_t exponent_ = 0;         // digits of the exponent
};

// A number that stands alone: all its digits, "1.0" rather than "1.".
std::string lone_number(double v, DType dtype) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  const double magnitude = std::abs(v);
  if (magnitude != 0 && (magnitude >= 1e16 || magnitude < 1e-4)) {
    std::string text = scientific(v, dtype, all_digits);
    if (const size_t bare = text.find(".e"); bare != text.npos) text.erase(bare, 1);
    return text;
  }
  std::string text = positional(v, dtype, all_digits);
  if (text.ends_with('.')) text += '0';
  return text;
}

template <FloatElement T>
double as_double(T value) {
  if constexpr (HalfElement<T>)
    return static_cast<float>(value);
  else
    return value;
}

std::string join_parts(const std::string& real, std::string imaginary) {
  const size_t end = imaginary.find_last_not_of(' ') + 1;
  return real + imaginary.insert(end, "j"); // before the padding
}

std::vector<std::string> right_aligned(std::vector<std::string> texts) {
  size_t width = 0;
  for (const std::string& t : texts)
    width = std::max(width, t.size());
  for (std::string& t : texts)
    t.insert(0, width - t.size(), ' ');
  return texts;
}

// The texts of these elements, in columns.
template <Element T>
std::vector<std::string> cells(const std::vector<T>& values, const TextStyle& style) {
  std::vector<std::string> texts;
  if constexpr (ComplexElement<T>) {
    std::vector<double> real, imaginary;
    for (T v : values)
      real.push_back(v.real()), imaginary.push_back(v.imag());
    const DType part = part_type(dtype_of<T>::value);
    const FloatFormat first(real, part, style.precision, false);
    const FloatFormat second(imaginary, part, style.precision, true);
    for (T v : values)
      texts.push_back(join_parts(first(v.real()), second(v.imag())));
  } else if constexpr (FloatElement<T>) {
    std::vector<double> wide;
    for (T v : values)
      wide.push_back(as_double(v));
    const FloatFormat format(wide, dtype_of<T>::value, style.precision, false);
    for (double v : wide)
      texts.push_back(format(v));
  } else {
    for (T v : values)
      texts.push_back(fmt::format("{}", v));
    texts = right_aligned(std::move(texts));
  }
  return texts;
}

template <Element T>
std::string lone_cell(T v) {
  if constexpr (ComplexElement<T>) {
    const DType part = part_type(dtype_of<T>::value);
    const std::string imaginary = lone_number(v.imag(), part);
    return lone_number(v.real(), part) + (imaginary.starts_with('-') ? "" : "+") + imaginary + "j";
  } else if constexpr (FloatElement<T>) {
    return lone_number(as_double(v), dtype_of<T>::value);
  } else {
    return fmt::format("{}", v);
  }
}

// Walks the brackets of an array twice: once to collect the elements that will show, which decide
// the columns, once to write. Recursion is over axes, of which there are at most 16.
class Printer {
public:
  Printer(const Array& array, const TextStyle& style)
      : array_(array), style_(style),
        cut_(style.summarise_above > 0 && array.size() > style.summarise_above) {}

  std::string print() {
    visit_dtype(array_.dtype(), [&](auto t) {
      using T = decltype(t);
      std::vector<T> shown;
      collect(0, static_cast<const T*>(array_.data()), shown);
      cells_ = cells(shown, style_);
    });
    if (!style_.aligned)
      for (std::string& cell : cells_)
        std::erase(cell, ' ');
    return list(0, " ", line_width);
  }

private:
  bool cut(size_t axis) const { return cut_ && array_.shape()[axis] > 2 * edge_items; }

  // Calls f(i, after_gap) for the positions of an axis that show.
  template <class F>
  void each_shown(size_t axis, F f) const {
    const int64_t size = array_.shape()[axis];
    for (int64_t i = 0; i < size; ++i) {
      const bool gap = cut(axis) && i == edge_items;
      if (gap) i = size - edge_items;
      f(i, gap);
    }
  }

  template <class T>
  void collect(size_t axis, const T* at, std::vector<T>& shown) const {
    if (axis == array_.rank()) return shown.push_back(*at);
    each_shown(axis,
               [&](int64_t i, bool) { collect(axis + 1, at + i * array_.strides()[axis], shown); });
  }

  // The list along `axis`, whose inner lines start with `indent`; `width` is what is left of a
  // line.
  std::string list(size_t axis, const std::string& indent, size_t width) {
    if (axis + 1 == array_.rank()) return row(axis, indent, width - 1);
    const std::string between =
        style_.aligned ? std::string(array_.rank() - axis - 1, '\n') + indent : " ";
    std::string text;
    each_shown(axis, [&](int64_t, bool gap) {
      if (!text.empty()) text += between;
      if (gap) text += "..." + between;
      text += list(axis + 1, indent + ' ', width - 1);
    });
    return '[' + text + ']';
  }

  std::string row(size_t axis, const std::string& indent, size_t width) {
    std::string done, line;
    const auto add = [&](const std::string& word) {
      if (!line.empty()) line += ' ';
      if (style_.aligned && !line.empty() && indent.size() + line.size() + word.size() > width) {
        line.erase(line.find_last_not_of(' ') + 1);
        done += line + '\n' + indent;
        line.clear();
      }
      line += word;
    };
    each_shown(axis, [&](int64_t, bool gap) {
      if (gap) add("...");
      add(cells_[next_++]);
    });
    return '[' + done + line + ']';
  }

  const Array& array_;
  const TextStyle& style_;
  const bool cut_;
  std::vector<std::string> cells_;
  size_t next_ = 0;
};

} // namespace

std::string Array::text(const TextStyle& style) const {
  if (size_ == 0) return "[]";
  if (rank_ == 0)
    return visit_dtype(dtype_, [&](auto t) { return lone_cell(scalar<decltype(t)>()); });
  return Printer(*this, style).print();
}

} // namespace tsc
