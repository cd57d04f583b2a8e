// matrix.cuh: how the elements of a matrix lie in memory.
#pragma once
#include "ptx.cuh"

// Close is a matrix whose rows are contiguous and begin at 16-byte addresses; its elements along k stand side by side.
// Across is one whose columns do, at the same addresses: element (row, k) stands at k * stride + row. Loose has any strides.
template <class T> struct Close {
  using element = T;
  const T* data;
  long stride;
};
template <class T> struct Across {
  using element = T;
  const T* data;
  long stride;
};
template <class T> struct Loose {
  using element = T;
  const T* data;
  long row, col;
};
