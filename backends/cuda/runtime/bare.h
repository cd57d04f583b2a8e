// bare.h: the words of CUDA that our kernels use, so that clang makes PTX of them with no CUDA toolkit on the machine:
//   clang-19 -x cuda -nocudainc -nocudalib --cuda-device-only --cuda-gpu-arch=sm_80 --cuda-feature=+ptx83 -S
// Host code is read and checked but not compiled, so the runtime's functions are only declared.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ inline __attribute__((always_inline))
#define INFINITY __builtin_inff()

struct uint3 { unsigned x, y, z; };
struct dim3 {
  unsigned x, y, z;
  __host__ __device__ constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
  __host__ __device__ operator uint3() const { return {x, y, z}; }
};
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(16) float4 { float x, y, z, w; };

#include <__clang_cuda_builtin_vars.h>

// Without libdevice there is no math library; these have instructions of their own.
static __device__ __forceinline__ float fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
static __device__ __forceinline__ float fmaxf(float a, float b) { return __builtin_fmaxf(a, b); }
static __device__ __forceinline__ float fminf(float a, float b) { return __builtin_fminf(a, b); }
static __device__ __forceinline__ float fabsf(float a) { return __builtin_fabsf(a); }
static __device__ __forceinline__ float floorf(float a) { return __builtin_floorf(a); }
static __device__ __forceinline__ float ceilf(float a) { return __builtin_ceilf(a); }
static __device__ __forceinline__ float rintf(float a) { return __builtin_rintf(a); }
static __device__ __forceinline__ float sqrtf(float a) { return __builtin_sqrtf(a); }
static __device__ __forceinline__ float copysignf(float a, float b) { return __builtin_copysignf(a, b); }
static __device__ __forceinline__ double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
static __device__ __forceinline__ double fabs(double a) { return __builtin_fabs(a); }
static __device__ __forceinline__ double floor(double a) { return __builtin_floor(a); }
static __device__ __forceinline__ double ceil(double a) { return __builtin_ceil(a); }
static __device__ __forceinline__ double rint(double a) { return __builtin_rint(a); }
static __device__ __forceinline__ double sqrt(double a) { return __builtin_sqrt(a); }

using cudaStream_t = struct CUstream_st*;
enum cudaError_t { cudaSuccess = 0 };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value);
cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** arguments, size_t shared, cudaStream_t);
const char* cudaGetErrorString(cudaError_t error);
