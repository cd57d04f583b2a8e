// product_exact.cuh: C[m][n] = sum over k of A[m][k] B[n][k] in f32, each element one chain of fused multiply-adds in rising
// k: what f32 weights and products of two activations ask for. No tensor core has f32, and tf32 is not it.
//
// A block makes BM x BN, a thread TM x TN of it in registers. While a step of BK is multiplied, the next one is on its way to
// registers; tiles lie in shared memory along the rows, so that a thread reads four rows at once.
//   FLOPs: 2 M N K.  Bytes from memory: 4 (M K ceil(N/BN) + N K ceil(M/BM)) without the cache's help.
//   Shared memory: product_exact_shared<BM, BN, BK>.
#pragma once
#include "matrix.cuh"

template <int BM, int BN, int BK>
constexpr size_t product_exact_shared = size_t(2) * BK * (BM + BN + 8) * sizeof(float);
template <int BM, int BN, int TM, int TN> constexpr int product_exact_threads = BM / TM * (BN / TN);

// Panel is a thread's share of ROWS x BK of a matrix on its way from memory to a tile, which has [k][row]: N numbers.
// take reads them, with zeros outside; put writes them. For Close four of them lie along k, for Across along the rows.
template <int ROWS, int BK, int THREADS, class M> struct Panel;

DEVICE void four(float (&v)[4], const float* p, int left, bool inside) {
  if (inside && left >= 4) {
    const float4 x = *reinterpret_cast<const float4*>(p);
    v[0] = x.x, v[1] = x.y, v[2] = x.z, v[3] = x.w;
  } else {
#pragma unroll
    for (int i = 0; i < 4; i++) v[i] = inside && i < left ? p[i] : 0.f;
  }
}

template <int ROWS, int BK, int THREADS> struct Panel<ROWS, BK, THREADS, Close<float>> {
  static constexpr int N = ROWS * BK / 4 / THREADS;
  static_assert(N * 4 * THREADS == ROWS * BK && BK % 4 == 0, "each thread has as many numbers");
  float held[N][4];
  __device__ __forceinline__ void take(const Close<float>& m, int row, int rows, int col, int cols) {
#pragma unroll
    for (int i = 0; i < N; i++) {
      const int at = threadIdx.x + i * THREADS, r = row + at / (BK / 4), c = col + at % (BK / 4) * 4;
      four(held[i], m.data + r * m.stride + c, cols - c, r < rows);
    }
  }
  __device__ __forceinline__ void put(float* tile) const {
#pragma unroll
    for (int i = 0; i < N; i++) {
      const int at = threadIdx.x + i * THREADS, r = at / (BK / 4), c = at % (BK / 4) * 4;
#pragma unroll
      for (int j = 0; j < 4; j++) tile[(c + j) * (ROWS + 4) + r] = held[i][j];
    }
  }
};

template <int ROWS, int BK, int THREADS> struct Panel<ROWS, BK, THREADS, Across<float>> {
  static constexpr int N = ROWS * BK / 4 / THREADS;
  static_assert(N * 4 * THREADS == ROWS * BK && ROWS % 4 == 0, "each thread has as many numbers");
  float held[N][4];
  __device__ __forceinline__ void take(const Across<float>& m, int row, int rows, int col, int cols) {
#pragma unroll
    for (int i = 0; i < N; i++) {
      const int at = threadIdx.x + i * THREADS, c = col + at / (ROWS / 4), r = row + at % (ROWS / 4) * 4;
      four(held[i], m.data + c * m.stride + r, rows - r, c < cols);
    }
  }
  __device__ __forceinline__ void put(float* tile) const {
#pragma unroll
    for (int i = 0; i < N; i++) {
      const int at = threadIdx.x + i * THREADS, c = at / (ROWS / 4), r = at % (ROWS / 4) * 4;
      *reinterpret_cast<float4*>(tile + c * (ROWS + 4) + r) = float4{held[i][0], held[i][1], held[i][2], held[i][3]};
    }
  }
};

template <int ROWS, int BK, int THREADS> struct Panel<ROWS, BK, THREADS, Loose<float>> {
  static constexpr int N = ROWS * BK / THREADS;
  static_assert(N * THREADS == ROWS * BK, "each thread has as many numbers");
  float held[N];
  __device__ __forceinline__ void take(const Loose<float>& m, int row, int rows, int col, int cols) {
#pragma unroll
    for (int i = 0; i < N; i++) {
      const int at = threadIdx.x + i * THREADS, r = row + at / BK, c = col + at % BK;
      held[i] = r < rows && c < cols ? m.data[r * m.row + c * m.col] : 0.f;
    }
  }
  __device__ __forceinline__ void put(float* tile) const {
#pragma unroll
    for (int i = 0; i < N; i++) {
      const int at = threadIdx.x + i * THREADS;
      tile[at % BK * (ROWS + 4) + at / BK] = held[i];
    }
  }
};

// Terms says which further axes are summed over, outside of k: run i reads a and b at a(i) and b(i) elements further. Once
// is none.
struct Once {
  __device__ int count() const { return 1; }
  __device__ long a(int) const { return 0; }
  __device__ long b(int) const { return 0; }
};

// TermsOf is some made of two functions.
template <class A, class B> struct TermsOf {
  int n;
  A shift_a;
  B shift_b;
  __device__ __forceinline__ int count() const { return n; }
  __device__ __forceinline__ long a(int i) const { return shift_a(i); }
  __device__ __forceinline__ long b(int i) const { return shift_b(i); }
};
template <class A, class B> DEVICE TermsOf<A, B> terms_of(int n, A a, B b) { return {n, a, b}; }

// Epilogue and (row0, col0) as in product.cuh. a and b are Close, Across or Loose, of floats; the shifts of Terms keep their
// alignment.
template <int BM, int BN, int BK, int TM, int TN, class A, class B, class Terms, class Epilogue>
DEVICE void product_exact(const A& a, const B& b, int m, int n, int k, Terms terms, int row0, int col0,
                          Epilogue epilogue) {
  constexpr int THREADS = product_exact_threads<BM, BN, TM, TN>, LDA = BM + 4, LDB = BN + 4, STAGE = BK * (LDA + LDB);
  static_assert(TM % 4 == 0 && TN % 4 == 0, "a thread reads four rows at once");
  SHARED_MEMORY(float, memory);
  // A thread's rows stand in groups of four, a group for each quarter, or half, of the tile: neighbours read side by side.
  const int x = threadIdx.x % (BN / TN) * 4, y = threadIdx.x / (BN / TN) * 4;
  const int steps = (k + BK - 1) / BK, all = steps * terms.count();

  Panel<BM, BK, THREADS, A> pa;
  Panel<BN, BK, THREADS, B> pb;
  auto take = [&](int step) {
    A ma = a;
    B mb = b;
    ma.data += terms.a(step / steps), mb.data += terms.b(step / steps);
    pa.take(ma, row0, m, step % steps * BK, k);
    pb.take(mb, col0, n, step % steps * BK, k);
  };
  float sum[TM][TN] = {};
  if (all > 0) take(0);
  for (int step = 0; step < all; step++) {
    // Two stages: whoever still multiplies the step before reads the other one.
    float* ta = memory + (step & 1) * STAGE;
    float* tb = ta + BK * LDA;
    pa.put(ta);
    pb.put(tb);
    block_sync();
    if (step + 1 < all) take(step + 1);
#pragma unroll
    for (int kk = 0; kk < BK; kk++) {
      float va[TM], vb[TN];
#pragma unroll
      for (int i = 0; i < TM; i += 4) {
        const float4 v = *reinterpret_cast<const float4*>(ta + kk * LDA + y + i * (BM / TM));
        va[i] = v.x, va[i + 1] = v.y, va[i + 2] = v.z, va[i + 3] = v.w;
      }
#pragma unroll
      for (int j = 0; j < TN; j += 4) {
        const float4 v = *reinterpret_cast<const float4*>(tb + kk * LDB + x + j * (BN / TN));
        vb[j] = v.x, vb[j + 1] = v.y, vb[j + 2] = v.z, vb[j + 3] = v.w;
      }
#pragma unroll
      for (int i = 0; i < TM; i++)
#pragma unroll
        for (int j = 0; j < TN; j++) sum[i][j] = fmaf(va[i], vb[j], sum[i][j]);
    }
  }

#pragma unroll
  for (int i = 0; i < TM; i++)
#pragma unroll
    for (int j = 0; j < TN; j++) {
      const int row = row0 + y + i / 4 * 4 * (BM / TM) + i % 4, col = col0 + x + j / 4 * 4 * (BN / TN) + j % 4;
      if (row < m && col < n) epilogue(row, col, sum[i][j]);
    }
}
