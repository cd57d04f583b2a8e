// runtime.h: what every engine has, whatever its model: memory, weights on the device, inputs and outputs by name, steps.
// model.cu fills in the model.
#pragma once
#include <algorithm>
#include <memory>
#include <tuple>
#include "checkpoint.h"
#include "cublaslt.h"
#include "engine.h"
#include "launch.h"

// Grid is how a kernel is started: blocks, threads of a block, bytes of shared memory.
struct Grid { long blocks; int threads; size_t shared; };
// items is one thread for each of n; groups one block for each. Beyond `most_blocks` a block does more than one, which a test
// may ask of few.
inline long most_blocks = 1 << 16;
inline Grid groups(long n, int threads, size_t shared = 0) { return {std::max(1L, std::min(n, most_blocks)), threads, shared}; }
// resident is as many blocks of n as there are processors: each takes one work after the other.
inline Grid resident(const DeviceKind& kind, long n, int threads, size_t shared) {
  return groups(std::min<long>(n, kind.processors), threads, shared);
}
inline Grid items(long n) { return groups((n + 127) / 128, 128); }

// Sizes are the free dims of a model, in the order of its Dims (kernels/dims.cuh).
using Sizes = std::vector<long>;

// An axis of an input or an output: `dim` is the free dim that it settles, -1 for none.
struct PortAxis { const char* label; int dim; long (*size)(const long*); };
struct Port {
  const char* name;
  std::vector<PortAxis> axes;
  bool fixed;      // given once, before the first step
  bool optional;   // else `missing` is what all of it is
  float missing;
};

// Facts are what a model says of itself.
struct Facts {
  const char* name;
  const char* tokens;  // the input that takes token ids, "" without
  const char* logits;  // the output that scores those that may come
  long vocab, positions;  // ids run from 0 to vocab-1; 0 positions is no limit
  std::vector<const char*> dims;
  int batch, past, room;  // which of dims, -1 for none
  std::vector<Port> inputs, outputs;
  std::vector<const char*> places;  // where in the model a number may be no element of a table
  bool replays;  // a step of one row launches the same kernels on the same memory whatever is past
};

struct Axis { long size, stride; };

constexpr int map_rows = 128;      // of a box of a bulk copy: sm90_tile of product_sm90.cuh
constexpr size_t most_maps = 256;  // that are kept from step to step

class Runtime {
 public:
  explicit Runtime(Facts facts) : facts(std::move(facts)), sizes(this->facts.dims.size(), 0) {}
  virtual ~Runtime() {
    recording_delete(&recording_);
    for (void* p : owned_) memory_delete(p);
    for (const auto& g : given_) memory_delete(g.second.device);
    memory_delete(arena_);
    stream_delete(stream);
  }
  Runtime(const Runtime&) = delete;

  int fail(int code, std::string why) {
    if (!error_) error_ = code, said() = std::move(why);
    return error_;
  }
  static std::string& said() {
    static thread_local std::string s;
    return s;
  }
  int error() const { return error_; }
  void forgive() {
    if (error_ != ENGINE_DEVICE) error_ = 0;
  }

  int open(const char* path, long batch, long room) {
    if (batch < 1 || room < 1) return fail(ENGINE_ARGUMENT, "a batch and a room are 1 or more");
    batch_ = batch;
    if (facts.batch >= 0) sizes[size_t(facts.batch)] = batch;
    if (facts.room >= 0) sizes[size_t(facts.room)] = room;
    room_ = room;
    device(stream_new(&stream));
    if (!error_) device(device_kind(&kind, stream));
    wide = kind.warpgroups || Multiplier::there;
    device_dims_ = reserve<long>(std::max<size_t>(sizes.size(), 1));
    fault_ = reserve<long>(3);
    Checkpoint c;
    std::string wrong = path && *path ? c.open(path) : "";
    if (!path) c.invent();
    if (wrong.empty()) wrong = expect(c);
    if (!wrong.empty()) return fail(ENGINE_CHECKPOINT, wrong);
    if (!error_) load(c);
    return device(stream_finish(stream));
  }

  int set(const std::string& name, const float* data, const long* shape, int rank) {
    for (const Port& p : facts.inputs)
      if (name == p.name) {
        if (p.fixed && started_) return fail(ENGINE_ARGUMENT, "the input " + shown(name) + " is given before the first step");
        if (rank != int(p.axes.size())) return fail(ENGINE_ARGUMENT, text("the input %s has %zu axes, not %d", p.name, p.axes.size(), rank));
        Given& g = given_[name];
        g.shape.assign(shape, shape + rank);
        size_t n = 1;
        for (const long s : g.shape) {
          if (s < 1) return fail(ENGINE_ARGUMENT, text("the input %s has a size below 1", p.name));
          n *= size_t(s);
        }
        g.numbers.assign(data, data + n);
        g.sent = false;
        return error_;
      }
    return fail(ENGINE_ARGUMENT, "the model has no input " + shown(name));
  }

  int run() {
    if (error_) return error_;
    for (const Port& p : facts.inputs) settle(p);
    if (error_) return error_;
    if (!started_) {
      for (const Port& p : facts.inputs)
        if (p.fixed) send(p);
      send_sizes();
      if (!error_) start();
      if (finish()) return error_;
      started_ = true;
    }
    const long n = rows();
    if (past_ + n > room_) return fail(ENGINE_ROOM, text("%ld rows are more than there is room for, which is %ld", past_ + n, room_));
    for (const Port& p : facts.inputs)
      if (!p.fixed) send(p);
    slide();
    send_sizes();
    if (!error_) advance(n);
    if (finish()) return error_;
    stepped();
    past_ += n;
    if (facts.past >= 0) sizes[size_t(facts.past)] = past_;
    ran_ = true;
    return 0;
  }

  int get(const std::string& name, const float** data, long* shape, int* rank) {
    if (!ran_) return fail(ENGINE_ARGUMENT, "nothing was computed yet");
    for (size_t k = 0; k < facts.outputs.size(); k++) {
      const Port& p = facts.outputs[k];
      if (name != p.name) continue;
      if (p.axes.size() > 8) return fail(ENGINE_ARGUMENT, text("the output %s has %zu axes", p.name, p.axes.size()));
      size_t n = 1;
      *rank = int(p.axes.size());
      for (size_t i = 0; i < p.axes.size(); i++) n *= size_t(shape[i] = p.axes[i].size(ran_sizes_.data()));
      taken_.resize(n);
      if (n) device(memory_take(taken_.data(), outputs[k], n * sizeof(float), stream));
      *data = taken_.data();
      return device(stream_finish(stream));
    }
    return fail(ENGINE_ARGUMENT, "the model has no output " + shown(name));
  }

  int reset() {
    forgive();
    for (const auto& g : given_) memory_delete(g.second.device);
    given_.clear();
    started_ = ran_ = false;
    past_ = 0;
    for (size_t i = 0; i < sizes.size(); i++)
      if (int(i) != facts.batch && int(i) != facts.room) sizes[i] = 0;
    recording_delete(&recording_);
    recorded_.clear();
    return error_;
  }

  long past() const { return past_; }
  long batch() const { return batch_; }
  const Facts facts;

 protected:
  // --- what a model fills in ---
  virtual std::string expect(Checkpoint&) = 0;             // the tensors that it has
  virtual void load(Checkpoint&) = 0;                      // puts them on the device
  virtual void start() = 0;                                // makes the states, and what no row changes
  virtual void slide() {}                                  // makes room behind windows of rows
  virtual void stepped() {}                                // moves them
  virtual std::vector<size_t> slots(bool starting) = 0;    // of the arena, in numbers
  virtual void step() = 0;
  virtual long rows() const = 0;                           // that the inputs bring

  // --- what it does that with ---
  template <class... P> void run(void (*kernel)(P...), Grid g, typename Same<P>::type... arguments) {
    if (!error_) device(launch(kernel, dim3(unsigned(g.blocks)), dim3(unsigned(g.threads)), g.shared, stream, arguments...));
  }
  int device(const char* wrong) { return wrong ? fail(ENGINE_DEVICE, wrong) : error_; }

  template <class T> T* reserve(size_t n) {
    void* p = nullptr;
    device(memory_new(&p, std::max<size_t>(n, 1) * sizeof(T)));
    if (p) owned_.push_back(p);
    return static_cast<T*>(p);
  }
  // state gives memory that is kept from step to step, all zeros; the old one is given back.
  void state(float*& p, long n) {
    release(p);
    p = reserve<float>(size_t(n));
    if (p) device(memory_zero(p, size_t(n) * sizeof(float), stream));
  }
  void release(void* p) {
    if (!p) return;
    owned_.erase(std::remove(owned_.begin(), owned_.end(), p), owned_.end());
    memory_delete(p);
    recorded_.clear();
  }

  // map_of is what bulk copies know a matrix of bf16 by, in device memory: made once for a place and a shape.
  const TensorMap* map_of(const void* base, long rows, long cols, long stride) {
    TensorMap*& known = maps_[{base, rows, cols, stride}];
    if (known || error_) return known;
    TensorMap map;
    device(describe(&map, base, rows, cols, stride, map_rows));
    known = reserve<TensorMap>(1);
    if (!error_) device(memory_give(known, &map, sizeof map, stream));
    return known;
  }

  // by_library lets cuBLASLt make a product of rows that are bf16, in an engine that is made with it: out[m][n] is the sum over
  // k of in[m][k] weights[n][k], the rows of each so many numbers apart. Else it says no.
  bool by_library(const void* in, const void* weights, float* out, long m, long n, long k, long in_row, long weights_row, long out_row) {
    if (Multiplier::there && !error_) device(multiplier_.multiply(in, weights, out, m, n, k, in_row, weights_row, out_row, stream));
    return Multiplier::there;
  }

  // numbers puts a whole tensor on the device; panel its elements as a matrix for each element of the batch, whose rows are
  // `stride` apart: rows run over the axes n, columns over k, from element base on.
  void numbers(Checkpoint& c, const std::string& key, float* to) {
    const Tensor& t = c.tensor(key);
    std::vector<float> all(size_t(t.elements));
    for (long i = 0; i < t.elements; i++) all[size_t(i)] = t.value(i);
    if (to && !error_) device(memory_give(to, all.data(), all.size() * sizeof(float), stream)), device(stream_finish(stream));
  }
  template <class T>
  void panel(Checkpoint& c, const std::string& key, T* to, long base, std::vector<Axis> batch, std::vector<Axis> n, std::vector<Axis> k,
             long stride) {
    const Tensor& t = c.tensor(key);
    const std::vector<long> b = offsets(batch), rows = offsets(n), cols = offsets(k);
    constexpr size_t part = 1 << 20;  // numbers that are sent at once
    std::vector<T> some;
    for (const long first : b)
      for (size_t r = 0; r < rows.size();) {
        some.clear();
        for (; r < rows.size() && some.size() < part; r++) {
          for (const long col : cols) some.push_back(narrowed(t.value(base + first + rows[r] + col), T()));
          some.resize((some.size() + size_t(stride) - 1) / size_t(stride) * size_t(stride), T());
        }
        if (to && !error_) device(memory_give(to, some.data(), some.size() * sizeof(T), stream)), device(stream_finish(stream));
        to += some.size();
      }
  }

  // quantized is room for matrices of rows x cols numbers in a format of kernels/weights.cuh; panel puts those of a tensor there
  // as quantize.h says, some rows at a time.
  template <class W> W quantized(long matrices, long rows, long cols) {
    using S = typename W::scale;
    W w{};
    w.stride = W::length(cols), w.scales.stride = (cols + S::cols - 1) / S::cols;
    w.data = reserve<typename W::element>(size_t(matrices * rows * w.stride));
    w.scales.data = reserve<typename S::element>(size_t(matrices * ((rows + S::rows - 1) / S::rows) * w.scales.stride));
    return w;
  }
  template <class W>
  void panel(Checkpoint& c, const std::string& key, const W& to, long base, std::vector<Axis> batch, std::vector<Axis> n, std::vector<Axis> k) {
    const Tensor& t = c.tensor(key);
    const std::vector<long> b = offsets(batch), rows = offsets(n), cols = offsets(k);
    const long all = long(rows.size()), width = long(cols.size()), block = W::scale::rows;
    const long part = std::max(1L, (1L << 20) / (width * block)) * block;  // rows that are sent at once
    std::vector<float> values;
    std::vector<typename W::element> codes;
    std::vector<typename W::scale::element> scales;
    for (size_t i = 0; i < b.size(); i++) {
      const W one = to.matrix(long(i), all);
      for (long first = 0; first < all; first += part) {
        const long some = std::min(part, all - first);
        values.clear();
        for (long r = first; r < first + some; r++)
          for (const long col : cols) values.push_back(t.value(base + b[i] + rows[size_t(r)] + col));
        quantize(one, values.data(), some, width, &codes, &scales);
        give(one.data + first * one.stride, codes);
        give(one.scales.data + first / block * one.scales.stride, scales);
      }
    }
  }
  // give sends numbers to where kernels only read.
  template <class T> void give(const T* to, const std::vector<T>& from) {
    if (!to || error_) return;
    device(memory_give(const_cast<T*>(to), from.data(), from.size() * sizeof(T), stream));
    device(stream_finish(stream));
  }

  std::vector<float*> slot;      // the arena's parts
  std::vector<const float*> outputs;
  Sizes sizes;
  Stream stream = nullptr;
  DeviceKind kind{};
  bool wide = false;  // products of many rows read them as bf16: by warpgroups, or by cuBLASLt
  const float* input(const char* name) { return given_[name].device; }
  long* device_dims() { return device_dims_; }
  long* fault() { return fault_; }

  // send_sizes tells the device the sizes, and lays out the arena for them.
  void send_sizes() {
    if (error_) return;
    device(memory_give(device_dims_, sizes.data(), sizes.size() * sizeof(long), stream));
    device(memory_zero(fault_, 3 * sizeof(long), stream));
    ran_sizes_ = sizes;
    place(slots(!started_));
    if (maps_.size() > most_maps) forget_maps();
  }

 private:
  struct Given {
    std::vector<long> shape;
    std::vector<float> numbers;
    float* device = nullptr;
    size_t room = 0;
    bool sent = false;
  };

  static float narrowed(float x, float) { return x; }
  template <class T> static T narrowed(float x, T) {  // bf16, to nearest even
    uint32_t b;
    memcpy(&b, &x, 4);
    return T{uint16_t(x != x ? 0x7fff : (b + 0x7fff + (b >> 16 & 1)) >> 16)};
  }
  static std::vector<long> offsets(const std::vector<Axis>& axes) {
    std::vector<long> all{0};
    for (const Axis& a : axes) {
      std::vector<long> next;
      for (const long o : all)
        for (long i = 0; i < a.size; i++) next.push_back(o + i * a.stride);
      all.swap(next);
    }
    return all;
  }

  // settle takes the free dims that an input's shape says.
  void settle(const Port& p) {
    if (error_ || (p.fixed && started_)) return;
    const auto g = given_.find(p.name);
    if (g == given_.end()) {
      if (!p.optional) fail(ENGINE_ARGUMENT, text("the input %s is missing", p.name));
      return;
    }
    for (size_t i = 0; i < p.axes.size(); i++) {
      const int d = p.axes[i].dim;
      if (d >= 0 && d != facts.batch) sizes[size_t(d)] = g->second.shape[i];
    }
  }
  // send puts an input on the device.
  void send(const Port& p) {
    if (error_) return;
    Given& g = given_[p.name];
    size_t n = 1;
    std::vector<long> want;
    for (const PortAxis& a : p.axes) want.push_back(a.size(sizes.data())), n *= size_t(want.back());
    if (g.shape.empty() && p.optional && g.numbers.size() != n) g.numbers.assign(n, p.missing), g.sent = false;
    else if (!g.shape.empty() && g.shape != want)
      return void(fail(ENGINE_ARGUMENT, text("the input %s is %s, not %s", p.name, listed(g.shape).c_str(), listed(want).c_str())));
    if (g.sent) return;
    if (g.room < n || !g.device) {
      memory_delete(g.device);
      void* q = nullptr;
      device(memory_new(&q, std::max<size_t>(n, 1) * sizeof(float)));
      g.device = static_cast<float*>(q), g.room = n;
      recorded_.clear();
    }
    if (!error_ && n) device(memory_give(g.device, g.numbers.data(), n * sizeof(float), stream));
    g.sent = true;
  }
  // place lays the slots out in the arena. It grows with a reserve, so that it does not grow with each row.
  void place(const std::vector<size_t>& want) {
    size_t total = 0;
    for (const size_t n : want) total += (n + 63) / 64 * 64;
    if (total > arena_room_) {
      device(stream_finish(stream));
      memory_delete(arena_);
      void* p = nullptr;
      device(memory_new(&p, (total + total / 8) * sizeof(float)));
      arena_ = static_cast<float*>(p), arena_room_ = total + total / 8;
      recorded_.clear();
    }
    slot.clear();
    total = 0;
    for (const size_t n : want) slot.push_back(arena_ + total), total += (n + 63) / 64 * 64;
  }
  // forget_maps gives maps back, those of steps of other sizes with them: prompts are of many lengths.
  void forget_maps() {
    device(stream_finish(stream));
    for (const auto& m : maps_) release(m.second);
    maps_.clear();
    seen_.clear();  // a step that is recorded makes no maps: it finds those of the step before
  }
  // advance computes a step. A step of one row is recorded the second time that it comes, and then replayed.
  void advance(long n) {
    if (!records || !facts.replays || n != 1) return step();
    if (recorded_ == slot && !slot.empty()) return void(device(recording_run(recording_, stream)));
    if (seen_ != slot) return seen_ = slot, step();
    recording_delete(&recording_);
    device(recording_begin(stream));
    step();
    if (!device(recording_end(&recording_, stream))) recorded_ = slot, device(recording_run(recording_, stream));
  }
  // finish waits, and asks whether a kernel found a number that is no element.
  int finish() {
    long f[3] = {};
    if (!error_) device(memory_take(f, fault_, sizeof f, stream));
    device(stream_finish(stream));
    if (!error_ && f[0]) {
      float x;
      memcpy(&x, &f[2], 4);
      fail(ENGINE_DATA, text("%s: number %g is not in 0 to %ld", facts.places[size_t(f[0] - 1)], double(x), f[1] - 1));
    }
    return error_;
  }

  int error_ = 0;
  bool started_ = false, ran_ = false;
  long batch_ = 1, room_ = 0, past_ = 0;
  std::map<std::string, Given> given_;
  std::vector<void*> owned_;
  std::vector<float> taken_;
  Sizes ran_sizes_;
  float* arena_ = nullptr;
  size_t arena_room_ = 0;
  long* device_dims_ = nullptr;
  long* fault_ = nullptr;
  std::map<std::tuple<const void*, long, long, long>, TensorMap*> maps_;
  Recording recording_{};
  Multiplier multiplier_;
  std::vector<float*> recorded_, seen_;
};

// new_model is the model of model.cu.
Runtime* new_model();
