// The product as an engine would start it: one entry for each tile and epilogue.
struct Store {
  float* c;
  long stride;
  __device__ void operator()(int row, int col, float value) const { c[row * stride + col] = value; }
};
struct AddNarrow {
  const float* residual;
  bf16* c;
  long stride;
  __device__ void operator()(int row, int col, float value) const {
    c[row * stride + col] = bf16_of(value + residual[row * stride + col]);
  }
};

__global__ void __launch_bounds__(product_threads) product_small(const bf16* a, const bf16* b, float* c, int m, int n, int k,
                                                                 long lda, long ldb) {
  product_tile<64, 64, 32, 3>(a, b, m, n, k, lda, ldb, Store{c, n});
}
__global__ void __launch_bounds__(product_threads) product_large(const bf16* a, const bf16* b, const float* residual, bf16* c,
                                                                 int m, int n, int k, long lda, long ldb) {
  product_tile<128, 128, 32, 2>(a, b, m, n, k, lda, ldb, AddNarrow{residual, c, n});
}
