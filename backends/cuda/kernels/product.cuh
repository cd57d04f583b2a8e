// product.cuh: C[m][n] = sum over k of A[m][k] B[n][k], bf16 in, f32 sums, on tensor cores (sm_80 and later).
//
// A block makes a tile of BM x BN with four warps, two by two. Tiles of A and B move through a ring of STAGES in shared
// memory: while one is multiplied, the next ones are on their way.
//   FLOPs: 2 M N K.  Bytes from memory: 2 (M K ceil(N/BN) + N K ceil(M/BM)) without the cache's help.
//   Shared memory: product_shared<BM, BN, BK, STAGES>.
#pragma once
#include "tile.cuh"

constexpr int product_threads = 128;

template <int BM, int BN, int BK, int STAGES>
constexpr size_t product_shared = size_t(STAGES) * (BM + BN) * (BK + pad<bf16>) * sizeof(bf16);

// Epilogue takes each element of C once, in f32: epilogue(row, column, value). It stores, adds, activates, narrows.
// a and b begin at 16-byte addresses; lda and ldb are multiples of 8. m, n and k are free.
template <int BM, int BN, int BK, int STAGES, class Epilogue>
DEVICE void product_tile(const bf16* a, const bf16* b, int m, int n, int k, long lda, long ldb, Epilogue epilogue) {
  constexpr int LD = BK + pad<bf16>, WM = BM / 2, WN = BN / 2;
  static_assert(WM % 16 == 0 && WN % 16 == 0 && BK % 16 == 0 && STAGES >= 2, "tiles are made of 16x16x16 products");
  SHARED_MEMORY(bf16, memory);
  bf16* tiles_a = memory;
  bf16* tiles_b = memory + STAGES * BM * LD;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  const int row0 = blockIdx.y * BM, col0 = blockIdx.x * BN;
  const int warp_row = (warp >> 1) * WM, warp_col = (warp & 1) * WN;
  const int steps = (k + BK - 1) / BK;

  auto fetch = [&](int step) {
    const int stage = step % STAGES;
    fetch_tile<bf16, BM, BK, product_threads>(tiles_a + stage * BM * LD, a, lda, row0, m, step * BK, k);
    fetch_tile<bf16, BN, BK, product_threads>(tiles_b + stage * BN * LD, b, ldb, col0, n, step * BK, k);
  };
#pragma unroll
  for (int s = 0; s < STAGES - 1; s++) {
    if (s < steps) fetch(s);
    cp_async_commit();
  }

  float sum[WM / 16][WN / 8][4] = {};
  for (int step = 0; step < steps; step++) {
    // One group a step, also when it is empty: so the count says which step has arrived.
    cp_async_wait<STAGES - 2>();
    // Now everybody's part of this stage is there, and nobody still reads the stage that is filled next.
    block_sync();
    if (step + STAGES - 1 < steps) fetch(step + STAGES - 1);
    cp_async_commit();
    const bf16* ta = tiles_a + (step % STAGES) * BM * LD;
    const bf16* tb = tiles_b + (step % STAGES) * BN * LD;
#pragma unroll
    for (int kk = 0; kk < BK; kk += 16) {
      uint32_t fa[WM / 16][4], fb[WN / 16][4];
#pragma unroll
      for (int i = 0; i < WM / 16; i++)
        ldmatrix_x4(fa[i], ta + (warp_row + i * 16 + lane_row(lane)) * LD + kk + lane_col(lane));
#pragma unroll
      for (int j = 0; j < WN / 16; j++)
        ldmatrix_x4(fb[j], tb + (warp_col + j * 16 + lane_row_b(lane)) * LD + kk + lane_col_b(lane));
#pragma unroll
      for (int i = 0; i < WM / 16; i++)
#pragma unroll
        for (int j = 0; j < WN / 16; j++) {
          mma_bf16(sum[i][2 * j], fa[i], fb[j][0], fb[j][1]);
          mma_bf16(sum[i][2 * j + 1], fa[i], fb[j][2], fb[j][3]);
        }
    }
  }

#pragma unroll
  for (int i = 0; i < WM / 16; i++)
#pragma unroll
    for (int j = 0; j < WN / 8; j++)
#pragma unroll
      for (int e = 0; e < 4; e++) {
        const int row = row0 + warp_row + i * 16 + (lane >> 2) + (e >> 1) * 8;
        const int col = col0 + warp_col + j * 8 + (lane & 3) * 2 + (e & 1);
        if (row < m && col < n) epilogue(row, col, sum[i][j][e]);
      }
}
