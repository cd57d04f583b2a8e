// products_sm90.cu: what only Hopper runs, as bench.py times it.
#include "product_sm90.cuh"

struct KeepNarrow {
  bf16* c;
  long stride;
  __device__ void operator()(int row, int col, float value) const { c[row * stride + col] = bf16_of(value); }
};

__global__ void __launch_bounds__(product_sm90_threads) hopper(const TensorMap* maps, bf16* c, int m, int n, int k) {
  product_sm90<4>(maps, maps + 1, m, n, k, KeepNarrow{c, n});
}

// product_maps describes both matrices into two maps of 128 bytes on the host; who calls copies them to the device.
extern "C" const char* product_maps(void* maps, const bf16* a, const bf16* b, int m, int n, int k) {
  TensorMap* both = static_cast<TensorMap*>(maps);
  const char* wrong = describe(both, a, m, k, k, sm90_tile);
  return wrong ? wrong : describe(both + 1, b, n, k, k, sm90_tile);
}
extern "C" const char* product_hopper(const void* maps, bf16* c, int m, int n, int k, Stream s) {
  const dim3 grid((n + sm90_tile - 1) / sm90_tile, (m + sm90_tile - 1) / sm90_tile);
  return launch(hopper, grid, dim3(product_sm90_threads), product_sm90_shared<4>, s, static_cast<const TensorMap*>(maps), c, m, n, k);
}
