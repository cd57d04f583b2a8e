// shim_wgmma.h: products of a warpgroup, which run while its threads go on. Names are those of ptx.cuh.
//
// From the start of a product to the wait that covers it, its sums are not a number, and shared memory is read at the end:
// who touches either too early sees it. Layouts: NVIDIA, Parallel Thread Execution ISA,
// "Register Fragments and Shared Memory Matrix Layouts" of wgmma.mma_async.
#pragma once

namespace shim {

struct WarpgroupProduct { float* d; uint64_t a, b; int n; unsigned group; };
struct Sums { float* d; std::vector<float> values; };

// A thread's products in flight, and the sums that they are adding to, out of the program's sight.
struct Products {
  std::vector<WarpgroupProduct> pending;
  std::vector<Sums> held;
  unsigned open, covered;  // the group that is being filled; how many groups a wait covers
  bool fenced, waiting;
};
inline Products products[max_threads];

// element reads row r and column k of a tile that a descriptor stands for.
inline float element(uint64_t descriptor, int r, int k) {
  const uint32_t start = uint32_t(descriptor & 0x3fff) << 4, stride = uint32_t(descriptor >> 32 & 0x3fff) << 4;
  const uint32_t at = swizzle_128(start + uint32_t(r / 8) * stride + uint32_t(r % 8 * 128 + k * 2));
  if (at + 2 > shared_size) die("wgmma reads outside of shared memory");
  uint16_t v;
  memcpy(&v, shared_base + at, 2);
  return float_of_bits(uint32_t(v) << 16);
}

// add does a thread's share: with lane = 4g+t of warp w, sum 4j+e is row 16w + g + 8 (e/2), column 8j + 2t + e%2.
inline void add(unsigned thread, const WarpgroupProduct& p, std::vector<float>& d) {
  const int lane = int(thread % 32), row = int(thread / 32 % 4) * 16 + lane / 4;
  for (int half = 0; half < 2; half++) {
    float a[16];
    for (int k = 0; k < 16; k++) a[k] = element(p.a, row + 8 * half, k);
    for (int j = 0; j < p.n / 8; j++)
      for (int e = 0; e < 2; e++) {
        float sum = 0;
        for (int k = 0; k < 16; k++) sum += a[k] * element(p.b, j * 8 + lane % 4 * 2 + e, k);
        d[size_t(4 * j + 2 * half + e)] += sum;
      }
  }
}

inline void finish_thread(unsigned thread) {
  Products& mine = products[thread];
  size_t kept = 0;
  for (const WarpgroupProduct& p : mine.pending) {
    if (p.group >= mine.covered) {
      mine.pending[kept++] = p;
      continue;
    }
    for (Sums& s : mine.held)
      if (s.d == p.d) add(thread, p, s.values);
  }
  mine.pending.resize(kept);
  // Sums that no product adds to any more are the program's again.
  for (size_t i = mine.held.size(); i-- > 0;) {
    const Sums& s = mine.held[i];
    if (std::any_of(mine.pending.begin(), mine.pending.end(), [&](const WarpgroupProduct& p) { return p.d == s.d; })) continue;
    std::copy(s.values.begin(), s.values.end(), s.d);
    mine.held.erase(mine.held.begin() + long(i));
  }
  mine.waiting = false;
}

inline bool finish_products() {
  for (unsigned i = 0; i < warps.size(); i++) {
    const unsigned w = nth(i, unsigned(warps.size()));
    if (!products[w * 32].waiting) continue;
    for (unsigned lane = 0; lane < 32; lane++) finish_thread(w * 32 + lane);
    progress++;
    return true;
  }
  return false;
}

inline void start_products() {
  for (size_t i = 0; i < threads.size(); i++) {
    Products& p = products[i];
    p.pending.clear(), p.held.clear();
    p.open = p.covered = 0, p.fenced = p.waiting = false;
  }
}

inline void end_products() {
  for (size_t i = 0; i < threads.size(); i++)
    if (!products[i].pending.empty()) die("the block ends before its products were waited for");
}

inline Products& my_products() { return products[current->id]; }

// together checks that a warp is of one mind: the instructions are .sync.aligned.
inline void together(const char* operation, uint64_t a, uint64_t b) {
  uint64_t mine[2] = {a, b};
  collective(operation, mine, [](uint64_t** l) {
    for (int i = 1; i < 32; i++)
      if (l[i][0] != l[0][0] || l[i][1] != l[0][1]) die("lanes of one warp give wgmma unlike tiles");
  });
}

inline void start_product(float* d, int n, uint64_t a, uint64_t b) {
  together("wgmma", a, b);
  if (threads.size() % 128) die("wgmma needs whole warpgroups");
  if (a >> 62 != 1 || b >> 62 != 1) die("wgmma: only 128-byte swizzle is known here");
  Products& mine = my_products();
  if (!mine.fenced) die("wgmma without wgmma_fence since its registers were free");
  if (std::none_of(mine.held.begin(), mine.held.end(), [&](const Sums& s) { return s.d == d; })) {
    mine.held.push_back({d, std::vector<float>(d, d + n / 2)});
    std::fill(d, d + n / 2, NAN);
  }
  mine.pending.push_back({d, a, b, n, mine.open});
}

}  // namespace shim

inline uint32_t shared_address(const void* p) { return shim::shared_offset(p, 1, "an address outside of shared memory"); }

inline void wgmma_fence() {
  shim::together("wgmma_fence", 0, 0);
  shim::my_products().fenced = true;
}
inline void wgmma_commit() {
  shim::together("wgmma_commit", 0, 0);
  shim::my_products().open++;
}
template <int N> void wgmma_wait() {
  shim::together("wgmma_wait", 0, 0);
  shim::Products& mine = shim::my_products();
  mine.covered = mine.open > N ? mine.open - N : 0;
  mine.fenced = false;
  mine.waiting = true;
  shim::together("wgmma_wait", 0, 0);  // so that all lanes wait when the first of them completes
  shim::poll([&] { return !mine.waiting; });
}
inline void wgmma_n128(float (&d)[64], uint64_t a, uint64_t b) { shim::start_product(d, 128, a, b); }

template <int N> void registers_less() { static_assert(N % 8 == 0 && N >= 24 && N <= 256, "setmaxnreg"); }
template <int N> void registers_more() { static_assert(N % 8 == 0 && N >= 24 && N <= 256, "setmaxnreg"); }
