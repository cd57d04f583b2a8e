// Products of many rows with quantized weights, as an engine would start them: one entry for each format and kind of product.
struct Lay {
  float* c;
  long stride;
  __device__ void operator()(int row, int col, float value) const { c[row * stride + col] = value; }
};

template <class W> DEVICE void on_tensor_cores(const W& w, const float* a, float* c, int m, int n, int k, long lda) {
  const int across = (n + 127) / 128, tiles = across * ((m + 31) / 32);
  for (int at = blockIdx.x; at < tiles; at += gridDim.x) {
    block_sync();
    product_tile<32, 128, 32, 3>(Close<float>{a, lda}, widened(w), m, n, k, at / across * 32, at % across * 128, Lay{c, n});
  }
}
template <class W> DEVICE void in_floats(const W& w, const float* a, float* c, int m, int n, int k, long lda) {
  product_exact<32, 32, 16, 4, 4>(Close<float>{a, lda}, widened(w), m, n, k, Once{}, blockIdx.y * 32, blockIdx.x * 32, Lay{c, n});
}

__global__ void __launch_bounds__(product_threads) widened_int8(Int8<1, 32> w, const float* a, float* c, int m, int n, int k, long lda) {
  on_tensor_cores(w.matrix(1, n), a, c, m, n, k, lda);
}
__global__ void __launch_bounds__(product_threads) widened_int4(Int4<1, 32, bf16> w, const float* a, float* c, int m, int n, int k, long lda) {
  on_tensor_cores(w.matrix(1, n), a, c, m, n, k, lda);
}
__global__ void __launch_bounds__(product_threads) widened_fp8(Fp8<4, 32> w, const float* a, float* c, int m, int n, int k, long lda) {
  on_tensor_cores(w.matrix(1, n), a, c, m, n, k, lda);
}
__global__ void __launch_bounds__(64) exact_int8(Int8<1, 32> w, const float* a, float* c, int m, int n, int k, long lda) {
  in_floats(w.matrix(1, n), a, c, m, n, k, lda);
}
__global__ void __launch_bounds__(64) exact_int4(Int4<1, 32, bf16> w, const float* a, float* c, int m, int n, int k, long lda) {
  in_floats(w.matrix(1, n), a, c, m, n, k, lda);
}
__global__ void __launch_bounds__(64) exact_fp8(Fp8<4, 32> w, const float* a, float* c, int m, int n, int k, long lda) {
  in_floats(w.matrix(1, n), a, c, m, n, k, lda);
}
