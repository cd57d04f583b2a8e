// lanes.cuh: how tiles lie in shared memory for the tensor cores, and which lane reads what of them.
#pragma once
#include "ptx.cuh"

// Rows in shared memory are longer by 16 bytes than their data: then the eight rows that one ldmatrix phase reads lie in
// eight different groups of four banks.
template <class T> constexpr int pad = int(16 / sizeof(T));

// lane_rows and lane_cols are where a lane's address points in a 16x16 tile that ldmatrix_x4 reads as an A fragment: the
// upper and lower eight rows of the left half, then of the right half. With .trans the same addresses over V [key][value]
// give two B fragments, keys 0-7 and 8-15 of values 0-7, then of 8-15.
DEVICE int lane_row(int lane) { return lane & 15; }
DEVICE int lane_col(int lane) { return (lane >> 4) * 8; }
// For B stored as rows of k (B[n][k]): columns 0-7 at both halves of k, then columns 8-15.
DEVICE int lane_row_b(int lane) { return (lane & 7) + (lane >> 4) * 8; }
DEVICE int lane_col_b(int lane) { return (lane >> 3 & 1) * 8; }
