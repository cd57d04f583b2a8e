// fragments.cuh: what a warp of an attention multiplies: scores of 16 queries and a tile of keys, and 16 rows of weights times
// a tile of values. bf16 goes through tensor cores, f32 through plain FMAs that leave the same fragments. A fragment [n][e]
// of a lane 4g+t is row g + 8 (e/2), column 8n + 2t + e%2.
#pragma once
#include "lanes.cuh"

// Held keeps the queries of a warp where they are read from: in registers while there are few, else in shared memory.
template <class T, int COLUMNS> struct Held;
template <int COLUMNS> struct Held<bf16, COLUMNS> {
  static constexpr bool kept = COLUMNS <= 192;
  uint32_t q[kept ? COLUMNS / 16 : 1][4];
  const bf16* rows;
  int ld;

  __device__ __forceinline__ void take(const bf16* queries, int ld_, int lane) {
    rows = queries + lane_row(lane) * ld_ + lane_col(lane), ld = ld_;
    if constexpr (kept)
#pragma unroll
      for (int i = 0; i < COLUMNS / 16; i++) ldmatrix_x4(q[i], rows + i * 16);
  }
  // scores adds what columns FROM to FROM + D of queries and keys give. Eight keys take two steps of k at once.
  template <int KEYS, int FROM, int D>
  __device__ __forceinline__ void scores(float (&s)[KEYS / 8][4], const bf16* keys, int ldk, int lane) const {
    static_assert(KEYS == 8 || KEYS % 16 == 0, "tensor cores take 16 at a time");
    static_assert(FROM % 16 == 0 && D % (KEYS == 8 ? 32 : 16) == 0, "tensor cores take 16 at a time");
    keys += FROM + (KEYS == 8 ? (lane & 7) * ldk + (lane >> 3) * 8 : lane_row_b(lane) * ldk + lane_col_b(lane));
#pragma unroll
    for (int i = 0; i < D / 16; i += KEYS == 8 ? 2 : 1) {
      uint32_t a[4], b[4];
      fragment(a, FROM / 16 + i);
      if constexpr (KEYS == 8) fragment(b, FROM / 16 + i + 1);
#pragma unroll
      for (int n = 0; n < (KEYS + 15) / 16; n++) {
        uint32_t k[4];
        ldmatrix_x4(k, keys + n * 16 * ldk + i * 16);
        mma_bf16(s[2 * n], a, k[0], k[1]);
        if constexpr (KEYS == 8) mma_bf16(s[0], b, k[2], k[3]);
        else mma_bf16(s[2 * n + 1], a, k[2], k[3]);
      }
    }
  }
  __device__ __forceinline__ void fragment(uint32_t (&a)[4], int step) const {
    if constexpr (kept)
#pragma unroll
      for (int i = 0; i < 4; i++) a[i] = q[step][i];
    else ldmatrix_x4(a, rows + step * 16);
  }
};
template <int COLUMNS> struct Held<float, COLUMNS> {
  const float* rows;
  int ld;

  __device__ __forceinline__ void take(const float* queries, int ld_, int) { rows = queries, ld = ld_; }
  template <int KEYS, int FROM, int D>
  __device__ __forceinline__ void scores(float (&s)[KEYS / 8][4], const float* keys, int ldk, int lane) const {
    static_assert(KEYS % 8 == 0, "fragments have eight columns");
    const float* upper = rows + (lane >> 2) * ld + FROM;
    const float* lower = upper + 8 * ld;
    const float* mine = keys + (lane & 3) * 2 * ldk + FROM;
    for (int d = 0; d < D; d++) {
      const float a = upper[d], b = lower[d];
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          const float k = mine[(n * 8 + e) * ldk + d];
          s[n][e] = fmaf(a, k, s[n][e]);
          s[n][2 + e] = fmaf(b, k, s[n][2 + e]);
        }
    }
  }
};

// average adds weights times values: [16][KEYS] times [KEYS][COLS], the weights in shared memory.
template <int KEYS, int COLS>
DEVICE void average(float (&o)[COLS / 8][4], const bf16* weights, int ldw, const bf16* values, int ldv, int lane) {
#pragma unroll
  for (int i = 0; i < KEYS / 16; i++) {
    uint32_t a[4];
    ldmatrix_x4(a, weights + lane_row(lane) * ldw + i * 16 + lane_col(lane));
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
DEVICE void average(float (&o)[COLS / 8][4], const float* weights, int ldw, const float* values, int ldv, int lane) {
  const float* upper = weights + (lane >> 2) * ldw;
  const float* lower = upper + 8 * ldw;
  for (int key = 0; key < KEYS; key++) {
    const float a = upper[key], b = lower[key];
#pragma unroll
    for (int n = 0; n < COLS / 8; n++)
#pragma unroll
      for (int e = 0; e < 2; e++) {
        const float v = values[key * ldv + n * 8 + (lane & 3) * 2 + e];
        o[n][e] = fmaf(a, v, o[n][e]);
        o[n][2 + e] = fmaf(b, v, o[n][2 + e]);
      }
  }
}
