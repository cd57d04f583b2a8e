package spec_test

import (
	"testing"

	"archc/ir/eval"
)

// fakeCUBLASLt is what engines call of cuBLASLt, as its documentation has it, in plain loops: matrices by columns with their
// leading dimensions, the first one transposed. Where PLANTED is in the environment it is wrong, so that a test sees who ran.
const fakeCUBLASLt = `#pragma once
enum cublasStatus_t { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_INVALID_VALUE = 7 };
enum cublasOperation_t { CUBLAS_OP_N = 0, CUBLAS_OP_T = 1 };
enum cublasComputeType_t { CUBLAS_COMPUTE_32F = 68 };
enum cudaDataType { CUDA_R_32F = 0, CUDA_R_16BF = 14 };
enum cublasLtMatmulDescAttributes_t { CUBLASLT_MATMUL_DESC_TRANSA = 3 };
enum cublasLtMatmulPreferenceAttributes_t {
  CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES = 1, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES = 5, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
  CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES
};
struct Context {};
struct Product { cublasOperation_t a; };
struct Layout { cudaDataType type; long rows, cols, ld; };
struct Preference { size_t workspace; uint32_t alignment[4]; };
using cublasLtHandle_t = Context*;
using cublasLtMatmulDesc_t = Product*;
using cublasLtMatrixLayout_t = Layout*;
using cublasLtMatmulPreference_t = Preference*;
struct cublasLtMatmulAlgo_t { uint64_t data[8]; };
struct cublasLtMatmulHeuristicResult_t { cublasLtMatmulAlgo_t algo; };

template <class T> cublasStatus_t made(T** x, T value) { return *x = new T(value), CUBLAS_STATUS_SUCCESS; }
template <class T> cublasStatus_t deleted(T* x) { return delete x, CUBLAS_STATUS_SUCCESS; }
template <class T> cublasStatus_t taken(T& x, const void* v, size_t n) {
  return n == sizeof x ? memcpy(&x, v, n), CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}
inline const char* cublasLtGetStatusString(cublasStatus_t) { return "cuBLASLt refuses an argument"; }
inline cublasStatus_t cublasLtCreate(cublasLtHandle_t* h) { return made(h, Context{}); }
inline cublasStatus_t cublasLtDestroy(cublasLtHandle_t h) { return deleted(h); }
inline cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* d, cublasComputeType_t, cudaDataType scale) {
  return scale == CUDA_R_32F ? made(d, Product{CUBLAS_OP_N}) : CUBLAS_STATUS_INVALID_VALUE;
}
inline cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t d) { return deleted(d); }
inline cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t, const void* v, size_t n) {
  return taken(d->a, v, n);
}
inline cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* l, cudaDataType type, uint64_t rows, uint64_t cols, int64_t ld) {
  return ld < int64_t(rows) ? CUBLAS_STATUS_INVALID_VALUE : made(l, Layout{type, long(rows), long(cols), ld});
}
inline cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t l) { return deleted(l); }
inline cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* p) { return made(p, Preference{}); }
inline cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t p) { return deleted(p); }
inline cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t p, cublasLtMatmulPreferenceAttributes_t a, const void* v,
                                                           size_t n) {
  return a == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES ? taken(p->workspace, v, n) : taken(p->alignment[a - 5], v, n);
}
inline cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t d, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                                     cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t, cublasLtMatmulPreference_t p, int,
                                                     cublasLtMatmulHeuristicResult_t* way, int* found) {
  memcpy(way->algo.data, p->alignment, sizeof p->alignment);
  const bool fits = a->rows == b->rows && a->cols == c->rows && b->cols == c->cols;  // with a transposed
  *found = d->a == CUBLAS_OP_T && fits && a->type == CUDA_R_16BF && b->type == CUDA_R_16BF && c->type == CUDA_R_32F;
  return CUBLAS_STATUS_SUCCESS;
}
inline float at(const void* p, long i) {
  const uint32_t bits = uint32_t(static_cast<const uint16_t*>(p)[i]) << 16;
  float x;
  return memcpy(&x, &bits, 4), x;
}
inline cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t, const void* one, const void* a, cublasLtMatrixLayout_t la,
                                     const void* b, cublasLtMatrixLayout_t lb, const void* none, const void*, cublasLtMatrixLayout_t,
                                     void* out, cublasLtMatrixLayout_t lc, const cublasLtMatmulAlgo_t* algo, void*, size_t, void*) {
  const void* const of[] = {a, b, out, out};
  uint32_t alignment[4];
  memcpy(alignment, algo->data, sizeof alignment);
  for (int i = 0; i < 4; i++)
    if (!alignment[i] || reinterpret_cast<uintptr_t>(of[i]) % alignment[i]) return CUBLAS_STATUS_INVALID_VALUE;
  if (*static_cast<const float*>(one) != 1 || *static_cast<const float*>(none) != 0) return CUBLAS_STATUS_INVALID_VALUE;
  for (long col = 0; col < lc->cols; col++)
    for (long row = 0; row < lc->rows; row++) {
      float sum = *getenv("PLANTED") ? 0.5f : 0.f;
      for (long k = 0; k < la->rows; k++) sum += at(a, row * la->ld + k) * at(b, col * lb->ld + k);
      static_cast<float*>(out)[col * lc->ld + row] = sum;
    }
  return CUBLAS_STATUS_SUCCESS;
}
`

// TestCUDALibrary: made with cuBLASLt, an engine gives it the products of many rows, with the strides that they have. The
// library itself needs a device; what stands in for it here does what it is told.
func TestCUDALibrary(t *testing.T) {
	m := compile(t, "linear.arch", "model Linear(D=132, E=130) {\n  map : D -> E\n  (x: [T, D]) -> [T, E] = map(x)\n}\n", nil)
	hash, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	w := newRounded(brief{hash})
	files := cudaFiles(t, m, true)
	files["cublasLt.h"] = []byte(fakeCUBLASLt)
	e := compileCUDA(t, files, m, w, "-DCUBLASLT")
	for _, c := range []struct {
		rows    int
		planted string
		right   bool
	}{{64, "", true}, {64, "1", false}, {63, "1", true}} {
		t.Setenv("PLANTED", c.planted)
		t.Setenv("SHIM_DEVICE", "sm_80") // it asks for no warpgroups
		inputs := smallInputs(m, map[string]int{"T": c.rows})
		j, err := newJudge(t.Context(), m, w, inputs)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range e.run(t, m, inputs, j.full.Outputs) {
			if off := offBy(got, j.full.Outputs[name].Data); off <= 0x1p-7 != c.right {
				t.Errorf("%d rows, planted %q: off by %.2g of its largest element", c.rows, c.planted, off)
			}
		}
	}
}
