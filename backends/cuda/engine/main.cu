// main.cu: continues token ids.
//   ./engine -m CHECKPOINT --tokens 1,2,3 [-n N] [--logits] [--chunk N]
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
#include "engine.h"

static const char usage[] =
    "usage: engine -m CHECKPOINT --tokens 1,2,3 [-n N] [--logits] [--chunk N]\n"
    "  -m CHECKPOINT    directory with model.safetensors, or a .safetensors file\n"
    "  --tokens IDS     token ids to continue\n"
    "  -n N             how many ids to add: 16\n"
    "  --logits         print the scores behind the tokens, and stop\n"
    "  --chunk N        tokens of the prompt that are computed at once: 512\n";

static int refuse(const char* what, const char* of) {
  fprintf(stderr, "engine: %s%s\n%s", what, of, usage);
  return 2;
}
static int failed() {
  fprintf(stderr, "engine: %s\n", engine_error());
  return 3;
}

// whole reads a whole number of `least` or more.
static bool whole(const char* s, long least, long* n) {
  char* end;
  errno = 0;
  *n = strtol(s, &end, 10);
  return *s && !*end && !errno && *n >= least && *n <= INT_MAX;
}

int main(int argc, char** argv) {
  const char *checkpoint = nullptr, *list = nullptr;
  long more = 16, chunk = 512;
  bool logits = false;
  for (int i = 1; i < argc; i++) {
    const char* a = argv[i];
    if (!strcmp(a, "-h") || !strcmp(a, "--help")) return fputs(usage, stdout) < 0;
    if (!strcmp(a, "--logits")) {
      logits = true;
      continue;
    }
    if (strcmp(a, "-m") && strcmp(a, "--tokens") && strcmp(a, "-n") && strcmp(a, "--chunk")) return refuse("unknown argument ", a);
    if (++i == argc) return refuse(a, " needs a value");
    if (!strcmp(a, "-m")) checkpoint = argv[i];
    else if (!strcmp(a, "--tokens")) list = argv[i];
    else if (!strcmp(a, "-n") && !whole(argv[i], 0, &more)) return refuse("-n is a whole number, not ", argv[i]);
    else if (!strcmp(a, "--chunk") && !whole(argv[i], 1, &chunk)) return refuse("--chunk is a whole number from 1 on, not ", argv[i]);
  }
  if (!checkpoint) return refuse("-m CHECKPOINT is missing", "");
  if (!list || !*list) return refuse("--tokens is missing", "");
  std::vector<int> ids;
  for (const char* s = list;; s++) {
    const char* comma = strchr(s, ',');
    const std::vector<char> part(s, comma ? comma : s + strlen(s));
    long id;
    if (part.size() > 20 || !whole(std::vector<char>([&] { auto p = part; p.push_back(0); return p; }()).data(), 0, &id))
      return refuse("--tokens are whole numbers apart by commas, not ", list);
    ids.push_back(int(id));
    if (!comma) break;
    s = comma;
  }

  engine* e;
  if (engine_open(checkpoint, 1, long(ids.size()) + more, &e)) return failed();
  const float* scores = nullptr;
  long n = 0;
  for (size_t at = 0; at < ids.size(); at += size_t(chunk)) {
    const size_t some = ids.size() - at < size_t(chunk) ? ids.size() - at : size_t(chunk);
    if (engine_step(e, ids.data() + at, long(some))) return failed();
  }
  if (engine_logits(e, &scores, &n)) return failed();
  if (logits) {
    for (long i = 0; i < n; i++) printf("%s%.9g", i ? "," : "{\"logits\":[", double(scores[i]));
    printf("]}\n");
    engine_close(e);
    return 0;
  }
  for (size_t i = 0; i < ids.size(); i++) printf("%s%d", i ? "," : "", ids[i]);
  for (long k = 0; k < more; k++) {
    int best = 0;
    for (long i = 1; i < n; i++)
      if (scores[i] > scores[best]) best = int(i);
    printf(",%d", best);
    fflush(stdout);
    if (k + 1 == more) break;
    if (engine_step(e, &best, 1) || engine_logits(e, &scores, &n)) return failed();
  }
  printf("\n");
  engine_close(e);
  return 0;
}
