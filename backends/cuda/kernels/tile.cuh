// tile.cuh: moving tiles of a matrix into shared memory.
#pragma once
#include "matrix.cuh"

// Rows in shared memory are longer by 16 bytes than their data: then the eight rows that one ldmatrix phase reads lie in
// eight different groups of four banks.
template <class T> constexpr int pad = int(16 / sizeof(T));

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

// lane_rows and lane_cols are where a lane's address points in a 16x16 tile that ldmatrix_x4 reads as an A fragment: the
// upper and lower eight rows of the left half, then of the right half. With .trans the same addresses over V [key][value]
// give two B fragments, keys 0-7 and 8-15 of values 0-7, then of 8-15.
DEVICE int lane_row(int lane) { return lane & 15; }
DEVICE int lane_col(int lane) { return (lane >> 4) * 8; }
// For B stored as rows of k (B[n][k]): columns 0-7 at both halves of k, then columns 8-15.
DEVICE int lane_row_b(int lane) { return (lane & 7) + (lane >> 4) * 8; }
DEVICE int lane_col_b(int lane) { return (lane >> 3 & 1) * 8; }
