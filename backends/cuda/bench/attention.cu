// attention.cu: attention as bench.py times it: [position][head][128] of bf16, four variants of one kernel.
#include "attend.cuh"

struct Scaled {
  float factor;
  __device__ float operator()(float dot, int, int, int) const { return dot * factor; }
};
struct Capped {
  float factor, cap;
  __device__ float operator()(float dot, int, int, int) const { return cap * tanh_of(dot * factor / cap) * log2_e; }
};
struct Sloped {
  float factor;
  __device__ float operator()(float dot, int head, int query, int key) const {
    return dot * factor - ex2(-0.25f * float(head + 1)) * float(query - key) * log2_e;
  }
};
struct Everything {
  __device__ int begin(int) const { return 0; }
  __device__ int end(int) const { return 0x7fffffff; }
  __device__ bool operator()(int, int) const { return true; }
};
struct Before {
  int width;  // keys that a query sees, its own the last of them
  __device__ int begin(int low) const { return low - width + 1; }
  __device__ int end(int high) const { return high + 1; }
  __device__ bool operator()(int query, int key) const { return key <= query && key > query - width; }
};
struct KeepHeads {
  bf16* out;
  int heads;
  __device__ void operator()(int head, int row, int i, float value) const { out[(long(row) * heads + head) * 128 + i] = bf16_of(value); }
};

template <class Score, class Mask>
__global__ void __launch_bounds__(attend_threads) attend(Heads<bf16> q, Heads<bf16> k, Heads<bf16> v, bf16* o, int length, int heads,
                                                         int group, Score score, Mask mask) {
  attend_tile<bf16, 128, 128, 64>(q, k, v, length, length, 0, group, score, mask, KeepHeads{o, heads});
}

template <class Score, class Mask>
static const char* start(const bf16* q, const bf16* k, const bf16* v, bf16* o, int length, int heads, int group, Score score, Mask mask,
                         Stream s) {
  const Heads<bf16> query{q, 128, heads * 128L}, key{k, 128, heads / group * 128L}, value{v, 128, heads / group * 128L};
  const dim3 grid((length + attend_queries - 1) / attend_queries, heads);
  return launch(attend<Score, Mask>, grid, dim3(attend_threads), attend_shared<bf16, 128, 128, 64>, s, query, key, value, o, length, heads,
                group, score, mask);
}

// variant: 0 all keys, 1 causal, 2 a window of 1024, 3 causal with ALiBi's slopes, 4 causal with a soft cap of 50.
extern "C" const char* attention(const bf16* q, const bf16* k, const bf16* v, bf16* o, int length, int heads, int group, int variant,
                                 Stream s) {
  const float factor = 0.08838834764831845f * log2_e;  // 1/sqrt(128)
  const Before causal{1 << 30};
  switch (variant) {
    case 0: return start(q, k, v, o, length, heads, group, Scaled{factor}, Everything{}, s);
    case 1: return start(q, k, v, o, length, heads, group, Scaled{factor}, causal, s);
    case 2: return start(q, k, v, o, length, heads, group, Scaled{factor}, Before{1024}, s);
    case 3: return start(q, k, v, o, length, heads, group, Sloped{factor}, causal, s);
    case 4: return start(q, k, v, o, length, heads, group, Capped{factor / log2_e, 50.f}, causal, s);
  }
  return "no such variant";
}
