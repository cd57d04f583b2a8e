// attend_run: queries keys heads group kind width; Q, K, V in rows [position][head][i]; O out. kind is the entry, and with
// it the types and the sizes of a head.
template <class T> static Heads<T> heads_of(Request& r, int rows, int heads, int width) {
  return {r.input<T>(size_t(rows) * heads * width), width, long(heads) * width};
}
static void run(Request& r) {
  const int queries = int(r.number()), keys = int(r.number()), heads = int(r.number()), group = int(r.number());
  const int kind = int(r.number()), width = int(r.number());
  const dim3 grid((queries + attend_queries - 1) / attend_queries, heads), block(attend_threads);
  if (kind == 0) {
    const auto q = heads_of<bf16>(r, queries, heads, 64), k = heads_of<bf16>(r, keys, heads / group, 64);
    const auto v = heads_of<bf16>(r, keys, heads / group, 64);
    r.check(launch(attend_causal, grid, block, attend_shared<bf16, 64, 64, 64>, nullptr, q, k, v,
           r.output<bf16>(size_t(queries) * heads * 64), queries, keys, heads, group, 0.125f));
  } else if (kind == 1) {
    const auto q = heads_of<bf16>(r, queries, heads, 32), k = heads_of<bf16>(r, keys, heads / group, 32);
    const auto v = heads_of<bf16>(r, keys, heads / group, 48);
    r.check(launch(attend_window, grid, block, attend_shared<bf16, 32, 48, 32>, nullptr, q, k, v,
           r.output<float>(size_t(queries) * heads * 48), queries, keys, heads, group, 0.25f, width));
  } else {
    const auto q = heads_of<float>(r, queries, heads, 20), k = heads_of<float>(r, keys, heads / group, 20);
    const auto v = heads_of<float>(r, keys, heads / group, 24);
    r.check(launch(attend_f32, grid, block, attend_shared<float, 20, 24, 32>, nullptr, q, k, v,
           r.output<float>(size_t(queries) * heads * 24), queries, keys, heads, group, 0.25f));
  }
}
