// Attention over 16 lanes a block, split along the keys or not: grouped heads, latents that are keys and values, shares.
using FewSides = HeadSides<bf16, true, 96, 64, 96, float>;
using LatentSides = HeadSides<bf16, true, 208, 192, 224, float, 0>;
using LineSides = HeadSides<float, false, 20, 28, 32, float>;

using FewShape = Shape<bf16, 64, 64, 96>;
using LatentShape = Shape<bf16, 32, 192, 224>;
using LineShape = Shape<float, 32, 32, 32>;

#define ENTRY(SHAPE) __global__ void __launch_bounds__(attend_threads, few_fit<SHAPE>)
ENTRY(FewShape) few_causal(FewSides s, Parts parts) {
  attend_few<FewShape>(s, Scale{0.125f}, Causal{s.keys - s.queries}, SoftmaxSink<HeadSink>{{s.group}}, parts);
}
ENTRY(FewShape) few_merge(FewSides s, Parts parts) { attend_merge<FewShape>(s, SoftmaxSink<HeadSink>{{s.group}}, parts); }
ENTRY(LatentShape) few_latent(LatentSides s, Parts parts) {
  attend_few<LatentShape>(s, Scale{0.125f}, Full{}, Softmax{}, parts);
}
ENTRY(LatentShape) latent_merge(LatentSides s, Parts parts) { attend_merge<LatentShape>(s, Softmax{}, parts); }
ENTRY(LineShape) few_shares(LineSides s, Parts parts, int width) {
  attend_few<LineShape>(s, Positive{}, Strided{s.keys - s.queries, width}, Shares{}, parts);
}
ENTRY(LineShape) shares_merge(LineSides s, Parts parts) { attend_merge<LineShape>(s, Shares{}, parts); }
#undef ENTRY
