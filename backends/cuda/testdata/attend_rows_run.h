// attend_rows_run: as attend_host.h says.
static void run(Request& r) {
  const Attention a(r);
  const dim3 block(attend_threads);
  if (a.kind == 8) {
    const auto s = sides_of<PlainSides, bf16, float>(r, 96, 64, a.n);
    const size_t room = size_t(rows_room<PlainShape, Sparsemax>(s.keys));
    const dim3 grid = blocks_of(s, rows_lanes);
    float* far = a.parts == 0 ? r.space<float>(room * grid.x) : nullptr;
    const size_t shared = rows_shared<PlainShape> + (far ? 0 : room * sizeof(float));
    r.check(launch(rows_sparse, grid, block, shared, nullptr, s, far));
  } else {
    const auto s = sides_of<LineSides, float, float>(r, 20, 28, a.n);
    const size_t room = size_t(rows_room<LineShape, TopThree>(s.keys));
    const dim3 grid = blocks_of(s, rows_lanes);
    float* far = a.parts == 0 ? r.space<float>(room * grid.x) : nullptr;
    const size_t shared = rows_shared<LineShape> + (far ? 0 : room * sizeof(float));
    r.check(launch(rows_top, grid, block, shared, nullptr, s, far, a.width));
  }
}
