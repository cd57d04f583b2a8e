// test.cu: whether this engine computes rightly on this device.
//   ./test [-m CHECKPOINT] [-n TOKENS]
// Without a checkpoint the weights are made by a hash (Checkpoint::invent). Checked are, against plain loops in double
// precision: what ptx.cuh gives, and the tiles of kernels/ at the sizes of this model, which shapes.h lists. Then the model
// itself: its logits must be the same however a prompt is divided, for each way runs other kernels. A line a check; the exit
// code is 1 where one fails.
#include "check_tiles.h"
#include "check_wrappers.h"
#include "shapes.h"

static void check_model(const char* checkpoint, long n) {
  const Facts facts = std::unique_ptr<Runtime>(new_model())->facts;
  if (!*facts.tokens) return say(true, "the model takes no token ids: it is not run");
  if (facts.positions) n = std::min(n, facts.positions);
  std::vector<int> tokens;
  for (long i = 0; i < n; i++) tokens.push_back(int((hashed(1, i) + 0.5f) * float(facts.vocab)));
  engine* e = nullptr;
  auto must = [](int code) {
    if (code) say(false, engine_error()), exit(1);
  };
  must(engine_open(checkpoint, 1, n, &e));
  // behind gives the logits behind the first `end` tokens, in pieces of so many.
  auto behind = [&](long end, long piece) {
    const float* logits;
    long count;
    must(engine_reset(e));
    for (long at = 0; at < end; at += piece) must(engine_step(e, tokens.data() + at, std::min(piece, end - at)));
    must(engine_logits(e, &logits, &count));
    return std::vector<float>(logits, logits + count);
  };
  for (const long end : {n / 3, n})
    if (end > 0) {
      const std::vector<float> whole = behind(end, end);
      double largest = 0;
      bool finite = true;
      for (const float x : whole) finite &= std::isfinite(x), largest = std::max(largest, std::fabs(double(x)));
      say(finite, text("%ld logits behind %ld tokens are finite, the largest is %.3g", long(whole.size()), end, largest));
      for (const long piece : {1L, 7L}) {
        const std::vector<float> parts = behind(end, piece);
        compare(text("logits behind %ld tokens, in pieces of %ld", end, piece), long(whole.size()),
                [&](long i) { return parts[size_t(i)]; }, [&](long i) { return whole[size_t(i)]; },
                [&](long) { return pieces_tolerance * largest; });
      }
    }
  engine_close(e);
}

int main(int argc, char** argv) {
  const char* checkpoint = nullptr;
  long n = 40;
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc || (strcmp(argv[i], "-m") && strcmp(argv[i], "-n")))
      return fputs("usage: test [-m CHECKPOINT] [-n TOKENS]\n", stderr), 2;
    if (!strcmp(argv[i], "-m")) checkpoint = argv[i + 1];
    else n = std::max(1L, atol(argv[i + 1]));
  }
  driver(stream_new(&queue));
  check_wrappers();
  check_shapes();
  check_model(checkpoint, n);
  if (!wrong) printf("ok\n");
  return wrong != 0;
}
