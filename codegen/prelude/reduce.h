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

// What the largest and the least of many floats are made of, as their bits: the highest as signed
// integers, the most and the least as unsigned ones. Integers cost one instruction each, where the
// maximum of floats costs seven for the sake of NaN and of the sign of zero.
template <class T>
struct tsc_extremes {
  typename tsc_float<T>::Int high;
  typename tsc_float<T>::Uint most, least;
};
// References, because Clang returns a small structure as two integers, whatever it consists of.
template <class T>
TSC_FN void tsc_extremes_of(tsc_extremes<T>& e, T x) {
  typedef typename tsc_float<T>::Int Int;
  e.high = Int(tsc_bits(x));
  e.most = e.least = tsc_bits(x);
}
template <class T>
TSC_FN void tsc_extremes_step(tsc_extremes<T>& e, T x) {
  typedef typename tsc_float<T>::Int Int;
  typedef typename tsc_float<T>::Uint Uint;
  const Uint bits = tsc_bits(x);
  e.high = Int(bits) > e.high ? Int(bits) : e.high;
  e.most = bits > e.most ? bits : e.most;
  e.least = bits < e.least ? bits : e.least;
}
// As integers, NaN of either sign is beyond the infinity of that sign.
template <class T>
TSC_FN bool tsc_any_nan(const tsc_extremes<T>& e) {
  typedef typename tsc_float<T>::Int Int;
  const T inf = tsc_float<T>::inf();
  return e.high > Int(tsc_bits(inf)) || e.most > tsc_bits(-inf);
}
// Among negative ones, the least as an integer is the least far from zero.
template <class T>
TSC_FN T tsc_maximum_in(const tsc_extremes<T>& e) {
  typedef typename tsc_float<T>::Uint Uint;
  const T largest = tsc_from_bits(e.high >= 0 ? Uint(e.high) : e.least);
  return tsc_any_nan(e) ? tsc_float<T>::nan() : largest;
}
template <class T>
TSC_FN T tsc_minimum_in(const tsc_extremes<T>& e) {
  typedef typename tsc_float<T>::Int Int;
  const T least = tsc_from_bits(Int(e.most) < 0 ? e.most : e.least);
  return tsc_any_nan(e) ? tsc_float<T>::nan() : least;
}

// Does `item` take the place of the best one so far? The first of equal ones stays; NaN beats all.
template <class T>
TSC_FN bool tsc_exceeds(T item, T best) {
  return !(item <= best) & (best == best);
}
template <class T>
TSC_FN bool tsc_undercuts(T item, T best) {
  return !(item >= best) & (best == best);
}

// Is `item`, one of those of which `best` is the best, as good? `best` is NaN if any of them is.
template <class T>
TSC_FN bool tsc_is_best(T item, T best) {
  return item == best || item != item;
}

#endif
