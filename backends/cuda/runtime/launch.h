// launch.h: what a translation unit needs before it names a kernel, whichever compiler reads it, and the one way to start
// one. Kernels are written once: nvcc and clang make PTX of them, any C++17 compiler makes a program that runs them on a CPU.
//
// Only this file and ptx.cuh ask which compiler it is. A kernel that asked could differ from the one that was tested.
#pragma once

#if defined(__NVCC__)
#include <cuda_runtime.h>
#include <math.h>
#include <stdint.h>
#elif defined(__CUDA__)
#include "bare.h"
#else
#define ON_CPU 1
#include "shim.h"
#endif

#define DEVICE static __device__ __forceinline__

// All shared memory is dynamic and has this one name for it: a block's kernels lay their tiles out in it themselves, and
// the CPU build can poison it. 1024 bytes is the alignment that 128-byte swizzled bulk copies ask for.
#if defined(ON_CPU)
#define SHARED_MEMORY(T, name) T* name = reinterpret_cast<T*>(shim::shared_memory())
#else
extern __shared__ __align__(1024) char shared_memory_bytes[];
#define SHARED_MEMORY(T, name) T* name = reinterpret_cast<T*>(shared_memory_bytes)
#endif

// Same keeps a kernel's parameter types from being deduced a second time from the arguments, so that an argument converts
// to its parameter as in an ordinary call.
template <class T> struct Same { using type = T; };

// launch starts a kernel: `shared` bytes of dynamic shared memory a block, in order behind what the stream already holds.
// It gives null, or what the driver said.
#if defined(ON_CPU)
using Stream = void*;
template <class... P>
const char* launch(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared, Stream, typename Same<P>::type... arguments) {
  shim::run_grid(grid, block, shared, [&] { kernel(arguments...); });
  return nullptr;
}
#else
using Stream = cudaStream_t;
template <class... P>
const char* launch(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared, Stream stream,
                   typename Same<P>::type... arguments) {
  const void* function = reinterpret_cast<const void*>(kernel);
  void* pointers[] = {const_cast<void*>(static_cast<const void*>(&arguments))...};
  // 48 KiB is what a block may have without asking (CUDA programming guide, "Shared memory" of compute capability 8.0).
  if (shared > 48 * 1024) {
    const cudaError_t refused = cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize, int(shared));
    if (refused != cudaSuccess) return cudaGetErrorString(refused);
  }
  const cudaError_t failed = cudaLaunchKernel(function, grid, block, pointers, shared, stream);
  return failed == cudaSuccess ? nullptr : cudaGetErrorString(failed);
}
#endif
