// product_sm90.cuh: C[m][n] = sum over k of A[m][k] B[n][k] as in product.cuh, with what Hopper has: bulk tensor copies that
// one thread starts, and products that a warpgroup starts and does not wait for.
//
// A block makes tiles of 128 x 128, one after the other, of one product or of several with the same sizes but rows: those of
// experts. One warpgroup fetches parts of A and B into a ring of STAGES, for all
// of the block's tiles without a break; two multiply, 64 rows each, and store while the next tile is on its way. full[s] says
// that stage s has arrived, empty[s] that both have read it.
//   FLOPs: 2 M N K.  Bytes from memory: M K ceil(N/128) of A and N K ceil(M/128) of B, without the cache's help.
//   Shared memory: product_sm90_shared<STAGES>, its start 1024-byte aligned for the swizzle.
#pragma once
#include "ptx.cuh"

constexpr int product_sm90_threads = 384, sm90_tile = 128, sm90_k = 64;

template <int STAGES>
constexpr size_t product_sm90_shared = STAGES * (2 * sm90_tile * sm90_k * sizeof(bf16) + 2 * sizeof(uint64_t));

// product_sm90_tiles is how many there are: no more blocks than these have something to do.
ANYWHERE long product_sm90_tiles(long m, long n) {
  return (m + sm90_tile - 1) / sm90_tile * ((n + sm90_tile - 1) / sm90_tile);
}

// Part is a product among several: rows a to a + rows of A, and the matrix that begins at row b of B's map.
struct Part { int a, b, rows, number; };

// a and b are described with boxes of 128 rows, and lie in device memory. part(i) gives each of `parts` products, all with n
// columns and sums of k. Blocks take the tiles of all in turns, rows fastest, so that those that run at once read the same
// weights. Epilogue takes each element once: epilogue(part, row, column, value).
// Code without warpgroups has none of this: nothing is computed, and nobody starts it.
template <int STAGES, class Parts, class Epilogue>
DEVICE void product_sm90_parts(const TensorMap* a, const TensorMap* b, int parts, Parts part_of, int n, int k,
                               Epilogue epilogue) {
  if constexpr (warpgroups) {
    constexpr int TILE = sm90_tile * sm90_k;
    SHARED_MEMORY(bf16, tiles_a);
    bf16* tiles_b = tiles_a + STAGES * TILE;
    uint64_t* full = reinterpret_cast<uint64_t*>(tiles_b + STAGES * TILE);
    uint64_t* empty = full + STAGES;
    const int lane = threadIdx.x & 31, group = threadIdx.x >> 7, steps = (k + sm90_k - 1) / sm90_k;
    int at = 0;  // of all steps of the block's tiles: stages go on from tile to tile

    // Both roles go through the same tiles.
    auto tiles = [&](auto use) INLINED {
      const int blocks = gridDim.x;
      int turn = blockIdx.x;
      for (int i = 0; i < parts; i++) {
        const Part part = part_of(i);
        const int down = (part.rows + sm90_tile - 1) / sm90_tile, all = int(product_sm90_tiles(part.rows, n));
        for (; turn < all; turn += blocks) use(part, turn % down * sm90_tile, turn / down * sm90_tile);
        turn -= all;
      }
    };

    if (threadIdx.x == 0) {
      for (int s = 0; s < STAGES; s++) {
        mbar_init(&full[s], 1);
        mbar_init(&empty[s], 8);  // one lane of each multiplying warp
      }
      mbar_init_fence();
    }
    block_sync();

    if (group == 0) {
      registers_less<40>();
      if (threadIdx.x != 0) return;
      map_acquire(a);
      map_acquire(b);
      tiles([&](const Part& part, int row0, int col0) INLINED {
        for (int step = 0; step < steps; step++, at++) {
          const int s = at % STAGES, round = at / STAGES & 1;
          mbar_wait(&empty[s], round ^ 1);  // the first round finds every stage empty
          mbar_expect(&full[s], 2 * TILE * int(sizeof(bf16)));
          bulk_copy(tiles_a + s * TILE, a, part.a + row0, step * sm90_k, &full[s]);
          bulk_copy(tiles_b + s * TILE, b, part.b + col0, step * sm90_k, &full[s]);
        }
      });
      return;
    }

    registers_more<232>();
    tiles([&](const Part& part, int row0, int col0) INLINED {
      float sum[64] = {};
      for (int step = 0; step < steps; step++, at++) {
        const int s = at % STAGES, round = at / STAGES & 1;
        mbar_wait(&full[s], round);
        const bf16* mine = tiles_a + s * TILE + (group - 1) * 64 * sm90_k;
        wgmma_fence();
#pragma unroll
        for (int kk = 0; kk < sm90_k; kk += 16) wgmma_n128(sum, swizzled(mine + kk), swizzled(tiles_b + s * TILE + kk));
        wgmma_commit();
        // This step's products may still run; those of the step before are done with their stage.
        wgmma_wait<1>();
        if (step > 0 && lane == 0) mbar_arrive(&empty[(at - 1) % STAGES]);
      }
      wgmma_wait<0>();
      if (lane == 0) mbar_arrive(&empty[(at - 1) % STAGES]);

      const int row = row0 + (group - 1) * 64 + (threadIdx.x >> 5 & 3) * 16 + (lane >> 2), col = col0 + (lane & 3) * 2;
#pragma unroll
      for (int j = 0; j < sm90_tile / 8; j++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
          const int r = row + (e >> 1) * 8, c = col + j * 8 + (e & 1);
          if (r < part.rows && c < n) epilogue(part, r, c, sum[4 * j + e]);
        }
    });
  }
}

// product_sm90 is one product: B's rows begin at row `first` of b. Epilogue as in product.cuh.
template <int STAGES, class Epilogue>
DEVICE void product_sm90(const TensorMap* a, const TensorMap* b, int first, int m, int n, int k, Epilogue epilogue) {
  const auto store = [&](const Part&, int row, int col, float sum) INLINED { epilogue(row, col, sum); };
  product_sm90_parts<STAGES>(a, b, 1, [=](int) { return Part{0, first, m, 0}; }, n, k, store);
}
