// shim_async.h: work that a thread starts and does not wait for. Names are those of ptx.cuh.
//
// A copy's target is poisoned when the copy starts and gets its bytes at the wait that covers it, read from the source at
// that moment: the latest that the rules allow (NVIDIA, Parallel Thread Execution ISA 8.3, 9.7.9.25.3, cp.async).
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

inline void start_async() {
  for (Copies& c : copies) c.pending.clear(), c.open = 0;
}

inline bool complete_one() { return false; }

inline void end_async() {
  for (const Copies& c : copies)
    if (!c.pending.empty()) die("the block ends before its copies were waited for");
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
