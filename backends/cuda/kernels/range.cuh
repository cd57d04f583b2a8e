// range.cuh: where pairs of a tile may lie, so that a mask can be asked about a whole tile: it is written once, for numbers
// and for ranges of numbers. What is said of a range holds for each number in it (interval arithmetic; Moore 1966).
#pragma once
#include "ptx.cuh"

// Range is the whole numbers from lo to hi, both included.
struct Range {
  int lo, hi;
  __device__ __forceinline__ Range(int x) : lo(x), hi(x) {}
  __device__ __forceinline__ Range(int lo, int hi) : lo(lo), hi(hi) {}
};

// Maybe is what is known of a condition over ranges: whether it can hold, and whether it must.
struct Maybe {
  bool can, must;
  __device__ __forceinline__ Maybe(bool known) : can(known), must(known) {}
  __device__ __forceinline__ Maybe(bool can, bool must) : can(can), must(must) {}
};

DEVICE int whole_min(int a, int b) { return a < b ? a : b; }
DEVICE int whole_max(int a, int b) { return a > b ? a : b; }
DEVICE Range whole_min(Range a, Range b) { return {whole_min(a.lo, b.lo), whole_min(a.hi, b.hi)}; }
DEVICE Range whole_max(Range a, Range b) { return {whole_max(a.lo, b.lo), whole_max(a.hi, b.hi)}; }

DEVICE Range operator-(Range a) { return {-a.hi, -a.lo}; }
DEVICE Range operator+(Range a, Range b) { return {a.lo + b.lo, a.hi + b.hi}; }
DEVICE Range operator-(Range a, Range b) { return {a.lo - b.hi, a.hi - b.lo}; }
DEVICE Range operator*(Range a, Range b) {
  const int p = a.lo * b.lo, q = a.lo * b.hi, r = a.hi * b.lo, s = a.hi * b.hi;
  return {whole_min(whole_min(p, q), whole_min(r, s)), whole_max(whole_max(p, q), whole_max(r, s))};
}
DEVICE int whole_abs(int a) { return a < 0 ? -a : a; }
DEVICE Range whole_abs(Range a) {
  return {a.lo > 0 ? a.lo : a.hi < 0 ? -a.hi : 0, whole_max(-a.lo, a.hi)};
}

// whole_quo rounds down, whole_mod has the sign of the divisor, which for ranges is one number above 0.
DEVICE int whole_quo(int a, int n) { return a / n - (a % n != 0 && (a < 0) != (n < 0)); }
DEVICE int whole_mod(int a, int n) { return a - whole_quo(a, n) * n; }
DEVICE Range whole_quo(Range a, int n) { return {whole_quo(a.lo, n), whole_quo(a.hi, n)}; }
DEVICE Range whole_mod(Range a, int n) {
  if (whole_quo(a.lo, n) != whole_quo(a.hi, n)) return {0, n - 1};
  return {whole_mod(a.lo, n), whole_mod(a.hi, n)};
}
// digit is where the number of a pair's element stands along an axis of `size` elements, `step` of whose numbers lie between
// two neighbours. A range that crosses the end of the axis is all of it.
DEVICE int digit(int number, int step, int size) { return number / step % size; }
DEVICE Range digit(Range number, int step, int size) {
  const int lo = number.lo / step, hi = number.hi / step;
  if (lo / size != hi / size) return {0, size - 1};
  return {lo % size, hi % size};
}

DEVICE Maybe operator<(Range a, Range b) { return {a.lo < b.hi, a.hi < b.lo}; }
DEVICE Maybe operator<=(Range a, Range b) { return {a.lo <= b.hi, a.hi <= b.lo}; }
DEVICE Maybe operator>(Range a, Range b) { return b < a; }
DEVICE Maybe operator>=(Range a, Range b) { return b <= a; }
DEVICE Maybe operator==(Range a, Range b) {
  return {a.lo <= b.hi && b.lo <= a.hi, a.lo == a.hi && b.lo == b.hi && a.lo == b.lo};
}
DEVICE Maybe operator!(Maybe a) { return {!a.must, !a.can}; }
DEVICE Maybe operator!=(Range a, Range b) { return !(a == b); }
DEVICE Maybe operator&&(Maybe a, Maybe b) { return {a.can && b.can, a.must && b.must}; }
DEVICE Maybe operator||(Maybe a, Maybe b) { return {a.can || b.can, a.must || b.must}; }
