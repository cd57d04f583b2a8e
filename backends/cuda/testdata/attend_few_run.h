// attend_few_run: as attend_host.h says; parts are merged where there are several.
template <class Shape, class Sides> static Parts parts_of(Request& r, const Sides& s, int n) {
  return {n > 1 ? r.space<float>(size_t(s.heads) * s.lanes * n * part_width<Shape>) : nullptr, n};
}
static void run(Request& r) {
  const Attention a(r);
  const dim3 block(attend_threads);
  if (a.kind == 5) {
    const auto s = sides_of<FewSides, bf16, float>(r, 96, 64, a.n);
    const Parts p = parts_of<FewShape>(r, s, a.parts);
    r.check(launch(few_causal, blocks_of(s, few_lanes, a.parts), block, few_shared<FewShape, FewSides>, nullptr, s, p));
    if (a.parts > 1) r.check(launch(few_merge, dim3(3), block, 0, nullptr, s, p));
  } else if (a.kind == 6) {
    const auto s = sides_of<LatentSides, bf16, float>(r, 208, 192, a.n);
    const Parts p = parts_of<LatentShape>(r, s, a.parts);
    r.check(launch(few_latent, blocks_of(s, few_lanes, a.parts), block, few_shared<LatentShape, LatentSides>, nullptr, s, p));
    if (a.parts > 1) r.check(launch(latent_merge, dim3(3), block, 0, nullptr, s, p));
  } else {
    const auto s = sides_of<LineSides, float, float>(r, 20, 28, a.n);
    const Parts p = parts_of<LineShape>(r, s, a.parts);
    r.check(launch(few_shares, blocks_of(s, few_lanes, a.parts), block, few_shared<LineShape, LineSides>, nullptr, s, p, a.width));
    if (a.parts > 1) r.check(launch(shares_merge, dim3(3), block, 0, nullptr, s, p));
  }
}
