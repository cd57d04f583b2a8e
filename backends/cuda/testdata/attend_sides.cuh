// Attention as an engine would start it: where things lie, scores, masks and normalizers are named functors, one entry for
// each combination (attend_entries.cuh, attend_few_entries.cuh, attend_rows_entries.cuh). Heads of queries share heads of
// keys by groups; the first query stands behind keys - queries keys.
// S is what is stored, in rows of D or DV; without CHUNKS along keys instead, which no copy in chunks can bring. VALUE is the
// column of the keys at which the values begin, or -1.
template <class S, bool CHUNKS, int D, int DV, int WIDTH, class O, int VALUE = -1> struct HeadSides {
  template <class N> struct Place { int head; N t, r; };
  static constexpr int value_column = VALUE;
  const S *q, *k, *v;
  O* out;
  int queries, keys, heads, group, overs, lanes;

  template <class N> __device__ Place<N> place(int over, N lane) const {
    return {over, digit(lane, group, queries), digit(lane, 1, group)};
  }
  __device__ float query(const Place<int>& at, int i) const {
    return i < D ? float_of(q[(long(at.t) * heads * group + at.head * group + at.r) * D + i]) : 0.f;
  }
  template <class Shape> __device__ void fetch_keys(typename Shape::T* tile, const Place<int>& at, int first) const {
    const Lines<S, CHUNKS> from = CHUNKS ? Lines<S, CHUNKS>{k + at.head * D, long(heads) * D, 1}
                                         : Lines<S, CHUNKS>{k + long(at.head) * D * keys, 1, keys};
    fetch_lines<typename Shape::T, Shape::KEYS, WIDTH, Shape::LD, attend_threads>(tile, from, first, keys, D);
  }
  template <class Shape> __device__ void fetch_values(typename Shape::T* tile, const Place<int>& at, int first) const {
    const Lines<S, CHUNKS> from = CHUNKS ? Lines<S, CHUNKS>{v + at.head * DV, long(heads) * DV, 1}
                                         : Lines<S, CHUNKS>{v + long(at.head) * DV * keys, 1, keys};
    fetch_lines<typename Shape::T, Shape::KEYS, Shape::VALUES, Shape::LDV, attend_threads>(tile, from, first, keys, DV);
  }
  __device__ void store(const Place<int>& at, int i, float value) const {
    if (i < DV) narrow(out[(long(at.t) * heads * group + at.head * group + at.r) * DV + i], value);
  }
};

struct Scale {
  float factor;
  template <class P> __device__ float operator()(const float (&dot)[1], const P&, int) const { return dot[0] * factor; }
};
struct SoftCap {
  float factor, cap;
  template <class P> __device__ float operator()(const float (&dot)[1], const P&, int) const {
    return cap * tanh_of(dot[0] * factor / cap);
  }
};
struct Alibi {
  float factor;
  int past, group;
  template <class P> __device__ float operator()(const float (&dot)[1], const P& at, int key) const {
    return dot[0] * factor - ex2(-float(at.head * group + at.r + 1)) * float(past + at.t - key);
  }
};
// Cosine and rest: two dots that meet in more than a sum.
struct Twice {
  template <class P> __device__ float operator()(const float (&dot)[2], const P&, int) const {
    return dot[0] * 0.125f * tanh_of(dot[1]);
  }
};
struct Positive {
  template <class P> __device__ float operator()(const float (&dot)[1], const P&, int) const { return exp_of(dot[0] * 0.125f); }
};

struct Full {
  static constexpr bool everywhere = true;
  template <class P> __device__ int first(const P&) const { return 0; }
  template <class P> __device__ int end(const P&) const { return 0x7fffffff; }
};
struct Causal {
  static constexpr bool everywhere = true;
  int past;
  template <class P> __device__ int first(const P&) const { return 0; }
  template <class P> __device__ int end(const P& at) const { return past + at.t + 1; }
};
// Window sees `width` keys, the query's own the last of them; none if `width` is 0.
struct Window {
  static constexpr bool everywhere = true;
  int past, width;
  template <class P> __device__ int first(const P& at) const { return past + at.t - width + 1; }
  template <class P> __device__ int end(const P& at) const { return past + at.t + 1; }
};
// Every width-th key back from the query, each head of a group 30 further, and the first two.
struct Strided {
  static constexpr bool everywhere = false;
  int past, width;
  template <class P> __device__ int first(const P&) const { return 0; }
  template <class P> __device__ int end(const P& at) const { return past + at.t + 1; }
  template <class P, class N> __device__ auto admits(const P& at, N key) const {
    return whole_mod(at.t + past - key + 30 * at.r, width) == 0 || key < 2;
  }
};

struct HeadSink {
  int group;
  template <class P> __device__ float operator()(const P& at) const { return 0.5f * float(at.head * group + at.r) - 1.f; }
};
struct Sigmoid {
  static constexpr bool shifted = false;
  template <class P> __device__ float weight(float score, const P&) const { return sigmoid(score); }
  template <class P> __device__ float term(float, const P&) const { return 0.f; }
  template <class P> __device__ float factor(const P&, float, float) const { return 1.f; }
};
struct Shares {
  static constexpr bool shifted = false;
  template <class P> __device__ float weight(float score, const P&) const { return score; }
  template <class P> __device__ float term(float score, const P&) const { return score; }
  template <class P> __device__ float factor(const P&, float total, float) const { return 1.f / total; }
};
