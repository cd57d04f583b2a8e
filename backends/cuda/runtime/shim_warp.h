// shim_warp.h: what a warp does together, and the plain instructions beside it. Names are those of ptx.cuh.
//
// A warp operation is done once, by the last lane to arrive, for all 32. Layouts of fragments: NVIDIA, Parallel Thread
// Execution ISA, "Matrix Fragments for mma.m16n8k16 with floating point type" and "ldmatrix".
#pragma once

namespace shim {

inline Warp& my_warp() { return warps[current->id / 32]; }

// collective calls act(arguments of the 32 lanes) when the last lane has arrived. Lanes that reach unlike operations, or
// that have ended, make what the hardware does undefined: here the block dies.
template <class A, class Act> void collective(const char* operation, A* mine, Act act) {
  Warp& w = my_warp();
  if (w.arrived && w.operation != operation) die("lanes of one warp are in unlike operations");
  w.operation = operation;
  w.arguments[current->id % 32] = mine;
  if (++w.arrived < 32) return yield(State::in_warp);
  A* lanes[32];
  for (int i = 0; i < 32; i++) lanes[i] = static_cast<A*>(w.arguments[i]);
  act(lanes);
  w.arrived = 0;
  const unsigned first = current->id / 32 * 32;
  for (unsigned i = first; i < first + 32; i++)
    if (threads[i].state == State::in_warp) threads[i].state = State::ready;
}

struct Shuffle { float value, result; int from; };

inline float shuffle(const char* operation, float x, int from) {
  Shuffle s{x, x, from};
  collective(operation, &s, [](Shuffle** l) {
    for (int i = 0; i < 32; i++) l[i]->result = l[l[i]->from & 31]->value;
  });
  return s.result;
}

// LoadMatrix: register m of lane 4r+c holds elements (r, 2c) and (r, 2c+1) of matrix m, or of its transpose.
struct LoadMatrix { uint32_t* out; const uint16_t* row; };

inline void load_matrix(const char* operation, uint32_t* out, const void* row, bool transposed) {
  if (shared_offset(row, 16, "ldmatrix reads outside of shared memory") % 16) die("ldmatrix: a row is not 16-byte aligned");
  LoadMatrix a{out, static_cast<const uint16_t*>(row)};
  collective(operation, &a, [transposed](LoadMatrix** l) {
    for (int m = 0; m < 4; m++)
      for (int i = 0; i < 32; i++) {
        const int r = i / 4, c = i % 4 * 2;
        const uint32_t low = transposed ? l[m * 8 + c]->row[r] : l[m * 8 + r]->row[c];
        const uint32_t high = transposed ? l[m * 8 + c + 1]->row[r] : l[m * 8 + r]->row[c + 1];
        l[i]->out[m] = low | high << 16;
      }
  });
}

}  // namespace shim

inline float float_of_bits(uint32_t bits) { float f; memcpy(&f, &bits, 4); return f; }
inline uint32_t bits_of_float(float f) { uint32_t b; memcpy(&b, &f, 4); return b; }
inline double double_of_bits(uint64_t bits) { double f; memcpy(&f, &bits, 8); return f; }
inline uint64_t bits_of_double(double f) { uint64_t b; memcpy(&b, &f, 8); return b; }

namespace shim {
// to_bf16 rounds to nearest, ties to even; not a number becomes the canonical one, as cvt.rn.bf16x2.f32 gives it.
inline uint32_t to_bf16(float f) {
  const uint32_t b = bits_of_float(f);
  return f != f ? 0x7fff : (b + 0x7fff + (b >> 16 & 1)) >> 16;
}

struct Product { float* d; const uint32_t* a; uint32_t b[2]; };

inline float half_of(uint32_t pair, int h) { return float_of_bits(h ? pair & 0xffff0000u : pair << 16); }

// multiply: with lane = 4g+t, a holds rows g and g+8 of A at columns 2t, 2t+1 and 2t+8, 2t+9; b holds column g of B at the
// same k; d holds rows g and g+8 of D at columns 2t and 2t+1. The sixteen products are summed in rising k and then added to
// d; the hardware's order and width inside of one instruction are not published, so no test may hang on its last bits.
inline void multiply(Product** l) {
  float a[16][16], b[16][8];
  for (int i = 0; i < 32; i++) {
    const int g = i / 4, t = i % 4 * 2;
    for (int h = 0; h < 2; h++)
      for (int upper = 0; upper < 2; upper++) {
        a[g][t + h + 8 * upper] = half_of(l[i]->a[2 * upper], h);
        a[g + 8][t + h + 8 * upper] = half_of(l[i]->a[2 * upper + 1], h);
        b[t + h + 8 * upper][g] = half_of(l[i]->b[upper], h);
      }
  }
  float d[16][8] = {};
  for (int r = 0; r < 16; r++)
    for (int k = 0; k < 16; k++)
      for (int c = 0; c < 8; c++) d[r][c] += a[r][k] * b[k][c];
  for (int i = 0; i < 32; i++)
    for (int e = 0; e < 4; e++) l[i]->d[e] += d[i / 4 + e / 2 * 8][i % 4 * 2 + e % 2];
}

// flush is what .ftz does to numbers below the normal ones.
inline float flush(float x) { return std::fabs(x) < 0x1p-126f ? std::copysign(0.f, x) : x; }
}  // namespace shim

inline uint32_t pack_bf16(float low, float high) { return shim::to_bf16(low) | shim::to_bf16(high) << 16; }

// f16 by way of the exact steps of the format: 10 bits of fraction, exponents -14 to 15, then subnormals of 2^-24.
inline float float_of_f16(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = bits & 0x8000 ? -1.f : 1.f;
  if (exponent == 31) return fraction ? NAN : sign * INFINITY;
  return sign * (exponent ? std::ldexp(float(1024 + fraction), exponent - 25) : std::ldexp(float(fraction), -24));
}
namespace shim {
inline uint32_t to_f16(float f) {
  const uint32_t sign = bits_of_float(f) >> 16 & 0x8000;
  const float x = std::fabs(f);
  if (f != f) return 0x7fff;
  if (x >= 65520.f) return sign | 0x7c00;  // half a unit above the largest finite number
  const int exponent = x < 0x1p-14f ? -14 : std::ilogb(x);
  const uint32_t units = uint32_t(std::nearbyint(std::ldexp(x, 10 - exponent)));  // to even, the machine's mode
  return sign | (x < 0x1p-14f ? units : (uint32_t(exponent + 14) << 10) + units);
}
}  // namespace shim
inline uint32_t pack_f16(float low, float high) { return shim::to_f16(low) | shim::to_f16(high) << 16; }

// The hardware approximates these; here they are right to the last place or nearly so.
inline float ex2(float x) { return shim::flush(std::exp2(shim::flush(x))); }
inline float lg2(float x) { return std::log2(shim::flush(x)); }
inline float rcp(float x) { return shim::flush(1.f / shim::flush(x)); }
inline float rsq(float x) { return 1.f / std::sqrt(shim::flush(x)); }
inline float tanh_coarse(float x) { return std::tanh(x); }

inline uint4 load_16(const void* p) {
  if (reinterpret_cast<uintptr_t>(p) % 16) shim::die("a 16-byte load is not aligned");
  uint4 v;
  memcpy(&v, p, 16);
  return v;
}
inline void store_16(void* p, uint4 v) {
  if (reinterpret_cast<uintptr_t>(p) % 16) shim::die("a 16-byte store is not aligned");
  memcpy(p, &v, 16);
}
inline void share_16(void* shared, uint4 v) {
  if (shim::shared_offset(shared, 16, "a 16-byte store outside of shared memory") % 16)
    shim::die("a 16-byte store to shared memory is not aligned");
  memcpy(shared, &v, 16);
}

inline void block_sync() { shim::meet(0, unsigned(shim::threads.size())); }
inline void part_sync(int id, int threads) { shim::meet(unsigned(id), unsigned(threads)); }
inline void warp_sync() {
  int none;
  shim::collective("warp_sync", &none, [](int**) {});
}
inline float lane_xor(float x, int mask) { return shim::shuffle("lane_xor", x, int(shim::current->id % 32) ^ mask); }
inline float lane_get(float x, int lane) { return shim::shuffle("lane_get", x, lane); }

namespace shim {
struct Vote { uint32_t yes, result; };
}  // namespace shim
inline uint32_t lane_vote(bool yes) {
  shim::Vote v{yes, 0};
  shim::collective("lane_vote", &v, [](shim::Vote** l) {
    uint32_t all = 0;
    for (int i = 0; i < 32; i++) all |= l[i]->yes << i;
    for (int i = 0; i < 32; i++) l[i]->result = all;
  });
  return v.result;
}
inline int bits_set(uint32_t bits) { return int(std::bitset<32>(bits).count()); }

inline void ldmatrix_x4(uint32_t (&r)[4], const void* row) { shim::load_matrix("ldmatrix", r, row, false); }
inline void ldmatrix_x4_trans(uint32_t (&r)[4], const void* row) { shim::load_matrix("ldmatrix.trans", r, row, true); }

inline void mma_bf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  shim::Product p{d, a, {b0, b1}};
  shim::collective("mma", &p, shim::multiply);
}
