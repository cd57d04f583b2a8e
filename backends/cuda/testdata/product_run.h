// product_run: m n k stride; A, B, residual, A in f32, its columns as rows (of m) in; C by all entries out.
static void run(Request& r) {
  const int m = int(r.number()), n = int(r.number()), k = int(r.number());
  const long stride = r.number();
  const bf16* a = r.input<bf16>(size_t(m) * stride);
  const bf16* b = r.input<bf16>(size_t(n) * stride);
  const float* residual = r.input<float>(size_t(m) * n);
  const float* exact = r.input<float>(size_t(m) * stride);
  const float* turned = r.input<float>(size_t(k) * m);
  float* small = r.output<float>(size_t(m) * n);
  bf16* large = r.output<bf16>(size_t(m) * n);
  float* rounding = r.output<float>(size_t(m) * n);
  float* strided = r.output<float>(size_t(m) * n);
  const dim3 grid((n + 63) / 64, (m + 63) / 64), block(product_threads);
  r.check(launch(product_small, dim3(2), block, product_shared<64, 64, 32, 3>, nullptr, a, b, small, m, n, k, stride, stride));
  r.check(launch(product_large, dim3((n + 127) / 128, (m + 127) / 128), block, product_shared<128, 128, 32, 2>, nullptr, a, b,
         residual, large, m, n, k, stride, stride));
  r.check(launch(product_rounding, grid, block, product_shared<64, 64, 32, 3, float>, nullptr, exact, b, rounding, m, n, k, stride,
         stride));
  r.check(launch(product_strided, dim3((n + 63) / 64, (m + 31) / 32), block, product_shared<32, 64, 16, 2, float>, nullptr, turned, b,
         strided, m, n, k, 1, m, stride));
}
