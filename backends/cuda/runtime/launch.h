// launch.h: what a translation unit needs before it names a kernel, whichever compiler reads it, and the one way to start
// one. Kernels are written once: nvcc and clang make PTX of them, any C++17 compiler makes a program that runs them on a CPU.
//
// Only this file and ptx.cuh ask which compiler it is. A kernel that asked could differ from the one that was tested.
#pragma once

#if defined(__NVCC__)
#include <cuda.h>
#include <cuda_runtime.h>
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#elif defined(__CUDA__)
#include "bare.h"
#else
#define ON_CPU 1
#include "shim.h"
#endif

#define DEVICE static __device__ __forceinline__
// INLINED stands behind a lambda's parameters: one that is called twice would be a function in memory.
#define INLINED __attribute__((always_inline))
#define ANYWHERE static __host__ __device__ __forceinline__

// There are two tiers of kernels: what every device from compute capability 8.0 on runs, and what takes bulk copies and
// warpgroups, which code for sm_90a alone may have. In code for another device, kernels of the second tier are empty
// (product_sm90.cuh); which tier is started is asked once, by the host: device_kind below.
#if defined(__CUDA_ARCH__) && !defined(__CUDA_ARCH_FEAT_SM90_ALL)
constexpr bool warpgroups = false;
#else
constexpr bool warpgroups = true;
#endif

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
  auto call = [&] { kernel(arguments...); };
  shim::run_grid(grid, block, shared, [](void* f) { (*static_cast<decltype(call)*>(f))(); }, &call);
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

// Memory of a device, copies, and recordings: what an engine's host asks of the driver. Each gives null, or what is wrong.
// A recording is a list of launches that is started as one; where there is none (`records`), launches just run.
//
// DeviceKind is what the choice of kernels asks: whether the device and its code have warpgroups, and how many multiprocessors
// there are, for grids whose blocks take one work after the other. On the shim SHIM_DEVICE in the environment says the former.
struct DeviceKind { bool warpgroups; int processors; };
#if defined(ON_CPU)
constexpr bool records = false;
struct Recording {};
inline const char* stream_new(Stream* s) { *s = nullptr; return nullptr; }
inline void stream_delete(Stream) {}
// New memory is full of what is not a number, so that a read before a write shows.
inline const char* memory_new(void** p, size_t bytes) {
  *p = aligned_alloc(256, (bytes + 255) / 256 * 256 + 256);
  if (!*p) return "no memory";
  memset(*p, 0xff, bytes);
  return nullptr;
}
inline void memory_delete(void* p) { free(p); }
inline const char* memory_zero(void* p, size_t bytes, Stream) { memset(p, 0, bytes); return nullptr; }
inline const char* memory_give(void* device, const void* host, size_t bytes, Stream) {
  memcpy(device, host, bytes);
  return nullptr;
}
inline const char* memory_take(void* host, const void* device, size_t bytes, Stream) {
  memcpy(host, device, bytes);
  return nullptr;
}
inline const char* stream_finish(Stream) { return nullptr; }
inline const char* recording_begin(Stream) { return nullptr; }
inline const char* recording_end(Recording*, Stream) { return nullptr; }
inline const char* recording_run(const Recording&, Stream) { return nullptr; }
inline void recording_delete(Recording*) {}
inline const char* device_kind(DeviceKind* kind, Stream) {
  *kind = {shim::has_warpgroups(), 2};
  return nullptr;
}
#elif defined(__NVCC__)
constexpr bool records = true;
using Recording = cudaGraphExec_t;
inline const char* said(cudaError_t e) { return e == cudaSuccess ? nullptr : cudaGetErrorString(e); }
inline const char* stream_new(Stream* s) { return said(cudaStreamCreateWithFlags(s, cudaStreamNonBlocking)); }
inline void stream_delete(Stream s) { if (s) cudaStreamDestroy(s); }
inline const char* memory_new(void** p, size_t bytes) { return said(cudaMalloc(p, bytes ? bytes : 1)); }
inline void memory_delete(void* p) { cudaFree(p); }
inline const char* memory_zero(void* p, size_t bytes, Stream s) { return said(cudaMemsetAsync(p, 0, bytes, s)); }
inline const char* memory_give(void* device, const void* host, size_t bytes, Stream s) {
  return said(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, s));
}
inline const char* memory_take(void* host, const void* device, size_t bytes, Stream s) {
  return said(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, s));
}
inline const char* stream_finish(Stream s) { return said(cudaStreamSynchronize(s)); }
inline const char* recording_begin(Stream s) { return said(cudaStreamBeginCapture(s, cudaStreamCaptureModeThreadLocal)); }
inline const char* recording_end(Recording* r, Stream s) {
  cudaGraph_t graph = nullptr;
  if (const char* wrong = said(cudaStreamEndCapture(s, &graph))) return wrong;
  const char* wrong = said(cudaGraphInstantiateWithFlags(r, graph, 0));
  cudaGraphDestroy(graph);
  return wrong;
}
inline const char* recording_run(Recording r, Stream s) { return said(cudaGraphLaunch(r, s)); }
inline void recording_delete(Recording* r) { if (*r) cudaGraphExecDestroy(*r); *r = nullptr; }
// The code that the driver has chosen for the device says itself what it was compiled for: who compiled for sm_80 alone runs
// on Hopper all the same.
static __global__ void tell_warpgroups(int* there) { *there = warpgroups; }
inline const char* device_kind(DeviceKind* kind, Stream s) {
  int device = 0, there = 0;
  void* told = nullptr;
  const char* wrong = said(cudaGetDevice(&device));
  if (!wrong) wrong = said(cudaDeviceGetAttribute(&kind->processors, cudaDevAttrMultiProcessorCount, device));
  if (!wrong) wrong = memory_new(&told, sizeof there);
  if (!wrong) wrong = launch(tell_warpgroups, dim3(1), dim3(1), 0, s, static_cast<int*>(told));
  if (!wrong) wrong = memory_take(&there, told, sizeof there, s);
  if (!wrong) wrong = stream_finish(s);
  memory_delete(told);
  kind->warpgroups = there != 0;
  return wrong;
}
#endif

// TensorMap tells bulk copies about a matrix of bf16 in memory. describe makes one on the host: `rows` x `cols`, rows
// `stride` elements apart (a multiple of 8), fetched in boxes of `box_rows` rows of 64 with 128-byte swizzle. It gives null,
// or what is wrong. Kernels take a pointer to a copy in device memory and call map_acquire: as a __grid_constant__ parameter
// it would need no fence, but clang 19 does not know that word and copies the parameter to local memory.
#if defined(ON_CPU)
using TensorMap = shim::Matrix;
inline const char* describe(TensorMap* map, const void* base, long rows, long cols, long stride, int box_rows) {
  if (stride % 8 || stride < cols || box_rows < 1 || box_rows > 256 || reinterpret_cast<uintptr_t>(base) % 16)
    return "a bulk copy needs rows at 16-byte addresses and boxes of 1 to 256 rows";
  *map = {static_cast<const uint16_t*>(base), rows, cols, stride, box_rows};
  return nullptr;
}
#elif defined(__NVCC__)
using TensorMap = CUtensorMap;
inline const char* describe(TensorMap* map, const void* base, long rows, long cols, long stride, int box_rows) {
  // The one function that the driver has and the runtime has not. The driver is loaded by now: nothing new is linked.
  using Encode = decltype(&cuTensorMapEncodeTiled);
  static const Encode encode = [] {
    void* driver = dlopen("libcuda.so.1", RTLD_LAZY);
    return driver ? reinterpret_cast<Encode>(dlsym(driver, "cuTensorMapEncodeTiled")) : nullptr;
  }();
  if (!encode) return "the driver has no cuTensorMapEncodeTiled";
  const cuuint64_t size[] = {cuuint64_t(cols), cuuint64_t(rows)}, step[] = {cuuint64_t(stride) * 2};
  const cuuint32_t box[] = {64, cuuint32_t(box_rows)}, every[] = {1, 1};
  const CUresult r = encode(map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, const_cast<void*>(base), size, step, box, every,
                            CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
                            CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  return r == CUDA_SUCCESS ? nullptr : "the driver refuses the matrix for bulk copies";
}
#else
struct alignas(64) TensorMap { uint64_t opaque[16]; };
const char* describe(TensorMap* map, const void* base, long rows, long cols, long stride, int box_rows);
#endif
