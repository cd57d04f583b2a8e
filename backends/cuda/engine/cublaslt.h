// cublaslt.h: products of many rows by NVIDIA's cuBLASLt in the place of our kernels, for engines that are made with it
// (make CUBLASLT=1). bf16 in, sums and results f32, as ours. It knows no other epilogue than a store: what a model does with a
// product next is a kernel of its own in either case.
#pragma once
#include "launch.h"

#if defined(CUBLASLT)
#include <cublasLt.h>
#include <array>
#include <map>

class Multiplier {
 public:
  static constexpr bool there = true;
  Multiplier() = default;
  Multiplier(const Multiplier&) = delete;
  ~Multiplier() {
    forget();
    if (handle_) cublasLtDestroy(handle_);
    memory_delete(workspace_);
  }

  // multiply puts the sum over k of in[m][k] weights[n][k] into out[m][n], rows of each so many numbers apart. It gives null,
  // or what is wrong.
  const char* multiply(const void* in, const void* weights, float* out, long m, long n, long k, long in_row, long weights_row,
                       long out_row, Stream stream) {
    if (!handle_) {
      if (const char* wrong = said(cublasLtCreate(&handle_))) return wrong;
      if (const char* wrong = memory_new(&workspace_, workspace)) return wrong;
    }
    const Shape s{m, n, k, in_row, weights_row, out_row, aligned(in), aligned(weights), aligned(out)};
    if (plans_.size() >= most_plans && !plans_.count(s)) forget();  // prompts are of many lengths
    Plan& p = plans_[s];
    if (!p.ready)
      if (const char* wrong = plan(p, s)) return wrong;
    const float one = 1, none = 0;
    return said(cublasLtMatmul(handle_, p.product, &one, weights, p.a, in, p.b, &none, out, p.c, out, p.c, &p.way.algo, workspace_,
                               workspace, stream));
  }

 private:
  static constexpr size_t workspace = 32 << 20, most_plans = 256;

  void forget() {
    for (const auto& p : plans_) p.second.end();
    plans_.clear();
  }

  // Shape is what a plan is made for: m, n, k, the strides of rows, and how the first bytes are aligned.
  using Shape = std::array<long, 9>;
  // aligned is the largest power of two, up to 256, that an address is a multiple of.
  static long aligned(const void* p) {
    const uintptr_t at = reinterpret_cast<uintptr_t>(p) | 256;
    return long(at & (~at + 1));
  }

  struct Plan {
    bool ready = false;
    cublasLtMatmulDesc_t product = nullptr;
    cublasLtMatrixLayout_t a = nullptr, b = nullptr, c = nullptr;
    cublasLtMatmulHeuristicResult_t way{};
    void end() const {
      if (product) cublasLtMatmulDescDestroy(product);
      for (const auto x : {a, b, c})
        if (x) cublasLtMatrixLayoutDestroy(x);
    }
  };

  static const char* said(cublasStatus_t s) { return s == CUBLAS_STATUS_SUCCESS ? nullptr : cublasLtGetStatusString(s); }

  // plan describes the matrices. The library's are stored by columns, so ours are their transposes to it: out' = weights in',
  // with weights', n columns of k numbers, transposed back by the product.
  const char* plan(Plan& p, const Shape& s) {
    p.end();
    p = Plan();
    const auto [m, n, k, in_row, weights_row, out_row, in, weights, out] = s;
    const cublasOperation_t transposed = CUBLAS_OP_T;
    cublasLtMatmulPreference_t wish = nullptr;
    int found = 0;
    const char* wrong = said(cublasLtMatmulDescCreate(&p.product, CUBLAS_COMPUTE_32F, CUDA_R_32F));
    if (!wrong) wrong = said(cublasLtMatmulDescSetAttribute(p.product, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed));
    if (!wrong) wrong = said(cublasLtMatrixLayoutCreate(&p.a, CUDA_R_16BF, uint64_t(k), uint64_t(n), weights_row));
    if (!wrong) wrong = said(cublasLtMatrixLayoutCreate(&p.b, CUDA_R_16BF, uint64_t(k), uint64_t(m), in_row));
    if (!wrong) wrong = said(cublasLtMatrixLayoutCreate(&p.c, CUDA_R_32F, uint64_t(n), uint64_t(m), out_row));
    if (!wrong) wrong = said(cublasLtMatmulPreferenceCreate(&wish));
    const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t what, auto value) {
      if (!wrong) wrong = said(cublasLtMatmulPreferenceSetAttribute(wish, what, &value, sizeof value));
    };
    prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace);
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, uint32_t(weights));
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, uint32_t(in));
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, uint32_t(out));
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, uint32_t(out));
    if (!wrong) wrong = said(cublasLtMatmulAlgoGetHeuristic(handle_, p.product, p.a, p.b, p.c, p.c, wish, 1, &p.way, &found));
    if (wish) cublasLtMatmulPreferenceDestroy(wish);
    if (!wrong && !found) wrong = "cuBLASLt knows no way to make a product of this shape";
    p.ready = !wrong;
    return wrong;
  }

  cublasLtHandle_t handle_ = nullptr;
  void* workspace_ = nullptr;
  std::map<Shape, Plan> plans_;
};
#else
struct Multiplier {
  static constexpr bool there = false;
  const char* multiply(const void*, const void*, float*, long, long, long, long, long, long, Stream) { return nullptr; }
};
#endif
