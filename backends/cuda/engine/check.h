// check.h: what all checks of test.cu say and use: a line for numbers that are compared, and memory of the device.
#pragma once
#include <cfloat>
#include "kernels/grid.cuh"
#include "runtime.h"

static int wrong = 0;
static Stream queue;

static void say(bool ok, const std::string& line) {
  wrong += !ok;
  printf("%s %s\n", ok ? "ok   " : "WRONG", line.c_str());
  fflush(stdout);
}
static void driver(const char* said) {
  if (!said) return;
  say(false, text("the driver says: %s", said));
  exit(1);
}

// compare is a line for n numbers, each of which may be `bound` away from what is wanted.
template <class Got, class Want, class Bound>
static void compare(const std::string& what, long n, Got got, Want want, Bound bound) {
  double most = 0;
  long at = 0;
  for (long i = 0; i < n; i++) {
    const double share = std::fabs(double(got(i)) - double(want(i))) / bound(i);
    if (!(share <= most)) most = share == share ? share : INFINITY, at = i;
  }
  if (most <= 1) return say(true, text("%s: %.2f of what roundings may do", what.c_str(), most));
  const double x = got(at), y = want(at), far = bound(at);
  say(false, text("%s: number %ld is %.9g, not %.9g within %.1e", what.c_str(), at, x, y, far));
}

// Array is memory of the device and its copy on the host. Numbers drawn for it lie from -1/2 to 1/2; of narrow ones 7 bits
// are there, which are the same in bf16.
template <class T> struct Array {
  std::vector<T> host;
  T* device;
  explicit Array(long n) : host(size_t(n)) {
    void* p = nullptr;
    driver(memory_new(&p, host.size() * sizeof(T)));
    device = static_cast<T*>(p);
  }
  Array(const Array&) = delete;
  ~Array() { memory_delete(device); }
  T& operator[](long i) { return host[size_t(i)]; }
  void draw(const char* name, bool narrow = true) {
    const uint64_t seed = seed_of(name);
    for (size_t i = 0; i < host.size(); i++) {
      const float x = hashed(seed, long(i));
      set(host[i], narrow ? float(std::nearbyint(256 * x)) / 256 : x);
    }
    give();
  }
  void give() { driver(memory_give(device, host.data(), host.size() * sizeof(T), queue)); }
  void take() { driver(memory_take(host.data(), device, host.size() * sizeof(T), queue)), driver(stream_finish(queue)); }

 private:
  static void set(float& to, float x) { to = x; }
  static void set(bf16& to, float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    to.bits = uint16_t(bits >> 16);
  }
};
static double value(float x) { return x; }
static double value(bf16 x) {
  const uint32_t bits = uint32_t(x.bits) << 16;
  float f;
  memcpy(&f, &bits, 4);
  return f;
}

template <class... P> static void start(void (*kernel)(P...), Grid g, typename Same<P>::type... arguments) {
  driver(launch(kernel, dim3(unsigned(g.blocks)), dim3(unsigned(g.threads)), g.shared, queue, arguments...));
  driver(stream_finish(queue));
}
