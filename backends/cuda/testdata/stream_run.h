// stream_run: n k rows part stride; W in bf16, W in f32, gate (rows of k), up, y before in; y of the gated and the plain
// entries, pairs out; then bytes (of n rows of whole 64), scales in; y of int8, int4 and fp8 out, two rows each.
static void run(Request& r) {
  const int n = int(r.number()), k = int(r.number()), rows = int(r.number()), part = int(r.number());
  const long stride = r.number(), bytes = (k + 63) / 64 * 64, scale_stride = (k + 31) / 32;
  const bf16* w = r.input<bf16>(size_t(n) * stride);
  const float* wide = r.input<float>(size_t(n) * stride);
  const float* gate = r.input<float>(size_t(rows) * k);
  const float* up = r.input<float>(size_t(k));
  const float* before = r.input<float>(size_t(n));
  const float* two = r.input<float>(size_t(2) * k);
  const uint8_t* codes = r.input<uint8_t>(size_t(n) * bytes);
  const float* scales = r.input<float>(size_t(n) * scale_stride);
  float* gated = r.output<float>(size_t(n));
  float* plain = r.output<float>(size_t(rows) * n);
  float* turned = r.output<float>(size_t(rows) * (n / 2 * 2));
  float* eight = r.output<float>(size_t(2) * n);
  float* four = r.output<float>(size_t(2) * n);
  float* fp8 = r.output<float>(size_t(2) * n);
  memcpy(gated, before, size_t(n) * sizeof(float));
  const dim3 block(stream_threads);
  r.check(launch(stream_gated, dim3((n + 4 * stream_warps - 1) / (4 * stream_warps)), block, stream_shared<1>(part), nullptr, w, gate, up,
         gated, n, k, stride, part));
  r.check(launch(stream_few, dim3(n / 2 ? 4 : 2), block, stream_shared<8>(part), nullptr, wide, gate, plain, turned, rows, n, k, stride,
         part, n / 2 ? 2 : 0));
  const size_t shared = stream_shared<2>(1024);
  r.check(launch(stream_int8, dim3(2), block, shared, nullptr, reinterpret_cast<const int8_t*>(codes), scales, two, eight, n, k, bytes,
         scale_stride));
  r.check(launch(stream_int4, dim3(3), block, shared, nullptr, codes, scales, two, four, n, k, bytes, scale_stride));
  r.check(launch(stream_fp8, dim3(1), block, shared, nullptr, codes, scales, two, fp8, n, k, bytes, scale_stride));
}
