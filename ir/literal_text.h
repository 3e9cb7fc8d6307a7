// Items of literals as text, exactly: the shortest digits that read back as the same bits, "-0",
// "inf", "nan", and "nan(0x7fc00001)" for any NaN other than the default quiet one. Booleans are
// true and false, complex items "(re, im)".
#pragma once

#include "ir/literal.h"

#include <span>
#include <string_view>

namespace tsc {

// Item `i` of `literal`; 0 for a splat.
std::string item_text(const Literal& literal, size_t i = 0);

// A splat: its item; else nested lists "[[1, 2], [3, 4]]". A literal without items is "[]": its
// shape stands in the type.
std::string data_text(const Literal& literal);

// A number as it stands in a text: sign and unsigned token, without blanks between them.
struct NumberText {
  std::string_view digits; // "12", "0x1f", "1e-3", "0x1.8p3", "inf", "nan", "true", "false"
  bool negative = false;
};

// The bytes of one real item (of a complex dtype: of one of its two parts). Throws NumberRange
// where `dtype` has no such value, BadSyntax where the text is no number; neither has a location.
std::string number_bytes(DType dtype, NumberText number);

// The bytes of the NaN with exactly these bits.
std::string nan_bytes(DType dtype, uint64_t bits);

// Whole numbers and f64 in a text, for attributes and sizes. Nothing where it is none.
bool is_whole(std::string_view digits);
uint64_t whole_number(std::string_view digits); // throws NumberRange beyond 64 bits
double real_number(std::string_view digits); // rounded to nearest; throws NumberRange on overflow

} // namespace tsc
