// topk.cuh: the numbers of the k largest of n, the largest first, of equals the first first, NaN above every number.
//
// A warp for each row. Each pass finds the largest of those that stand behind the one before: nothing is marked or moved.
//   Operations: k n comparisons.  Bytes: 4 n, k times from the cache.
#pragma once
#include "ptx.cuh"

constexpr int topk_warps = 4, topk_threads = 32 * topk_warps;

// ahead is whether (a, i) stands in front of (b, j).
DEVICE bool ahead(float a, int i, float b, int j) {
  if (a > b || (a != a && b == b)) return true;
  if (a < b || (a == a && b != b)) return false;
  return i < j;
}

// x(i) gives the row of this warp; put(place, number) takes the answer. All lanes of the warp take part.
template <class X, class Put> DEVICE void topk(X x, int n, int k, Put put) {
  const int lane = threadIdx.x & 31;
  float last = 0;
  int last_at = -1;
  for (int place = 0; place < k; place++) {
    float best = 0;
    int best_at = -1;
    for (int i = lane; i < n; i += 32) {
      const float v = x(i);
      const bool behind = place == 0 || ahead(last, last_at, v, i);
      if (behind && (best_at < 0 || ahead(v, i, best, best_at))) best = v, best_at = i;
    }
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) {
      const float other = lane_xor(best, d);
      const int other_at = int(lane_xor(float(best_at), d));
      if (other_at >= 0 && (best_at < 0 || ahead(other, other_at, best, best_at))) best = other, best_at = other_at;
    }
    if (lane == 0) put(place, best_at);
    last = best, last_at = best_at;
  }
}
