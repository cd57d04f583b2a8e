// Routing as an engine would start it: the experts of each row, their lists, products of each expert on the rows that chose
// it, in f32 and on tensor cores, and the way back with a weight.
__global__ void __launch_bounds__(topk_threads) choose(const float* logits, float* chosen, int rows, int n, int k) {
  const int row = blockIdx.x * topk_warps + (threadIdx.x >> 5);
  if (row < rows) topk([&](int i) { return logits[row * n + i]; }, n, k, [&](int p, int at) { chosen[row * k + p] = float(at); });
}
__global__ void __launch_bounds__(route_threads) route_all(const float* chosen, const float* valid, int selections, int experts,
                                                           int* count, int* offset, float* list, int* astray) {
  route([&](int i) { return chosen[i]; }, [&](int i) { return valid[i] != 0.f; }, selections, experts,
        [&](int e, int n, int first) { count[e] = n, offset[e] = first; }, list, [&](int n) { *astray = n; });
}
__global__ void __launch_bounds__(32) list_active(const int* count, int experts, int* with_rows) {
  const int n = active([&](int e) { return float(count[e]); }, experts, [&](int at, int e) { with_rows[1 + at] = e; });
  if (threadIdx.x == 0) with_rows[0] = n;
}
// collect_rows: selection s is row s / k; the lists of all experts together are `total` rows, known from the last of them.
__global__ void __launch_bounds__(128) collect_rows(const float* x, const float* list, const int* count, const int* offset, float* to,
                                                    int experts, int k, int width) {
  const Group last = group_of(count, offset, experts - 1);
  if (int(blockIdx.x) >= last.first + last.rows) return;
  const int from = int(list[blockIdx.x]) / k;
  for (int i = threadIdx.x; i < width; i += 128) to[blockIdx.x * width + i] = x[from * width + i];
}
struct StoreAt {
  float* c;
  int width;
  __device__ void operator()(int row, int col, float value) const { c[row * width + col] = value; }
};
// Scatter puts a row of an expert where its selection stands.
struct Scatter {
  const float *list, *weight;
  float* c;
  int width;
  __device__ void operator()(int row, int col, float value) const {
    const int s = int(list[row]);
    c[s * width + col] = value * weight[s];
  }
};
__global__ void __launch_bounds__(64) expert_exact(const float* x, const float* w, const int* count, const int* offset, float* to, int n,
                                                   int k) {
  const Group g = group_of(count, offset, blockIdx.z);
  if (int(blockIdx.y) * 32 >= g.rows) return;
  product_exact<32, 32, 16, 4, 4>(Close<float>{x + long(g.first) * k, k}, Close<float>{w + long(blockIdx.z) * n * k, k}, g.rows, n, k,
                                  Once{}, blockIdx.y * 32, blockIdx.x * 32, StoreAt{to + long(g.first) * n, n});
}
__global__ void __launch_bounds__(product_threads) expert_rounding(const float* x, const bf16* w, const float* list, const float* weight,
                                                                   const int* count, const int* offset, float* to, int n, int k) {
  const Group g = group_of(count, offset, blockIdx.z);
  if (int(blockIdx.y) * 32 >= g.rows) return;
  product_tile<32, 32, 16, 2>(Close<float>{x + long(g.first) * k, k}, Close<bf16>{w + long(blockIdx.z) * n * k, k}, g.rows, n, k,
                              blockIdx.y * 32, blockIdx.x * 32, Scatter{list + g.first, weight, to, n});
}
