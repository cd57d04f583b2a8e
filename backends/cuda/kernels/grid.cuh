// grid.cuh: who does what. A kernel counts its work itself, from sizes in device memory, and its threads go through it with
// the stride of the grid: so a launch may be repeated as it was recorded, for any sizes, and a grid is only a matter of speed.
#pragma once
#include "ptx.cuh"

DEVICE long my_item() { return long(blockIdx.x) * blockDim.x + threadIdx.x; }
DEVICE long all_items() { return long(gridDim.x) * blockDim.x; }

// Share is the part of a grid that works on one of several things: teams of blocks take them in turns.
struct Share {
  long block, blocks;
  __device__ __forceinline__ long item() const { return block * blockDim.x + threadIdx.x; }
  __device__ __forceinline__ long items() const { return blocks * blockDim.x; }
};
DEVICE Share share_of(long teams) {
  const long team = blockIdx.x % teams;
  return {long(blockIdx.x) / teams, (long(gridDim.x) - team + teams - 1) / teams};
}

// --- whole numbers of sizes ---

ANYWHERE long least(long a, long b) { return a < b ? a : b; }
ANYWHERE long most(long a, long b) { return a > b ? a : b; }
ANYWHERE long floor_div(long a, long b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

// Fault is the first mistake in the data that a kernel finds: the number of its place in the model, from 1, and a number
// that is no element of a table. Which one of several is told is not said.
struct Fault { long place, size; float number; };

// element is a looked-up number as an index; what is none becomes 0 and is told.
DEVICE long element(float number, long size, long place, Fault* fault) {
  if (number >= 0.f && number < float(size) && long(number) < size && float(long(number)) == number) return long(number);
  fault->size = size, fault->number = number, fault->place = place;
  return 0;
}
