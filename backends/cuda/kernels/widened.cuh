// widened.cuh: quantized weights as the right side of a product of many rows. What reads them for few rows is stream.cuh.
#pragma once
#include "product.cuh"
#include "product_exact.cuh"
#include "weights.cuh"

// Widened is weights in a format of weights.cuh, which become f32 as they fill a tile: each is the product of its code and its
// scale, rounded once. A tile of tensor cores then rounds it to bf16.
template <class W> struct Widened : W {};
template <class W> DEVICE Widened<W> widened(const W& w) { return {w}; }

// Of a tile of product_exact, a thread's numbers stand as those of Close do. Codes behind the end of a row are zeros.
template <int ROWS, int BK, int THREADS, class W>
struct Panel<ROWS, BK, THREADS, Widened<W>> : Panel<ROWS, BK, THREADS, Close<float>> {
  static_assert(W::chunk % BK == 0, "a step is no longer than what pads a row");
  __device__ __forceinline__ void take(const Widened<W>& m, int row, int rows, int col, int) {
#pragma unroll
    for (int i = 0; i < this->N; i++) {
      const int at = threadIdx.x + i * THREADS, r = row + at / (BK / 4), c = col + at % (BK / 4) * 4;
#pragma unroll
      for (int j = 0; j < 4; j++) this->held[i][j] = r < rows ? m.at(r, c + j) : 0.f;
    }
  }
};

// Of a tile of product_tile, a thread holds its chunks in registers while the step before is multiplied.
template <int ROWS, int COLS, int THREADS, int LD, class W> struct Arriving<ROWS, COLS, THREADS, LD, Widened<W>> {
  static constexpr int N = W::chunk, ACROSS = COLS / N, ALL = ROWS * ACROSS, EACH = (ALL + THREADS - 1) / THREADS;
  static_assert(COLS % N == 0 && LD % 8 == 0, "rows of a tile are whole chunks");
  uint4 held[EACH];
  bool inside[EACH];
  __device__ __forceinline__ void take(bf16*, const Widened<W>& b, int row, int rows, int col, int cols) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      const int at = threadIdx.x + i * THREADS, r = row + at / ACROSS, c = col + at % ACROSS * N;
      inside[i] = at < ALL && r < rows && c < cols;
      if (inside[i]) held[i] = b.load(r, c);
    }
  }
  // Codes behind the end of a row are zeros, so a chunk is whole or none of it is there.
  __device__ __forceinline__ void put(bf16* tile, const Widened<W>& b, int row, int col) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      const int at = threadIdx.x + i * THREADS, r = at / ACROSS, c = at % ACROSS * N;
      if (at >= ALL) return;
      float x[N] = {};
      if (inside[i]) b.widen(held[i], row + r, col + c, x);
#pragma unroll
      for (int j = 0; j < N; j += 8) {
        const uint4 eight = {pack_bf16(x[j], x[j + 1]), pack_bf16(x[j + 2], x[j + 3]), pack_bf16(x[j + 4], x[j + 5]),
                             pack_bf16(x[j + 6], x[j + 7])};
        *reinterpret_cast<uint4*>(tile + r * LD + c + j) = eight;
      }
    }
  }
};
