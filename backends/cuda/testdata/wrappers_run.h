// wrappers_run: bits, numbers in; conversions, functions, the exchange of the first 96 numbers out.
static void run(Request& r) {
  const int n = int(r.number());
  const uint32_t* bits = r.input<uint32_t>(size_t(n));
  const float* x = r.input<float>(size_t(n));
  uint32_t* narrowed = r.output<uint32_t>(size_t(n) * 2);
  float* widened = r.output<float>(size_t(n) * 2);
  float* y = r.output<float>(size_t(n) * 8);
  float* exchanged = r.output<float>(96);
  r.check(launch(convert, dim3(n / 64), dim3(64), 0, nullptr, bits, narrowed, widened));
  r.check(launch(functions, dim3(n / 64), dim3(64), 0, nullptr, x, y));
  r.check(launch(exchange, dim3(1), dim3(96), 32 * sizeof(float), nullptr, x, exchanged));
}
