#include "ir/dim.h"

#include "support/checked.h"
#include "support/error.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

using Atoms = std::vector<std::shared_ptr<const Dim::Atom>>;

namespace {

int64_t add(int64_t a, int64_t b) {
  if (auto r = checked_add(a, b)) return *r;
  throw Error(Diag::SizeOverflow, "a size expression overflows 64 bits");
}

int64_t mul(int64_t a, int64_t b) {
  if (auto r = checked_mul(a, b)) return *r;
  throw Error(Diag::SizeOverflow, "a size expression overflows 64 bits");
}

int64_t floored(int64_t a, int64_t b) {
  if (b == -1) return mul(a, -1); // the one quotient that can overflow
  return floor_quotient(a, b);
}

// "m*(n//2)": a quotient inside a product needs parentheses, as * and // bind alike.
std::string text_of(const Atoms& atoms, bool in_product = false) {
  std::string out;
  for (const auto& atom : atoms) {
    const bool wrap = atom->quotient && (in_product || atoms.size() > 1);
    out += fmt::format("{}{}{}{}", out.empty() ? "" : "*", wrap ? "(" : "", atom->text,
                       wrap ? ")" : "");
  }
  return out;
}

[[noreturn]] void too_large() {
  throw Error(Diag::SizeOverflow, "a size expression has too many terms");
}

bool before(const Dim::Term& a, const Dim::Term& b) { return text_of(a.atoms) < text_of(b.atoms); }

} // namespace

// Builds normal forms: the only code that makes a Dim with terms. The bounds keep the cost of one
// operation small, whatever a file asks for: without them (a+b)*(c+d)*... doubles at each factor.
struct DimBuilder {
  static constexpr size_t max_terms = 1024, max_atoms = 64, max_text = 4096;

  static Dim from(int64_t constant, std::vector<Dim::Term> terms) {
    if (terms.size() > max_terms) too_large();
    std::sort(terms.begin(), terms.end(), before);
    std::vector<Dim::Term> merged;
    for (Dim::Term& term : terms) {
      if (!merged.empty() && text_of(merged.back().atoms) == text_of(term.atoms))
        merged.back().coefficient = add(merged.back().coefficient, term.coefficient);
      else
        merged.push_back(std::move(term));
    }
    std::erase_if(merged, [](const Dim::Term& t) { return t.coefficient == 0; });
    return Dim(constant, std::move(merged));
  }

  static Dim of_atom(Dim::Atom atom) {
    if (atom.text.size() > max_text) too_large();
    return Dim(0, {{1, {std::make_shared<const Dim::Atom>(std::move(atom))}}});
  }
};

Dim::Dim(int64_t constant, std::vector<Term> terms) : constant_(constant) {
  if (!terms.empty()) terms_ = std::make_shared<const std::vector<Term>>(std::move(terms));
}

Dim Dim::symbol(std::string name) {
  const auto letter = [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; };
  const auto inner = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  const bool good = !name.empty() && (letter(name[0]) || name[0] == '_') &&
                    std::all_of(name.begin(), name.end(), inner);
  if (!good)
    throw Error(Diag::BadName, fmt::format("'{}' cannot name a size", printable(name)))
        .hint("names consist of letters, digits, '_' and '.', and start with a letter or '_'");
  return DimBuilder::of_atom({std::move(name), std::nullopt});
}

const std::vector<Dim::Term>& Dim::terms() const {
  static const std::vector<Term> none;
  return terms_ ? *terms_ : none;
}

int64_t Dim::number() const {
  TSC_CHECK(is_number());
  return constant_;
}

std::optional<std::string> Dim::symbol_name() const {
  if (constant_ != 0 || terms().size() != 1) return std::nullopt;
  const Term& term = terms()[0];
  if (term.coefficient != 1 || term.atoms.size() != 1 || term.atoms[0]->quotient)
    return std::nullopt;
  return term.atoms[0]->text;
}

std::string Dim::text() const {
  if (is_number()) return fmt::format("{}", constant_);
  std::string out;
  for (const Term& term : terms()) {
    const std::string atoms = text_of(term.atoms, term.coefficient != 1);
    if (term.coefficient == 1)
      out += (out.empty() ? "" : "+") + atoms;
    else if (term.coefficient == -1)
      out += "-" + atoms;
    else
      out += fmt::format("{}{}*{}", out.empty() || term.coefficient < 0 ? "" : "+",
                         term.coefficient, atoms);
  }
  if (constant_ != 0) out += fmt::format("{}{}", constant_ > 0 ? "+" : "", constant_);
  return out;
}

std::vector<std::string> Dim::symbols() const {
  std::vector<std::string> names;
  for (const Term& term : terms())
    for (const auto& atom : term.atoms) {
      if (!atom->quotient) {
        names.push_back(atom->text);
        continue;
      }
      for (const Dim& part : {atom->quotient->first, atom->quotient->second})
        for (std::string& name : part.symbols())
          names.push_back(std::move(name));
    }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

int64_t Dim::evaluate(const std::function<int64_t(const std::string&)>& value_of) const {
  int64_t sum = constant_;
  for (const Term& term : terms()) {
    int64_t product = term.coefficient;
    for (const auto& atom : term.atoms) {
      if (!atom->quotient) {
        product = mul(product, value_of(atom->text));
        continue;
      }
      const int64_t denominator = atom->quotient->second.evaluate(value_of);
      const int64_t numerator = atom->quotient->first.evaluate(value_of);
      product = mul(product, denominator == 0 ? 0 : floored(numerator, denominator));
    }
    sum = add(sum, product);
  }
  return sum;
}

Dim Dim::substitute(
    const std::function<std::optional<Dim>(const std::string&)>& replacement) const {
  if (is_number()) return *this;
  Dim sum = constant_;
  for (const Term& term : terms()) {
    Dim product = term.coefficient;
    for (const auto& atom : term.atoms) {
      if (atom->quotient)
        product = product * floordiv(atom->quotient->first.substitute(replacement),
                                     atom->quotient->second.substitute(replacement));
      else
        product = product * replacement(atom->text).value_or(symbol(atom->text));
    }
    sum = sum + product;
  }
  return sum;
}

bool Dim::operator==(const Dim& other) const {
  if (constant_ != other.constant_) return false;
  if (terms_ == other.terms_) return true;
  const auto& a = terms();
  const auto& b = other.terms();
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Term& s, const Term& t) {
    return s.coefficient == t.coefficient && text_of(s.atoms) == text_of(t.atoms);
  });
}

Dim operator+(const Dim& a, const Dim& b) {
  if (a.is_number() && b.is_number()) return add(a.constant_, b.constant_);
  std::vector<Dim::Term> terms = a.terms();
  terms.insert(terms.end(), b.terms().begin(), b.terms().end());
  return DimBuilder::from(add(a.constant_, b.constant_), std::move(terms));
}

Dim operator-(const Dim& a, const Dim& b) { return a + b * Dim(-1); }

Dim operator*(const Dim& a, const Dim& b) {
  if (a.is_number() && b.is_number()) return mul(a.constant_, b.constant_);
  if ((a.terms().size() + 1) * (b.terms().size() + 1) > DimBuilder::max_terms) too_large();
  std::vector<Dim::Term> terms;
  for (const Dim::Term& s : a.terms())
    if (b.constant_ != 0) terms.push_back({mul(s.coefficient, b.constant_), s.atoms});
  for (const Dim::Term& t : b.terms())
    if (a.constant_ != 0) terms.push_back({mul(t.coefficient, a.constant_), t.atoms});
  for (const Dim::Term& s : a.terms())
    for (const Dim::Term& t : b.terms()) {
      Atoms atoms = s.atoms;
      atoms.insert(atoms.end(), t.atoms.begin(), t.atoms.end());
      if (atoms.size() > DimBuilder::max_atoms) too_large();
      std::sort(atoms.begin(), atoms.end(),
                [](const auto& x, const auto& y) { return x->text < y->text; });
      terms.push_back({mul(s.coefficient, t.coefficient), std::move(atoms)});
    }
  return DimBuilder::from(mul(a.constant_, b.constant_), std::move(terms));
}

namespace {

// a / b where every term of `a` divides evenly by the single term or number `b`.
std::optional<Dim> exact_quotient(const Dim& a, const Dim& b) {
  if (b.is_number() ? b.number() == 0 : (b.constant() != 0 || b.terms().size() != 1))
    return std::nullopt;
  const int64_t coefficient = b.is_number() ? b.number() : b.terms()[0].coefficient;
  if (coefficient == -1) return exact_quotient(a * Dim(-1), b * Dim(-1));
  const Atoms divisor = b.is_number() ? Atoms{} : b.terms()[0].atoms;
  if (a.constant() != 0 && (!divisor.empty() || a.constant() % coefficient != 0))
    return std::nullopt;
  std::vector<Dim::Term> terms;
  for (const Dim::Term& term : a.terms()) {
    if (term.coefficient % coefficient != 0) return std::nullopt;
    Atoms rest = term.atoms;
    for (const auto& atom : divisor) {
      auto it = std::find_if(rest.begin(), rest.end(),
                             [&](const auto& r) { return r->text == atom->text; });
      if (it == rest.end()) return std::nullopt;
      rest.erase(it);
    }
    terms.push_back({term.coefficient / coefficient, std::move(rest)});
  }
  Dim result = a.constant() == 0 ? Dim(0) : Dim(a.constant() / coefficient);
  for (Dim::Term& term : terms)
    result = result +
             (term.atoms.empty() ? Dim(term.coefficient) : DimBuilder::from(0, {std::move(term)}));
  return result;
}

std::string parenthesised(const Dim& d) {
  return d.is_number() || d.symbol_name() ? d.text() : "(" + d.text() + ")";
}

} // namespace

Dim floordiv(const Dim& a, const Dim& b) {
  if (b.is_number() && b.number() == 0) throw Error(Diag::BadDim, "a size is divided by 0");
  if (a.is_number() && b.is_number()) return floored(a.number(), b.number());
  if (auto exact = exact_quotient(a, b)) return *exact;
  if (a == b) return 1; // 0//0 is then 1 where b is 0: sizes built on it are 0 anyway
  return DimBuilder::of_atom({parenthesised(a) + "//" + parenthesised(b), std::pair(a, b)});
}

namespace {

std::optional<int> sign(const Dim& d);

// Symbols are >= 0 by definition; a quotient is if its parts are: (n-5)//2 can be negative.
bool never_negative(const Dim::Atom& atom) {
  if (!atom.quotient) return true;
  const auto numerator = sign(atom.quotient->first), denominator = sign(atom.quotient->second);
  return numerator && *numerator >= 0 && denominator && *denominator >= 0;
}

// Sign that holds for all values of the symbols: -1 for "always < 0", +1 for "always > 0", 0 for
// "always 0", 2 for ">= 0", -2 for "<= 0", nullopt for none of these.
std::optional<int> sign(const Dim& d) {
  if (d.is_number()) return d.number() > 0 ? 1 : d.number() < 0 ? -1 : 0;
  const auto& terms = d.terms();
  for (const Dim::Term& term : terms)
    for (const auto& atom : term.atoms)
      if (!never_negative(*atom)) return std::nullopt;
  const bool all_up =
      std::all_of(terms.begin(), terms.end(), [](auto& t) { return t.coefficient > 0; });
  const bool all_down =
      std::all_of(terms.begin(), terms.end(), [](auto& t) { return t.coefficient < 0; });
  if (all_up && d.constant() >= 0) return d.constant() > 0 ? 1 : 2;
  if (all_down && d.constant() <= 0) return d.constant() < 0 ? -1 : -2;
  return std::nullopt;
}

} // namespace

Tri equal(const Dim& a, const Dim& b) {
  if (a == b) return Tri::Yes;
  const auto s = sign(a - b);
  return s == 1 || s == -1 ? Tri::No : Tri::Unknown;
}

Tri less_equal(const Dim& a, const Dim& b) {
  const auto s = sign(b - a);
  if (!s) return Tri::Unknown;
  return *s >= 0 ? Tri::Yes : *s == -1 ? Tri::No : Tri::Unknown;
}

Dim product(const Shape& shape) {
  Dim result = 1;
  for (const Dim& d : shape)
    result = result * d;
  return result;
}

std::string text(const Shape& shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    out += (i ? ", " : "") + shape[i].text();
  return out + "]";
}

std::optional<std::vector<int64_t>> as_numbers(const Shape& shape) {
  std::vector<int64_t> numbers;
  for (const Dim& d : shape) {
    if (!d.is_number()) return std::nullopt;
    numbers.push_back(d.number());
  }
  return numbers;
}

} // namespace tsc
