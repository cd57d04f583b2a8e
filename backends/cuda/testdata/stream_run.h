// stream_run: n k stride; W in bf16, W in f32, gate, up, y before in; y of both entries out.
static void run(Request& r) {
  const int n = int(r.number()), k = int(r.number());
  const long stride = r.number();
  const bf16* w = r.input<bf16>(size_t(n) * stride);
  const float* wide = r.input<float>(size_t(n) * stride);
  const float* gate = r.input<float>(size_t(k));
  const float* up = r.input<float>(size_t(k));
  const float* before = r.input<float>(size_t(n));
  float* gated = r.output<float>(size_t(n));
  float* plain = r.output<float>(size_t(n));
  memcpy(gated, before, size_t(n) * sizeof(float));
  const size_t shared = size_t(k) * sizeof(float);
  r.check(launch(stream_bf16, dim3((n + 4 * stream_warps - 1) / (4 * stream_warps)), dim3(stream_threads), shared, nullptr, w, gate, up,
         gated, n, k, stride));
  r.check(launch(stream_f32, dim3((n + 2 * stream_warps - 1) / (2 * stream_warps)), dim3(stream_threads), shared, nullptr, wide, gate,
         plain, n, k, stride));
}
