// Exprs over real numbers, in high precision: the truth that rules and ops are held to. A value is
// a row of numbers; reductions make one number of a row, which spreads where it meets a row again.
#pragma once

#include "ir/op.h"

#include <map>
#include <mpfr.h>
#include <vector>

namespace tsc {

class Real {
public:
  Real(double value = 0) {
    mpfr_init2(v_, precision);
    mpfr_set_d(v_, value, MPFR_RNDN);
  }
  Real(const Real& other) : Real() { mpfr_set(v_, other.v_, MPFR_RNDN); }
  Real& operator=(const Real& other) { return mpfr_set(v_, other.v_, MPFR_RNDN), *this; }
  ~Real() { mpfr_clear(v_); }

  mpfr_ptr get() { return v_; }
  mpfr_srcptr get() const { return v_; }
  double as_f64() const { return mpfr_get_d(v_, MPFR_RNDN); }
  bool is_nan() const { return mpfr_nan_p(v_) != 0; }

private:
  // exp(-800) beside 1 takes 1154 bits, the least double beside 1 takes 1074.
  static constexpr mpfr_prec_t precision = 2600;
  mpfr_t v_;
};

using RealRow = std::vector<Real>;
using RealVars = std::map<char, RealRow>;

RealRow evaluate_real(const Expr& e, const RealVars& vars);

// The same; `*left_range` says whether a part of it was too large or too small even for MPFR.
RealRow evaluate_real(const Expr& e, const RealVars& vars, bool* left_range);

} // namespace tsc
