// normalize.cuh: normalizers that need one pass over the keys. Each says
//
//   shifted   weights are exp(score - top), top the largest so far; a row's sums shrink when top grows.
//               start(place, top, total): what a row begins with, before its first key
//   otherwise weight(score, place) of a key, term(score, place) that it adds to the row's total, and
//               factor(place, total, count): what the row is multiplied by in the end, count keys having been seen
#pragma once
#include "pairs.cuh"

// Softmax, and with a further score that takes weight and has no value: sink(place) (Xiao et al. 2023, arXiv:2309.17453).
struct Softmax {
  static constexpr bool shifted = true;
  template <class Place> __device__ __forceinline__ void start(const Place&, float& top, float& total) const {
    top = -INFINITY, total = 0.f;
  }
};
template <class Sink> struct SoftmaxSink {
  static constexpr bool shifted = true;
  Sink sink;
  template <class Place> __device__ __forceinline__ void start(const Place& place, float& top, float& total) const {
    top = sink(place), total = 1.f;
  }
};

// exp_above is exp(x - top). In float the difference comes first: a rounding relative to the difference, not to the score.
template <class T> DEVICE float exp_above(float x, float top) {
  if constexpr (Alike<T, bf16>::value) return ex2(fmaf(x, log2_e, -top * log2_e));
  return ex2((x - top) * log2_e);
}
// Before the first key the largest is minus infinity, and minus infinity less itself is not a number.
DEVICE float base_of(float top) { return top == -INFINITY ? 0.f : top; }

// Four neighbours hold a row of a fragment between them.
DEVICE float row_most(float x) {
  x = fmaxf(x, lane_xor(x, 1));
  return fmaxf(x, lane_xor(x, 2));
}
DEVICE float row_sum(float x) {
  x += lane_xor(x, 1);
  return x + lane_xor(x, 2);
}

// Sums are what a lane knows of its two rows: top and total of those that are shifted, total and count of others.
struct Sums {
  float top[2], total[2];
};
// A row begins once: in the first of its parts, and in one of the lanes that hold it.
template <class Norm, class Place> DEVICE Sums start_of(const Norm& norm, const Place (&place)[2], bool part, bool lane) {
  Sums s = {{0.f, 0.f}, {0.f, 0.f}};
  if constexpr (Norm::shifted)
#pragma unroll
    for (int h = 0; h < 2; h++) {
      norm.start(place[h], s.top[h], s.total[h]);
      if (!part) s.top[h] = -INFINITY;
      if (!part || !lane) s.total[h] = 0.f;
    }
  return s;
}

// weigh turns a row's scores into weights, given the largest of all lanes so far, and adds them up.
template <class T, int KEYS, class Norm, class Place>
DEVICE void weigh(float (&s)[KEYS / 8][4], int h, Sums& sums, float high, const Norm& norm, const Place& place) {
  float total = 0.f, count = 0.f;
#pragma unroll
  for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
    for (int e = 0; e < 2; e++) {
      float& x = s[n][h * 2 + e];
      if constexpr (Norm::shifted) {
        x = exp_above<T>(x, base_of(high));
        total += x;
      } else {
        const bool seen = x != -INFINITY;
        total += seen ? norm.term(x, place) : 0.f;
        count += seen ? 1.f : 0.f;
        x = seen ? norm.weight(x, place) : 0.f;
      }
    }
  sums.total[h] += total;
  if constexpr (!Norm::shifted) sums.top[h] += count;
}

// last_factor is what a row's average is multiplied by, of sums over all of its keys.
template <class Norm, class Place> DEVICE float last_factor(const Norm& norm, const Place& place, float top, float total) {
  if constexpr (Norm::shifted) return top == -INFINITY ? 0.f : 1.f / total;
  else return top > 0.f ? norm.factor(place, total, top) : 0.f;
}
