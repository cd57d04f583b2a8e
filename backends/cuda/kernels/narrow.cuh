// narrow.cuh: rows of f32 as rows of bf16, for bulk copies, which bring memory as it is. A product that reads a row of A for
// every tile across then reads half the bytes, and nobody rounds them again.
//   Bytes: 4 M K read, 2 M K written.
#pragma once
#include "grid.cuh"
#include "matrix.cuh"

// eight takes the numbers of a row from column k on, zeros behind the end.
DEVICE void eight(float (&x)[8], const Loose<float>& a, long row, int k, int end) {
#pragma unroll
  for (int i = 0; i < 8; i++) x[i] = k + i < end ? a.data[row * a.row + (k + i) * a.col] : 0.f;
}
DEVICE void eight(float (&x)[8], const Close<float>& a, long row, int k, int end) {
  if (k + 8 > end) return eight(x, Loose<float>{a.data, a.stride, 1}, row, k, end);
#pragma unroll
  for (int i = 0; i < 8; i += 4) {
    const uint4 v = load_16(a.data + row * a.stride + k + i);
    x[i] = float_of_bits(v.x), x[i + 1] = float_of_bits(v.y), x[i + 2] = float_of_bits(v.z), x[i + 3] = float_of_bits(v.w);
  }
}

// narrow_rows rounds m rows of k numbers to nearest even. Rows of `to` are as long as the next multiple of 8, its end zeros.
template <class A> DEVICE void narrow_rows(const A& a, long m, int k, bf16* to) {
  const int chunks = (k + 7) / 8;
  for (long at = my_item(); at < m * chunks; at += all_items()) {
    float x[8];
    eight(x, a, at / chunks, int(at % chunks) * 8, k);
    store_16(to + at * 8, uint4{pack_bf16(x[0], x[1]), pack_bf16(x[2], x[3]), pack_bf16(x[4], x[5]), pack_bf16(x[6], x[7])});
  }
}
