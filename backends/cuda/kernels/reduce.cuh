// reduce.cuh: sums and extremes over a block's threads, in one stated order: lanes by halves, then warps in rising order.
#pragma once
#include "ptx.cuh"

struct Add { __device__ __forceinline__ float operator()(float a, float b) const { return a + b; } };
struct Larger { __device__ __forceinline__ float operator()(float a, float b) const { return a != a || a > b ? a : b; } };
struct Smaller { __device__ __forceinline__ float operator()(float a, float b) const { return a != a || a < b ? a : b; } };

template <class F> DEVICE float warp_reduce(float x, F f) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) x = f(x, lane_xor(x, d));
  return x;
}

// block_reduce gives every thread the result. All threads of the block, at most 1024, take part; `room` is 32 floats of
// shared memory that nobody else uses.
template <class F> DEVICE float block_reduce(float x, float* room, F f) {
  x = warp_reduce(x, f);
  if ((threadIdx.x & 31) == 0) room[threadIdx.x >> 5] = x;
  block_sync();
  x = room[0];
  for (int w = 1; w < int(blockDim.x >> 5); w++) x = f(x, room[w]);
  block_sync();  // the room may be used again
  return x;
}
