// products.cu: products as bench.py times them, behind C functions on device pointers. Each gives null, or what is wrong.
#include "product.cuh"
#include "product_exact.cuh"
#include "stream.cuh"
#include "widened.cuh"

struct Keep {
  float* c;
  long stride;
  __device__ void operator()(int row, int col, float value) const { c[row * stride + col] = value; }
};

__global__ void __launch_bounds__(product_threads) rounded(const float* a, const bf16* b, float* c, int m, int n, int k) {
  product_tile<128, 128, 32, 3>(Close<float>{a, k}, Close<bf16>{b, k}, m, n, k, blockIdx.y * 128, blockIdx.x * 128, Keep{c, n});
}
__global__ void __launch_bounds__(product_threads) narrow(const bf16* a, const bf16* b, float* c, int m, int n, int k) {
  product_tile<128, 128, 32, 4>(Close<bf16>{a, k}, Close<bf16>{b, k}, m, n, k, blockIdx.y * 128, blockIdx.x * 128, Keep{c, n});
}
__global__ void __launch_bounds__(256) exact(const float* a, const float* b, float* c, int m, int n, int k) {
  product_exact<128, 128, 16, 8, 8>(Close<float>{a, k}, Close<float>{b, k}, m, n, k, Once{}, blockIdx.y * 128, blockIdx.x * 128,
                                    Keep{c, n});
}

inline dim3 tiles(int m, int n, int side) { return dim3((n + side - 1) / side, (m + side - 1) / side); }

extern "C" const char* product_rounded(const float* a, const bf16* b, float* c, int m, int n, int k, Stream s) {
  return launch(rounded, tiles(m, n, 128), dim3(product_threads), product_shared<128, 128, 32, 3, float>, s, a, b, c, m, n, k);
}
extern "C" const char* product_narrow(const bf16* a, const bf16* b, float* c, int m, int n, int k, Stream s) {
  return launch(narrow, tiles(m, n, 128), dim3(product_threads), product_shared<128, 128, 32, 4>, s, a, b, c, m, n, k);
}
extern "C" const char* product_f32(const float* a, const float* b, float* c, int m, int n, int k, Stream s) {
  return launch(exact, tiles(m, n, 128), dim3(256), product_exact_shared<128, 128, 16>, s, a, b, c, m, n, k);
}

// --- decoding ---

struct Rows {
  const float* x;
  int k;
  __device__ void begin(int, float*) const {}
  __device__ float operator()(int m, int i) const { return x[long(m) * k + i]; }
};
struct KeepRow {
  float* y;
  int n;
  __device__ void operator()(int m, int e, const float (&sum)[1]) const { y[long(m) * n + e] = sum[0]; }
};
template <int M, int E, class W> DEVICE void few(const W& w, const float* x, float* y, int rows, int n, int k, int part) {
  const W weights[1] = {w};
  stream<M, E, 1>(weights, SameRow{}, n, rows, k, part, Rows{x, k}, KeepRow{y, n}, blockIdx.x, gridDim.x);
}
__global__ void __launch_bounds__(stream_threads) one_row(const bf16* w, const float* x, float* y, int n, int k, int part) {
  few<1, 4>(Stored<bf16>{w, k}, x, y, 1, n, k, part);
}
__global__ void __launch_bounds__(stream_threads) eight_rows(const bf16* w, const float* x, float* y, int n, int k, int part) {
  few<8, 2>(Stored<bf16>{w, k}, x, y, 8, n, k, part);
}
// Quantized weights as engines hold them; as many elements for a warp as they take.
template <class W> __global__ void __launch_bounds__(stream_threads) one_row_quantized(W w, const float* x, float* y, int n, int k, int part) {
  few<1, stream_elements<1, 1>>(w, x, y, 1, n, k, part);
}
template <class W> __global__ void __launch_bounds__(product_threads) many_quantized(W w, const float* a, float* c, int m, int n, int k) {
  product_tile<128, 128, 32, 3>(Close<float>{a, k}, widened(w), m, n, k, blockIdx.y * 128, blockIdx.x * 128, Keep{c, n});
}

// part is as much of k as 64 KiB of shared memory hold for the rows.
inline int part_of(int k, int rows) {
  const int most = 16384 / rows, whole = (k + 1023) / 1024 * 1024;
  return whole < most ? whole : most;
}
extern "C" const char* stream_one(const bf16* w, const float* x, float* y, int n, int k, int blocks, Stream s) {
  return launch(one_row, dim3(blocks), dim3(stream_threads), stream_shared<1>(part_of(k, 1)), s, w, x, y, n, k, part_of(k, 1));
}
extern "C" const char* stream_eight(const bf16* w, const float* x, float* y, int n, int k, int blocks, Stream s) {
  return launch(eight_rows, dim3(blocks), dim3(stream_threads), stream_shared<8>(part_of(k, 8)), s, w, x, y, n, k, part_of(k, 8));
}

// quantized is a matrix of n x k codes, rows padded as the format does, and its scales.
template <class W> W quantized(const void* codes, const void* scales, int k) {
  using S = typename W::scale;
  return {static_cast<const typename W::element*>(codes), W::length(k),
          {static_cast<const typename S::element*>(scales), (k + S::cols - 1) / S::cols}};
}
template <class W> const char* stream_quantized(const W& w, const float* x, float* y, int n, int k, int blocks, Stream s) {
  return launch(one_row_quantized<W>, dim3(blocks), dim3(stream_threads), stream_shared<1>(part_of(k, 1)), s, w, x, y, n, k, part_of(k, 1));
}
template <class W> const char* product_quantized(const float* a, const W& w, float* c, int m, int n, int k, Stream s) {
  return launch(many_quantized<W>, tiles(m, n, 128), dim3(product_threads), product_shared<128, 128, 32, 3, float>, s, w, a, c, m, n, k);
}
extern "C" const char* stream_int8(const void* w, const void* scales, const float* x, float* y, int n, int k, int blocks, Stream s) {
  return stream_quantized(quantized<int8_weights>(w, scales, k), x, y, n, k, blocks, s);
}
extern "C" const char* product_int8(const float* a, const void* w, const void* scales, float* c, int m, int n, int k, Stream s) {
  return product_quantized(a, quantized<int8_weights>(w, scales, k), c, m, n, k, s);
}
extern "C" const char* stream_int4(const void* w, const void* scales, const float* x, float* y, int n, int k, int blocks, Stream s) {
  return stream_quantized(quantized<int4_weights>(w, scales, k), x, y, n, k, blocks, s);
}
extern "C" const char* product_int4(const float* a, const void* w, const void* scales, float* c, int m, int n, int k, Stream s) {
  return product_quantized(a, quantized<int4_weights>(w, scales, k), c, m, n, k, s);
}
extern "C" const char* stream_fp8(const void* w, const void* scales, const float* x, float* y, int n, int k, int blocks, Stream s) {
  return stream_quantized(quantized<fp8_weights>(w, scales, k), x, y, n, k, blocks, s);
}
extern "C" const char* product_fp8(const float* a, const void* w, const void* scales, float* c, int m, int n, int k, Stream s) {
  return product_quantized(a, quantized<fp8_weights>(w, scales, k), c, m, n, k, s);
}
