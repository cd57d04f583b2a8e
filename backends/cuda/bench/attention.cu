// attention.cu: attention as bench.py times it: Q [position][head][128], K and V [position][head][128] of bf16, variants of
// one kernel.
#include "attend.cuh"

// The queries of the heads that share keys stand side by side, `group` of them at each position.
struct Packed {
  template <class N> struct Place { int head; N t, r; };
  const bf16 *q, *k, *v;
  bf16* out;
  int length, heads, group, overs, lanes, keys;  // heads of keys

  template <class N> __device__ Place<N> place(int over, N lane) const {
    return {over, digit(lane, group, length), digit(lane, 1, group)};
  }
  __device__ long at(const Place<int>& p) const { return ((long(p.t) * heads + p.head) * group + p.r) * 128; }
  __device__ float query(const Place<int>& p, int i) const { return float_of(q[at(p) + i]); }
  template <class S> __device__ void fetch_keys(typename S::T* tile, const Place<int>& p, int first) const {
    const Lines<bf16, true> from = {k + p.head * 128, heads * 128L, 1};
    fetch_lines<typename S::T, S::KEYS, 128, S::LD, attend_threads>(tile, from, first, keys, 128);
  }
  template <class S> __device__ void fetch_values(typename S::T* tile, const Place<int>& p, int first) const {
    const Lines<bf16, true> from = {v + p.head * 128, heads * 128L, 1};
    fetch_lines<typename S::T, S::KEYS, 128, S::LDV, attend_threads>(tile, from, first, keys, 128);
  }
  __device__ void store(const Place<int>& p, int i, float value) const { out[at(p) + i] = bf16_of(value); }
};

struct Scaled {
  float factor;
  template <class P> __device__ float operator()(const float (&dot)[1], const P&, int) const { return dot[0] * factor; }
};
struct Capped {
  float factor, cap;
  template <class P> __device__ float operator()(const float (&dot)[1], const P&, int) const {
    return cap * tanh_of(dot[0] * factor / cap);
  }
};
struct Sloped {
  float factor;
  int group;
  template <class P> __device__ float operator()(const float (&dot)[1], const P& at, int key) const {
    return dot[0] * factor - ex2(-0.25f * float(at.head * group + at.r + 1)) * float(at.t - key);
  }
};
struct Everything {
  static constexpr bool everywhere = true;
  template <class P> __device__ int first(const P&) const { return 0; }
  template <class P> __device__ int end(const P&) const { return 0x7fffffff; }
};
struct Before {
  static constexpr bool everywhere = true;
  int width;  // keys that a query sees, its own the last of them
  template <class P> __device__ int first(const P& at) const { return at.t - width + 1; }
  template <class P> __device__ int end(const P& at) const { return at.t + 1; }
};
struct One {
  template <class P> __device__ float operator()(const P&) const { return 1.f; }
};
struct Gate {
  static constexpr bool shifted = false;
  template <class P> __device__ float weight(float score, const P&) const { return sigmoid(score); }
  template <class P> __device__ float term(float, const P&) const { return 0.f; }
  template <class P> __device__ float factor(const P&, float, float) const { return 1.f; }
};

using Tile = Shape<bf16, 64, 128, 128>;

template <class Score, class Mask, class Norm>
__global__ void __launch_bounds__(attend_threads) attend(Packed sides, Score score, Mask mask, Norm norm) {
  attend_tile<Tile>(sides, score, mask, norm);
}
template <class Score, class Mask, class Norm>
static const char* start(const Packed& sides, Score score, Mask mask, Norm norm, Stream s) {
  const dim3 grid(unsigned(sides.overs * ((sides.lanes + attend_lanes - 1) / attend_lanes)));
  return launch(attend<Score, Mask, Norm>, grid, dim3(attend_threads), attend_shared<Tile>, s, sides, score, mask, norm);
}

// heads are those of queries. variant: 0 all keys; causal are 1 plain, 2 a window of 1024, 3 ALiBi's slopes, 4 a soft cap of 50,
// 5 a sink of score 1, 6 weights by the logistic function.
extern "C" const char* attention(const bf16* q, const bf16* k, const bf16* v, bf16* o, int length, int heads, int group, int variant,
                                 Stream s) {
  const float factor = 0.08838834764831845f;  // 1/sqrt(128)
  const int shared = heads / group;
  const Packed sides{q, k, v, o, length, shared, group, shared, length * group, length};
  const Scaled scaled{factor};
  const Before causal{1 << 30};
  switch (variant) {
    case 0: return start(sides, scaled, Everything{}, Softmax{}, s);
    case 1: return start(sides, scaled, causal, Softmax{}, s);
    case 2: return start(sides, scaled, Before{1024}, Softmax{}, s);
    case 3: return start(sides, Sloped{factor, group}, causal, Softmax{}, s);
    case 4: return start(sides, Capped{factor, 50.f}, causal, Softmax{}, s);
    case 5: return start(sides, scaled, causal, SoftmaxSink<One>{One{}}, s);
    case 6: return start(sides, scaled, causal, Gate{}, s);
  }
  return "no such variant";
}
