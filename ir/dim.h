// Sizes. A Dim is a whole number or an integer expression over named symbols, kept in a normal
// form: a sum of products of atoms, where an atom is a symbol (>= 0) or a floored quotient. Equal
// normal forms print alike and compare equal; comparisons of sizes have three answers.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] tsc {

enum class Tri { No, Unknown, Yes };

class Dim {
public:
  Dim(int64_t number = 0) : constant_(number) {}
  // Any size >= 0, the same wherever the name stands. Throws BadName unless `name` is an
  // identifier.
  static Dim symbol(std::string name);

  bool is_number() const { return !terms_; }
  int64_t number() const;                         // requires is_number()
  std::optional<std::string> symbol_name() const; // when it is one bare symbol

  // Canonical text, readable by the parser: "n", "2*n+1", "(n+1)//2".
  std::string text() const;

  // Names of all symbols inside, sorted, each once.
  std::vector<std::string> symbols() const;

  // The value where `value_of` gives each symbol's. Throws Error(SizeOverflow) on overflow.
  int64_t evaluate(const std::function<int64_t(const std::string&)>& value_of) const;

  // Replaces every symbol by what `replacement` gives, or keeps it where that is nullopt.
  Dim substitute(const std::function<std::optional<Dim>(const std::string&)>& replacement) const;

  bool operator==(const Dim& other) const;
  bool operator!=(const Dim& other) const = default;

  // All arithmetic throws Error(SizeOverflow) where a coefficient overflows.
  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  // Quotient rounded down; exact where the normal form divides evenly. `b` must not be the number
  // 0.
  friend Dim floordiv(const Dim& a, const Dim& b);

  struct Atom; // a symbol or a quotient
  struct Term {
    int64_t coefficient;                            // not 0
    std::vector<std::shared_ptr<const Atom>> atoms; // not empty, sorted by text
  };
  // Sorted by the atoms' text. Together with the constant this is the whole value.
  const std::vector<Term>& terms() const;
  int64_t constant() const { return constant_; }

private:
  Dim(int64_t constant, std::vector<Term> terms);
  friend struct DimBuilder;

  int64_t constant_ = 0;
  std::shared_ptr<const std::vector<Term>> terms_; // null for a number
};

struct Dim::Atom {
  std::string text;                            // "n" or "(n+1)//2"
  std::optional<std::pair<Dim, Dim>> quotient; // numerator, denominator; else a symbol
};

using Shape = std::vector<Dim>;

// Facts that hold whatever the symbols' values (all >= 0). `No` means: different for all values.
Tri equal(const Dim& a, const Dim& b);
Tri less_equal(const Dim& a, const Dim& b);

Dim product(const Shape& shape);                                    // 1 for a scalar
std::string text(const Shape& shape);                               // "[n, 64]"
std::optional<std::vector<int64_t>> as_numbers(const Shape& shape); // when all are numbers

} // namespace tsc
