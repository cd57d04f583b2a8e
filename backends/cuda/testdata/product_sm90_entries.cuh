// The product of sm_90a as an engine would start it: rows are narrowed first.
struct StoreFloat {
  float* c;
  long stride;
  __device__ void operator()(int row, int col, float value) const { c[row * stride + col] = value; }
};

__global__ void narrow_close(const float* a, long stride, int m, int k, bf16* to) { narrow_rows(Close<float>{a, stride}, m, k, to); }
__global__ void narrow_loose(const float* a, long row, long col, int m, int k, bf16* to) {
  narrow_rows(Loose<float>{a, row, col}, m, k, to);
}
__global__ void __launch_bounds__(product_sm90_threads) product_hopper(const TensorMap* a, const TensorMap* b, int first, float* c,
                                                                       int m, int n, int k) {
  product_sm90<3>(a, b, first, m, n, k, StoreFloat{c, n});
}
