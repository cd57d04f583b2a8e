// Attention as an engine would start it: scores and masks are named functors, one entry for each combination.
struct Scale {
  float factor;  // 1/sqrt(D) and log2(e) in one
  __device__ float operator()(float dot, int, int, int) const { return dot * factor; }
};
struct SoftCap {
  float factor, cap;
  __device__ float operator()(float dot, int, int, int) const { return cap * tanh_of(dot * factor / cap) * log2_e; }
};
struct Alibi {
  float factor;
  __device__ float operator()(float dot, int head, int query, int key) const {
    return (dot * factor - ex2(-float(head + 1)) * float(query - key)) * log2_e;
  }
};
struct Full {
  __device__ int begin(int) const { return 0; }
  __device__ int end(int) const { return 0x7fffffff; }
  __device__ bool operator()(int, int) const { return true; }
};
struct Causal {
  __device__ int begin(int) const { return 0; }
  __device__ int end(int high) const { return high + 1; }
  __device__ bool operator()(int query, int key) const { return key <= query; }
};
// Window sees `width` keys, the query's own the last of them; none if `width` is 0.
struct Window {
  int width;
  __device__ int begin(int low) const { return low - width + 1; }
  __device__ int end(int high) const { return high + 1; }
  __device__ bool operator()(int query, int key) const { return key <= query && key > query - width; }
};

template <class T> struct StoreHeads {
  T* out;
  int heads, width;
  __device__ void put(bf16* p, float value) const { *p = bf16_of(value); }
  __device__ void put(float* p, float value) const { *p = value; }
  __device__ void operator()(int head, int row, int i, float value) const {
    put(out + (long(row) * heads + head) * width + i, value);
  }
};

__global__ void __launch_bounds__(attend_threads) attend_causal(Heads<bf16> q, Heads<bf16> k, Heads<bf16> v, bf16* o, int queries,
                                                                int keys, int heads, int group, float factor) {
  attend_tile<bf16, 64, 64, 64>(q, k, v, queries, keys, keys - queries, group, Scale{factor * log2_e}, Causal{},
                                StoreHeads<bf16>{o, heads, 64});
}
__global__ void __launch_bounds__(attend_threads) attend_window(Heads<bf16> q, Heads<bf16> k, Heads<bf16> v, float* o, int queries,
                                                                int keys, int heads, int group, float factor, int width) {
  attend_tile<bf16, 32, 48, 32>(q, k, v, queries, keys, keys - queries, group, SoftCap{factor, 2.f}, Window{width},
                                StoreHeads<float>{o, heads, 48});
}
__global__ void __launch_bounds__(attend_threads) attend_f32(Heads<float> q, Heads<float> k, Heads<float> v, float* o, int queries,
                                                             int keys, int heads, int group, float factor) {
  attend_tile<float, 20, 24, 32>(q, k, v, queries, keys, keys - queries, group, Alibi{factor}, Full{},
                                 StoreHeads<float>{o, heads, 24});
}
