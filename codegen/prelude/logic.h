// Comparisons (NaN compares unequal and unordered), logic on bool, bits of integers and bool.
#ifndef TSC_PRELUDE_LOGIC_H
#define TSC_PRELUDE_LOGIC_H

#include "base.h"

template <class T>
TSC_FN bool tsc_equal(T a, T b) {
  return a == b;
}
template <class T>
TSC_FN bool tsc_not_equal(T a, T b) {
  return a != b;
}
template <class T>
TSC_FN bool tsc_less(T a, T b) {
  return a < b;
}
template <class T>
TSC_FN bool tsc_less_equal(T a, T b) {
  return a <= b;
}
template <class T>
TSC_FN bool tsc_greater(T a, T b) {
  return a > b;
}
template <class T>
TSC_FN bool tsc_greater_equal(T a, T b) {
  return a >= b;
}

TSC_FN bool tsc_logical_and(bool a, bool b) { return a & b; }
TSC_FN bool tsc_logical_or(bool a, bool b) { return a | b; }
TSC_FN bool tsc_logical_xor(bool a, bool b) { return a != b; }
TSC_FN bool tsc_logical_not(bool a) { return !a; }

template <class T>
TSC_FN T tsc_bit_and(T a, T b) {
  return T(a & b);
}
template <class T>
TSC_FN T tsc_bit_or(T a, T b) {
  return T(a | b);
}
template <class T>
TSC_FN T tsc_bit_xor(T a, T b) {
  return T(a ^ b);
}
template <class T>
TSC_FN T tsc_bit_not(T a) {
  return T(~a);
}
TSC_FN bool tsc_bit_not(bool a) { return !a; }

#endif
