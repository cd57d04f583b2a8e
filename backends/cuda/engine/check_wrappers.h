// check_wrappers.h: what ptx.cuh gives, against plain loops.
#pragma once
#include "check.h"
#include "kernels/lanes.cuh"
#include "kernels/reduce.cuh"

__global__ void functions_kernel(const float* x, float* y) {
  const float v = x[threadIdx.x], size = fabsf(v);
  float* out = y + 8 * threadIdx.x;
  out[0] = ex2(8.f * v), out[1] = lg2(size), out[2] = rcp(v), out[3] = rsq(size), out[4] = tanh_coarse(4.f * v);
  out[5] = float_of_bits(pack_bf16(v, 0.f) << 16), out[6] = float_of_f16(uint16_t(pack_f16(0.f, v) >> 16)), out[7] = 0.f;
}
__global__ void lanes_kernel(const float* x, float* y) {
  SHARED_MEMORY(float, room);
  const int i = threadIdx.x, lane = i & 31;
  y[i] = block_reduce(x[i], room, Add{});
  y[128 + i] = lane_xor(x[i], 5);
  y[256 + i] = lane_get(x[i], 31 - lane);
  y[384 + i] = float(bits_set(lane_vote(x[i] > 0.f)));
  cp_async_16(room + 4 * i, x + 4 * (i / 4), i % 4 * 4);
  cp_async_commit();
  cp_async_wait<0>();
  block_sync();
  const uint4 v = load_16(x + i / 4 * 4);
  store_16(y + 512 + i * 4, uint4{bits_of_float(room[508 - 4 * i]), v.y, v.z, v.w});
}
// A is 16 x 16; B^T, and B, are 16 x 16, of which eight columns are multiplied.
__global__ void mma_kernel(const bf16* a, const bf16* b, float* d) {
  SHARED_MEMORY(bf16, tile);
  const int lane = threadIdx.x;
  for (int i = lane; i < 256; i += 32) tile[i] = a[i], tile[256 + i] = b[i];
  warp_sync();
  uint32_t fa[4], rows[4], columns[4];
  ldmatrix_x4(fa, tile + lane_row(lane) * 16 + lane_col(lane));
  ldmatrix_x4(rows, tile + 256 + lane_row_b(lane) * 16 + lane_col_b(lane));
  ldmatrix_x4_trans(columns, tile + 256 + lane_row(lane) * 16 + lane_col(lane));
  float by_rows[4] = {}, by_columns[4] = {};
  mma_bf16(by_rows, fa, rows[0], rows[1]);
  mma_bf16(by_columns, fa, columns[0], columns[1]);
  for (int e = 0; e < 4; e++) {
    const int at = ((lane >> 2) + e / 2 * 8) * 8 + (lane & 3) * 2 + e % 2;
    d[at] = by_rows[e], d[128 + at] = by_columns[e];
  }
}
inline double rounded(double x, int bits) {  // to so many of a fraction
  int exponent;
  const double f = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(f, bits)), exponent - bits);
}
inline void check_wrappers() {
  Array<float> x(512), f(1024), y(1024), d(256);
  Array<bf16> a(256), b(256);
  for (long i = 0; i < 512; i++) x[i] = hashed(1, i) + (i % 2 ? 1.f : -1.f);
  x.give(), a.draw("a"), b.draw("b");
  start(functions_kernel, Grid{1, 128, 0}, x.device, f.device);
  f.take();
  compare("functions and conversions", 1024, [&](long i) { return f[i]; }, [&](long i) {
    const double v = x[i / 8], size = std::fabs(v);
    const double all[] = {std::exp2(8 * v), std::log2(size), 1 / v,          1 / std::sqrt(size),
                          std::tanh(4 * v), rounded(v, 8),   rounded(v, 11), 0};
    return all[i % 8];
  }, [&](long i) {  // what the manual promises, absolute for lg2
    const double v = x[i / 8], size = std::fabs(v), exact = FLT_MIN;
    const double all[] = {0x1p-22 * std::exp2(8 * v), 0x1p-21, 0x1p-23 / size, 0x1p-22 / std::sqrt(size),
                          0x1p-10, exact, exact, exact};
    return all[i % 8];
  });
  start(lanes_kernel, Grid{1, 128, 512 * sizeof(float)}, x.device, y.device);
  y.take();
  double sum = 0;
  for (long i = 0; i < 128; i++) sum += x[i];
  compare("lanes, barriers and copies", 1024, [&](long i) { return y[i]; }, [&](long i) -> double {
    const long n = i % 128, warp = n / 32 * 32;
    if (i < 128) return sum;
    if (i < 256) return x[n ^ 5];
    if (i < 384) return x[warp + 31 - n % 32];
    if (i < 512) {
      int yes = 0;
      for (long lane = 0; lane < 32; lane++) yes += x[warp + lane] > 0;
      return yes;
    }
    const long thread = (i - 512) / 4, other = 127 - thread;  // whose first number was copied, or is zero
    return i % 4 ? x[thread / 4 * 4 + i % 4] : other % 4 ? x[other / 4 * 4] : 0.f;
  }, [](long i) { return i < 128 ? 0x1p-14 : FLT_MIN; });
  start(mma_kernel, Grid{1, 32, 512 * sizeof(bf16)}, a.device, b.device, d.device);
  d.take();
  compare("products of a warp", 256, [&](long i) { return d[i]; }, [&](long i) {
    double dot = 0;
    for (long k = 0; k < 16; k++) dot += value(a[i % 128 / 8 * 16 + k]) * value(i < 128 ? b[i % 8 * 16 + k] : b[k * 16 + i % 8]);
    return dot;
  }, [](long) { return 0x1p-19; });
}
