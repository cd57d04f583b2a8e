// Attention whose rows are written out, in shared memory or beside: sparsemax, and the largest three.
// Sparsemax by halving: tau makes the weights sum to 1, and lies between the largest less 1 and the largest.
struct Sparsemax {
  static constexpr int spare = 0;
  template <class P> __device__ void operator()(const WarpRow& row, const P&) const {
    const float high = row.highest([](float x, int) { return x; });
    float tau = high - 1.f, width = 0.5f;
    for (int k = 0; k < 24; k++, width *= 0.5f) {
      const float up = tau + width;
      if (row.sum([&](float x, int) { return fmaxf(x - up, 0.f); }) > 1.f) tau = up;
    }
    row.weights([&](float x, int) { return fmaxf(x - tau, 0.f); });
  }
};
// The three largest share by softmax: what is kept first is read by other lanes, then how many are larger, then how many
// stand in front.
struct TopThree {
  static constexpr int spare = 3;
  template <class P> __device__ void operator()(const WarpRow& row, const P&) const {
    const float high = row.highest([](float x, int) { return x; }), n = row.count();
    row.keep(0, [](float x, int) { return 2.f * x; });
    row.keep(1, [&](float x, int) {
      return row.sum_others([&](float, int k) { return row.kept(0, k) > 2.f * x ? 1.f : 0.f; });
    });
    row.scan(2, 0.f, [](float a, float b) { return a + b; }, [](float, int) { return 1.f; });
    auto last = [&] { return row.highest_other([&](float, int k) { return row.kept(2, k); }); };
    auto e = [&](float x, int i) { return row.kept(1, i) < 3.f && last() == n ? exp_of(x - high) : 0.f; };
    const float total = row.sum(e);
    row.keep(0, [&](float x, int i) { return e(x, i) / total * (row.kept(2, i) > 2.f ? 1.f : 0.5f); });
    row.weights([&](float, int i) { return row.kept(0, i); });
  }
};

using PlainSides = HeadSides<bf16, true, 96, 64, 96, float>;
using LineSides = HeadSides<float, false, 20, 28, 32, float>;

using PlainShape = Shape<bf16, 64, 64, 96>;
using LineShape = Shape<float, 32, 32, 32>;

#define ENTRY(SHAPE) __global__ void __launch_bounds__(attend_threads, rows_fit<SHAPE>)
ENTRY(PlainShape) rows_sparse(PlainSides s, float* room) {
  attend_rows<PlainShape>(s, Scale{0.125f}, Causal{s.keys - s.queries}, Sparsemax{}, room);
}
ENTRY(LineShape) rows_top(LineSides s, float* room, int width) {
  attend_rows<LineShape>(s, Scale{0.25f}, Strided{s.keys - s.queries, width}, TopThree{}, room);
}
#undef ENTRY
