// attend_few.cuh: attend for few lanes and many keys, as in decoding, and for rows too wide for the registers of one warp, as
// the latents of DeepSeek-V2 (arXiv:2405.04434, section 2.1): keys of 576, whose first 512 are the values.
//
// A block takes 16 lanes. Its warps divide the keys of a tile for the scores, and the columns of the values for the average;
// weights pass from one to the other through shared memory. The keys are split into `parts`, a block each, and merged
// afterwards (Dao et al., "Flash-Decoding", 2023): a part leaves sums, maximum and average as they are.
//   FLOPs: 2 (D + DV) for each pair.  Bytes: K and V once; parts add (DV + 2) floats each for a lane.
//   Grid: any; an item is 16 lanes of an element of `over`, and a part of the keys.
#pragma once
#include "normalize.cuh"

constexpr int few_lanes = 16;

// Parts is where parts leave what they have: for each part and each lane VALUES sums, the maximum (or the count) and the total.
// One part needs none.
struct Parts {
  float* data;
  int n;
};
// few_parts is into how many the keys are split where there are so many items: for a device of about 132 blocks at once, and
// whatever the number of keys, so that a recorded step stays right.
constexpr int most_parts = 16;
constexpr int few_parts(long items) {
  return items <= 0 ? 1 : items * most_parts <= 128 ? most_parts : items >= 128 ? 1 : int(128 / items);
}
template <class Shape> constexpr int part_width = Shape::VALUES + 2;

// Sides::value_column is the column of the keys at which the values begin, if values are parts of keys; else -1.
template <class Shape, class Sides> constexpr int few_values = Sides::value_column < 0 ? 2 * Shape::KEYS * Shape::LDV : 0;
template <class Shape, class Sides>
constexpr size_t few_shared = sizeof(typename Shape::T) * ((few_lanes + 2 * Shape::KEYS) * Shape::LD + few_values<Shape, Sides> +
                                                           few_lanes * Shape::LDP) +
                              sizeof(float) * 2 * attend_warps * few_lanes + sizeof(int) * 2 * few_lanes;

template <class Shape, class Sides, class Score, class Mask, class Norm>
DEVICE void attend_few(const Sides& sides, const Score& score, const Mask& mask, const Norm& norm, Parts parts) {
  using T = typename Shape::T;
  constexpr int KEYS = Shape::KEYS, LD = Shape::LD, LDP = Shape::LDP, MINE = KEYS / attend_warps;
  constexpr int COLS = Shape::VALUES / attend_warps, LDV = Sides::value_column < 0 ? Shape::LDV : LD;
  static_assert(Shape::VALUES % (8 * attend_warps) == 0 && KEYS % (8 * attend_warps) == 0, "warps share keys and columns");
  SHARED_MEMORY(T, tile_q);
  T* tiles_k = tile_q + few_lanes * LD;
  T* tiles_v = Sides::value_column < 0 ? tiles_k + 2 * KEYS * LD : tiles_k + Sides::value_column;
  T* weights = tiles_k + 2 * KEYS * LD + few_values<Shape, Sides>;
  float* tops = reinterpret_cast<float*>(weights + few_lanes * LDP);  // of each warp
  float* totals = tops + attend_warps * few_lanes;
  int* bounds = reinterpret_cast<int*>(totals + attend_warps * few_lanes);
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
  const int blocks = (sides.lanes + few_lanes - 1) / few_lanes;
  for (long item = blockIdx.x; item < long(sides.overs) * blocks * parts.n; item += gridDim.x) {
    const int part = int(item % parts.n), over = int(item / parts.n / blocks);
    const int lane0 = int(item / parts.n % blocks) * few_lanes;

    take_queries<Shape, few_lanes>(tile_q, sides, over, lane0);
    take_bounds<few_lanes>(bounds, sides, mask, over, lane0);
    block_sync();  // queries and bounds are there, from all threads
    Held<T, Shape::COLUMNS> queries;
    queries.take(tile_q, LD, lane);
    const auto places = sides.place(over, Range{lane0, whole_min(lane0 + few_lanes, sides.lanes) - 1});
    const auto tiles = tiles_of(mask, places, span_of<few_lanes>(bounds, sides.keys), KEYS);
    using Place = decltype(sides.place(over, 0));
    Rows2<Place> rows;
#pragma unroll
    for (int h = 0; h < 2; h++) {
      rows.place[h] = sides.place(over, whole_min(lane0 + g + h * 8, sides.lanes - 1));
      rows.first[h] = bounds[g + h * 8], rows.end[h] = bounds[few_lanes + g + h * 8];
    }
    Sums sums = start_of(norm, rows.place, part == 0, t == 0 && warp == 0);

    auto fetch = [&](int tile, int stage) INLINED {
      sides.template fetch_keys<Shape>(tiles_k + stage * KEYS * LD, rows.place[0], tile * KEYS);
      if constexpr (Sides::value_column < 0)
        sides.template fetch_values<Shape>(tiles_v + stage * KEYS * LDV, rows.place[0], tile * KEYS);
    };
    float out[COLS / 8][4] = {};
    // Parts are runs of tiles, equally long but for the last.
    const int each = (tiles.end() - tiles.first() + parts.n - 1) / parts.n, from = tiles.first() + part * each;
    const int end = whole_min(from + each, tiles.end());
    int tile = tiles.next(from, end), stage = 0;
    if (tile < end) fetch(tile, 0);
    cp_async_commit();
    while (tile < end) {
      const int next = tiles.next(tile + 1, end), key0 = tile * KEYS + warp * MINE;
      cp_async_wait<0>();
      block_sync();  // this tile is there, and nobody still reads the stage that is filled next, nor the weights
      if (next < end) fetch(next, stage ^ 1);
      cp_async_commit();

      float s[Shape::SUMS][MINE / 8][4] = {};
      scores_of<Shape, MINE>(s, queries, tiles_k + (stage * KEYS + warp * MINE) * LD, lane);
      if (tiles.all(tile)) logits<Shape, MINE, false>(s, rows, key0, score, mask, lane);
      else logits<Shape, MINE, true>(s, rows, key0, score, mask, lane);
      if constexpr (Norm::shifted) {
#pragma unroll
        for (int h = 0; h < 2; h++) {
          float high = -INFINITY;
#pragma unroll
          for (int n = 0; n < MINE / 8; n++) high = fmaxf(high, fmaxf(s[0][n][h * 2], s[0][n][h * 2 + 1]));
          high = row_most(high);
          if (t == 0) tops[warp * few_lanes + g + h * 8] = high;
        }
        block_sync();  // each warp's maxima are there
      }
#pragma unroll
      for (int h = 0; h < 2; h++) {
        float high = sums.top[h];
        if constexpr (Norm::shifted) {
#pragma unroll
          for (int w = 0; w < attend_warps; w++) high = fmaxf(high, tops[w * few_lanes + g + h * 8]);
          const float shrink = exp_above<T>(sums.top[h], base_of(high));
          sums.top[h] = high;
          sums.total[h] *= shrink;
#pragma unroll
          for (int n = 0; n < COLS / 8; n++) out[n][h * 2] *= shrink, out[n][h * 2 + 1] *= shrink;
        }
        weigh<T, MINE>(s[0], h, sums, high, norm, rows.place[h]);
#pragma unroll
        for (int n = 0; n < MINE / 8; n++)
#pragma unroll
          for (int e = 0; e < 2; e++)
            narrow(weights[(g + h * 8) * LDP + warp * MINE + n * 8 + t * 2 + e], s[0][n][h * 2 + e]);
      }
      block_sync();  // all weights of the tile are there
      average<KEYS, COLS>(out, weights, LDP, tiles_v + stage * KEYS * LDV + warp * COLS, LDV, lane);
      tile = next, stage ^= 1;
    }

    // Each warp has the sums over its own keys.
#pragma unroll
    for (int h = 0; h < 2; h++) {
      const float total = row_sum(sums.total[h]), count = row_sum(sums.top[h]);
      if (t == 0) totals[warp * few_lanes + g + h * 8] = total;
      if (t == 0 && !Norm::shifted) tops[warp * few_lanes + g + h * 8] = count;
    }
    block_sync();  // each warp's sums are there
#pragma unroll
    for (int h = 0; h < 2; h++) {
      float top = Norm::shifted ? sums.top[h] : 0.f, total = 0.f;
#pragma unroll
      for (int w = 0; w < attend_warps; w++) {
        total += totals[w * few_lanes + g + h * 8];
        if constexpr (!Norm::shifted) top += tops[w * few_lanes + g + h * 8];
      }
      const int row = lane0 + g + h * 8;
      if (row >= sides.lanes) continue;
      const float factor = parts.n == 1 ? last_factor(norm, rows.place[h], top, total) : 1.f;
      float* left = parts.data + ((long(over) * sides.lanes + row) * parts.n + part) * part_width<Shape>;
#pragma unroll
      for (int n = 0; n < COLS / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          const int column = warp * COLS + n * 8 + t * 2 + e;
          const float x = out[n][h * 2 + e] * factor;
          if (parts.n == 1) sides.store(rows.place[h], column, x);
          else left[column] = x;
        }
      if (parts.n > 1 && warp == 0 && t == 0) left[Shape::VALUES] = top, left[Shape::VALUES + 1] = total;
    }
  }
}

// attend_merge makes the average of all parts of a lane. Grid: any; an item is a lane.
template <class Shape, class Sides, class Norm> DEVICE void attend_merge(const Sides& sides, const Norm& norm, Parts parts) {
  constexpr int VALUES = Shape::VALUES, WIDTH = part_width<Shape>;
  for (long item = blockIdx.x; item < long(sides.overs) * sides.lanes; item += gridDim.x) {
    const float* left = parts.data + item * parts.n * WIDTH;
    const auto place = sides.place(int(item / sides.lanes), int(item % sides.lanes));
    float high = -INFINITY;
    if constexpr (Norm::shifted)
      for (int p = 0; p < parts.n; p++) high = fmaxf(high, left[p * WIDTH + VALUES]);
    auto share = [&](int p) { return Norm::shifted ? exp_above<float>(left[p * WIDTH + VALUES], base_of(high)) : 1.f; };
    float top = Norm::shifted ? high : 0.f, total = 0.f;
    for (int p = 0; p < parts.n; p++) {
      total += left[p * WIDTH + VALUES + 1] * share(p);
      if constexpr (!Norm::shifted) top += left[p * WIDTH + VALUES];
    }
    const float factor = last_factor(norm, place, top, total);
    for (int column = threadIdx.x; column < VALUES; column += attend_threads) {
      float sum = 0.f;
      for (int p = 0; p < parts.n; p++) sum += left[p * WIDTH + column] * share(p);
      sides.store(place, column, sum * factor);
    }
  }
}
