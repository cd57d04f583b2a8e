// attend.cuh: O[i] = sum over j of softmax_j(score(Q[i] . K[j])) V[j], over the keys j that query i sees. Scores never leave
// registers: one pass over tiles of keys, with a running maximum and a running sum for each query (Milakov and Gimelshein,
// "Online normalizer calculation for softmax", 2018; Dao et al., "FlashAttention", 2022).
//
// A block takes 64 queries of one head, a warp 16 of them. Two stages of keys and values in shared memory: one is used while
// the next is on its way.
//   FLOPs: 2 (D + DV) for each pair that is visited.  Bytes: Q and O once, K and V once for each 64 queries.
#pragma once
#include "functions.cuh"
#include "tile.cuh"

constexpr int attend_threads = 128, attend_queries = 64;

// Heads is a tensor of rows: element (head, row, i) is data[head * head_stride + row * row_stride + i]. Rows begin at
// 16-byte addresses.
template <class T> struct Heads {
  const T* data;
  long head_stride, row_stride;
};

// Attend<T, D, DV, KEYS> multiplies what one warp holds: 16 queries, a tile of KEYS. Sums lie as mma_bf16 has them: with
// lane = 4g+t, element [n][e] is row g + 8 (e/2), column 8n + 2t + e%2.
template <class T, int D, int DV, int KEYS> struct Attend;

template <int D, int DV, int KEYS> struct Attend<bf16, D, DV, KEYS> {
  static constexpr int LD = D + pad<bf16>, LDV = DV + pad<bf16>, scratch = 0;
  static_assert(D % 16 == 0 && DV % 16 == 0 && KEYS % 16 == 0, "tensor cores take 16 at a time");
  uint32_t q[D / 16][4];

  __device__ __forceinline__ void take(const bf16* queries, int lane) {
#pragma unroll
    for (int i = 0; i < D / 16; i++) ldmatrix_x4(q[i], queries + lane_row(lane) * LD + i * 16 + lane_col(lane));
  }
  __device__ __forceinline__ void scores(float (&s)[KEYS / 8][4], const bf16* keys, int lane) const {
#pragma unroll
    for (int n = 0; n < KEYS / 16; n++)
#pragma unroll
      for (int i = 0; i < D / 16; i++) {
        uint32_t k[4];
        ldmatrix_x4(k, keys + (n * 16 + lane_row_b(lane)) * LD + i * 16 + lane_col_b(lane));
        mma_bf16(s[2 * n], q[i], k[0], k[1]);
        mma_bf16(s[2 * n + 1], q[i], k[2], k[3]);
      }
  }
  // The weights of a tile, where the first product left them, are the A fragments of the second.
  __device__ __forceinline__ void add(float (&o)[DV / 8][4], const float (&p)[KEYS / 8][4], const bf16* values, float*,
                                      int lane) const {
#pragma unroll
    for (int i = 0; i < KEYS / 16; i++) {
      const uint32_t a[4] = {pack_bf16(p[2 * i][0], p[2 * i][1]), pack_bf16(p[2 * i][2], p[2 * i][3]),
                             pack_bf16(p[2 * i + 1][0], p[2 * i + 1][1]), pack_bf16(p[2 * i + 1][2], p[2 * i + 1][3])};
#pragma unroll
      for (int n = 0; n < DV / 16; n++) {
        uint32_t v[4];
        ldmatrix_x4_trans(v, values + (i * 16 + lane_row(lane)) * LDV + n * 16 + lane_col(lane));
        mma_bf16(o[2 * n], a, v[0], v[1]);
        mma_bf16(o[2 * n + 1], a, v[2], v[3]);
      }
    }
  }
};

// In f32 the same fragments are made by plain FMAs; weights reach the lanes of their row through the warp's scratch. The
// block's barrier between tiles keeps the next weights from being written while these are read.
template <int D, int DV, int KEYS> struct Attend<float, D, DV, KEYS> {
  static constexpr int LD = D + pad<float>, LDV = DV + pad<float>, LDP = KEYS + pad<float>, scratch = 16 * LDP;
  static_assert(D % 4 == 0 && DV % 8 == 0 && KEYS % 8 == 0, "rows are whole chunks, fragments eight columns");
  const float* q;

  __device__ __forceinline__ void take(const float* queries, int) { q = queries; }
  __device__ __forceinline__ void scores(float (&s)[KEYS / 8][4], const float* keys, int lane) const {
    const int g = lane >> 2, t = lane & 3;
    for (int d = 0; d < D; d++) {
      const float upper = q[g * LD + d], lower = q[(g + 8) * LD + d];
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          const float k = keys[(n * 8 + t * 2 + e) * LD + d];
          s[n][e] = fmaf(upper, k, s[n][e]);
          s[n][2 + e] = fmaf(lower, k, s[n][2 + e]);
        }
    }
  }
  __device__ __forceinline__ void add(float (&o)[DV / 8][4], const float (&p)[KEYS / 8][4], const float* values,
                                      float* weights, int lane) const {
    const int g = lane >> 2, t = lane & 3;
#pragma unroll
    for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
      for (int e = 0; e < 4; e++) weights[(g + e / 2 * 8) * LDP + n * 8 + t * 2 + e % 2] = p[n][e];
    warp_sync();
    for (int key = 0; key < KEYS; key++) {
      const float upper = weights[g * LDP + key], lower = weights[(g + 8) * LDP + key];
#pragma unroll
      for (int n = 0; n < DV / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          const float v = values[key * LDV + n * 8 + t * 2 + e];
          o[n][e] = fmaf(upper, v, o[n][e]);
          o[n][2 + e] = fmaf(lower, v, o[n][2 + e]);
        }
    }
  }
};

template <class T, int D, int DV, int KEYS>
constexpr size_t attend_shared = sizeof(T) * (attend_queries * (D + pad<T>) + 2 * KEYS * (D + DV + 2 * pad<T>)) +
                                 sizeof(float) * (attend_threads / 32) * Attend<T, D, DV, KEYS>::scratch;

// Score turns a dot product into a logit times log2(e): score(dot, head, query, key). Mask says which keys a query sees:
// mask(query, key), and in which range they lie for the queries low to high: from begin(low) to below end(high). Both take
// positions: the first query stands behind `past` keys. Epilogue takes each output once: epilogue(head, query row, i, value).
// A query that sees no key gets zeros. `group` query heads share a head of keys and values.
template <class T, int D, int DV, int KEYS, class Score, class Mask, class Epilogue>
DEVICE void attend_tile(Heads<T> q, Heads<T> k, Heads<T> v, int queries, int keys, int past, int group, Score score, Mask mask,
                        Epilogue epilogue) {
  using Warp = Attend<T, D, DV, KEYS>;
  SHARED_MEMORY(T, tile_q);
  T* tiles_k = tile_q + attend_queries * Warp::LD;
  T* tiles_v = tiles_k + 2 * KEYS * Warp::LD;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
  float* scratch = reinterpret_cast<float*>(tiles_v + 2 * KEYS * Warp::LDV) + warp * Warp::scratch;
  const int head = blockIdx.y, row0 = blockIdx.x * attend_queries;
  const T* head_k = k.data + head / group * k.head_stride;
  const T* head_v = v.data + head / group * v.head_stride;

  const int last_row = row0 + attend_queries < queries ? row0 + attend_queries - 1 : queries - 1;
  const int seen_from = mask.begin(past + row0), seen_to = mask.end(past + last_row);
  const int first = (seen_from > 0 ? seen_from : 0) / KEYS, last = ((seen_to < keys ? seen_to : keys) + KEYS - 1) / KEYS;

  auto fetch = [&](int tile) {
    const int stage = (tile & 1) * KEYS, key = tile * KEYS;
    fetch_tile<T, KEYS, D, attend_threads>(tiles_k + stage * Warp::LD, head_k, k.row_stride, key, keys, 0, D);
    fetch_tile<T, KEYS, DV, attend_threads>(tiles_v + stage * Warp::LDV, head_v, v.row_stride, key, keys, 0, DV);
  };
  fetch_tile<T, attend_queries, D, attend_threads>(tile_q, q.data + head * q.head_stride, q.row_stride, row0, queries, 0, D);
  cp_async_commit();
  if (first < last) fetch(first);
  cp_async_commit();
  cp_async_wait<1>();
  block_sync();  // the queries are there, from all threads
  Warp mine;
  mine.take(tile_q + warp * 16 * Warp::LD, lane);

  float out[DV / 8][4] = {}, top[2] = {-INFINITY, -INFINITY}, total[2] = {};
  for (int tile = first; tile < last; tile++) {
    cp_async_wait<0>();
    block_sync();  // this tile is there, and nobody still reads the stage that is filled next
    if (tile + 1 < last) fetch(tile + 1);
    cp_async_commit();

    float s[KEYS / 8][4] = {};
    mine.scores(s, tiles_k + (tile & 1) * KEYS * Warp::LD, lane);
#pragma unroll
    for (int h = 0; h < 2; h++) {
      const int query = past + row0 + warp * 16 + g + h * 8;
      float high = top[h];
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          const int key = tile * KEYS + n * 8 + t * 2 + e;
          float& x = s[n][h * 2 + e];
          x = key < keys && mask(query, key) ? score(x, head, query, key) : -INFINITY;
          high = fmaxf(high, x);
        }
      // Four neighbours hold a row between them.
      high = fmaxf(high, lane_xor(high, 1));
      high = fmaxf(high, lane_xor(high, 2));
      // Before the first visible key the maximum is minus infinity, and minus infinity less itself is not a number.
      const float base = high == -INFINITY ? 0.f : high, shrink = ex2(top[h] - base);
      top[h] = high;
      float sum = 0.f;
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float& x = s[n][h * 2 + e];
          x = ex2(x - base);
          sum += x;
        }
      total[h] = total[h] * shrink + sum;
#pragma unroll
      for (int n = 0; n < DV / 8; n++) out[n][h * 2] *= shrink, out[n][h * 2 + 1] *= shrink;
    }
    mine.add(out, s, tiles_v + (tile & 1) * KEYS * Warp::LDV, scratch, lane);
  }

#pragma unroll
  for (int h = 0; h < 2; h++) {
    float sum = total[h];
    sum += lane_xor(sum, 1);
    sum += lane_xor(sum, 2);
    const float scale = sum > 0.f ? 1.f / sum : 0.f;
    const int row = row0 + warp * 16 + g + h * 8;
    if (row < queries)
#pragma unroll
      for (int n = 0; n < DV / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) epilogue(head, row, n * 8 + t * 2 + e, out[n][h * 2 + e] * scale);
  }
}
