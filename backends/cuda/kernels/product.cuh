// product.cuh: C[m][n] = sum over k of A[m][k] B[n][k], weights B in bf16, f32 sums, on tensor cores (sm_80 and later). A is
// bf16, or f32 and rounded to bf16 on its way from shared memory into registers. B is bf16, or becomes it on its way into tiles.
//
// A block makes a tile of BM x BN with four warps, two by two. Tiles of A and B move through a ring of STAGES in shared
// memory: while one is multiplied, the next ones are on their way.
//   FLOPs: 2 M N K.  Bytes from memory: M K ceil(N/BN) of A and N K ceil(M/BM) of B, without the cache's help.
//   Shared memory: product_shared<BM, BN, BK, STAGES, A's type>.
#pragma once
#include "tile.cuh"

constexpr int product_threads = 128;

// Rows of both tiles are 8 elements longer than BK. In bf16 that is tile.cuh's 16 bytes; in f32 it puts the four rows that
// half a warp reads in pairs of numbers into unlike banks.
template <int BK> constexpr int product_row = BK + 8;

template <int BM, int BN, int BK, int STAGES, class T = bf16>
constexpr size_t product_shared = size_t(STAGES) * product_row<BK> * (BM * sizeof(T) + BN * sizeof(bf16));

// fragment_a reads 16 x 16 of A as mma_bf16 takes it.
template <int LD> DEVICE void fragment_a(uint32_t (&f)[4], const bf16* tile, int lane) {
  ldmatrix_x4(f, tile + lane_row(lane) * LD + lane_col(lane));
}
template <int LD> DEVICE void fragment_a(uint32_t (&f)[4], const float* tile, int lane) {
  const float* pair = tile + (lane >> 2) * LD + (lane & 3) * 2;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const float* at = pair + (i & 1) * 8 * LD + (i >> 1) * 8;
    f[i] = pack_bf16(at[0], at[1]);
  }
}

// Arriving is a thread's share of ROWS x COLS of B on its way to a tile: take starts it, and put, called when a step is
// multiplied, finishes it. bf16 is copied past the registers.
template <int ROWS, int COLS, int THREADS, int LD, class B> struct Arriving;
template <int ROWS, int COLS, int THREADS, int LD> struct Arriving<ROWS, COLS, THREADS, LD, Close<bf16>> {
  __device__ __forceinline__ void take(bf16* tile, const Close<bf16>& b, int row, int rows, int col, int cols) {
    fetch_tile<bf16, ROWS, COLS, THREADS, LD>(tile, b.data, b.stride, row, rows, col, cols);
  }
  __device__ __forceinline__ void put(bf16*, const Close<bf16>&, int, int) {}
};

// Epilogue takes each element of C once, in f32: epilogue(row, column, value). It stores, adds, activates, narrows.
// a is Close or Loose, of bf16 or float; b is Close, of bf16, or Widened (widened.cuh). m, n and k are free. The tile begins
// at (row0, col0). A block that makes several meets between them: the ring is used again.
template <int BM, int BN, int BK, int STAGES, class A, class B, class Epilogue>
DEVICE void product_tile(const A& a, const B& b, int m, int n, int k, int row0, int col0, Epilogue epilogue) {
  using T = typename A::element;
  constexpr int LD = product_row<BK>, WM = BM / 2, WN = BN / 2;
  static_assert(WM % 16 == 0 && WN % 16 == 0 && BK % 16 == 0 && STAGES >= 2, "tiles are made of 16x16x16 products");
  SHARED_MEMORY(bf16, tiles_b);
  T* tiles_a = reinterpret_cast<T*>(tiles_b + STAGES * BN * LD);
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  const int warp_row = (warp >> 1) * WM, warp_col = (warp & 1) * WN;
  const int steps = (k + BK - 1) / BK;

  Arriving<BN, BK, product_threads, LD, B> arriving;
  auto fetch = [&](int step) {
    const int stage = step % STAGES;
    fetch_rows<T, BM, BK, product_threads, LD>(tiles_a + stage * BM * LD, a, row0, m, step * BK, k);
    arriving.take(tiles_b + stage * BN * LD, b, col0, n, step * BK, k);
  };
  auto finish = [&](int step) { arriving.put(tiles_b + step % STAGES * BN * LD, b, col0, step * BK); };
#pragma unroll
  for (int s = 0; s < STAGES - 1; s++) {
    if (s < steps) fetch(s), finish(s);
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
    const T* ta = tiles_a + (step % STAGES) * BM * LD;
    const bf16* tb = tiles_b + (step % STAGES) * BN * LD;
#pragma unroll
    for (int kk = 0; kk < BK; kk += 16) {
      uint32_t fa[WM / 16][4], fb[WN / 16][4];
#pragma unroll
      for (int i = 0; i < WM / 16; i++) fragment_a<LD>(fa[i], ta + (warp_row + i * 16) * LD + kk, lane);
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
    if (step + STAGES - 1 < steps) finish(step + STAGES - 1);
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
