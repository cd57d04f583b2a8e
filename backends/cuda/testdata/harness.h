// harness.h: the host's side of a kernel's test. Numbers come as arguments, arrays from the standard input one after the
// other, results go to the standard output in the order in which they were asked for. On a CPU the shim runs the kernels;
// on a device the same requests go through memory that host and device share.
#pragma once
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

class Request {
 public:
  Request(int argc, char** argv) : left_(argc), next_(argv) {}

  // check ends the program if there is something to say.
  static void check(const char* wrong) {
    if (!wrong) return;
    fprintf(stderr, "request: %s\n", wrong);
    _Exit(8);
  }

  long number() {
    if (left_ == 0) check("too few numbers");
    left_--;
    return strtol(*next_++, nullptr, 10);
  }

  template <class T> const T* input(size_t n) {
    T* p = space<T>(n);
    for (size_t done = 0; done < n * sizeof(T);) {
      const ssize_t got = read(0, reinterpret_cast<char*>(p) + done, n * sizeof(T) - done);
      if (got <= 0) check("too few bytes");
      done += size_t(got);
    }
    return p;
  }

  template <class T> T* output(size_t n) {
    T* p = space<T>(n);
    results_.push_back({reinterpret_cast<char*>(p), n * sizeof(T)});
    return p;
  }

  // space is full of what is not a number; on a CPU its end meets a page that nobody may touch.
  template <class T> T* space(size_t n) {
    const size_t bytes = (n * sizeof(T) + 15) / 16 * 16;
#if defined(ON_CPU)
    const size_t whole = (bytes + shim::page - 1) / shim::page * shim::page;
    char* p = shim::pages(whole) + whole - bytes;
#else
    char* p = nullptr;
    if (cudaMallocManaged(&p, bytes) != cudaSuccess) check("no device, or no memory on it");
#endif
    memset(p, 0xff, bytes);
    return reinterpret_cast<T*>(p);
  }

  void answer() {
#if !defined(ON_CPU)
    const cudaError_t failed = cudaDeviceSynchronize();
    if (failed != cudaSuccess) check(cudaGetErrorString(failed));
#endif
    for (const Result& r : results_)
      for (size_t done = 0; done < r.bytes;) {
        const ssize_t put = write(1, r.data + done, r.bytes - done);
        if (put <= 0) _Exit(8);
        done += size_t(put);
      }
  }

 private:
  struct Result { char* data; size_t bytes; };

  int left_;
  char** next_;
  std::vector<Result> results_;
};
