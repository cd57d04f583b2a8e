// attend_run: as attend_host.h says.
static void run(Request& r) {
  const Attention a(r);
  const dim3 block(attend_threads);
  if (a.kind == 0) {
    const auto s = sides_of<CausalSides, bf16, bf16>(r, 64, 64, a.n);
    r.check(launch(attend_causal, blocks_of(s, attend_lanes), block, attend_shared<CausalShape>, nullptr, s));
  } else if (a.kind == 1) {
    const auto s = sides_of<WindowSides, bf16, float>(r, 32, 48, a.n);
    r.check(launch(attend_window, blocks_of(s, attend_lanes), block, attend_shared<WindowShape>, nullptr, s, a.width));
  } else if (a.kind == 2) {
    const auto s = sides_of<FloatSides, float, float>(r, 20, 24, a.n);
    r.check(launch(attend_f32, blocks_of(s, attend_lanes), block, attend_shared<FloatShape>, nullptr, s));
  } else if (a.kind == 3) {
    const auto s = sides_of<SinkSides, float, float>(r, 20, 28, a.n);
    r.check(launch(attend_sinks, blocks_of(s, attend_lanes), block, attend_shared<SinkShape>, nullptr, s, a.width));
  } else {
    const auto s = sides_of<LineSides, float, float>(r, 20, 28, a.n);
    r.check(launch(attend_sigmoid, blocks_of(s, attend_lanes), block, attend_shared<LineShape>, nullptr, s, a.width));
  }
}
