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
// As experts have it: the first rows times one matrix, none times a second, the others times a third.
__global__ void __launch_bounds__(product_sm90_threads) product_parts(const TensorMap* a, const TensorMap* b, int first, float* c, int m,
                                                                      int n, int k) {
  const int half = m / 2;
  product_sm90_parts<3>(a, b, 3, [=](int i) {
    return i == 0 ? Part{0, first, half, 0} : i == 1 ? Part{half, first, 0, 1} : Part{half, 0, m - half, 2};
  }, n, k, [=](const Part& part, int row, int col, float value) { c[long(part.a + row) * n + col] = value; });
}
