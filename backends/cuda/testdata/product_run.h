// product_run: m n k stride; A, B, residual in; C by both entries out.
static void run(Request& r) {
  const int m = int(r.number()), n = int(r.number()), k = int(r.number());
  const long stride = r.number();
  const bf16* a = r.input<bf16>(size_t(m) * stride);
  const bf16* b = r.input<bf16>(size_t(n) * stride);
  const float* residual = r.input<float>(size_t(m) * n);
  float* small = r.output<float>(size_t(m) * n);
  bf16* large = r.output<bf16>(size_t(m) * n);
  r.check(launch(product_small, dim3((n + 63) / 64, (m + 63) / 64), dim3(product_threads), product_shared<64, 64, 32, 3>, nullptr, a, b,
         small, m, n, k, stride, stride));
  r.check(launch(product_large, dim3((n + 127) / 128, (m + 127) / 128), dim3(product_threads), product_shared<128, 128, 32, 2>, nullptr,
         a, b, residual, large, m, n, k, stride, stride));
}
