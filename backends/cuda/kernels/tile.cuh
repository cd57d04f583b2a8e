// tile.cuh: moving tiles of a matrix into shared memory.
#pragma once
#include "lanes.cuh"
#include "matrix.cuh"

// fetch_tile starts copying ROWS x COLS elements from (row, col) of a matrix of `rows` x `cols`, whose rows lie `stride`
// elements apart. What lies outside of the matrix becomes zero. Rows begin at 16-byte addresses; `col` is a multiple of 16
// bytes. All THREADS of the block take part; the caller commits. Rows of the tile are LD elements apart.
template <class T, int ROWS, int COLS, int THREADS, int LD = COLS + pad<T>>
DEVICE void fetch_tile(T* tile, const T* matrix, long stride, int row, int rows, int col, int cols) {
  constexpr int N = 16 / int(sizeof(T)), CHUNKS = COLS / N;
  static_assert(COLS % N == 0 && LD % N == 0, "rows of a tile are whole chunks of 16 bytes");
#pragma unroll
  for (int i = threadIdx.x; i < ROWS * CHUNKS; i += THREADS) {
    const int r = i / CHUNKS, c = i % CHUNKS * N;
    const int left = row + r < rows ? cols - (col + c) : 0;
    const int bytes = left >= N ? 16 : left > 0 ? left * int(sizeof(T)) : 0;
    // Nothing is read where nothing is left, but the address is still one of the matrix.
    const T* from = bytes > 0 ? matrix + (row + r) * stride + col + c : matrix;
    cp_async_16(tile + r * LD + c, from, bytes);
  }
}
template <class T, int ROWS, int COLS, int THREADS, int LD>
DEVICE void fetch_rows(T* tile, const Close<T>& m, int row, int rows, int col, int cols) {
  fetch_tile<T, ROWS, COLS, THREADS, LD>(tile, m.data, m.stride, row, rows, col, cols);
}
// Where strides are free the elements are copied one by one, and are there when the caller's next barrier opens.
template <class T, int ROWS, int COLS, int THREADS, int LD>
DEVICE void fetch_rows(T* tile, const Loose<T>& m, int row, int rows, int col, int cols) {
#pragma unroll
  for (int i = threadIdx.x; i < ROWS * COLS; i += THREADS) {
    const int r = i / COLS, c = i % COLS;
    tile[r * LD + c] = row + r < rows && col + c < cols ? m.data[(row + r) * m.row + (col + c) * m.col] : T{};
  }
}
