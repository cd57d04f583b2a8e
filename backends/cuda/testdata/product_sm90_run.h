// product_sm90_run: m n k stride; A, B in; C out.
static void run(Request& r) {
  const int m = int(r.number()), n = int(r.number()), k = int(r.number());
  const long stride = r.number();
  TensorMap* maps = r.space<TensorMap>(2);
  r.check(describe(&maps[0], r.input<bf16>(size_t(m) * stride), m, k, stride, sm90_tile));
  r.check(describe(&maps[1], r.input<bf16>(size_t(n) * stride), n, k, stride, sm90_tile));
  float* c = r.output<float>(size_t(m) * n);
  const dim3 grid((n + sm90_tile - 1) / sm90_tile, (m + sm90_tile - 1) / sm90_tile);
  r.check(launch(product_hopper, grid, dim3(product_sm90_threads), product_sm90_shared<3>, nullptr, &maps[0], &maps[1], c, m, n, k));
}
