// functions.cuh: functions of one number, from the hardware's approximations (ptx.cuh). There is no math library: clang
// without the toolkit has none, and these are what a kernel can afford in an inner loop anyway.
#pragma once
#include "ptx.cuh"

constexpr float log2_e = 1.4426950408889634f;

DEVICE float exp_of(float x) { return ex2(x * log2_e); }
DEVICE float sigmoid(float x) { return rcp(1.f + exp_of(-x)); }
DEVICE float silu(float x) { return x * sigmoid(x); }

// tanh_of is within about 2^-22 of the right number: the distance, not relative to it, which a soft cap does not need.
DEVICE float tanh_of(float x) {
  const float e = exp_of(-2.f * fabsf(x));
  const float t = (1.f - e) * rcp(1.f + e);
  return x < 0.f ? -t : t;
}
