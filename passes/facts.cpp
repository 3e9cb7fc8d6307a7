#include "passes/facts.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tsc {

namespace {

struct KnownRow {
  const char* name;
  const char* doc;
};
constexpr std::array<KnownRow, known_count> known_rows{{
    {"nonneg", ">= 0 or NaN"},
    {"positive", "> 0 as a real function, or NaN; may underflow to 0"},
    {"nonzero", "not 0, even after rounding"},
    {"finite", "neither infinite nor NaN"},
    {"is_constant", "a constant"},
    {"sum_of_exps", "made of exponentials and positive numbers by +, * and /"},
    {"exponential", "a sum_of_exps that is not just constants"},
}};

constexpr KnownSet NonNeg = bit(Known::NonNegative), Pos = bit(Known::Positive),
                   NonZero = bit(Known::NonZero), Fin = bit(Known::Finite),
                   Exps = bit(Known::SumOfExps), Exponential = bit(Known::Exponential);

// Facts that an elementwise op keeps: those that all its operands have and that stand here.
struct Keeps {
  Op op;
  KnownSet facts;
  bool divides = false; // by the last operand, of which even -0 has a sign: 1 / -0 is -infinity
};
constexpr Keeps keeps[] = {
    {Op::add, NonNeg | Pos | Exps},
    {Op::mul, NonNeg | Pos | Exps},
    {Op::div, NonNeg | Pos | Exps, true},
    {Op::reciprocal, NonNeg | Pos | Exps, true},
    {Op::floor_div, NonNeg, true},
    {Op::mod, NonNeg},
    {Op::neg, NonZero | Fin},
    {Op::abs, NonZero | Fin},
    {Op::sign, NonNeg | NonZero | Fin},
    {Op::pow, NonNeg},
    {Op::maximum, NonNeg | Pos | NonZero | Fin},
    {Op::minimum, NonNeg | Pos | NonZero | Fin},
    {Op::clip, NonNeg | Pos | NonZero | Fin},
    {Op::floor, NonNeg | Fin},
    {Op::ceil, NonNeg | Pos | Fin},
    {Op::trunc, NonNeg | Fin},
    {Op::round, NonNeg | Fin},
    {Op::sqrt, NonNeg | Pos},
    {Op::cbrt, NonNeg | Pos | NonZero | Fin},
    {Op::sin, Fin},
    {Op::cos, Fin},
    {Op::atan, NonNeg | Pos | Fin},
    {Op::sinh, NonNeg},
    {Op::tanh, NonNeg | Fin},
    {Op::sigmoid, Fin},
    {Op::erf, NonNeg | Fin},
    {Op::erfc, Fin},
    {Op::log1p, NonNeg},
    {Op::expm1, NonNeg},
    {Op::select, NonNeg | Pos | NonZero | Fin},
};

const Keeps& kept_by(Op op) {
  static const auto table = [] {
    std::vector<Keeps> t(all_ops().size());
    for (const Keeps& k : keeps)
      t[static_cast<size_t>(k.op)] = k;
    return t;
  }();
  return table[static_cast<size_t>(op)];
}

KnownSet of_row(const OpRow& row) {
  KnownSet known = 0;
  if (row.has(NonNegative)) known |= NonNeg;
  if (row.has(Positive)) known |= NonNeg | Pos;
  if (row.op == Op::exp) known |= Exps | Exponential;
  return known;
}

KnownSet of_type(DType dtype) {
  KnownSet known = 0;
  if (in(dtype, Bools | Unsigned)) known |= NonNeg;
  if (in(dtype, BoolsAndInts)) known |= Fin;
  return known;
}

KnownSet of_literal(const Literal& literal) {
  if (in(literal.dtype(), Complexes)) return 0;
  KnownSet known = NonNeg | Pos | NonZero | Fin | Exps;
  const size_t count = literal.bytes().size() / size_of(literal.dtype());
  for (size_t i = 0; i < count; ++i) {
    const double v = literal.as_f64(i);
    if (!std::isfinite(v)) known &= KnownSet(~(Fin | Exps));
    if (v == 0) known &= KnownSet(~(Pos | NonZero | Exps));
    if (v < 0) known &= KnownSet(~(NonNeg | Pos | Exps));
  }
  if (literal.dtype() == DType::U64) known |= NonNeg;
  return known;
}

bool widens_or_keeps(DType from, DType to) {
  // Conversions under which no fact can break: to f32 or f64 from anything no wider.
  return to == DType::F64 || (to == DType::F32 && from != DType::F64);
}

// One node, its operands' facts being known.
struct Inference {
  const Graph& graph;
  const std::vector<KnownSet>& known;
  const Node& node;

  KnownSet arg(size_t i) const { return known[node.args[i].index]; }

  KnownSet elementwise() const {
    KnownSet all = KnownSet(~0u), some = 0;
    const size_t first = row(node.op).signature == Signature::Select ? 1 : 0;
    for (size_t i = first; i < node.args.size(); ++i)
      all &= arg(i), some |= arg(i);
    if (node.op == Op::cast)
      return widens_or_keeps(graph.type(node.args[0]).dtype, node.type.dtype)
                 ? KnownSet(all & (NonNeg | Pos | NonZero | Fin))
                 : KnownSet(all & NonNeg);
    // Integers wrap around, so that their sums and products promise nothing.
    const bool wraps = in(node.type.dtype, Ints) && !row(node.op).has(Picks);
    const Keeps& kept = kept_by(node.op);
    KnownSet result = wraps ? KnownSet(0) : KnownSet((all & kept.facts) | of_row(row(node.op)));
    if (kept.divides && !(arg(node.args.size() - 1) & (Pos | NonZero))) result &= KnownSet(~NonNeg);
    const bool real = !in(node.type.dtype, Complexes);
    if (!wraps && real && node.op == Op::mul && node.args[0] == node.args[1]) result |= NonNeg;
    if (!wraps && node.op == Op::maximum) result |= (arg(0) | arg(1)) & (NonNeg | Pos);
    if (result & Exps) result |= some & Exponential;
    // A positive constant on top of something that is never negative cannot vanish.
    const bool one_nonzero = ((arg(0) | arg(node.args.size() - 1)) & NonZero) != 0;
    if (!wraps && node.op == Op::add && (all & NonNeg) && one_nonzero) result |= NonZero | Pos;
    return result;
  }

  KnownSet reduce() const {
    const OpRow& r = row(node.op);
    if (r.combine == Op::maximum || r.combine == Op::minimum)
      return !r.has(Picks)       ? NonNeg // a position
             : r.has(NeedsItems) ? arg(0) & (NonNeg | Pos | NonZero | Fin)
                                 : arg(0) & NonZero; // of nothing: -infinity
    if (in(node.type.dtype, Ints)) return 0;
    if (node.op == Op::sum) return arg(0) & (NonNeg | Exps | Exponential);
    return node.op == Op::prod ? KnownSet(arg(0) & (NonNeg | Pos)) : of_row(r);
  }

  KnownSet by_kind() const {
    switch (node.kind()) {
    case Kind::Input:
      return 0;
    case Kind::Constant:
      return of_literal(node.attrs.value(Key::value)) | bit(Known::Constant);
    case Kind::Index:
      return in(node.type.dtype, Halves) ? NonNeg : KnownSet(NonNeg | Fin);
    case Kind::Elementwise:
      return elementwise();
    case Kind::Reduce:
      return reduce();
    case Kind::Rowwise:
      return of_row(row(node.op));
    case Kind::View: {
      const KnownSet inner = arg(0) & KnownSet(~bit(Known::Constant));
      return node.op == Op::pad ? inner & of_literal(node.attrs.value(Key::value)) : inner;
    }
    case Kind::Gather:
      return arg(0) & KnownSet(~bit(Known::Constant));
    case Kind::Join: {
      KnownSet all = KnownSet(~bit(Known::Constant));
      for (size_t i = 0; i < node.args.size(); ++i)
        all &= arg(i);
      return all;
    }
    case Kind::Contract:
      return in(node.type.dtype, Ints) ? KnownSet(0) : KnownSet(arg(0) & arg(1) & NonNeg);
    case Kind::Scatter:
      return node.op == Op::scatter_set || !in(node.type.dtype, Ints)
                 ? KnownSet(arg(0) & arg(2) & NonNeg)
                 : KnownSet(0);
    }
    throw InternalError("bad kind");
  }
};

} // namespace

const char* name(Known fact) { return known_rows[static_cast<size_t>(fact)].name; }
const char* doc(Known fact) { return known_rows[static_cast<size_t>(fact)].doc; }

KnownSet FactTable::of(NodeId id) {
  while (known_.size() <= id.index) {
    const Node& node = graph_[NodeId(known_.size())];
    known_.push_back(Inference{graph_, known_, node}.by_kind() | of_type(node.type.dtype));
  }
  return known_[id.index];
}

} // namespace tsc
