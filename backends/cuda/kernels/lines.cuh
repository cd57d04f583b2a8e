// lines.cuh: bringing rows of keys or values into a tile in shared memory, wherever they lie and whatever they are made of.
#pragma once
#include "lanes.cuh"

// Lines is a run of rows: element (row, i) is data[row * row_step + i * step]. CHUNKS says that step is 1 and that rows
// begin at 16-byte addresses: then they come in chunks of 16 bytes.
template <class S, bool CHUNKS> struct Lines {
  const S* data;
  long row_step, step;
};

template <class A, class B> struct Alike { static constexpr bool value = false; };
template <class A> struct Alike<A, A> { static constexpr bool value = true; };

DEVICE void narrow(float& to, float x) { to = x; }
DEVICE void narrow(bf16& to, float x) { to = bf16_of(x); }

// fetch_lines starts to bring `cols` elements of rows `row` to row + ROWS into the first COLS columns of a tile whose rows
// are LD apart. What lies behind `rows` or `cols` becomes zero. All THREADS take part; the caller commits and waits, also
// where the numbers are rounded on their way and nothing is asynchronous.
template <class T, int ROWS, int COLS, int LD, int THREADS, class S, bool CHUNKS>
DEVICE void fetch_lines(T* tile, Lines<S, CHUNKS> from, int row, int rows, int cols) {
  constexpr int N = 16 / int(sizeof(T)), WIDE = COLS / N;
  static_assert(COLS % N == 0 && LD % N == 0, "rows of a tile are whole chunks of 16 bytes");
  if constexpr (CHUNKS && Alike<S, T>::value) {
#pragma unroll
    for (int i = threadIdx.x; i < ROWS * WIDE; i += THREADS) {
      const int r = i / WIDE, c = i % WIDE * N;
      const int left = row + r < rows ? cols - c : 0;
      const int bytes = left >= N ? 16 : left > 0 ? left * int(sizeof(T)) : 0;
      cp_async_16(tile + r * LD + c, bytes > 0 ? from.data + (row + r) * from.row_step + c : from.data, bytes);
    }
  } else if constexpr (CHUNKS && Alike<S, float>::value) {  // float to bf16, eight at a time
#pragma unroll
    for (int i = threadIdx.x; i < ROWS * WIDE; i += THREADS) {
      const int r = i / WIDE, c = i % WIDE * N;
      const int left = row + r < rows ? cols - c : 0;
      const S* p = from.data + (row + r) * from.row_step + c;
      uint4 out = {0, 0, 0, 0};
      if (left >= N) {
        const uint4 a = load_16(p), b = load_16(p + 4);
        out = {pack_bf16(float_of_bits(a.x), float_of_bits(a.y)), pack_bf16(float_of_bits(a.z), float_of_bits(a.w)),
               pack_bf16(float_of_bits(b.x), float_of_bits(b.y)), pack_bf16(float_of_bits(b.z), float_of_bits(b.w))};
      } else if (left > 0) {
        float x[8];
#pragma unroll
        for (int k = 0; k < 8; k++) x[k] = k < left ? p[k] : 0.f;
        out = {pack_bf16(x[0], x[1]), pack_bf16(x[2], x[3]), pack_bf16(x[4], x[5]), pack_bf16(x[6], x[7])};
      }
      share_16(tile + r * LD + c, out);
    }
  } else {
    for (int i = threadIdx.x; i < ROWS * COLS; i += THREADS) {
      const int r = i / COLS, c = i % COLS;
      const bool inside = row + r < rows && c < cols;
      narrow(tile[r * LD + c], inside ? float_of(from.data[(row + r) * from.row_step + c * from.step]) : 0.f);
    }
  }
}
