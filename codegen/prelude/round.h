// Rounding to integers, and the reciprocal. (The tests for NaN and infinities stand in base.h.)
#ifndef TSC_PRELUDE_ROUND_H
#define TSC_PRELUDE_ROUND_H

#include "base.h"

TSC_FN float tsc_floor(float x) { return TSC_MATH(floorf)(x); }
TSC_FN double tsc_floor(double x) { return TSC_MATH(floor)(x); }
TSC_FN float tsc_ceil(float x) { return TSC_MATH(ceilf)(x); }
TSC_FN double tsc_ceil(double x) { return TSC_MATH(ceil)(x); }
TSC_FN float tsc_trunc(float x) { return TSC_MATH(truncf)(x); }
TSC_FN double tsc_trunc(double x) { return TSC_MATH(trunc)(x); }

// Halves go to the even neighbour.
TSC_FN float tsc_round(float x) { return TSC_MATH(rintf)(x); }
TSC_FN double tsc_round(double x) { return TSC_MATH(rint)(x); }

TSC_FN float tsc_reciprocal(float x) { return 1.0f / x; }
TSC_FN double tsc_reciprocal(double x) { return 1.0 / x; }

#endif
