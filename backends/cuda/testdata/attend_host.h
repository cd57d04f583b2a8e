// What the host does for all attention: queries keys heads group kind width parts; Q [query][head][group][i], K and V
// [key][head][i] (for kinds along keys [head][i][key]) in; O out. kind is the entry, and with it the types and the widths of a
// head. parts says into how many the keys are split; where rows are written out, 0 is a room in device memory.
struct Attention {
  int n[4], kind, width, parts;
  explicit Attention(Request& r) {
    for (int& x : n) x = int(r.number());
    kind = int(r.number()), width = int(r.number()), parts = int(r.number());
  }
};
template <class Sides, class S, class O> static Sides sides_of(Request& r, int d, int dv, const int (&n)[4]) {
  const int queries = n[0], keys = n[1], heads = n[2], group = n[3];
  const S* q = r.input<S>(size_t(queries) * heads * group * d);
  const S* k = r.input<S>(size_t(keys) * heads * d);
  const S* v = Sides::value_column < 0 ? r.input<S>(size_t(keys) * heads * dv) : nullptr;
  return {q, k, v, r.output<O>(size_t(queries) * heads * group * dv), queries, keys, heads, group, heads, queries * group};
}
// At most two blocks: they take several items each.
template <class Sides> static dim3 blocks_of(const Sides& s, int lanes, int parts = 1) {
  return dim3(unsigned(whole_min((s.lanes + lanes - 1) / lanes * s.heads * parts, 2)));
}
