// ptx.cuh: the only device code with inline assembly. Each wrapper is one instruction, a few lines, and has a namesake in
// the shim that does what the manual says of it.
//
// Sources: NVIDIA, Parallel Thread Execution ISA 8.3; the sections are named beside the groups. Fragment layouts are drawn
// in shim_warp.h, where they are code.
#pragma once
#include "launch.h"

// bf16 is 16 bits of storage; arithmetic is done in float. Our own type, because the compilers do not share one.
struct bf16 { uint16_t bits; };

#if !defined(ON_CPU)

// Addresses in shared memory are 32 bits wide in the instructions below.
DEVICE uint32_t shared_address(const void* p) {
  uint32_t a;
  asm("{.reg .u64 t; cvta.to.shared.u64 t, %1; cvt.u32.u64 %0, t;}" : "=r"(a) : "l"(p));
  return a;
}

// --- bits and conversions (9.7.9, data movement and conversion) ---

DEVICE float float_of_bits(uint32_t bits) { float f; asm("mov.b32 %0, %1;" : "=f"(f) : "r"(bits)); return f; }
DEVICE uint32_t bits_of_float(float f) { uint32_t b; asm("mov.b32 %0, %1;" : "=r"(b) : "f"(f)); return b; }

// pack_bf16 rounds to nearest even; `low` lands in the low half, which is the first in memory.
DEVICE uint32_t pack_bf16(float low, float high) {
  uint32_t r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
DEVICE uint32_t pack_f16(float low, float high) {
  uint32_t r;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
DEVICE float float_of_f16(uint16_t bits) { float f; asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(bits)); return f; }

// --- functions (9.7.3, floating point): the hardware's approximations, relative error about 2^-22 ---

DEVICE float ex2(float x) { float y; asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
DEVICE float lg2(float x) { float y; asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
DEVICE float rcp(float x) { float y; asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
DEVICE float rsq(float x) { float y; asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
// tanh_coarse has a relative error of 2^-11: good for what is rounded to bf16 next.
DEVICE float tanh_coarse(float x) { float y; asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }

// --- memory (9.7.9.8, ld; 9.7.9.11, st) ---

// load_16 reads data that no one writes during the kernel and that is read once: past the first-level cache.
DEVICE uint4 load_16(const void* p) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "l"(p));
  return v;
}
DEVICE void store_16(void* p, uint4 v) {
  asm volatile("st.global.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(p), "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w) : "memory");
}

// --- threads of a block and lanes of a warp (9.7.13, bar; 9.7.9.6, shfl.sync) ---

DEVICE void block_sync() { asm volatile("bar.sync 0;" ::: "memory"); }
// part_sync meets `threads` threads at barrier `id` (1 to 15): what the roles of a block use among themselves.
DEVICE void part_sync(int id, int threads) { asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory"); }
DEVICE void warp_sync() { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }

DEVICE float lane_xor(float x, int mask) {
  float y;
  asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=f"(y) : "f"(x), "r"(mask));
  return y;
}
DEVICE float lane_get(float x, int lane) {
  float y;
  asm volatile("shfl.sync.idx.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=f"(y) : "f"(x), "r"(lane));
  return y;
}

// --- matrices (9.7.14.5, mma.sync and ldmatrix) ---

// ldmatrix_x4 reads four 8x8 matrices of 16-bit elements; lane 8i+r gives the address of row r of matrix i, in shared
// memory and 16-byte aligned.
DEVICE void ldmatrix_x4(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared_address(row)) : "memory");
}
DEVICE void ldmatrix_x4_trans(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared_address(row)) : "memory");
}

// mma_bf16 adds a 16x16 times 16x8 product to d [16][8], in f32.
DEVICE void mma_bf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// --- asynchronous copies (9.7.9.25.3, cp.async, non-bulk) ---

// cp_async_16 copies the first `bytes` (0 to 16) of 16 and fills the rest with zeros. Both ends are 16-byte aligned.
DEVICE void cp_async_16(void* shared, const void* global, int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
               ::"r"(shared_address(shared)), "l"(global), "r"(bytes) : "memory");
}
DEVICE void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// cp_async_wait returns when all but this thread's latest N groups are done. What other threads copied needs a barrier too.
template <int N> DEVICE void cp_async_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }

#endif

DEVICE float float_of(bf16 x) { return float_of_bits(uint32_t(x.bits) << 16); }
DEVICE bf16 bf16_of(float x) { return bf16{uint16_t(pack_bf16(x, 0.f))}; }
DEVICE float low_bf16(uint32_t pair) { return float_of_bits(pair << 16); }
DEVICE float high_bf16(uint32_t pair) { return float_of_bits(pair & 0xffff0000u); }
