// stream.cuh: y[n] = sum over k of W[n][k] x[k], one row of x: what decoding does with every weight. Bound by reading W once.
//
// A warp makes ROWS outputs: each lane reads 16 bytes of every row at a time, past the cache, and lanes meet only at the end.
//   FLOPs: 2 N K.  Bytes from memory: N K of W; x comes once a block.  Shared memory: K floats.
#pragma once
#include "functions.cuh"

// widen gives the numbers of 16 bytes.
DEVICE void widen(uint4 c, float (&x)[8]) {
  x[0] = low_bf16(c.x), x[1] = high_bf16(c.x), x[2] = low_bf16(c.y), x[3] = high_bf16(c.y);
  x[4] = low_bf16(c.z), x[5] = high_bf16(c.z), x[6] = low_bf16(c.w), x[7] = high_bf16(c.w);
}
DEVICE void widen(uint4 c, float (&x)[4]) {
  x[0] = float_of_bits(c.x), x[1] = float_of_bits(c.y), x[2] = float_of_bits(c.z), x[3] = float_of_bits(c.w);
}
DEVICE float float_of(float x) { return x; }

constexpr int stream_warps = 4, stream_threads = 32 * stream_warps;

// Vector gives x[i]: it may compute it. Epilogue takes each output once: epilogue(n, value).
// w begins at a 16-byte address and so does every row: ldw elements are a multiple of 16 bytes. n and k are free.
template <class T, int ROWS, class Vector, class Epilogue>
DEVICE void stream_rows(const T* w, int n, int k, long ldw, Vector vector, Epilogue epilogue) {
  constexpr int N = 16 / int(sizeof(T));
  SHARED_MEMORY(float, x);
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  for (int i = threadIdx.x; i < k; i += stream_threads) x[i] = vector(i);
  block_sync();

  const int first = (blockIdx.x * stream_warps + warp) * ROWS;
  const T* row[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; r++) row[r] = w + (first + r < n ? first + r : n - 1) * ldw;  // the last row stands in for none

  float sum[ROWS] = {};
  const int whole = k / N * N;
  for (int c = lane * N; c < whole; c += 32 * N) {
    uint4 chunk[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; r++) chunk[r] = load_16(row[r] + c);  // all on their way before the first is used
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      float v[N];
      widen(chunk[r], v);
#pragma unroll
      for (int i = 0; i < N; i++) sum[r] = fmaf(v[i], x[c + i], sum[r]);
    }
  }
  if (whole + lane < k)  // fewer numbers than a chunk are left, one for a lane
#pragma unroll
    for (int r = 0; r < ROWS; r++) sum[r] = fmaf(float_of(row[r][whole + lane]), x[whole + lane], sum[r]);

#pragma unroll
  for (int r = 0; r < ROWS; r++) {
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) sum[r] += lane_xor(sum[r], d);
    if (lane == 0 && first + r < n) epilogue(first + r, sum[r]);
  }
}
