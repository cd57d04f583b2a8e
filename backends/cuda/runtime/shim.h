// shim.h: a CUDA device in C++17, for tests. Blocks run one after another; each CUDA thread of a block is a fiber that runs
// until it has to wait. The device is as unkind as the rules allow: barriers open, and asynchronous work completes, only
// when no thread can go on; shared memory and the targets of copies in flight are poisoned (0xff: not a number in every
// float format). A missing wait or barrier therefore shows as a wrong result, and a broken rule as a message and exit 9.
//
// SHIM_ORDER in the environment picks who goes first, for what one order hides another shows: by default warps and lanes
// in rising order, each warp as far as it can go alone; "falling" the same from the last; "mixed" one warp operation of
// each warp in turn.
// Four files: this one has threads and barriers, shim_warp.h operations of a warp, shim_async.h copies in flight,
// shim_wgmma.h products in flight.
#pragma once
#include <sys/mman.h>
#include <algorithm>
#include <bitset>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
// Our own switch saves what a call must; ucontext, where there is none, also makes two system calls each time.
#if defined(__x86_64__) && defined(__linux__) && !defined(SHIM_UCONTEXT)
#define SHIM_SWITCH 1
#else
#include <ucontext.h>
#endif

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
// There is no __shared__: shared memory is dynamic (launch.h), and what is not poisoned hides mistakes.

struct uint3 { unsigned x, y, z; };
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(16) float4 { float x, y, z, w; };

namespace shim {

// Limits of a block, from the CUDA programming guide's table of compute capabilities; shared memory is that of 9.0.
constexpr unsigned max_threads = 1024, max_barriers = 16;
constexpr size_t max_shared = 227 * 1024, stack_bytes = 128 * 1024, page = 4096;

enum class State { ready, in_warp, at_barrier, polling, ended };

struct Thread {
#if defined(SHIM_SWITCH)
  void* stack_pointer;
#else
  ucontext_t context;
#endif
  uint3 index;
  unsigned id;
  State state;
  unsigned barrier;
};

struct Barrier { unsigned arrived, expected; };

// Warp gathers the lanes that reached one collective operation; `arguments` is each lane's own.
struct Warp { const char* operation; unsigned arrived; void* arguments[32]; };

inline std::vector<Thread> threads;
inline Thread* current;
inline std::vector<Warp> warps;
inline Barrier barriers[max_barriers];
inline void (*body)(void*);  // the kernel, and what it is given
inline void* arguments;
inline uint3 block_index;
inline dim3 block_size, grid_size;
inline char* shared_base;
inline size_t shared_size;
// progress counts what a polling thread may have waited for.
inline unsigned long progress;

[[noreturn]] inline void die(const char* what) {
  fprintf(stderr, "shim: %s; block (%u,%u,%u)", what, block_index.x, block_index.y, block_index.z);
  if (current) fprintf(stderr, ", thread %u", current->id);
  fprintf(stderr, "\n");
  fflush(nullptr);
  _Exit(9);
}

// pages gives memory whose end meets a page that nobody may touch: running over it stops the program.
inline char* pages(size_t bytes) {
  const size_t whole = (bytes + page - 1) / page * page;
  void* p = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED || mprotect(static_cast<char*>(p) + whole, page, PROT_NONE)) die("no memory");
  return static_cast<char*>(p);
}

// stack gives one for each thread of a block, lowest page forbidden. They are kept for all blocks and launches.
inline char* stack(unsigned id) {
  static std::vector<char*> stacks;
  while (stacks.size() <= id) {
    char* p = pages(stack_bytes + page);
    if (mprotect(p, page, PROT_NONE)) die("no memory");
    stacks.push_back(p + page);
  }
  return stacks[id];
}

// --- the switch between a thread and the scheduler ---

inline void enter();

#if defined(SHIM_SWITCH)
inline void* scheduler;
// What a call must preserve (System V ABI, AMD64, 3.2.1) goes on the stack; the rest the compiler has saved.
extern "C" void shim_switch(void** from, void* to);
asm(R"(
.text
.weak shim_switch
shim_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
)");
inline void prepare(Thread& t) {
  // Six saved registers, then the address that `ret` goes to; at its first instruction the stack is 8 off from 16.
  void** top = reinterpret_cast<void**>(stack(t.id) + stack_bytes) - 8;
  std::fill(top, top + 8, nullptr);
  top[6] = reinterpret_cast<void*>(enter);
  t.stack_pointer = top;
}
inline void resume(Thread& t) { shim_switch(&scheduler, t.stack_pointer); }
inline void leave(Thread& t) { shim_switch(&t.stack_pointer, scheduler); }
#else
inline ucontext_t scheduler;
inline void prepare(Thread& t) {
  getcontext(&t.context);
  t.context.uc_stack.ss_sp = stack(t.id);
  t.context.uc_stack.ss_size = stack_bytes;
  t.context.uc_link = nullptr;
  makecontext(&t.context, enter, 0);
}
inline void resume(Thread& t) { swapcontext(&scheduler, &t.context); }
inline void leave(Thread& t) { swapcontext(&t.context, &scheduler); }
#endif

inline void yield(State state) {
  Thread* t = current;
  t->state = state;
  leave(*t);
  current = t;
}

inline void enter() {
  body(arguments);
  yield(State::ended);
  abort();
}

// --- what the parts below add to a block ---

void start_async();         // forgets the block before
bool complete_one();        // lets one asynchronous operation complete that a thread waits for; false if there is none
void end_async();           // dies if the block ends with work in flight

// --- barriers ---

inline void meet(unsigned id, unsigned expected) {
  if (id >= max_barriers || expected == 0 || expected > threads.size() || expected % 32)
    die("a barrier of a number or a count that no block has");
  Barrier& b = barriers[id];
  if (b.arrived && b.expected != expected) die("threads meet at one barrier with unlike counts");
  b.expected = expected;
  if (++b.arrived > expected) die("more threads at a barrier than it counts");
  current->barrier = id;
  yield(State::at_barrier);
}

inline bool open_barriers() {
  bool any = false;
  for (unsigned id = 0; id < max_barriers; id++) {
    if (!barriers[id].arrived || barriers[id].arrived != barriers[id].expected) continue;
    barriers[id].arrived = 0;
    for (Thread& t : threads)
      if (t.state == State::at_barrier && t.barrier == id) t.state = State::ready;
    any = true;
  }
  return any;
}

// poll waits until ready() holds. It asks again whenever something has happened in the block.
template <class Ready> void poll(Ready ready) {
  while (!ready()) yield(State::polling);
}

inline bool wake_polling(unsigned long& seen) {
  if (seen == progress) return false;
  seen = progress;
  bool any = false;
  for (Thread& t : threads)
    if (t.state == State::polling) t.state = State::ready, any = true;
  return any;
}

// --- a block ---

enum class Order { rising, falling, mixed };
inline Order order() {
  static const Order o = [] {
    const char* name = getenv("SHIM_ORDER");
    if (!name || !strcmp(name, "rising")) return Order::rising;
    if (!strcmp(name, "falling")) return Order::falling;
    if (!strcmp(name, "mixed")) return Order::mixed;
    die("SHIM_ORDER is rising, falling or mixed");
  }();
  return o;
}
// has_warpgroups says which device the shim is: sm_90a, or by SHIM_DEVICE in the environment sm_80.
inline bool has_warpgroups() {
  const char* name = getenv("SHIM_DEVICE");
  if (!name || !strcmp(name, "sm_90a")) return true;
  if (!strcmp(name, "sm_80")) return false;
  die("SHIM_DEVICE is sm_80 or sm_90a");
}
inline unsigned nth(unsigned i, unsigned n) { return order() == Order::falling ? n - 1 - i : i; }

// run_warp lets a warp go as far as it can alone, so that warps drift as far apart as barriers let them; in mixed order,
// each of its lanes once.
inline bool run_warp(unsigned w) {
  bool any = false;
  for (bool ran = true; ran;) {
    ran = false;
    for (unsigned i = 0; i < 32; i++) {
      Thread& t = threads[w * 32 + nth(i, 32)];
      if (t.state != State::ready) continue;
      current = &t;
      resume(t);
      current = nullptr;
      ran = any = true;
    }
    if (order() == Order::mixed) break;
  }
  return any;
}

inline void say_stuck() {
  unsigned in[5] = {};
  for (Thread& t : threads) in[int(t.state)]++;
  static char text[160];
  snprintf(text, sizeof text, "no thread can go on: %u wait for their warp (%s), %u at a barrier, %u for a copy, %u have ended",
           in[1], [] { for (Warp& w : warps) if (w.arrived) return w.operation; return "none"; }(), in[2], in[3], in[4]);
  die(text);
}

inline void run_block() {
  for (unsigned i = 0; i < threads.size(); i++) {
    Thread& t = threads[i];
    t.index = {i % block_size.x, i / block_size.x % block_size.y, i / (block_size.x * block_size.y)};
    t.id = i;
    t.state = State::ready;
    prepare(t);
  }
  std::fill(warps.begin(), warps.end(), Warp{});
  std::fill(barriers, barriers + max_barriers, Barrier{});
  const size_t room = (shared_size + 1023) / 1024 * 1024;
  if (room) memset(shared_base, 0xff, room);
  start_async();
  for (unsigned long seen = progress;;) {
    bool ran = false;
    for (unsigned w = 0; w < warps.size(); w++) ran |= run_warp(nth(w, unsigned(warps.size())));
    if (ran || open_barriers() || wake_polling(seen) || complete_one()) continue;
    break;
  }
  for (Thread& t : threads)
    if (t.state != State::ended) say_stuck();
  end_async();
  for (size_t i = shared_size; i < room; i++)
    if (shared_base[i] != char(0xff)) die("written past the end of shared memory");
}

// run_grid calls f(with) in each thread.
inline void run_grid(dim3 grid, dim3 block, size_t shared, void (*f)(void*), void* with) {
  const size_t n = size_t(block.x) * block.y * block.z;
  if (n == 0 || n > max_threads || n % 32) die("a block has 32 to 1024 threads, in whole warps");
  if (shared > max_shared) die("more shared memory than a block can have");
  static char* const memory = pages(max_shared + 1024);
  shared_size = shared;
  // The end of shared memory meets the forbidden page as closely as its alignment lets it.
  shared_base = memory + (max_shared + 1024 + page - 1) / page * page - (shared + 1023) / 1024 * 1024;
  threads.resize(n);
  warps.resize(n / 32);
  body = f;
  arguments = with;
  grid_size = grid;
  block_size = block;
  for (unsigned z = 0; z < grid.z; z++)
    for (unsigned y = 0; y < grid.y; y++)
      for (unsigned x = 0; x < grid.x; x++) {
        block_index = {x, y, z};
        run_block();
      }
}

inline char* shared_memory() { return shared_base; }

// shared_offset is the 32-bit address of shared memory; it dies if the bytes are not a block's own.
inline uint32_t shared_offset(const void* p, size_t bytes, const char* what) {
  const char* c = static_cast<const char*>(p);
  if (c < shared_base || c + bytes > shared_base + shared_size) die(what);
  return uint32_t(c - shared_base);
}

}  // namespace shim

#define threadIdx (shim::current->index)
#define blockIdx (shim::block_index)
#define blockDim (shim::block_size)
#define gridDim (shim::grid_size)

#include "shim_warp.h"
#include "shim_async.h"
#include "shim_wgmma.h"
