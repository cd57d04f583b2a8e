// weights.cuh: stored weights as a kernel reads them, 16 bytes at a time, each format with its own way of becoming f32.
//
// Each has: chunk, the numbers of 16 bytes; load(row, k), the chunk of W[row] that begins at k, a multiple of it; widen, its
// numbers; at(row, k), one number. Rows begin at 16-byte addresses: stride, in bytes or elements of `data`, keeps them there.
// Formats with scales also say which of several matrices of `rows` rows, one behind another, is read: matrix(i, rows); and
// how a host lays one out: the types of codes and scales, and how many a row of k numbers has.
#pragma once
#include "functions.cuh"


// Stored is weights as they are: f32 or bf16.
template <class T> struct Stored {
  static constexpr int chunk = 16 / int(sizeof(T));
  const T* data;
  long stride;
  __device__ __forceinline__ uint4 load(int row, int k) const { return load_16(data + row * stride + k); }
  __device__ __forceinline__ void widen(uint4 c, int, int, float (&x)[8]) const {
    x[0] = low_bf16(c.x), x[1] = high_bf16(c.x), x[2] = low_bf16(c.y), x[3] = high_bf16(c.y);
    x[4] = low_bf16(c.z), x[5] = high_bf16(c.z), x[6] = low_bf16(c.w), x[7] = high_bf16(c.w);
  }
  __device__ __forceinline__ void widen(uint4 c, int, int, float (&x)[4]) const {
    x[0] = float_of_bits(c.x), x[1] = float_of_bits(c.y), x[2] = float_of_bits(c.z), x[3] = float_of_bits(c.w);
  }
  __device__ __forceinline__ float at(int row, int k) const { return float_of(data[row * stride + k]); }
};

// small_float gives a byte as f32: 2^23 + b has b as its last bits, and the subtraction is exact.
DEVICE float small_float(uint32_t byte) { return float_of_bits(0x4b000000u | byte) - 0x1p23f; }
DEVICE uint32_t word(uint4 c, int i) { return i == 0 ? c.x : i == 1 ? c.y : i == 2 ? c.z : c.w; }

// Scales are one number for ROWS x COLS weights: W[n][k] = scale[n / ROWS][k / COLS] q[n][k]. A chunk has one scale, so COLS
// is a multiple of it. ROWS is 1 where each row has scales of its own; DeepSeek-V3's fp8 has 128 x 128 (technical report, 3.3.2).
template <int ROWS, int COLS, class T = float> struct Scales {
  using element = T;
  static constexpr int rows = ROWS, cols = COLS;
  const T* data;
  long stride;
  __device__ __forceinline__ float operator()(int row, int k) const { return float_of(data[row / ROWS * stride + k / COLS]); }
  __host__ __device__ __forceinline__ Scales matrix(long i, long rows) const {
    return {data + i * ((rows + ROWS - 1) / ROWS) * stride, stride};
  }
};

// Int8 is q in -128 to 127.
template <int ROWS, int COLS> struct Int8 {
  using element = int8_t;
  using scale = Scales<ROWS, COLS>;
  static constexpr int chunk = 16;
  static_assert(COLS % chunk == 0, "a chunk has one scale");
  const int8_t* data;
  long stride;
  scale scales;
  static constexpr long length(long k) { return (k + 15) / 16 * 16; }
  __host__ __device__ __forceinline__ Int8 matrix(long i, long rows) const {
    return {data + i * rows * stride, stride, scales.matrix(i, rows)};
  }
  __device__ __forceinline__ uint4 load(int row, int k) const { return load_16(data + row * stride + k); }
  __device__ __forceinline__ void widen(uint4 c, int row, int k, float (&x)[16]) const {
    const float scale = scales(row, k);
#pragma unroll
    for (int i = 0; i < 16; i++) x[i] = scale * (small_float((word(c, i / 4) ^ 0x80808080u) >> i % 4 * 8 & 0xff) - 128.f);
  }
  __device__ __forceinline__ float at(int row, int k) const { return scales(row, k) * float(data[row * stride + k]); }
};

// Int4 is q in -8 to 7, stored as q + 8, the even k in the low half of a byte. stride counts bytes.
template <int ROWS, int COLS, class T = float> struct Int4 {
  using element = uint8_t;
  using scale = Scales<ROWS, COLS, T>;
  static constexpr int chunk = 32;
  static_assert(COLS % chunk == 0, "a chunk has one scale");
  const uint8_t* data;
  long stride;
  scale scales;
  static constexpr long length(long k) { return (k + 31) / 32 * 16; }
  __host__ __device__ __forceinline__ Int4 matrix(long i, long rows) const {
    return {data + i * rows * stride, stride, scales.matrix(i, rows)};
  }
  __device__ __forceinline__ uint4 load(int row, int k) const { return load_16(data + row * stride + k / 2); }
  __device__ __forceinline__ void widen(uint4 c, int row, int k, float (&x)[32]) const {
    const float scale = scales(row, k);
#pragma unroll
    for (int i = 0; i < 32; i++) x[i] = scale * (small_float(word(c, i / 8) >> i % 8 * 4 & 0xf) - 8.f);
  }
  __device__ __forceinline__ float at(int row, int k) const {
    return scales(row, k) * (float(data[row * stride + k / 2] >> k % 2 * 4 & 0xf) - 8.f);
  }
};

// float_of_e4m3 widens fp8 with 4 bits of exponent, bias 7, 3 of fraction, no infinity (Micikevicius et al., "FP8 Formats for
// Deep Learning", 2022): its fields, where those of f32 are, stand for 2^-120 of the number, below the normal ones too.
DEVICE float float_of_e4m3(uint32_t b) {
  const float x = float_of_bits((b & 0x80) << 24 | (b & 0x7f) << 20) * 0x1p120f;
  return (b & 0x7f) == 0x7f ? float_of_bits(0x7fc00000u) : x;
}

template <int ROWS, int COLS> struct Fp8 {
  using element = uint8_t;
  using scale = Scales<ROWS, COLS>;
  static constexpr int chunk = 16;
  static_assert(COLS % chunk == 0, "a chunk has one scale");
  const uint8_t* data;
  long stride;
  scale scales;
  static constexpr long length(long k) { return (k + 15) / 16 * 16; }
  __host__ __device__ __forceinline__ Fp8 matrix(long i, long rows) const {
    return {data + i * rows * stride, stride, scales.matrix(i, rows)};
  }
  __device__ __forceinline__ uint4 load(int row, int k) const { return load_16(data + row * stride + k); }
  __device__ __forceinline__ void widen(uint4 c, int row, int k, float (&x)[16]) const {
    const float scale = scales(row, k);
#pragma unroll
    for (int i = 0; i < 16; i++) x[i] = scale * float_of_e4m3(word(c, i / 4) >> i % 4 * 8 & 0xff);
  }
  __device__ __forceinline__ float at(int row, int k) const { return scales(row, k) * float_of_e4m3(data[row * stride + k]); }
};

// The formats of an engine's matrices (quantize.h makes them, spec/numerics.md says why these).
using int8_weights = Int8<1, 128>;
using int4_weights = Int4<1, 32, bf16>;
using fp8_weights = Fp8<128, 128>;
