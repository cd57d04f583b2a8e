// ptx.cuh: the only device code with inline assembly. Each wrapper is one instruction, a few lines, and has a namesake in
// the shim that does what the manual says of it.
//
// Source: NVIDIA, Parallel Thread Execution ISA; the sections are named beside the groups, since their numbers change from
// edition to edition. PTX 8.3 is enough. Fragment layouts stand in shim_warp.h, as code.
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

// --- bits and conversions ("Data Movement and Conversion": mov, cvt) ---

DEVICE float float_of_bits(uint32_t bits) { float f; asm("mov.b32 %0, %1;" : "=f"(f) : "r"(bits)); return f; }
DEVICE uint32_t bits_of_float(float f) { uint32_t b; asm("mov.b32 %0, %1;" : "=r"(b) : "f"(f)); return b; }

DEVICE double double_of_bits(uint64_t bits) { double f; asm("mov.b64 %0, %1;" : "=d"(f) : "l"(bits)); return f; }
DEVICE uint64_t bits_of_double(double f) { uint64_t b; asm("mov.b64 %0, %1;" : "=l"(b) : "d"(f)); return b; }

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

// --- functions ("Floating Point Instructions"): the hardware's approximations, relative error about 2^-22 ---

DEVICE float ex2(float x) { float y; asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
DEVICE float lg2(float x) { float y; asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
DEVICE float rcp(float x) { float y; asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
DEVICE float rsq(float x) { float y; asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
// tanh_coarse has a relative error of 2^-11: good for what is rounded to bf16 next.
DEVICE float tanh_coarse(float x) { float y; asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }

// --- memory (ld, st) ---

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

// share_16 writes to shared memory.
DEVICE void share_16(void* shared, uint4 v) {
  asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};"
               ::"r"(shared_address(shared)), "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w) : "memory");
}

// --- threads of a block and lanes of a warp (bar, bar.warp.sync, shfl.sync, vote.sync, popc) ---

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

// lane_vote has the bit of each lane whose `yes` is true; every lane of the warp votes.
DEVICE uint32_t lane_vote(bool yes) {
  uint32_t bits;
  asm volatile("{.reg .pred p; setp.ne.u32 p, %1, 0; vote.sync.ballot.b32 %0, p, 0xffffffff;}" : "=r"(bits) : "r"(uint32_t(yes)));
  return bits;
}
DEVICE int bits_set(uint32_t bits) { int n; asm("popc.b32 %0, %1;" : "=r"(n) : "r"(bits)); return n; }

// --- matrices ("Warp Level Matrix Instructions": mma, ldmatrix) ---

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

// --- asynchronous copies (cp.async, not bulk) ---

// cp_async_16 copies the first `bytes` (0 to 16) of 16 and fills the rest with zeros. Both ends are 16-byte aligned.
DEVICE void cp_async_16(void* shared, const void* global, int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
               ::"r"(shared_address(shared)), "l"(global), "r"(bytes) : "memory");
}
DEVICE void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// cp_async_wait returns when all but this thread's latest N groups are done. What other threads copied needs a barrier too.
template <int N> DEVICE void cp_async_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }

// --- sm_90a: barriers in memory (mbarrier) ---

// A phase is over when `count` arrivals and as many bytes as were announced have come in.
DEVICE void mbar_init(uint64_t* bar, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(bar)), "r"(count) : "memory");
}
// mbar_init_fence shows a thread's new barriers to the copies that will report to them; other threads need a barrier too.
DEVICE void mbar_init_fence() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }
DEVICE void mbar_arrive(uint64_t* bar) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(bar)) : "memory");
}
// mbar_expect arrives and announces bytes.
DEVICE void mbar_expect(uint64_t* bar, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(bar)), "r"(bytes) : "memory");
}
// mbar_wait returns when the phase of this parity is over; the first phase has parity 0, and the one before it is over.
DEVICE void mbar_wait(uint64_t* bar, int parity) {
  asm volatile("{\n.reg .pred over;\nAGAIN:\nmbarrier.try_wait.parity.shared::cta.b64 over, [%0], %1;\n"
               "@over bra DONE;\nbra AGAIN;\nDONE:\n}" ::"r"(shared_address(bar)), "r"(parity) : "memory");
}

// --- sm_90a: bulk tensor copies (cp.async.bulk.tensor; "Tensors", "Swizzling Modes") ---

// map_acquire makes a map in device memory fit for a block's bulk copies (fence.proxy.tensormap).
DEVICE void map_acquire(const TensorMap* map) {
  asm volatile("fence.proxy.tensormap::generic.acquire.sys [%0], 128;" ::"l"(map) : "memory");
}
// bulk_copy fetches the box of `map` whose first element is (row, col). Outside of the matrix there are zeros, and they
// count as bytes. The target is 1024-byte aligned; its 16-byte chunks are swizzled within each eight rows of 128 bytes.
DEVICE void bulk_copy(void* shared, const TensorMap* map, int row, int col, uint64_t* bar) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];"
               ::"r"(shared_address(shared)), "l"(map), "r"(col), "r"(row), "r"(shared_address(bar)) : "memory");
}

// --- sm_90a: products of a warpgroup ("Asynchronous Warpgroup Level Matrix Instructions") ---

// wgmma_fence comes before the first product, and again when registers of a product have been touched otherwise.
DEVICE void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
DEVICE void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int N> DEVICE void wgmma_wait() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory"); }

// wgmma_n128 adds a 64x16 times 16x128 product to d, bf16 in, f32 sums; both from shared memory, rows of k.
DEVICE void wgmma_n128(float (&d)[64], uint64_t a, uint64_t b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
               "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
               "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
               "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
               "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
               "}, %64, %65, 1, 1, 1, 0, 0;"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]),
                 "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]),
                 "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]),
                 "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]),
                 "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]),
                 "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]),
                 "+f"(d[48]), "+f"(d[49]), "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]),
                 "+f"(d[56]), "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63])
               : "l"(a), "l"(b));
}

// A block's roles share out registers: a multiple of 8 for each thread of the warpgroup.
template <int N> DEVICE void registers_less() { asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(N)); }
template <int N> DEVICE void registers_more() { asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(N)); }

#endif

DEVICE float float_of(float x) { return x; }
DEVICE float float_of(bf16 x) { return float_of_bits(uint32_t(x.bits) << 16); }
DEVICE bf16 bf16_of(float x) { return bf16{uint16_t(pack_bf16(x, 0.f))}; }
DEVICE float low_bf16(uint32_t pair) { return float_of_bits(pair << 16); }
DEVICE float high_bf16(uint32_t pair) { return float_of_bits(pair & 0xffff0000u); }

// swizzled describes a tile to wgmma ("Matrix Descriptor Format"): rows of 64 bf16 of k, in 128-byte swizzle, eight rows
// every 1024 bytes. The address may stand 16 elements of k further within the first row: the swizzle goes by address.
DEVICE uint64_t swizzled(const bf16* tile) {
  const uint64_t start = (shared_address(tile) & 0x3ffff) >> 4, leading = 1, stride = 1024 >> 4, swizzle_128 = 1;
  return start | leading << 16 | stride << 32 | swizzle_128 << 62;
}
