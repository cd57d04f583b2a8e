// pairs.cuh: what the kernels of attention share. Queries that read the same keys and values stand side by side in lanes; a
// kernel is told about one attention by four functors, which are written for it:
//
//   sides   where queries, keys and values lie:
//             overs, lanes, keys      how many there are
//             Place<N> place(over, lane)   where a lane stands along the axes, for a number or a range of lanes
//             query(place, column)    a query's element; columns of all dots side by side
//             fetch_keys<Shape>(tile, place, first), fetch_values<Shape>(tile, place, first): a tile's keys, from first on
//             store(place, column, value)  takes each result once, columns behind its width too
//   score   score(dots, place, key): the score of a pair, of its dot products and whatever else it reads
//   mask    first(place), end(place): bounds of the keys that a lane sees;  admits(place, key): which of them, for numbers and
//           for ranges (range.cuh);  everywhere: admits is always true
//   norm    what makes weights of scores (normalize.cuh, attend_rows.cuh)
//
// A score of minus infinity is a key that is not seen. A lane that sees no key gives 0.
#pragma once
#include "fragments.cuh"
#include "functions.cuh"
#include "lines.cuh"
#include "range.cuh"

constexpr int attend_threads = 128, attend_warps = attend_threads / 32;

// How many blocks of a kernel of attention a multiprocessor holds at least, behind the threads in __launch_bounds__: 4 leave a
// thread 128 registers, 3 leave 168, 2 leave 255. Where nothing is said, the compiler spills a few for one block more.
template <class Shape> constexpr int tile_fit = Shape::COLUMNS + Shape::VALUES <= 128 ? 3 : 2;
template <class Shape> constexpr int few_fit = Shape::COLUMNS + Shape::VALUES <= 128 ? 4 : 2;
template <class Shape> constexpr int rows_fit = Shape::COLUMNS + Shape::VALUES <= 256 ? 3 : 2;

// Shape says what is multiplied (T), in tiles of how many keys, with how many columns of values and of each dot. Columns are
// padded with zeros: to 16 for bf16, to 8 for float.
template <class T_, int KEYS_, int VALUES_, int... WIDTH> struct Shape {
  using T = T_;
  static constexpr int KEYS = KEYS_, VALUES = VALUES_, DOTS = int(sizeof...(WIDTH)), SUMS = DOTS > 0 ? DOTS : 1;
  static constexpr int COLUMNS = (WIDTH + ... + 0), LD = COLUMNS + pad<T>, LDV = VALUES + pad<T>, LDP = KEYS + pad<T>;
  __host__ __device__ static constexpr int width(int dot) {
    const int all[] = {WIDTH..., 0};
    return all[dot];
  }
  __host__ __device__ static constexpr int from(int dot) { return dot == 0 ? 0 : from(dot - 1) + width(dot - 1); }
};

// scores_of computes the products of all dots.
template <class Shape, int KEYS, int DOT = 0, class Queries>
DEVICE void scores_of(float (&s)[Shape::SUMS][KEYS / 8][4], const Queries& queries, const typename Shape::T* keys, int lane) {
  if constexpr (DOT < Shape::DOTS) {
    queries.template scores<KEYS, Shape::from(DOT), Shape::width(DOT)>(s[DOT], keys, Shape::LD, lane);
    scores_of<Shape, KEYS, DOT + 1>(s, queries, keys, lane);
  }
}

// take_queries writes ROWS queries to shared memory; the last one stands in for those behind it.
template <class Shape, int ROWS, class Sides>
DEVICE void take_queries(typename Shape::T* tile, const Sides& sides, int over, int lane0) {
  for (int r = threadIdx.x >> 5; r < ROWS; r += attend_warps) {
    const auto place = sides.place(over, whole_min(lane0 + r, sides.lanes - 1));
    for (int c = threadIdx.x & 31; c < Shape::COLUMNS; c += 32) narrow(tile[r * Shape::LD + c], sides.query(place, c));
  }
}

// Span is of the keys that some row sees, from first to below end, and of those that no row's bounds exclude.
struct Span {
  int first, end, all_first, all_end;
};
template <int ROWS, class Sides, class Mask>
DEVICE void take_bounds(int* bounds, const Sides& sides, const Mask& mask, int over, int lane0) {
  for (int r = threadIdx.x; r < ROWS; r += attend_threads) {
    const auto place = sides.place(over, whole_min(lane0 + r, sides.lanes - 1));
    bounds[r] = whole_max(mask.first(place), 0);
    bounds[ROWS + r] = whole_min(mask.end(place), sides.keys);
  }
}
template <int ROWS> DEVICE Span span_of(const int* bounds, int keys) {
  Span s = {keys, 0, 0, keys};
  for (int r = 0; r < ROWS; r++) {
    const int first = bounds[r], end = bounds[ROWS + r];
    if (first < end) s.first = whole_min(s.first, first), s.end = whole_max(s.end, end);
    s.all_first = whole_max(s.all_first, first), s.all_end = whole_min(s.all_end, end);
  }
  return s;
}

// Lanes is what a block knows of its mask: rows lane0 to lane0 + ROWS. seen(tile) says whether any of them sees a key of the
// tile; then all(tile) says whether all see all of it. Only what lies between needs to be looked at pair by pair.
template <class Mask, class Places> struct Tiles {
  const Mask& mask;
  Places places;
  Span span;
  int keys;  // of a tile

  __device__ __forceinline__ int first() const { return span.first < span.end ? span.first / keys : 0; }
  __device__ __forceinline__ int end() const { return span.first < span.end ? (span.end + keys - 1) / keys : 0; }
  __device__ __forceinline__ Range range(int tile) const {
    return {whole_max(tile * keys, span.first), whole_min(tile * keys + keys, span.end) - 1};
  }
  // next is the first tile from `tile` on, before `end`, of which something is seen.
  __device__ __forceinline__ int next(int tile, int end) const {
    if constexpr (!Mask::everywhere)
      while (tile < end && !mask.admits(places, range(tile)).can) tile++;
    return tile;
  }
  __device__ __forceinline__ bool all(int tile) const {
    if (tile * keys < span.all_first || tile * keys + keys > span.all_end) return false;
    if constexpr (!Mask::everywhere) return mask.admits(places, range(tile)).must;
    return true;
  }
};
template <class Mask, class Places> DEVICE Tiles<Mask, Places> tiles_of(const Mask& mask, Places places, Span span, int keys) {
  return {mask, places, span, keys};
}

// Bounds are those of the two rows that a lane holds of a fragment.
template <class Place> struct Rows2 {
  Place place[2];
  int first[2], end[2];
};

// logits makes scores of products, in place of those of the first dot: fragments of tile keys `key0` on. With CHECKED, pairs
// that the mask excludes become minus infinity.
template <class Shape, int KEYS, bool CHECKED, class Place, class Score, class Mask>
DEVICE void logits(float (&s)[Shape::SUMS][KEYS / 8][4], const Rows2<Place>& rows, int key0, const Score& score, const Mask& mask,
                   int lane) {
#pragma unroll
  for (int h = 0; h < 2; h++)
#pragma unroll
    for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
      for (int e = 0; e < 2; e++) {
        const int key = key0 + n * 8 + (lane & 3) * 2 + e;
        bool sees = true;
        if constexpr (CHECKED) {
          sees = key >= rows.first[h] && key < rows.end[h];
          if constexpr (!Mask::everywhere) sees = sees && mask.admits(rows.place[h], key);
        }
        float dots[Shape::SUMS];
#pragma unroll
        for (int d = 0; d < Shape::SUMS; d++) dots[d] = s[d][n][h * 2 + e];
        s[0][n][h * 2 + e] = sees ? score(dots, rows.place[h], key) : -INFINITY;
      }
}
