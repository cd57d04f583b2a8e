// widened_run: m n k stride; A in rows of stride, two matrices of bytes, two of halves, scales of both in f32 and in bf16 in;
// C by the entries out, int8, int4 and fp8 on tensor cores and then exactly. All entries take the second matrix.
template <class W> static void both(Request& r, void (*tiles)(W, const float*, float*, int, int, int, long),
                                    void (*exact)(W, const float*, float*, int, int, int, long), W w, const float* a, float* c, float* d, int m,
                                    int n, int k, long lda) {
  const size_t shared = product_shared<32, 128, 32, 3, float>;
  r.check(launch(tiles, dim3(2), dim3(product_threads), shared, nullptr, w, a, c, m, n, k, lda));
  r.check(launch(exact, dim3((n + 31) / 32, (m + 31) / 32), dim3(64), product_exact_shared<32, 32, 16>, nullptr, w, a, d, m, n, k, lda));
}
static void run(Request& r) {
  const int m = int(r.number()), n = int(r.number()), k = int(r.number());
  const long lda = r.number();
  const long across = (k + 31) / 32, length = Int8<1, 32>::length(k), half = Int4<1, 32, bf16>::length(k);
  const float* a = r.input<float>(size_t(m) * lda);
  const uint8_t* codes = r.input<uint8_t>(size_t(2) * n * length);
  const uint8_t* halves = r.input<uint8_t>(size_t(2) * n * half);
  const float* scales = r.input<float>(size_t(2) * n * across);
  const bf16* narrow = r.input<bf16>(size_t(2) * n * across);
  float* c[6];
  for (float*& one : c) one = r.output<float>(size_t(m) * n);
  const int8_t* whole = reinterpret_cast<const int8_t*>(codes);
  both(r, widened_int8, exact_int8, Int8<1, 32>{whole, length, {scales, across}}, a, c[0], c[3], m, n, k, lda);
  both(r, widened_int4, exact_int4, Int4<1, 32, bf16>{halves, half, {narrow, across}}, a, c[1], c[4], m, n, k, lda);
  both(r, widened_fp8, exact_fp8, Fp8<4, 32>{codes, length, {scales, across}}, a, c[2], c[5], m, n, k, lda);
}
