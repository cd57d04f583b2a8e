// attend.cuh: O[lane] = sum over keys of weight(score(lane, key)) V[key], for many lanes. Scores never leave registers: one
// pass over tiles of keys, with a running maximum and a running sum for each lane (Milakov and Gimelshein, "Online normalizer
// calculation for softmax", 2018; Dao et al., "FlashAttention", 2022).
//
// A block takes 64 lanes, a warp 16 of them. Two stages of keys and values in shared memory: one is used while the next is on
// its way. Tiles of keys that no lane sees are passed over.
//   FLOPs: 2 (D + DV) for each pair that is visited.  Bytes: Q and O once, K and V once for each 64 lanes.
//   Grid: any; an item is 64 lanes of an element of `over`.
#pragma once
#include "normalize.cuh"

constexpr int attend_lanes = 64;

// Weights of float reach the lanes of their row through a warp's room.
template <class Shape>
constexpr int attend_room = Alike<typename Shape::T, float>::value ? 16 * Shape::LDP : 0;

template <class Shape>
constexpr size_t attend_shared = sizeof(typename Shape::T) * attend_lanes * Shape::LD +
                                 sizeof(typename Shape::T) * 2 * Shape::KEYS * (Shape::LD + Shape::LDV) +
                                 sizeof(float) * attend_warps * attend_room<Shape> + sizeof(int) * 2 * attend_lanes;

// average_here is the same for weights that still stand where the scores were computed. In bf16 the sums of the first product
// are the A fragments of the second; in f32 weights reach the lanes of their row through `room`, 16 rows of KEYS + pad.
template <int KEYS, int COLS>
DEVICE void average_here(float (&o)[COLS / 8][4], const float (&p)[KEYS / 8][4], const bf16* values, int ldv, float*, int lane) {
#pragma unroll
  for (int i = 0; i < KEYS / 16; i++) {
    const uint32_t a[4] = {pack_bf16(p[2 * i][0], p[2 * i][1]), pack_bf16(p[2 * i][2], p[2 * i][3]),
                           pack_bf16(p[2 * i + 1][0], p[2 * i + 1][1]), pack_bf16(p[2 * i + 1][2], p[2 * i + 1][3])};
#pragma unroll
    for (int n = 0; n < COLS / 16; n++) {
      uint32_t v[4];
      ldmatrix_x4_trans(v, values + (i * 16 + lane_row(lane)) * ldv + n * 16 + lane_col(lane));
      mma_bf16(o[2 * n], a, v[0], v[1]);
      mma_bf16(o[2 * n + 1], a, v[2], v[3]);
    }
  }
}
template <int KEYS, int COLS>
DEVICE void average_here(float (&o)[COLS / 8][4], const float (&p)[KEYS / 8][4], const float* values, int ldv, float* room,
                         int lane) {
  constexpr int LD = KEYS + pad<float>;
  const int g = lane >> 2, t = lane & 3;
#pragma unroll
  for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
    for (int e = 0; e < 4; e++) room[(g + e / 2 * 8) * LD + n * 8 + t * 2 + e % 2] = p[n][e];
  warp_sync();
  average<KEYS, COLS>(o, room, LD, values, ldv, lane);
}

template <class Shape, class Sides, class Score, class Mask, class Norm>
DEVICE void attend_tile(const Sides& sides, const Score& score, const Mask& mask, const Norm& norm) {
  using T = typename Shape::T;
  constexpr int KEYS = Shape::KEYS, LD = Shape::LD, LDV = Shape::LDV, VALUES = Shape::VALUES;
  SHARED_MEMORY(T, tile_q);
  T* tiles_k = tile_q + attend_lanes * LD;
  T* tiles_v = tiles_k + 2 * KEYS * LD;
  float* rooms = reinterpret_cast<float*>(tiles_v + 2 * KEYS * LDV);
  int* bounds = reinterpret_cast<int*>(rooms + attend_warps * attend_room<Shape>);
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  const int blocks = (sides.lanes + attend_lanes - 1) / attend_lanes;
  for (long item = blockIdx.x; item < long(sides.overs) * blocks; item += gridDim.x) {
    // The last lanes see most under a causal mask: they come first.
    const int over = int(item / blocks), lane0 = (blocks - 1 - int(item % blocks)) * attend_lanes;
    const int row0 = lane0 + warp * 16 + (lane >> 2);

    block_sync();  // nobody still reads what the item before had
    take_queries<Shape, attend_lanes>(tile_q, sides, over, lane0);
    take_bounds<attend_lanes>(bounds, sides, mask, over, lane0);
    block_sync();  // queries and bounds are there, from all threads
    Held<T, Shape::COLUMNS> queries;
    queries.take(tile_q + warp * 16 * LD, LD, lane);
    const auto places = sides.place(over, Range{lane0, whole_min(lane0 + attend_lanes, sides.lanes) - 1});
    const auto tiles = tiles_of(mask, places, span_of<attend_lanes>(bounds, sides.keys), KEYS);
    using Place = decltype(sides.place(over, 0));
    Rows2<Place> rows;
#pragma unroll
    for (int h = 0; h < 2; h++) {
      rows.place[h] = sides.place(over, whole_min(row0 + h * 8, sides.lanes - 1));
      rows.first[h] = bounds[row0 + h * 8 - lane0], rows.end[h] = bounds[attend_lanes + row0 + h * 8 - lane0];
    }
    Sums sums = start_of(norm, rows.place, true, (lane & 3) == 0);

    auto fetch = [&](int tile, int stage) INLINED {
      sides.template fetch_keys<Shape>(tiles_k + stage * KEYS * LD, rows.place[0], tile * KEYS);
      sides.template fetch_values<Shape>(tiles_v + stage * KEYS * LDV, rows.place[0], tile * KEYS);
    };
    float out[VALUES / 8][4] = {};
    const int end = tiles.end();
    int tile = tiles.next(tiles.first(), end), stage = 0;
    if (tile < end) fetch(tile, 0);
    cp_async_commit();
    while (tile < end) {
      const int next = tiles.next(tile + 1, end);
      cp_async_wait<0>();
      block_sync();  // this tile is there, and nobody still reads the stage that is filled next
      if (next < end) fetch(next, stage ^ 1);
      cp_async_commit();

      float s[Shape::SUMS][KEYS / 8][4] = {};
      scores_of<Shape, KEYS>(s, queries, tiles_k + stage * KEYS * LD, lane);
      if (tiles.all(tile)) logits<Shape, KEYS, false>(s, rows, tile * KEYS, score, mask, lane);
      else logits<Shape, KEYS, true>(s, rows, tile * KEYS, score, mask, lane);
#pragma unroll
      for (int h = 0; h < 2; h++) {
        float high = 0.f;
        if constexpr (Norm::shifted) {
          high = sums.top[h];
#pragma unroll
          for (int n = 0; n < KEYS / 8; n++) high = fmaxf(high, fmaxf(s[0][n][h * 2], s[0][n][h * 2 + 1]));
          high = row_most(high);
          const float shrink = exp_above<T>(sums.top[h], base_of(high));
          sums.top[h] = high;
          sums.total[h] *= shrink;
#pragma unroll
          for (int n = 0; n < VALUES / 8; n++) out[n][h * 2] *= shrink, out[n][h * 2 + 1] *= shrink;
        }
        weigh<T, KEYS>(s[0], h, sums, high, norm, rows.place[h]);
      }
      average_here<KEYS, VALUES>(out, s[0], tiles_v + stage * KEYS * LDV, LDV, rooms + warp * attend_room<Shape>, lane);
      tile = next, stage ^= 1;
    }

#pragma unroll
    for (int h = 0; h < 2; h++) {
      const float total = row_sum(sums.total[h]), top = Norm::shifted ? sums.top[h] : row_sum(sums.top[h]);
      const float factor = last_factor(norm, rows.place[h], top, total);
      if (row0 + h * 8 < sides.lanes)
#pragma unroll
        for (int n = 0; n < VALUES / 8; n++)
#pragma unroll
          for (int e = 0; e < 2; e++) sides.store(rows.place[h], n * 8 + (lane & 3) * 2 + e, out[n][h * 2 + e] * factor);
    }
  }
}
