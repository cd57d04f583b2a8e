// The streaming product as an engine would start it: a gated unit whose activation is computed on the way in; several rows,
// normalized on the way in, in parts, with pairs that are turned; and a format for each entry of the rest.
struct Plain {
  const float* x;
  int k;
  __device__ void begin(int, float*) const {}
  __device__ float operator()(int m, int i) const { return x[m * k + i]; }
};
struct Gated {
  const float *gate, *up;
  __device__ void begin(int, float*) const {}
  __device__ float operator()(int, int i) const { return silu(gate[i]) * up[i]; }
};
// Normed is x / (1 + sum of |x|), which needs its whole row first.
struct Normed {
  const float* x;
  int k;
  float* factor;  // of each row
  __device__ void begin(int rows, float* room) {
    factor = room + 32;
    for (int m = 0; m < rows; m++) {
      float sum = 0;
      for (int i = threadIdx.x; i < k; i += stream_threads) sum += fabsf(x[m * k + i]);
      factor[m] = 1.f / (1.f + block_reduce(sum, room, Add{}));
    }
  }
  __device__ float operator()(int m, int i) const { return x[m * k + i] * factor[m]; }
};
struct StoreRow {
  float* y;
  int n;
  __device__ void operator()(int m, int e, const float (&sum)[1]) const { y[m * n + e] = sum[0]; }
};
struct AddRow {
  float* y;
  __device__ void operator()(int, int e, const float (&sum)[1]) const { y[e] += sum[0]; }
};
// Turned takes rows e and e + far: a rotation by an angle whose sine is 0.6.
struct Halves {
  int far;
  __device__ int operator()(int c, int e) const { return e + c * far; }
};
struct Turned {
  float* y;
  int n;
  __device__ void operator()(int m, int e, const float (&s)[2]) const {
    y[m * n + e] = 0.8f * s[0] - 0.6f * s[1];
    y[m * n + e + n / 2] = 0.6f * s[0] + 0.8f * s[1];
  }
};

__global__ void __launch_bounds__(stream_threads) stream_gated(const bf16* w, const float* gate, const float* up, float* y, int n,
                                                               int k, long ldw, int part) {
  const Stored<bf16> weights[1] = {{w, ldw}};
  stream<1, 4, 1>(weights, SameRow{}, n, 1, k, part, Gated{gate, up}, AddRow{y}, blockIdx.x, gridDim.x);
}
// stream_few makes pairs of the first n / 2 * 2 rows in the lower blocks, all rows in the upper ones.
__global__ void __launch_bounds__(stream_threads) stream_few(const float* w, const float* x, float* y, float* turned, int rows, int n,
                                                             int k, long ldw, int part, int lower) {
  const int upper = gridDim.x - lower;
  if (int(blockIdx.x) < lower) {
    const Stored<float> weights[2] = {{w, ldw}, {w, ldw}};
    stream<8, 1, 2>(weights, Halves{n / 2}, n / 2, rows, k, part, Normed{x, k, nullptr}, Turned{turned, n / 2 * 2}, blockIdx.x, lower);
  } else {
    const Stored<float> weights[1] = {{w, ldw}};
    stream<8, 2, 1>(weights, SameRow{}, n, rows, k, part, Normed{x, k, nullptr}, StoreRow{y, n}, blockIdx.x - lower, upper);
  }
}
template <class W> DEVICE void quantized(const W& w, const float* x, float* y, int n, int k) {
  const W weights[1] = {w};
  stream<2, 2, 1>(weights, SameRow{}, n, 2, k, 1024, Plain{x, k}, StoreRow{y, n}, blockIdx.x, gridDim.x);
}
__global__ void __launch_bounds__(stream_threads) stream_int8(const int8_t* w, const float* scales, const float* x, float* y, int n,
                                                              int k, long ldw, long lds) {
  quantized(Int8<1, 32>{w, ldw, {scales, lds}}, x, y, n, k);
}
__global__ void __launch_bounds__(stream_threads) stream_int4(const uint8_t* w, const float* scales, const float* x, float* y, int n,
                                                              int k, long ldw, long lds) {
  quantized(Int4<1, 32>{w, ldw, {scales, lds}}, x, y, n, k);
}
__global__ void __launch_bounds__(stream_threads) stream_fp8(const uint8_t* w, const float* scales, const float* x, float* y, int n,
                                                             int k, long ldw, long lds) {
  quantized(Fp8<4, 32>{w, ldw, {scales, lds}}, x, y, n, k);
}
