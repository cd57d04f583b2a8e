// product_sm90_run: m n k stride before; A in rows of whole 16 bytes, its columns as rows (of m), B behind `before` rows of others in; C by both, and in parts, out.
static void run(Request& r) {
  const int m = int(r.number()), n = int(r.number()), k = int(r.number());
  const long stride = r.number(), before = r.number(), narrow = (k + 7) / 8 * 8, row = (k + 3) / 4 * 4;
  const float* a = r.input<float>(size_t(m) * row);
  const float* turned = r.input<float>(size_t(k) * m);
  const bf16* b = r.input<bf16>(size_t(before + n) * stride);
  TensorMap* maps = r.space<TensorMap>(3);
  bf16* half[] = {r.space<bf16>(size_t(m) * narrow), r.space<bf16>(size_t(m) * narrow)};
  r.check(launch(narrow_close, dim3(2), dim3(64), 0, nullptr, a, row, m, k, half[0]));
  r.check(launch(narrow_loose, dim3(1), dim3(64), 0, nullptr, turned, 1, m, m, k, half[1]));
  r.check(describe(&maps[2], b, before + n, k, stride, sm90_tile));
  for (int i = 0; i < 2; i++) {
    r.check(describe(&maps[i], half[i], m, k, narrow, sm90_tile));
    float* c = r.output<float>(size_t(m) * n);
    r.check(launch(i ? product_parts : product_hopper, dim3(2), dim3(product_sm90_threads), product_sm90_shared<3>, nullptr, &maps[i], &maps[2], before, c,
                   m, n, k));
  }
}
