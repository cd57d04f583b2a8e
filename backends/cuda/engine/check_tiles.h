// check_tiles.h: the tiles of kernels/ against plain loops in double precision, at the sizes that shapes.h lists.
#pragma once
#include "check.h"
#include "kernels/attend.cuh"
#include "kernels/attend_few.cuh"
#include "kernels/product.cuh"
#include "kernels/product_exact.cuh"
#include "kernels/stream.cuh"
#include "kernels/topk.cuh"

// --- products: C[m][n] = the sum over k of A[m][k] B[n][k] ---

template <int BM, int BN, int BK, int STAGES>
__global__ void __launch_bounds__(product_threads)
tensor_kernel(const float* a, const bf16* b, float* c, int m, int n, int k, long ld) {
  const long down = (m + BM - 1) / BM, across = (n + BN - 1) / BN;
  for (long item = blockIdx.x; item < down * across; item += gridDim.x) {
    block_sync();
    product_tile<BM, BN, BK, STAGES>(Close<float>{a, ld}, Close<bf16>{b, ld}, m, n, k, int(item % down) * BM, int(item / down) * BN,
                                     [&](int row, int col, float sum) { c[long(row) * n + col] = sum; });
  }
}
template <int BM, int BN, int BK, int TM, int TN>
__global__ void __launch_bounds__(product_exact_threads<BM, BN, TM, TN>)
exact_kernel(const float* a, const float* b, float* c, int m, int n, int k, long ld) {
  const long down = (m + BM - 1) / BM, across = (n + BN - 1) / BN;
  for (long item = blockIdx.x; item < down * across; item += gridDim.x) {
    block_sync();
    product_exact<BM, BN, BK, TM, TN>(Close<float>{a, ld}, Close<float>{b, ld}, m, n, k, Once{}, int(item % down) * BM,
                                      int(item / down) * BN, [&](int row, int col, float sum) { c[long(row) * n + col] = sum; });
  }
}
// C is how many sums an element has: sum c is of row e + c.
template <int ROWS, int C, class T>
__global__ void __launch_bounds__(stream_threads)
stream_kernel(const float* x, const T* w, float* y, int rows, int n, int k, long ld) {
  Stored<T> weights[C];
  for (int c = 0; c < C; c++) weights[c] = {w, ld};
  auto place = [&](int c, int e) { return (e + c) % n; };
  stream<ROWS, stream_elements<ROWS, C>, C>(weights, place, n, rows, k, stream_part<ROWS>(k),
      StridedRows{x, ld, 1}, [&](int m, int e, const float (&sum)[C]) {
        for (int c = 0; c < C; c++) y[(long(m) * n + e) * C + c] = sum[c];
      }, int(blockIdx.x), int(gridDim.x));
}

// products holds some elements of C to the loops, all of them where that is no great work. A sum of k products, each rounded
// once, is within k roundings, and those of the lanes that meet, of the sum of their sizes. A is narrow where it is rounded.
template <class T, class Start> void products(const std::string& what, int m, int n, int k, int sums, bool narrow, Start run) {
  const long lda = (k + 7) / 8 * 8;
  Array<float> a(m * lda), c(long(m) * n * sums);
  Array<T> b(n * lda);
  a.draw("a", narrow), b.draw("b", false);
  run(a.device, b.device, c.device, lda);
  c.take();
  const long all = long(m) * n * sums, every = 1 + all * k / (1L << 26);
  std::vector<double> want, bound;
  for (long i = 0; i < all; i += every) {
    const long row = i / sums / n, col = (i / sums % n + i % sums) % n;
    double sum = 0, size = 0;
    for (long j = 0; j < k; j++) {
      const double x = value(a[row * lda + j]) * value(b[col * lda + j]);
      sum += x, size += std::fabs(x);
    }
    want.push_back(sum), bound.push_back((k + 8) * 0x1p-24 * size + FLT_MIN);
  }
  compare(text("%s, m = %d, n = %d, k = %d", what.c_str(), m, n, k), long(want.size()), [&](long i) { return c[i * every]; },
          [&](long i) { return want[size_t(i)]; }, [&](long i) { return bound[size_t(i)]; });
}
template <int BM, int BN, int BK, int STAGES> void check_tensor(int n, int k) {
  const int m = 2 * BM + 3;
  products<bf16>("tiles of tensor cores", m, n, k, 1, true, [&](const float* a, const bf16* b, float* c, long ld) {
    const Grid grid = groups(3 * ((n + BN - 1) / BN), product_threads, product_shared<BM, BN, BK, STAGES, float>);
    start(tensor_kernel<BM, BN, BK, STAGES>, grid, a, b, c, m, n, k, ld);
  });
}
template <int BM, int BN, int BK, int TM, int TN> void check_exact(int n, int k) {
  const int m = 2 * BM + 3;
  products<float>("tiles in float", m, n, k, 1, false, [&](const float* a, const float* b, float* c, long ld) {
    constexpr int threads = product_exact_threads<BM, BN, TM, TN>;
    const Grid grid = groups(3 * ((n + BN - 1) / BN), threads, product_exact_shared<BM, BN, BK>);
    start(exact_kernel<BM, BN, BK, TM, TN>, grid, a, b, c, m, n, k, ld);
  });
}
template <class T, int ROWS, int C> void check_stream(int n, int k) {
  const int m = ROWS == 1 ? 1 : ROWS - 3;
  products<T>(text("streamed weights, %d sums", C), m, n, k, C, false, [&](const float* a, const T* b, float* c, long ld) {
    const Grid grid = groups(stream_blocks<ROWS, C>(n), stream_threads, stream_shared<ROWS>(stream_part<ROWS>(k)));
    start(stream_kernel<ROWS, C, T>, grid, a, b, c, m, n, k, ld);
  });
}

// --- attention: causal softmax over keys that all lanes share ---

template <class S, int VALUE> struct Sides {
  template <class N> struct Place { int over; N lane; };
  static constexpr int value_column = VALUE;
  const float *q, *k, *v;
  float* out;
  int overs, lanes, keys;
  template <class N> __device__ Place<N> place(int over, N lane) const { return {over, lane}; }
  __device__ float query(const Place<int>& at, int i) const { return q[(long(at.over) * lanes + at.lane) * S::COLUMNS + i]; }
  template <class X> __device__ void fetch_keys(typename X::T* tile, const Place<int>& at, int first) const {
    const Lines<float, true> from{k + long(at.over) * keys * S::COLUMNS, S::COLUMNS, 1};
    fetch_lines<typename X::T, X::KEYS, S::COLUMNS, X::LD, attend_threads>(tile, from, first, keys, S::COLUMNS);
  }
  template <class X> __device__ void fetch_values(typename X::T* tile, const Place<int>& at, int first) const {
    const Lines<float, true> from{v + long(at.over) * keys * S::VALUES, S::VALUES, 1};
    fetch_lines<typename X::T, X::KEYS, S::VALUES, X::LDV, attend_threads>(tile, from, first, keys, S::VALUES);
  }
  __device__ void store(const Place<int>& at, int i, float x) const {
    out[(long(at.over) * lanes + at.lane) * S::VALUES + i] = x;
  }
};
struct Score {
  float factor;
  int sums;
  template <class P> __device__ float operator()(const float* dots, const P&, int) const {
    float all = 0.f;
    for (int d = 0; d < sums; d++) all += dots[d];
    return all * factor;
  }
};
struct Causal {
  static constexpr bool everywhere = true;
  int past;
  template <class P> __device__ int first(const P&) const { return 0; }
  template <class P> __device__ int end(const P& at) const { return past + at.lane + 1; }
};

template <class S, int VALUE>
__global__ void __launch_bounds__(attend_threads) tile_kernel(Sides<S, VALUE> sides, Score score, Causal mask) {
  attend_tile<S>(sides, score, mask, Softmax{});
}
template <class S, int VALUE>
__global__ void __launch_bounds__(attend_threads)
few_kernel(Sides<S, VALUE> sides, Score score, Causal mask, float* room, int parts) {
  attend_few<S>(sides, score, mask, Softmax{}, Parts{room, parts});
}
template <class S, int VALUE>
__global__ void __launch_bounds__(attend_threads) merge_kernel(Sides<S, VALUE> sides, float* room, int parts) {
  attend_merge<S>(sides, Softmax{}, Parts{room, parts});
}

// attention compares with what `run` computes. Weights that are rounded to bf16, or that an error of the score makes larger,
// are that much off.
template <class S, int VALUE, class Start> void attention(const char* what, int lanes, int keys, Start run) {
  constexpr int D = S::COLUMNS, DV = S::VALUES, overs = 2;
  Array<float> q(overs * lanes * D), k(overs * keys * D), v(overs * keys * DV), out(overs * lanes * DV);
  q.draw("q"), k.draw("k"), v.draw("v");
  const Score score{16.f / D, S::SUMS};
  run(Sides<S, VALUE>{q.device, k.device, v.device, out.device, overs, lanes, keys}, score, Causal{keys - lanes});
  out.take();
  std::vector<double> want, size;
  for (int lane = 0; lane < overs * lanes; lane++) {
    const int sees = keys - lanes + lane % lanes + 1;
    const long key0 = long(lane / lanes) * keys;
    std::vector<double> weight(size_t(sees), 0.);
    double total = 0;
    for (int j = 0; j < sees; j++) {
      double dot = 0;
      for (int i = 0; i < D; i++) dot += double(q[long(lane) * D + i]) * k[(key0 + j) * D + i];
      total += weight[size_t(j)] = std::exp(dot * score.factor);
    }
    for (int i = 0; i < DV; i++) {
      double sum = 0, sizes = 0;
      for (int j = 0; j < sees; j++) {
        const double x = weight[size_t(j)] / total * (VALUE < 0 ? v[(key0 + j) * DV + i] : k[(key0 + j) * D + VALUE + i]);
        sum += x, sizes += std::fabs(x);
      }
      want.push_back(sum), size.push_back(sizes);
    }
  }
  const double relative = sizeof(typename S::T) == 2 ? 0x1.1p-8 : 0x1p-17;
  compare(text("%s, %d lanes, %d keys of %d, values of %d", what, lanes, keys, D, DV), long(want.size()),
          [&](long i) { return out[i]; }, [&](long i) { return want[size_t(i)]; },
          [&](long i) { return relative * size[size_t(i)] + FLT_MIN; });
}
template <class S, int VALUE> void check_tile() {
  attention<S, VALUE>("attention of many lanes", 70, 150, [](Sides<S, VALUE> s, Score f, Causal m) {
    start(tile_kernel<S, VALUE>, groups(4, attend_threads, attend_shared<S>), s, f, m);
  });
}
template <class S, int VALUE> void check_few() {
  for (const int parts : {1, 3}) {
    const char* what = parts > 1 ? "attention of few lanes in parts" : "attention of few lanes";
    attention<S, VALUE>(what, 5, 150, [&](Sides<S, VALUE> s, Score f, Causal m) {
      Array<float> room(long(s.overs) * s.lanes * parts * part_width<S>);
      const Grid grid = groups(2 * parts, attend_threads, few_shared<S, Sides<S, VALUE>>);
      start(few_kernel<S, VALUE>, grid, s, f, m, room.device, parts);
      if (parts > 1) start(merge_kernel<S, VALUE>, groups(10, attend_threads), s, room.device, parts);
    });
  }
}

// --- selections: the numbers of the k largest, of equals the first first ---

__global__ void __launch_bounds__(32) topk_kernel(const float* x, float* numbers, int rows, int n, int k) {
  for (long row = blockIdx.x; row < rows; row += gridDim.x)
    topk([&](int i) { return x[row * n + i]; }, n, k, [&](int place, int i) { numbers[row * k + place] = float(i); });
}
inline void check_topk(int n, int k) {
  constexpr int rows = 5;
  Array<float> x(rows * n), numbers(rows * k);
  x.draw("x");
  start(topk_kernel, groups(rows, 32), x.device, numbers.device, rows, n, k);
  numbers.take();
  std::vector<double> want;
  for (int row = 0; row < rows; row++) {
    std::vector<int> order;
    for (int i = 0; i < n; i++) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return x[row * n + a] > x[row * n + b]; });
    want.insert(want.end(), order.begin(), order.begin() + k);
  }
  compare(text("the %d largest of %d", k, n), rows * k, [&](long i) { return numbers[i]; },
          [&](long i) { return want[size_t(i)]; }, [](long) { return 0.5; });
}
