// stream.cuh: y[m][e] from sums over k of W[row][k] x[m][k], for a few rows of x: what decoding does with every weight. Bound
// by reading W once, whatever the number of rows.
//
// An element needs C sums, each with a row of weights that Place names: one for a plain product; two for a gated unit, or for
// a pair of numbers that a rotation turns. A warp makes E elements at a time: each lane reads 16 bytes of every row, past the
// cache, and lanes meet only at the end. Blocks go around over the elements, so any number of them is right.
//   FLOPs: 2 M C K an element.  Bytes from memory: each row of W once; x comes once a block.
//   Shared memory: stream_shared<M>(part).
#pragma once
#include "reduce.cuh"
#include "weights.cuh"

constexpr int stream_warps = 4, stream_threads = 32 * stream_warps;

// A row's own numbers have as much room again as block_reduce asks for.
constexpr int stream_room = 64;

// x is held in parts of k, 1024 numbers or a multiple of it: what every format's warp reads in whole steps.
template <int M> constexpr size_t stream_shared(int part) { return (size_t(M) * part + stream_room) * sizeof(float); }

// Lane l of a warp multiplies chunks of N numbers at 32 N c + N l. stream_place puts number k where the lanes of a warp read
// the same four of their numbers side by side.
template <int N> DEVICE int stream_place(int k) {
  const int step = k / (32 * N), lane = k / N % 32, i = k % N;
  return step * 32 * N + i / 4 * 128 + lane * 4 + i % 4;
}

// What a kernel for M rows and C sums takes: how many elements a warp makes, of accumulators there are at most sixteen; and
// how much of k is held at once, 64 KiB for all rows.
template <int M, int C> constexpr int stream_elements = M == 1 ? (C == 1 ? 4 : C == 2 ? 2 : 1) : M * C * 2 <= 16 ? 2 : 1;
template <int M> ANYWHERE int stream_part(long k) {
  const long whole = (k + 1023) / 1024 * 1024, most = 16384 / M / 1024 * 1024;
  return int(whole < most ? whole : most);
}
// How many blocks a multiprocessor holds at least, behind the threads in __launch_bounds__: 6 leave a thread 80 registers, 4
// leave 128. Where nothing is said, the compiler spills a few registers for one block more.
template <int M> constexpr int stream_fit = M == 1 ? 6 : 4;
// stream_blocks is a grid that fills a device a few times over and no more: each block reads all of x.
template <int M, int C> ANYWHERE long stream_blocks(long elements) {
  const long each = stream_warps * stream_elements<M, C>, blocks = (elements + each - 1) / each;
  return blocks < 2048 ? blocks : 2048;
}

// StridedRows and NarrowRows are rows in memory. Given is a Vector of two functions: what begin does, and x.
struct StridedRows {
  const float* data;
  long row, col;
  __device__ __forceinline__ void begin(int, float*) const {}
  __device__ __forceinline__ float operator()(int m, int i) const { return data[m * row + i * col]; }
};
struct NarrowRows {
  const bf16* data;
  long row, col;
  __device__ __forceinline__ void begin(int, float*) const {}
  __device__ __forceinline__ float operator()(int m, int i) const { return float_of(data[m * row + i * col]); }
};
template <class Begin, class X> struct Given {
  Begin start;
  X x;
  __device__ __forceinline__ void begin(int rows, float* room) { start(rows, room); }
  __device__ __forceinline__ float operator()(int m, int i) const { return x(m, i); }
};
template <class Begin, class X> DEVICE Given<Begin, X> given(Begin begin, X x) { return {begin, x}; }

// SameRow is the place of elements that have the number of their row.
struct SameRow { __device__ __forceinline__ int operator()(int, int e) const { return e; } };

// Vector gives x(m, k), and may compute it: begin(rows, room) is called once by all threads before, for what a whole row has
// in common, with stream_room floats of shared memory that stay; x may be asked for any number of times. Epilogue takes each
// element once: epilogue(m, e, sums), of C. m is below `rows`, which is at most M. M E is at most 32; part as in stream_shared.
template <int M, int E, int C, class W, class Place, class Vector, class Epilogue>
DEVICE void stream(const W (&w)[C], Place place, int elements, int rows, int k, int part, Vector vector, Epilogue epilogue,
                   int block, int blocks) {
  constexpr int N = W::chunk;
  static_assert(M * E <= 32, "a lane finishes one element");
  SHARED_MEMORY(float, x);
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  const int groups = (elements + stream_warps * E - 1) / (stream_warps * E);
  vector.begin(rows, x + M * part);
  auto fill = [&](int from) {
    for (int i = threadIdx.x; i < M * part; i += stream_threads) {
      const int m = i / part, at = i % part;
      x[m * part + stream_place<N>(at)] = m < rows && from + at < k ? vector(m, from + at) : 0.f;
    }
    block_sync();
  };
  if (k <= part) fill(0);

  for (int group = block; group < groups; group += blocks) {
    const int first = (group * stream_warps + warp) * E;
    int row[E][C];  // behind the last element those of the last
#pragma unroll
    for (int e = 0; e < E; e++)
#pragma unroll
      for (int c = 0; c < C; c++) row[e][c] = place(c, first + e < elements ? first + e : elements - 1);

    float sum[M][E][C] = {};
    for (int from = 0; from < k; from += part) {
      if (k > part) {
        block_sync();  // nobody still reads the part before
        fill(from);
      }
      const int to = from + part < k ? from + part : k, whole = to / N * N;
      for (int at = from + lane * N; at < whole; at += 32 * N) {
        uint4 chunk[E][C];
#pragma unroll
        for (int e = 0; e < E; e++)
#pragma unroll
          for (int c = 0; c < C; c++) chunk[e][c] = w[c].load(row[e][c], at);  // all on their way before the first is used
        float v[E][C][N];
#pragma unroll
        for (int e = 0; e < E; e++)
#pragma unroll
          for (int c = 0; c < C; c++) w[c].widen(chunk[e][c], row[e][c], at, v[e][c]);
        const float* mine = x + (at - from - lane * N) + lane * 4;
#pragma unroll
        for (int m = 0; m < M; m++)
#pragma unroll
          for (int i = 0; i < N; i += 4) {
            const float4 y = *reinterpret_cast<const float4*>(mine + m * part + i * 32);
#pragma unroll
            for (int e = 0; e < E; e++)
#pragma unroll
              for (int c = 0; c < C; c++) {
                float& s = sum[m][e][c];
                s = fmaf(v[e][c][i], y.x, s), s = fmaf(v[e][c][i + 1], y.y, s);
                s = fmaf(v[e][c][i + 2], y.z, s), s = fmaf(v[e][c][i + 3], y.w, s);
              }
          }
      }
      if (whole + lane < to)  // fewer numbers than a chunk are left, one for a lane
#pragma unroll
        for (int m = 0; m < M; m++)
#pragma unroll
          for (int e = 0; e < E; e++)
#pragma unroll
            for (int c = 0; c < C; c++) {
              const float y = x[m * part + stream_place<N>(whole + lane - from)];
              sum[m][e][c] = fmaf(w[c].at(row[e][c], whole + lane), y, sum[m][e][c]);
            }
    }

    // All lanes have all sums in the end, and lane m E + e finishes element e of row m.
    float mine[C] = {};
#pragma unroll
    for (int m = 0; m < M; m++)
#pragma unroll
      for (int e = 0; e < E; e++)
#pragma unroll
        for (int c = 0; c < C; c++) {
          const float all = warp_reduce(sum[m][e][c], Add{});
          if (lane == m * E + e) mine[c] = all;
        }
    const int m = lane / E, e = first + lane % E;
    if (m < rows && e < elements) epilogue(m, e, mine);
  }
}
