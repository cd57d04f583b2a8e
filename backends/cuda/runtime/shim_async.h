// shim_async.h: work that a thread starts and does not wait for. Names are those of ptx.cuh.
//
// A copy's target is poisoned when the copy starts and gets its bytes at the wait that covers it, read from the source at
// that moment: the latest that the rules allow (NVIDIA, Parallel Thread Execution ISA, cp.async, mbarrier,
// cp.async.bulk.tensor).
#pragma once

namespace shim {

struct Copy { void* to; const void* from; int bytes; unsigned group; };

// Copies are a thread's own, and so are its groups; `open` is the number of the group that is being filled.
struct Copies { std::vector<Copy> pending; unsigned open; };
inline Copies copies[max_threads];

inline void finish_copies(Copies& c, unsigned newest_left) {
  size_t kept = 0;
  for (const Copy& one : c.pending) {
    if (c.open - one.group <= newest_left) {  // the open group, if it is not empty, is never covered
      c.pending[kept++] = one;
      continue;
    }
    memset(one.to, 0, 16);
    memcpy(one.to, one.from, size_t(one.bytes));
  }
  c.pending.resize(kept);
}

// --- barriers in memory, and bulk copies that report to them (sm_90) ---

// Matrix is what a tensor map stands for: bf16 in memory, fetched in boxes of box_rows x 64.
struct Matrix { const uint16_t* data; long rows, cols, stride; int box_rows; };

struct MemoryBarrier { const uint64_t* at; unsigned count, pending; long bytes; unsigned phase, owner; bool fenced; };
struct BulkCopy { uint32_t to; const Matrix* from; int row, col; const uint64_t* bar; };

// The state of a barrier is opaque to programs, so it is kept here and not in its eight bytes.
inline std::vector<MemoryBarrier> memory_barriers;
inline std::vector<BulkCopy> bulk_copies;
inline std::vector<const Matrix*> acquired;  // by this block

inline MemoryBarrier& barrier_at(const uint64_t* p) {
  for (MemoryBarrier& b : memory_barriers)
    if (b.at == p) return b;
  die("an mbarrier is used before it is initialized");
}

// settle ends the phase if all that it waits for has come.
inline void settle(MemoryBarrier& b) {
  if (b.pending || b.bytes) return;
  b.phase++;
  b.pending = b.count;
  progress++;
}

inline void arrive(const uint64_t* p, long bytes) {
  MemoryBarrier& b = barrier_at(p);
  b.bytes += bytes;
  b.pending--;  // a phase that has all its arrivals but not its bytes takes no more
  if (b.pending > b.count) die("more arrivals at an mbarrier than it counts");
  settle(b);
}

// swizzle_128 is where a byte of a tile lies: bits 4 to 6 of its address are changed by bits 7 to 9 (PTX ISA, "Swizzling Modes").
inline uint32_t swizzle_128(uint32_t address) { return address ^ (address >> 7 & 7) << 4; }

inline void finish_bulk(const BulkCopy& c) {
  const Matrix& m = *c.from;
  for (int r = 0; r < m.box_rows; r++)
    for (int i = 0; i < 64; i++) {
      const long row = long(c.row) + r, col = long(c.col) + i;
      const bool inside = row >= 0 && row < m.rows && col >= 0 && col < m.cols;
      const uint16_t v = inside ? m.data[row * m.stride + col] : 0;
      memcpy(shared_base + swizzle_128(c.to + uint32_t(r * 128 + i * 2)), &v, 2);
    }
  MemoryBarrier& b = barrier_at(c.bar);
  b.bytes -= m.box_rows * 128;
  settle(b);
}

bool finish_products();  // shim_wgmma.h: lets the products complete that one warp waits for

// Copies may overtake each other: in falling order the newest comes first, and products before copies.
inline bool finish_one_bulk() {
  if (bulk_copies.empty()) return false;
  const size_t i = order() == Order::falling ? bulk_copies.size() - 1 : 0;
  const BulkCopy c = bulk_copies[i];
  bulk_copies.erase(bulk_copies.begin() + long(i));
  finish_bulk(c);
  progress++;
  return true;
}

inline bool complete_one() {
  const bool waited = std::any_of(threads.begin(), threads.end(), [](const Thread& t) { return t.state == State::polling; });
  if (!waited) return false;
  if (order() == Order::falling) return finish_products() || finish_one_bulk();
  return finish_one_bulk() || finish_products();
}

void start_products();
void end_products();

inline void start_async() {
  for (size_t i = 0; i < threads.size(); i++) copies[i].pending.clear(), copies[i].open = 0;
  memory_barriers.clear();
  bulk_copies.clear();
  acquired.clear();
  start_products();
}

inline void end_async() {
  for (size_t i = 0; i < threads.size(); i++)
    if (!copies[i].pending.empty()) die("the block ends before its copies were waited for");
  if (!bulk_copies.empty()) die("the block ends before its bulk copies were waited for");
  end_products();
}

}  // namespace shim

inline void cp_async_16(void* shared, const void* global, int bytes) {
  const uint32_t to = shim::shared_offset(shared, 16, "cp.async writes outside of shared memory");
  if (to % 16 || reinterpret_cast<uintptr_t>(global) % 16) shim::die("cp.async: an address is not 16-byte aligned");
  if (bytes < 0 || bytes > 16) shim::die("cp.async copies 0 to 16 bytes");
  memset(shared, 0xff, 16);
  shim::Copies& c = shim::copies[shim::current->id];
  c.pending.push_back({shared, global, bytes, c.open});
}
inline void cp_async_commit() { shim::copies[shim::current->id].open++; }
template <int N> void cp_async_wait() { shim::finish_copies(shim::copies[shim::current->id], N); }

inline void mbar_init(uint64_t* bar, int count) {
  if (shim::shared_offset(bar, 8, "an mbarrier lies outside of shared memory") % 8) shim::die("an mbarrier is not aligned");
  if (count < 1 || count > 0xfffff) shim::die("an mbarrier counts 1 to 2^20 - 1 arrivals");
  for (const shim::MemoryBarrier& b : shim::memory_barriers)
    if (b.at == bar) shim::die("an mbarrier is initialized twice");
  const unsigned n = unsigned(count);
  shim::memory_barriers.push_back({bar, n, n, 0, 0, shim::current->id, false});
}
inline void mbar_init_fence() {
  for (shim::MemoryBarrier& b : shim::memory_barriers)
    if (b.owner == shim::current->id) b.fenced = true;
}
inline void mbar_arrive(uint64_t* bar) { shim::arrive(bar, 0); }
inline void mbar_expect(uint64_t* bar, int bytes) { shim::arrive(bar, bytes); }
inline void mbar_wait(uint64_t* bar, int parity) {
  shim::poll([=] { return (shim::barrier_at(bar).phase & 1) != unsigned(parity); });
}

inline void map_acquire(const shim::Matrix* map) { shim::acquired.push_back(map); }
inline void bulk_copy(void* shared, const shim::Matrix* map, int row, int col, uint64_t* bar) {
  const size_t bytes = size_t(map->box_rows) * 128;
  const uint32_t to = shim::shared_offset(shared, bytes, "a bulk copy writes outside of shared memory");
  if (to % 1024) shim::die("a bulk copy with 128-byte swizzle is not 1024-byte aligned");
  if (!shim::barrier_at(bar).fenced) shim::die("a bulk copy reports to an mbarrier whose initialization was not fenced");
  if (std::find(shim::acquired.begin(), shim::acquired.end(), map) == shim::acquired.end())
    shim::die("a bulk copy goes by a map that its block has not acquired");
  memset(shared, 0xff, bytes);
  shim::bulk_copies.push_back({to, map, row, col, bar});
}
