// The product as an engine would start it: one entry for each tile, kind of A and epilogue.
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
  const int across = (n + 63) / 64, tiles = across * ((m + 63) / 64);
  for (int at = blockIdx.x; at < tiles; at += gridDim.x) {
    block_sync();
    product_tile<64, 64, 32, 3>(Close<bf16>{a, lda}, Close<bf16>{b, ldb}, m, n, k, at / across * 64, at % across * 64, Store{c, n});
  }
}
__global__ void __launch_bounds__(product_threads) product_large(const bf16* a, const bf16* b, const float* residual, bf16* c,
                                                                 int m, int n, int k, long lda, long ldb) {
  product_tile<128, 128, 32, 2>(Close<bf16>{a, lda}, Close<bf16>{b, ldb}, m, n, k, blockIdx.y * 128, blockIdx.x * 128,
                                AddNarrow{residual, c, n});
}
__global__ void __launch_bounds__(product_threads) product_rounding(const float* a, const bf16* b, float* c, int m, int n, int k,
                                                                    long lda, long ldb) {
  product_tile<64, 64, 32, 3>(Close<float>{a, lda}, Close<bf16>{b, ldb}, m, n, k, blockIdx.y * 64, blockIdx.x * 64, Store{c, n});
}
__global__ void __launch_bounds__(product_threads) product_strided(const float* a, const bf16* b, float* c, int m, int n, int k,
                                                                   long row, long col, long ldb) {
  product_tile<32, 64, 16, 2>(Loose<float>{a, row, col}, Close<bf16>{b, ldb}, m, n, k, blockIdx.y * 32, blockIdx.x * 64, Store{c, n});
}
