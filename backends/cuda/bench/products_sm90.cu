// products_sm90.cu: what only Hopper runs, as bench.py times it.
#include "narrow.cuh"
#include "product_sm90.cuh"

struct KeepNarrow {
  bf16* c;
  long stride;
  __device__ void operator()(int row, int col, float value) const { c[row * stride + col] = bf16_of(value); }
};

__global__ void __launch_bounds__(product_sm90_threads) hopper(const TensorMap* maps, bf16* c, int m, int n, int k) {
  product_sm90<4>(maps, maps + 1, 0, m, n, k, KeepNarrow{c, n});
}

// product_maps describes both matrices into two maps of 128 bytes on the host; who calls copies them to the device.
extern "C" const char* product_maps(void* maps, const bf16* a, const bf16* b, int m, int n, int k) {
  TensorMap* both = static_cast<TensorMap*>(maps);
  const char* wrong = describe(both, a, m, k, k, sm90_tile);
  return wrong ? wrong : describe(both + 1, b, n, k, k, sm90_tile);
}
// blocks are as many as the device has multiprocessors: each makes one tile after the other.
extern "C" const char* product_hopper(const void* maps, bf16* c, int m, int n, int k, int blocks, Stream s) {
  return launch(hopper, dim3(blocks), dim3(product_sm90_threads), product_sm90_shared<4>, s, static_cast<const TensorMap*>(maps), c, m, n,
                k);
}

// product_narrowed is what an engine does to rows of f32 before.
__global__ void narrowed(const float* a, bf16* to, int m, int k) { narrow_rows(Close<float>{a, k}, m, k, to); }
extern "C" const char* product_narrowed(const float* a, bf16* to, int m, int k, Stream s) {
  return launch(narrowed, dim3((long(m) * k / 8 + 127) / 128), dim3(128), 0, s, a, to, m, k);
}
