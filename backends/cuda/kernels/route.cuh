// route.cuh: which expert gets which rows, without asking the host: a histogram of the experts' numbers, where each expert's
// rows begin, and all selections listed by expert, those of one in their order. What follows reads count and offset itself.
//
// A block for each expert counts who comes before it and who is its own, so that one launch does all: nothing is exchanged
// between blocks, and nothing hangs on their order.
//   Operations: 2 S an expert.  Bytes: 4 S an expert, from the cache for all but the first; S written.
//   Shared memory: 64 floats.
#pragma once
#include "reduce.cuh"

constexpr int route_threads = 256;
constexpr size_t route_shared = 64 * sizeof(float);

// index(i) is the number of the expert that selection i names, valid(i) whether it counts. put(expert, count, first) takes how
// many selections are an expert's own and where they begin in the list: list[first] to list[first + count] are their numbers.
// `astray(n)` takes how many valid selections name none of the experts. Blocks go around over the experts.
template <class Index, class Valid, class Put, class Astray>
DEVICE void route(Index index, Valid valid, int selections, int experts, Put put, float* list, Astray astray) {
  SHARED_MEMORY(float, room);
  float* of_warps = room + 32;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  for (int expert = blockIdx.x; expert < experts; expert += gridDim.x) {
    float before = 0, mine = 0, lost = 0;  // whole numbers, exact below 2^24
    for (int i = threadIdx.x; i < selections; i += route_threads)
      if (valid(i)) {
        const float e = index(i);
        const bool known = e >= 0.f && e < float(experts);
        before += known && e < float(expert) ? 1.f : 0.f;
        mine += e == float(expert) ? 1.f : 0.f;
        lost += known ? 0.f : 1.f;
      }
    const int begin = int(block_reduce(before, room, Add{}));
    mine = block_reduce(mine, room, Add{});
    lost = block_reduce(lost, room, Add{});
    if (threadIdx.x == 0) {
      put(expert, int(mine), begin);
      if (expert == 0) astray(int(lost));
    }

    int next = begin;
    for (int first = 0; first < selections; first += route_threads) {
      const int i = first + threadIdx.x;
      const bool chosen = i < selections && valid(i) && index(i) == float(expert);
      const uint32_t votes = lane_vote(chosen);
      if (lane == 0) of_warps[warp] = float(bits_set(votes));
      block_sync();
      int at = next + bits_set(votes & ((1u << lane) - 1));
      for (int w = 0; w < route_threads / 32; w++) {
        const int others = int(of_warps[w]);
        next += others;
        if (w < warp) at += others;
      }
      if (chosen) list[at] = float(i);
      block_sync();  // the counts may be written again
    }
  }
}

// active lists the experts that have rows, in their order, and gives how many there are: what follows goes over these alone.
// count(expert) is how many rows; put(place, expert) takes the list. One warp.
template <class Count, class Put> DEVICE int active(Count count, int experts, Put put) {
  const int lane = threadIdx.x & 31;
  int n = 0;
  for (int first = 0; first < experts; first += 32) {
    const bool has = first + lane < experts && count(first + lane) > 0.f;
    const uint32_t votes = lane_vote(has);
    if (has) put(n + bits_set(votes & ((1u << lane) - 1)), first + lane);
    n += bits_set(votes);
  }
  return n;
}

// Group is an expert's share of the rows that lie one expert behind another.
struct Group { int rows, first; };
DEVICE Group group_of(const int* count, const int* offset, int expert) { return {count[expert], offset[expert]}; }
