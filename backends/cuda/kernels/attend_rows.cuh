// attend_rows.cuh: attend for normalizers that look at a row more than once: sparsemax, the largest few, and whatever else is
// made of sums and extremes over the keys that a lane sees.
//
// A block takes 16 lanes. Their scores are written out, each row by a warp at a time is turned into weights, then the values
// are averaged. Rows stand in shared memory, or in device memory where they are too long for it.
//   FLOPs: 2 (D + DV) for each pair, and those of the normalizer.  Bytes: K and V once for each 16 lanes; rows in device memory
//   are written and read for scores and weights.
//   Grid: any; an item is 16 lanes of an element of `over`.
#pragma once
#include "normalize.cuh"

constexpr int rows_lanes = 16;

// WarpRow is one row of scores while a warp makes weights of it: n numbers, minus infinity where a key is not seen. Functions
// take (score, i) and are asked for keys that are seen alone. Norm is norm(row, place); norm.spare rows are kept beside.
struct WarpRow {
  float* s;
  float* spare;  // behind one another, `pitch` apart
  long pitch;
  int n, lane;
  int first;  // the key that stands at 0

  template <class F> __device__ __forceinline__ float sum(F f) const {
    float x = 0.f;
    for (int i = lane; i < n; i += 32) x += s[i] == -INFINITY ? 0.f : f(s[i], i);
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) x += lane_xor(x, d);
    return x;
  }
  template <class F> __device__ __forceinline__ float highest(F f) const {
    float x = -INFINITY;
    for (int i = lane; i < n; i += 32)
      if (s[i] != -INFINITY) x = fmaxf(x, f(s[i], i));
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) x = fmaxf(x, lane_xor(x, d));
    return x;
  }
  template <class F> __device__ __forceinline__ float lowest(F f) const {
    return -highest([&](float x, int i) { return -f(x, i); });
  }
  __device__ __forceinline__ float count() const {
    return sum([](float, int) { return 1.f; });
  }
  // kept is a number for each key that a step before left.
  __device__ __forceinline__ float& kept(int slot, int i) const { return spare[slot * pitch + i]; }
  template <class F> __device__ __forceinline__ void keep(int slot, F f) const {
    for (int i = lane; i < n; i += 32)
      if (s[i] != -INFINITY) kept(slot, i) = f(s[i], i);
    warp_sync();
  }
  // scan keeps what `join` makes of all f up to and with each key, from `none` on.
  template <class F, class Join> __device__ __forceinline__ void scan(int slot, float none, Join join, F f) const {
    float before = none;
    for (int at = 0; at < n; at += 32) {
      const int i = at + lane;
      const bool seen = i < n && s[i] != -INFINITY;
      float x = seen ? f(s[i], i) : none;
#pragma unroll
      for (int d = 1; d < 32; d <<= 1) {
        const float y = lane_get(x, (lane - d) & 31);
        if (lane >= d) x = join(y, x);
      }
      x = join(before, x);
      before = lane_get(x, 31);
      if (seen) kept(slot, i) = x;
    }
    warp_sync();
  }
  // sum_others and the extremes go over all keys that are seen, for one lane alone.
  template <class F> __device__ __forceinline__ float sum_others(F f) const {
    float x = 0.f;
    for (int k = 0; k < n; k++)
      if (s[k] != -INFINITY) x += f(s[k], k);
    return x;
  }
  template <class F> __device__ __forceinline__ float highest_other(F f) const {
    float x = -INFINITY;
    for (int k = 0; k < n; k++)
      if (s[k] != -INFINITY) x = fmaxf(x, f(s[k], k));
    return x;
  }
  // weights takes the place of the scores: 0 where a key is not seen.
  template <class F> __device__ __forceinline__ void weights(F f) const {
    for (int i = lane; i < n; i += 32) s[i] = s[i] == -INFINITY ? 0.f : f(s[i], i);
  }
};

// Rows of one block, in floats, for keys in whole tiles: scores, and what the normalizer keeps.
template <class Shape>
__host__ __device__ constexpr long rows_pitch(int keys) { return long(keys + Shape::KEYS - 1) / Shape::KEYS * Shape::KEYS; }
template <class Shape, class Norm>
__host__ __device__ constexpr long rows_room(int keys) {
  return rows_lanes * (1 + Norm::spare) * rows_pitch<Shape>(keys);
}
template <class Shape> constexpr int rows_stage = Shape::KEYS * (Shape::LD > Shape::LDV ? Shape::LD : Shape::LDV);
template <class Shape>
constexpr size_t rows_shared = sizeof(typename Shape::T) * (rows_lanes * (Shape::LD + Shape::LDP) + 2 * rows_stage<Shape>) +
                               sizeof(int) * 2 * rows_lanes;

// room is rows_room floats for each block in device memory, or null: they lie behind rows_shared bytes of shared memory.
template <class Shape, class Sides, class Score, class Mask, class Norm>
DEVICE void attend_rows(const Sides& sides, const Score& score, const Mask& mask, const Norm& norm, float* room) {
  using T = typename Shape::T;
  constexpr int KEYS = Shape::KEYS, LD = Shape::LD, LDV = Shape::LDV, LDP = Shape::LDP, MINE = KEYS / attend_warps;
  constexpr int COLS = Shape::VALUES / attend_warps, STAGE = rows_stage<Shape>;
  static_assert(Shape::VALUES % (8 * attend_warps) == 0 && KEYS % (8 * attend_warps) == 0, "warps share keys and columns");
  SHARED_MEMORY(T, tile_q);
  T* stages = tile_q + rows_lanes * LD;
  T* weights = stages + 2 * STAGE;
  int* bounds = reinterpret_cast<int*>(weights + rows_lanes * LDP);
  const long pitch = rows_pitch<Shape>(sides.keys);
  float* const near = reinterpret_cast<float*>(bounds + 2 * rows_lanes);
  float* const scores = room ? room + blockIdx.x * rows_room<Shape, Norm>(sides.keys) : near;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
  const int blocks = (sides.lanes + rows_lanes - 1) / rows_lanes;
  for (long item = blockIdx.x; item < long(sides.overs) * blocks; item += gridDim.x) {
    const int over = int(item / blocks), lane0 = int(item % blocks) * rows_lanes;

    take_queries<Shape, rows_lanes>(tile_q, sides, over, lane0);
    take_bounds<rows_lanes>(bounds, sides, mask, over, lane0);
    for (long i = threadIdx.x; i < rows_lanes * pitch; i += attend_threads) scores[i] = -INFINITY;
    block_sync();  // queries, bounds and empty rows are there, from all threads
    Held<T, Shape::COLUMNS> queries;
    queries.take(tile_q, LD, lane);
    const auto places = sides.place(over, Range{lane0, whole_min(lane0 + rows_lanes, sides.lanes) - 1});
    const auto tiles = tiles_of(mask, places, span_of<rows_lanes>(bounds, sides.keys), KEYS);
    using Place = decltype(sides.place(over, 0));
    Rows2<Place> rows;
#pragma unroll
    for (int h = 0; h < 2; h++) {
      rows.place[h] = sides.place(over, whole_min(lane0 + g + h * 8, sides.lanes - 1));
      rows.first[h] = bounds[g + h * 8], rows.end[h] = bounds[rows_lanes + g + h * 8];
    }
    const int begin = tiles.first(), end = tiles.end();

    auto fetch_keys = [&](int tile, int stage) {
      sides.template fetch_keys<Shape>(stages + stage * STAGE, rows.place[0], tile * KEYS);
    };
    int tile = tiles.next(begin, end), stage = 0;
    if (tile < end) fetch_keys(tile, 0);
    cp_async_commit();
    while (tile < end) {
      const int next = tiles.next(tile + 1, end);
      cp_async_wait<0>();
      block_sync();  // these keys are there, and nobody still reads the stage that is filled next
      if (next < end) fetch_keys(next, stage ^ 1);
      cp_async_commit();
      float s[Shape::SUMS][MINE / 8][4] = {};
      scores_of<Shape, MINE>(s, queries, stages + stage * STAGE + warp * MINE * LD, lane);
      logits<Shape, MINE, true>(s, rows, tile * KEYS + warp * MINE, score, mask, lane);
#pragma unroll
      for (int n = 0; n < MINE / 8; n++)
#pragma unroll
        for (int e = 0; e < 4; e++)
          scores[(g + e / 2 * 8) * pitch + (tile - begin) * KEYS + warp * MINE + n * 8 + t * 2 + e % 2] = s[0][n][e];
      tile = next, stage ^= 1;
    }
    block_sync();  // all scores are there, and nobody reads keys any more

    auto fetch_values = [&](int tile, int stage) {
      sides.template fetch_values<Shape>(stages + stage * STAGE, rows.place[0], tile * KEYS);
    };
    tile = tiles.next(begin, end), stage = 0;
    if (tile < end) fetch_values(tile, 0);  // on its way while weights are made
    cp_async_commit();
    for (int r = warp; r < rows_lanes; r += attend_warps) {
      float* const spare = scores + (rows_lanes + r * Norm::spare) * pitch;
      const WarpRow row = {scores + r * pitch, spare, pitch, (end - begin) * KEYS, lane, begin * KEYS};
      norm(row, sides.place(over, whole_min(lane0 + r, sides.lanes - 1)));
    }

    float out[COLS / 8][4] = {};
    while (tile < end) {
      const int next = tiles.next(tile + 1, end);
      cp_async_wait<0>();
      block_sync();  // weights and these values are there; nobody still reads the next stage, nor the tile of weights
      if (next < end) fetch_values(next, stage ^ 1);
      cp_async_commit();
      for (int i = threadIdx.x; i < rows_lanes * KEYS; i += attend_threads) {
        const int r = i / KEYS, k = i % KEYS;
        narrow(weights[r * LDP + k], scores[r * pitch + (tile - begin) * KEYS + k]);
      }
      block_sync();  // the tile of weights is there
      average<KEYS, COLS>(out, weights, LDP, stages + stage * STAGE + warp * COLS, LDV, lane);
      tile = next, stage ^= 1;
    }
#pragma unroll
    for (int h = 0; h < 2; h++)
      if (lane0 + g + h * 8 < sides.lanes)
#pragma unroll
        for (int n = 0; n < COLS / 8; n++)
#pragma unroll
          for (int e = 0; e < 2; e++) sides.store(rows.place[h], warp * COLS + n * 8 + t * 2 + e, out[n][h * 2 + e]);
  }
}
