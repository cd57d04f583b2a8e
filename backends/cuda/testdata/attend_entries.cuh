// Attention over 64 lanes a block: plain, capped, biased, with sinks and stripes, with two dots and no sum.
using CausalSides = HeadSides<bf16, true, 64, 64, 64, bf16>;
using WindowSides = HeadSides<bf16, true, 32, 48, 32, float>;
using FloatSides = HeadSides<float, true, 20, 24, 24, float>;
using SinkSides = HeadSides<float, true, 20, 28, 32, float>;
using LineSides = HeadSides<float, false, 20, 28, 32, float>;

using CausalShape = Shape<bf16, 64, 64, 64>;
using WindowShape = Shape<bf16, 32, 48, 32>;
using FloatShape = Shape<float, 32, 24, 24>;
using SinkShape = Shape<bf16, 32, 32, 32>;
using LineShape = Shape<float, 32, 32, 16, 16>;

#define ENTRY(SHAPE) __global__ void __launch_bounds__(attend_threads, tile_fit<SHAPE>)
ENTRY(CausalShape) attend_causal(CausalSides s) {
  attend_tile<CausalShape>(s, Scale{0.125f}, Causal{s.keys - s.queries}, Softmax{});
}
ENTRY(WindowShape) attend_window(WindowSides s, int width) {
  attend_tile<WindowShape>(s, SoftCap{0.25f, 2.f}, Window{s.keys - s.queries, width}, Softmax{});
}
ENTRY(FloatShape) attend_f32(FloatSides s) {
  attend_tile<FloatShape>(s, Alibi{0.25f, s.keys - s.queries, s.group}, Full{}, Softmax{});
}
ENTRY(SinkShape) attend_sinks(SinkSides s, int width) {
  attend_tile<SinkShape>(s, Scale{0.25f}, Strided{s.keys - s.queries, width}, SoftmaxSink<HeadSink>{{s.group}});
}
ENTRY(LineShape) attend_sigmoid(LineSides s, int width) {
  attend_tile<LineShape>(s, Twice{}, Window{s.keys - s.queries, width}, Sigmoid{});
}
#undef ENTRY
