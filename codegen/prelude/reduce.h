// Steps of reductions.
#ifndef TSC_PRELUDE_REDUCE_H
#define TSC_PRELUDE_REDUCE_H

#include "arith.h"
#include "base.h"

// a + b, where the compiler may choose the order of a whole sum: it then runs in vector lanes.
#ifdef __clang__
TSC_FN double tsc_sum_step(double a, double b) {
#pragma clang fp reassociate(on)
  return a + b;
}
TSC_FN float tsc_sum_step(float a, float b) {
#pragma clang fp reassociate(on)
  return a + b;
}
#else
TSC_FN double tsc_sum_step(double a, double b) { return a + b; }
TSC_FN float tsc_sum_step(float a, float b) { return a + b; }
#endif

// Before a loop whose items of 32 bits cost more than their sum in f64: as many at once as a vector
// has of the items, where Clang by itself counts lanes of the widest type. With AVX-512 the lanes
// of f64 suffice, and short rows fill them sooner.
#if defined __clang__ && !defined __CUDACC__ && !defined __AVX512F__
#define TSC_ITEMS_AT_ONCE _Pragma("clang loop vectorize_width(8)")
#else
#define TSC_ITEMS_AT_ONCE
#endif

// The same as tsc_maximum and tsc_minimum, in the one form of which Clang knows that the order does
// not matter: whole rows then run in vector lanes, too.
#if defined __clang__ && !defined __CUDACC__
template <class T>
TSC_FN T tsc_maximum_step(T a, T b) {
  return __builtin_elementwise_maximum(a, b);
}
template <class T>
TSC_FN T tsc_minimum_step(T a, T b) {
  return __builtin_elementwise_minimum(a, b);
}
#else
template <class T>
TSC_FN T tsc_maximum_step(T a, T b) {
  return tsc_maximum(a, b);
}
template <class T>
TSC_FN T tsc_minimum_step(T a, T b) {
  return tsc_minimum(a, b);
}
#endif

// Does `item` take the place of the best one so far? The first of equal ones stays; NaN beats all.
template <class T>
TSC_FN bool tsc_exceeds(T item, T best) {
  return item > best || (item != item && best == best);
}
template <class T>
TSC_FN bool tsc_undercuts(T item, T best) {
  return item < best || (item != item && best == best);
}

#endif
