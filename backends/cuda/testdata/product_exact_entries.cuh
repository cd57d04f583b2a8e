// The exact product as an engine would start it: weights as they are stored; and a batch of products of two tensors that
// also adds over a further axis.
struct Put {
  float* c;
  long stride;
  __device__ void operator()(int row, int col, float value) const { c[row * stride + col] = value; }
};
struct Inside {
  int n;
  long step_a, step_b;
  __device__ int count() const { return n; }
  __device__ long a(int i) const { return i * step_a; }
  __device__ long b(int i) const { return i * step_b; }
};

__global__ void __launch_bounds__(256) exact_large(const float* a, const float* b, float* c, int m, int n, int k, long stride) {
  product_exact<128, 128, 16, 8, 8>(Close<float>{a, stride}, Close<float>{b, stride}, m, n, k, Once{}, blockIdx.y * 128,
                                    blockIdx.x * 128, Put{c, n});
}
// A is [k][m], B is [inside][k][n] in rows of ldb, the same for all of the grid's depth; inside steps A by one number.
__global__ void __launch_bounds__(64) exact_small(const float* a, const float* b, float* c, int m, int n, int k, int inside, long ldb) {
  const long depth = blockIdx.z;
  for (int at = blockIdx.x; at < (m + 31) / 32; at += gridDim.x) {
    block_sync();
    product_exact<32, 32, 16, 4, 4>(Loose<float>{a + depth * 3, 1, m}, Across<float>{b, ldb}, m, n, k, Inside{inside, 1, k * ldb}, at * 32,
                                    blockIdx.y * 32, Put{c + depth * m * n, n});
  }
}
