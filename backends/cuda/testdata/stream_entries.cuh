// The streaming product as an engine would start it: plain weights, and a gated activation computed on the way in.
struct Plain {
  const float* x;
  __device__ float operator()(int i) const { return x[i]; }
};
struct Gated {
  const float *gate, *up;
  __device__ float operator()(int i) const { return silu(gate[i]) * up[i]; }
};
struct StoreRow {
  float* y;
  __device__ void operator()(int i, float value) const { y[i] = value; }
};
struct AddRow {
  float* y;
  __device__ void operator()(int i, float value) const { y[i] += value; }
};

__global__ void __launch_bounds__(stream_threads) stream_bf16(const bf16* w, const float* gate, const float* up, float* y, int n,
                                                              int k, long ldw) {
  stream_rows<bf16, 4>(w, n, k, ldw, Gated{gate, up}, AddRow{y});
}
__global__ void __launch_bounds__(stream_threads) stream_f32(const float* w, const float* x, float* y, int n, int k, long ldw) {
  stream_rows<float, 2>(w, n, k, ldw, Plain{x}, StoreRow{y});
}
