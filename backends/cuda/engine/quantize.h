// quantize.h: numbers of a checkpoint as the formats of kernels/weights.cuh hold them. A block has the scale
//   (its largest size) / (the format's largest number), rounded to the type of scales,
// and a number is the format's nearest to number / scale, ties to even. A block with a number that is not finite has a scale
// that is none: all of it becomes NaN, so that it is seen. A block of zeros, or of sizes too small for a scale, is zeros.
#pragma once
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <vector>
#include "weights.cuh"

// Codes says how a number in units of its scale, from -most to most, becomes bits, and which code stands for 0.
template <class W> struct Codes;

template <int ROWS, int COLS> struct Codes<Int8<ROWS, COLS>> {
  static constexpr float most = 127.f;
  static constexpr int8_t zero = 0;
  static void put(int8_t* row, long k, float x) { row[k] = int8_t(std::nearbyint(x)); }
};

template <int ROWS, int COLS, class T> struct Codes<Int4<ROWS, COLS, T>> {
  static constexpr float most = 7.f;
  static constexpr uint8_t zero = 0x88;
  static void put(uint8_t* row, long k, float x) {
    const int at = k % 2 ? 4 : 0;
    row[k / 2] = uint8_t((row[k / 2] & ~(15 << at)) | (int(std::nearbyint(x)) + 8) << at);
  }
};

// e4m3_of narrows a number of at most 448. Below 2^-6 fp8 has steps of 2^-9; above, three bits of fraction.
inline uint8_t e4m3_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  const uint32_t sign = bits >> 24 & 0x80, size = bits & 0x7fffffff;
  if (size < 0x3c800000) return uint8_t(sign | uint32_t(std::nearbyint(std::fabs(x) * 512.f)));
  return uint8_t(sign | (((size + 0x7ffff + (size >> 20 & 1)) >> 20) - (120 << 3)));
}

template <int ROWS, int COLS> struct Codes<Fp8<ROWS, COLS>> {
  static constexpr float most = 448.f;
  static constexpr uint8_t zero = 0;
  static void put(uint8_t* row, long k, float x) { row[k] = e4m3_of(x); }
};

inline float narrowed_scale(float x, float) { return x; }
inline bf16 narrowed_scale(float x, bf16) {  // to nearest, ties to even
  uint32_t b;
  memcpy(&b, &x, 4);
  return bf16{uint16_t(x != x ? 0x7fff : (b + 0x7fff + (b >> 16 & 1)) >> 16)};
}
inline float widened_scale(float x) { return x; }
inline float widened_scale(bf16 x) {
  const uint32_t b = uint32_t(x.bits) << 16;
  float y;
  memcpy(&y, &b, 4);
  return y;
}

// quantize gives the codes and the scales of `rows` rows of k numbers, which begin where a block does. Codes behind the end
// of a row are zeros.
template <class W, class T>
void quantize(const W&, const float* x, long rows, long k, std::vector<T>* codes, std::vector<typename W::scale::element>* scales) {
  using Block = typename W::scale;
  const long length = W::length(k), across = (k + Block::cols - 1) / Block::cols;
  codes->assign(size_t(rows * length), Codes<W>::zero);
  scales->clear();
  for (long top = 0; top < rows; top += Block::rows)
    for (long left = 0; left < across * Block::cols; left += Block::cols) {
      const long bottom = std::min(rows, top + Block::rows), right = std::min(k, left + Block::cols);
      float largest = 0.f;
      bool finite = true;
      for (long r = top; r < bottom; r++)
        for (long c = left; c < right; c++) {
          const float size = std::fabs(x[r * k + c]);
          finite &= size <= FLT_MAX;
          if (size > largest) largest = size;
        }
      const auto stored = narrowed_scale(finite ? largest / Codes<W>::most : NAN, typename Block::element());
      scales->push_back(stored);
      const float scale = widened_scale(stored);
      if (!(scale > 0.f)) continue;
      for (long r = top; r < bottom; r++)
        for (long c = left; c < right; c++) {
          const float y = x[r * k + c] / scale;
          Codes<W>::put(codes->data() + r * length, c, std::fmax(-Codes<W>::most, std::fmin(Codes<W>::most, y)));
        }
    }
}
