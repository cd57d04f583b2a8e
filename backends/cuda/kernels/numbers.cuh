// numbers.cuh: functions of one and two numbers, in float and in double. There is no math library to call (clang without the
// toolkit has none), so they are made of sums and products here. Truth is 1 and 0. A float is right to about a unit in the
// last place; where it is not an inner loop's, it is a double that is rounded. A double is right to about 2^-50.
#pragma once
#include "functions.cuh"

template <class T> DEVICE T truth(bool b) { return b ? T(1) : T(0); }
DEVICE float not_a_number() { return float_of_bits(0x7fffffffu); }

// larger and smaller are not a number where one argument is none; 0 is above -0.
template <class T> DEVICE T larger(T a, T b) {
  if (a != a || b != b) return a + b;
  if (a == T(0) && b == T(0)) return a + b;
  return a > b ? a : b;
}
template <class T> DEVICE T smaller(T a, T b) { return -larger(-a, -b); }
template <class T> DEVICE T sign(T x) { return x > T(0) ? T(1) : x < T(0) ? T(-1) : x == T(0) ? T(0) : x; }
template <class T> DEVICE T choose(T c, T x, T y) { return c != T(0) ? x : y; }

DEVICE float floor_of(float x) { return floorf(x); }
DEVICE double floor_of(double x) { return floor(x); }
DEVICE float ceil_of(float x) { return ceilf(x); }
DEVICE double ceil_of(double x) { return ceil(x); }
DEVICE float round_of(float x) { return rintf(x); }
DEVICE double round_of(double x) { return rint(x); }
DEVICE float magnitude(float x) { return fabsf(x); }
DEVICE double magnitude(double x) { return fabs(x); }
DEVICE float root(float x) { return sqrtf(x); }
DEVICE double root(double x) { return sqrt(x); }
DEVICE float root_inverse(float x) { return float(1. / sqrt(double(x))); }
DEVICE double root_inverse(double x) { return 1. / sqrt(x); }

// quotient and remainder are floor(x / y) and x - y floor(x / y).
DEVICE double quotient(double x, double y) { return floor(x / y); }
DEVICE float quotient(float x, float y) { return float(quotient(double(x), double(y))); }
DEVICE double remainder_of(double x, double y) { return fma(-y, floor(x / y), x); }
DEVICE float remainder_of(float x, float y) { return float(remainder_of(double(x), double(y))); }

// scaled is x 2^n, in two steps: 2^n itself may be out of range where the product is not.
DEVICE double scaled(double x, long n) {
  const long half = n / 2;
  return x * double_of_bits(uint64_t(half + 1023) << 52) * double_of_bits(uint64_t(n - half + 1023) << 52);
}

// exponential: x = k ln 2 + r, |r| <= ln 2 / 2; e^r is its Taylor sum, whose first term left out is below 2^-57.
DEVICE double exponential(double x) {
  if (x != x) return x;
  if (x > 710.) return double(INFINITY);
  if (x < -746.) return 0.;
  const double k = rint(x * 1.4426950408889634);
  const double r = fma(-k, 1.9082149292705877e-10, fma(-k, 6.93147180369123816490e-01, x));
  double p = 1. / 6227020800.;
  const double c[] = {1. / 479001600., 1. / 39916800., 1. / 3628800., 1. / 362880., 1. / 40320., 1. / 5040.,
                      1. / 720., 1. / 120., 1. / 24., 1. / 6., .5, 1., 1.};
#pragma unroll
  for (int i = 0; i < 13; i++) p = fma(p, r, c[i]);
  return scaled(p, long(k));
}

// In float: the coefficients of .ci/tools/vectors (expTail), fitted on [-0.3466, 0.3466], error 2^-29.5.
DEVICE float exponential(float x) {
  if (x != x) return x;
  if (x > 89.f) return INFINITY;
  if (x < -104.f) return 0.f;
  const float k = rintf(x * 1.44269504f);
  const float r = fmaf(-k, 1.42860677e-6f, fmaf(-k, 0.693145752f, x));
  float p = fmaf(0.00019907577f, r, 0.00139336432f);
  p = fmaf(p, r, 0.00833328602f);
  p = fmaf(p, r, 0.041666465f);
  p = fmaf(p, r, 0.166666668f);
  p = fmaf(p, r, 0.5f);
  p = fmaf(p * r, r, r) + 1.f;
  const int n = int(k), half = n / 2;
  return p * float_of_bits(uint32_t(half + 127) << 23) * float_of_bits(uint32_t(n - half + 127) << 23);
}

// logarithm: x = 2^k m, m near 1; ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172.
DEVICE double logarithm(double x) {
  if (x != x || x == double(INFINITY)) return x;
  if (x < 0.) return double(not_a_number());
  if (x == 0.) return -double(INFINITY);
  long k = 0;
  if (x < 2.2250738585072014e-308) x *= 18014398509481984., k = -54;
  const uint64_t bits = bits_of_double(x);
  k += long(bits >> 52) - 1023;
  double m = double_of_bits((bits & 0xfffffffffffffull) | 0x3ff0000000000000ull);
  if (m > 1.4142135623730951) m *= .5, k++;
  const double s = (m - 1.) / (m + 1.), z = s * s;
  double p = 0.;
#pragma unroll
  for (int i = 25; i >= 3; i -= 2) p = fma(p, z, 1. / i);
  const double tail = 2. * s * z * p;
  return fma(double(k), 6.93147180369123816490e-01, fma(double(k), 1.9082149292705877e-10, tail) + 2. * s);
}
DEVICE float logarithm(float x) { return float(logarithm(double(x))); }

// power: what is special is as in C99, F.9.4.4.
DEVICE double power(double x, double y) {
  if (y == 0. || x == 1.) return 1.;
  if (x != x || y != y) return x + y;
  const bool whole = floor(y) == y, odd = whole && fabs(y) < 9007199254740992. && floor(y * .5) * 2. != y;
  const double infinite = double(INFINITY);
  if (fabs(y) == infinite) {
    if (fabs(x) == 1.) return 1.;
    return (fabs(x) > 1.) == (y > 0.) ? infinite : 0.;
  }
  if (x == 0. || fabs(x) == infinite) {
    const double r = (x == 0.) == (y > 0.) ? 0. : infinite;
    return odd && bits_of_double(x) >> 63 ? -r : r;
  }
  if (x < 0. && !whole) return double(not_a_number());
  double r = 1.;
  if (whole && fabs(y) <= 64.) {  // exact where the product is: a small whole power
    double base = fabs(x);
    for (long n = long(fabs(y)); n; n >>= 1, base *= base)
      if (n & 1) r *= base;
    if (y < 0.) r = 1. / r;
  } else {
    r = exponential(y * logarithm(fabs(x)));
  }
  return x < 0. && odd ? -r : r;
}
DEVICE float power(float x, float y) { return float(power(double(x), double(y))); }

// quarter reduces an angle to r in [-pi/4, pi/4] and gives which quarter of the circle it was taken from. pi/2 is three
// doubles; the angle is right while it is below 2^31 or so.
DEVICE long quarter(double x, double* r) {
  const double q = rint(x * 0.63661977236758134);
  *r = fma(-q, -1.4973849048591833e-33, fma(-q, 6.123233995736766e-17, fma(-q, 1.5707963267948966, x)));
  return long(q) & 3;
}
DEVICE double sine_near(double r) {
  const double z = r * r;
  double p = 0.;
  const double c[] = {1. / 355687428096000., -1. / 1307674368000., 1. / 6227020800., -1. / 39916800., 1. / 362880., -1. / 5040.,
                      1. / 120., -1. / 6.};
#pragma unroll
  for (int i = 0; i < 8; i++) p = fma(p, z, c[i]);
  return fma(r * z, p, r);
}
DEVICE double cosine_near(double r) {
  const double z = r * r;
  double p = 0.;
  const double c[] = {1. / 20922789888000., -1. / 87178291200., 1. / 479001600., -1. / 3628800., 1. / 40320., -1. / 720.,
                      1. / 24., -.5};
#pragma unroll
  for (int i = 0; i < 8; i++) p = fma(p, z, c[i]);
  return fma(z, p, 1.);
}
DEVICE double turned(double x, long by) {
  if (x - x != 0.) return x - x;
  double r;
  const long q = (quarter(x, &r) + by) & 3;
  const double y = q & 1 ? cosine_near(r) : sine_near(r);
  return q & 2 ? -y : y;
}
DEVICE double sine(double x) { return x == 0. ? x : turned(x, 0); }
DEVICE double cosine(double x) { return turned(x, 1); }
DEVICE float sine(float x) { return float(sine(double(x))); }
DEVICE float cosine(float x) { return float(cosine(double(x))); }

// tangent_h: (e^2x - 1) / (e^2x + 1); near 0 the difference is a Taylor sum.
DEVICE double tangent_h(double x) {
  const double a = fabs(x);
  double t;
  if (a > 20.) {
    t = 1.;
  } else if (a > .25) {
    t = 1. - 2. / (exponential(2. * a) + 1.);
  } else {
    const double z = 2. * a;
    double p = 0.;
#pragma unroll
    for (int i = 17; i >= 1; i--) p = (p + 1.) * z / i;
    t = p / (p + 2.);
  }
  return x != x ? x : x < 0. ? -t : x == 0. ? x : t;
}
DEVICE float tangent_h(float x) { return float(tangent_h(double(x))); }

// error_function: 2/sqrt(pi) e^-x^2 times the sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)), all of one sign (Abramowitz and
// Stegun, 7.1.6). Above 6 it is 1 in double too.
DEVICE double error_function(double x) {
  if (x != x) return x;
  const double a = fabs(x), z = 2. * a * a;
  double y = 1.;
  if (a < 6.) {
    double term = a, sum = a;
    for (int n = 1; term > sum * 1e-17; n++) term *= z / (2 * n + 1), sum += term;
    y = 1.1283791670955126 * exponential(-a * a) * sum;
  }
  return x < 0. ? -y : x == 0. ? x : y;
}
DEVICE float error_function(float x) { return float(error_function(double(x))); }
