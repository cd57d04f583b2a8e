// checkpoint.h: stored tensors, from .safetensors files that are mapped into memory. A file is 8 bytes with the length of its
// header, the header as JSON, and the numbers (huggingface/safetensors, README, "Format").
#pragma once
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

// text formats as printf does.
inline std::string text(const char* format, ...) __attribute__((format(printf, 1, 2)));
inline std::string text(const char* format, ...) {
  va_list a, b;
  va_start(a, format);
  va_copy(b, a);
  std::string s(size_t(vsnprintf(nullptr, 0, format, a)), '\0');
  vsnprintf(&s[0], s.size() + 1, format, b);
  va_end(a);
  va_end(b);
  return s;
}

// shown is a text of a file for a message: one line of visible characters, not too long.
inline std::string shown(const std::string& s) {
  std::string out;
  for (const char c : s.substr(0, 200)) out += c >= ' ' && c < 127 ? c : '?';
  return out;
}

inline std::string listed(const std::vector<long>& shape) {
  std::string s;
  for (const long n : shape) s += (s.empty() ? "" : ", ") + std::to_string(n);
  return "[" + s + "]";
}

// Json reads the two documents that are needed: objects whose values are strings, or lists of numbers, or objects of those.
class Json {
 public:
  Json(const char* from, const char* to) : at_(from), end_(to) {}
  bool bad = false;

  char next() {
    while (at_ < end_ && strchr(" \t\r\n", *at_)) at_++;
    return at_ < end_ ? *at_ : '\0';
  }
  bool take(char c) {
    if (next() != c) return false;
    at_++;
    return true;
  }
  void want(char c) { bad |= !take(c); }

  std::string string() {
    std::string s;
    for (want('"'); !bad && at_ < end_ && *at_ != '"'; at_++) {
      if (*at_ != '\\') {
        s += *at_;
      } else if (++at_ < end_) {
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        const char* f = strchr(from, *at_);
        if (f && *f) s += to[f - from];
        else code(&s);
      }
    }
    if (at_ >= end_) bad = true;
    else at_++;
    return s;
  }
  long number() {
    next();
    long n = 0;
    bool any = false;
    for (; at_ < end_ && *at_ >= '0' && *at_ <= '9'; at_++) {
      if (n > (INT64_MAX - 9) / 10) bad = true;
      else n = n * 10 + (*at_ - '0'), any = true;
    }
    if (!any) bad = true;
    return n;
  }
  std::vector<long> numbers() {
    std::vector<long> list;
    want('[');
    if (take(']')) return list;
    do list.push_back(number());
    while (!bad && take(','));
    want(']');
    return list;
  }
  // object calls each(key) in front of every value.
  template <class Each> void object(Each each) {
    want('{');
    if (take('}')) return;
    do {
      const std::string key = string();
      want(':');
      if (!bad) each(key);
    } while (!bad && take(','));
    want('}');
  }
  // skip passes over any value.
  void skip(int depth = 0) {
    const char c = next();
    if (depth > 64) bad = true;
    else if (c == '"') string();
    else if (c == '{') object([&](const std::string&) { skip(depth + 1); });
    else if (take('[')) {
      if (take(']')) return;
      do skip(depth + 1);
      while (!bad && take(','));
      want(']');
    } else {
      const char* from = at_;
      while (at_ < end_ && !strchr(",]} \t\r\n", *at_)) at_++;
      if (at_ == from) bad = true;
    }
  }

 private:
  void code(std::string* s) {
    if (*at_ != 'u' || end_ - at_ < 5) return void(bad = true);
    const unsigned c = unsigned(strtoul(std::string(at_ + 1, at_ + 5).c_str(), nullptr, 16));
    at_ += 4;
    if (c < 0x80) *s += char(c);
    else if (c < 0x800) *s += char(0xc0 | c >> 6), *s += char(0x80 | (c & 63));
    else *s += char(0xe0 | c >> 12), *s += char(0x80 | (c >> 6 & 63)), *s += char(0x80 | (c & 63));
  }
  const char* at_;
  const char* end_;
};

// hashed is number i of what a seed stands for, from -1/2 up to 1/2: SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable
// pseudorandom number generators"), of which the upper 24 bits count. The seed of a name is its FNV-1a.
inline uint64_t seed_of(const std::string& name) {
  uint64_t h = 0xcbf29ce484222325u;
  for (const char c : name) h = (h ^ uint8_t(c)) * 0x100000001b3u;
  return h;
}
inline float hashed(uint64_t seed, long i) {
  uint64_t z = seed + (uint64_t(i) + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return float((z ^ z >> 31) >> 40) / 0x1p24f - 0.5f;
}

struct Tensor {
  std::string type;
  std::vector<long> shape;
  const char* data;
  long elements;
  bool used;
  uint64_t seed;  // of one that is made by a hash
  float spread;

  float value(long i) const {
    if (type == "hash") return (shape.size() < 2 ? 1.f : 0.f) + spread * hashed(seed, i);
    if (type == "F32") return at<float>(i);
    if (type == "BF16") return widened(uint32_t(at<uint16_t>(i)) << 16);
    if (type == "F64") return float(at<double>(i));
    const uint16_t h = at<uint16_t>(i);  // F16
    const int exponent = h >> 10 & 31, fraction = h & 1023;
    const float sign = h & 0x8000 ? -1.f : 1.f;
    if (exponent == 31) return fraction ? NAN : sign * INFINITY;
    return sign * (exponent ? std::ldexp(float(1024 + fraction), exponent - 25) : std::ldexp(float(fraction), -24));
  }

 private:
  template <class T> T at(long i) const {
    T x;
    memcpy(&x, data + i * long(sizeof(T)), sizeof(T));
    return x;
  }
  static float widened(uint32_t bits) {
    float f;
    memcpy(&f, &bits, 4);
    return f;
  }
};

// Rules are what a model says about the names in its files: a prefix that all may or must have, and patterns of tensors that
// are no weights. In a pattern * is one or more characters other than a dot, ** one or more of any.
struct Rules { const char* prefix; bool optional; std::vector<const char*> ignore; };

class Checkpoint {
 public:
  ~Checkpoint() {
    for (const auto& m : maps_) munmap(m.first, m.second);
  }

  // open gives what is wrong, empty if nothing is.
  std::string open(const std::string& path) {
    struct stat s;
    if (stat(path.c_str(), &s)) return shown(path) + ": " + strerror(errno);
    if (!S_ISDIR(s.st_mode)) return file(path);
    const std::string one = path + "/model.safetensors", index = one + ".index.json";
    if (!stat(one.c_str(), &s)) return file(one);
    std::string wrong;
    const std::string document = read_all(index, &wrong);
    if (!wrong.empty()) return shown(path) + " has neither model.safetensors nor its index";
    std::map<std::string, bool> files;
    Json j(document.data(), document.data() + document.size());
    j.object([&](const std::string& key) {
      if (key != "weight_map") return j.skip();
      j.object([&](const std::string&) { files[j.string()] = true; });
    });
    if (j.bad) return shown(index) + " is no index";
    for (const auto& f : files) {
      if (f.first.empty() || f.first.find('/') != std::string::npos) return shown(index) + ": a file elsewhere: " + shown(f.first);
      if (!(wrong = file(path + "/" + f.first)).empty()) return wrong;
    }
    return "";
  }

  // invent lets every tensor that is expected be there. Its numbers are made of the hash of its key: a vector's from 1/2 to
  // 3/2, as of a norm; a matrix's of variance 1 over its last size, so that what it makes of a vector is about as large.
  void invent() { invents_ = true; }

  // expect notes that the model has a tensor of that shape.
  void expect(const Rules& r, const std::string& key, std::vector<long> shape) {
    all_++;
    if (invents_) {
      Tensor t{"hash", shape, nullptr, 1, true, seed_of(key), shape.size() < 2 ? 1.f : std::sqrt(12.f / float(shape.back()))};
      for (const long n : shape) t.elements *= n;
      keys_[key] = &(tensors_[key] = t);
      return;
    }
    std::string name = *r.prefix && !r.optional ? r.prefix + key : key;
    if (!tensors_.count(name) && *r.prefix && r.optional && tensors_.count(r.prefix + key)) name = r.prefix + key;
    const auto t = tensors_.find(name);
    std::string why;
    if (t == tensors_.end()) why = shown(name) + " is missing";
    else if (t->second.shape != shape) why = shown(name) + " is " + listed(t->second.shape) + ", not " + listed(shape);
    else t->second.used = true, keys_[key] = &t->second;
    if (!why.empty() && !wrong_++) first_ = why;
  }
  // copy notes a second copy that a file may have of one of the model's tensors.
  void copy(const Rules& r, const std::string& key, const std::vector<std::string>& of) {
    for (const std::string& name : {key, r.prefix + key}) {
      const auto t = tensors_.find(name);
      if (t == tensors_.end() || t->second.used) continue;
      for (const std::string& original : of)
        if (keys_.count(original)) {
          t->second.used = true;
          if (!equal(t->second, *keys_[original]) && !wrong_++) first_ = shown(name) + " is no copy of " + shown(original);
        }
    }
  }
  // matched gives what is wrong with the checkpoint as one of a model.
  std::string matched(const Rules& r, const char* model) {
    if (wrong_)
      return text("the checkpoint is not one of %s as it was built: %d of %d tensors do not fit; %s", model, wrong_, all_, first_.c_str());
    for (const auto& t : tensors_) {
      bool ignored = t.second.used;
      const std::string prefix = r.prefix;
      for (const char* p : r.ignore)
        ignored |= fits(p, t.first.c_str()) ||
                   (t.first.compare(0, prefix.size(), prefix) == 0 && fits(p, t.first.c_str() + prefix.size()));
      if (!ignored) return text("the checkpoint has more than %s: %s", model, shown(t.first).c_str());
    }
    return "";
  }
  const Tensor& tensor(const std::string& key) { return *keys_.at(key); }

 private:
  static bool equal(const Tensor& a, const Tensor& b) {
    if (a.shape != b.shape) return false;
    for (long i = 0; i < a.elements; i++)
      if (a.value(i) != b.value(i)) return false;
    return true;
  }
  static bool fits(const char* pattern, const char* name) {
    if (!*pattern) return !*name;
    if (*pattern != '*') return *name == *pattern && fits(pattern + 1, name + 1);
    const bool any = pattern[1] == '*';
    for (const char* n = name; *n && (any || *n != '.'); n++)
      if (fits(pattern + 1 + any, n + 1)) return true;
    return false;
  }
  static std::string read_all(const std::string& path, std::string* wrong) {
    std::string all;
    FILE* f = fopen(path.c_str(), "rb");
    if (!f) return *wrong = strerror(errno), all;
    char part[65536];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0 && all.size() < (100u << 20);) all.append(part, n);
    fclose(f);
    return all;
  }

  std::string file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat s;
    if (fd < 0 || fstat(fd, &s)) return shown(path) + ": " + strerror(errno);
    const size_t size = size_t(s.st_size);
    void* p = size >= 8 ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (p == MAP_FAILED) return shown(path) + " is no safetensors file";
    maps_.push_back({p, size});
    const char* bytes = static_cast<const char*>(p);
    uint64_t header;
    memcpy(&header, bytes, 8);
    if (header > size - 8) return shown(path) + ": the header is longer than the file";
    const char* data = bytes + 8 + header;
    const long room = long(size - 8 - header);
    Json j(bytes + 8, data);
    std::string wrong;
    j.object([&](const std::string& name) {
      if (name == "__metadata__") return j.skip();
      Tensor t{};
      std::vector<long> offsets;
      j.object([&](const std::string& key) {
        if (key == "dtype") t.type = j.string();
        else if (key == "shape") t.shape = j.numbers();
        else if (key == "data_offsets") offsets = j.numbers();
        else j.skip();
      });
      if (j.bad) return;
      t.elements = 1;
      for (const long n : t.shape) t.elements = n && t.elements > INT64_MAX / 16 / n ? INT64_MAX / 16 : t.elements * n;
      const long each = t.type == "F32" ? 4 : t.type == "F64" ? 8 : t.type == "BF16" || t.type == "F16" ? 2 : 0;
      if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > room || (each && offsets[1] - offsets[0] != t.elements * each))
        wrong = shown(path) + ": " + shown(name) + " does not lie in the file as its shape says";
      else if (!each && t.type.compare(0, 1, "I") && t.type.compare(0, 1, "U") && t.type != "BOOL")
        wrong = shown(path) + ": " + shown(name) + " is of type " + shown(t.type);
      if (!each) t.shape.push_back(-1);  // fits no weight
      t.data = data + (offsets.empty() ? 0 : offsets[0]);
      if (!tensors_.emplace(name, t).second) wrong = shown(path) + ": " + shown(name) + " is there twice";
    });
    if (j.bad) return shown(path) + ": the header is not what it should be";
    return wrong;
  }

  std::vector<std::pair<void*, size_t>> maps_;
  std::map<std::string, Tensor> tensors_;
  std::map<std::string, Tensor*> keys_;
  int all_ = 0, wrong_ = 0;
  bool invents_ = false;
  std::string first_;
};
