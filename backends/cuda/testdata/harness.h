// harness.h: the host's side of a kernel's test. Numbers come as arguments, arrays from the standard input one after the
// other, results go to the standard output in the order in which they were asked for.
#pragma once
#include <unistd.h>

class Request {
 public:
  Request(int argc, char** argv) : left_(argc), next_(argv) {}

  long number() {
    if (left_ == 0) shim::die("the request has too few numbers");
    left_--;
    return strtol(*next_++, nullptr, 10);
  }

  // input gives an array whose end meets a page that nobody may touch.
  template <class T> const T* input(size_t n) {
    T* p = place<T>(n);
    for (size_t done = 0; done < n * sizeof(T);) {
      const ssize_t got = read(0, reinterpret_cast<char*>(p) + done, n * sizeof(T) - done);
      if (got <= 0) shim::die("the request has too few bytes");
      done += size_t(got);
    }
    return p;
  }

  // output gives an array full of what is not a number.
  template <class T> T* output(size_t n) {
    T* p = place<T>(n);
    results_.push_back({reinterpret_cast<char*>(p), n * sizeof(T)});
    return p;
  }

  void answer() {
    for (const Result& r : results_)
      for (size_t done = 0; done < r.bytes;) {
        const ssize_t put = write(1, r.data + done, r.bytes - done);
        if (put <= 0) _Exit(8);
        done += size_t(put);
      }
  }

 private:
  struct Result { char* data; size_t bytes; };

  template <class T> T* place(size_t n) {
    const size_t bytes = (n * sizeof(T) + 15) / 16 * 16, whole = (bytes + shim::page - 1) / shim::page * shim::page;
    char* end = shim::pages(whole) + whole;
    memset(end - bytes, 0xff, bytes);
    return reinterpret_cast<T*>(end - bytes);
  }

  int left_;
  char** next_;
  std::vector<Result> results_;
};
