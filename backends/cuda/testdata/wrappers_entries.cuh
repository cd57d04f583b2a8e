// Every wrapper that the kernels leave out, or use for values that hide its last bits: one warp or two, one answer a thread.
__global__ void convert(const uint32_t* bits, uint32_t* narrowed, float* widened) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  const float f = float_of_bits(bits[i]);
  narrowed[2 * i] = pack_bf16(f, -f);
  narrowed[2 * i + 1] = pack_f16(f, -f);
  widened[2 * i] = float_of(bf16{uint16_t(bits[i] >> 16)});
  widened[2 * i + 1] = float_of_f16(uint16_t(bits[i] >> 16));
}
__global__ void functions(const float* x, float* y) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  float* out = y + 8 * i;
  const float values[8] = {ex2(x[i]),         lg2(fabsf(x[i])), rcp(x[i]),     rsq(fabsf(x[i])),
                           tanh_coarse(x[i]), tanh_of(x[i]),    sigmoid(x[i]), exp_of(x[i])};
  for (int half = 0; half < 2; half++) {
    const float* v = values + 4 * half;
    store_16(out + 4 * half, uint4{bits_of_float(v[0]), bits_of_float(v[1]), bits_of_float(v[2]), bits_of_float(v[3])});
  }
}
// exchange: the first warp of a pair hands numbers to the second past a barrier that a third warp does not meet.
__global__ void exchange(const float* x, float* y) {
  SHARED_MEMORY(float, box);
  const int i = threadIdx.x, lane = i & 31;
  if (i < 32) box[lane] = lane_xor(x[i], 5);
  if (i < 64) part_sync(1, 64);
  y[i] = i < 32 ? lane_get(x[i], 31 - lane) : i < 64 ? box[31 - lane] : x[i];
}
