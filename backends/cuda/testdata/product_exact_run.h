// product_exact_run: m n k stride inside; A, B in rows of stride; k rows of m, and room behind; inside x k rows of n padded
// to four in; C of the first two, then of two products of the others out.
static void run(Request& r) {
  const int m = int(r.number()), n = int(r.number()), k = int(r.number());
  const long stride = r.number();
  const int inside = int(r.number());
  const long ldb = (n + 3) / 4 * 4;
  const float* a = r.input<float>(size_t(m) * stride);
  const float* b = r.input<float>(size_t(n) * stride);
  const float* turned = r.input<float>(size_t(k) * m + inside + 3);
  const float* stacked = r.input<float>(size_t(inside) * k * ldb);
  float* large = r.output<float>(size_t(m) * n);
  float* small = r.output<float>(size_t(2) * m * n);
  r.check(launch(exact_large, dim3((n + 127) / 128, (m + 127) / 128), dim3(256), product_exact_shared<128, 128, 16>, nullptr, a, b,
                 large, m, n, k, stride));
  r.check(launch(exact_small, dim3(2, (n + 31) / 32, 2), dim3(64), product_exact_shared<32, 32, 16>, nullptr, turned,
                 stacked, small, m, n, k, inside, ldb));
}
