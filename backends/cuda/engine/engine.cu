// engine.cu: the C API.
#include "runtime.h"

struct engine {
  std::unique_ptr<Runtime> model;
  std::vector<float> ids;
};

static const Facts& facts() {
  static const std::unique_ptr<Runtime> m(new_model());
  return m->facts;
}

extern "C" int engine_open(const char* checkpoint, long batch, long room, engine** out) {
  *out = nullptr;
  std::unique_ptr<engine> e(new engine{std::unique_ptr<Runtime>(new_model()), {}});
  if (const int wrong = e->model->open(checkpoint, batch, room)) return wrong;
  *out = e.release();
  return 0;
}
extern "C" void engine_close(engine* e) { delete e; }
extern "C" int engine_reset(engine* e) { return e->model->reset(); }
extern "C" long engine_past(const engine* e) { return e->model->past(); }
extern "C" long engine_vocab(void) { return facts().vocab; }
extern "C" const char* engine_error(void) { return Runtime::said().c_str(); }

extern "C" int engine_set(engine* e, const char* name, const float* data, const long* shape, int rank) {
  e->model->forgive();
  return e->model->set(name, data, shape, rank);
}
extern "C" int engine_run(engine* e) {
  e->model->forgive();
  return e->model->run();
}
extern "C" int engine_get(engine* e, const char* name, const float** data, long* shape, int* rank) {
  e->model->forgive();
  return e->model->get(name, data, shape, rank);
}

extern "C" int engine_step(engine* e, const int* tokens, long n) {
  Runtime& m = *e->model;
  m.forgive();
  if (!*m.facts.tokens) return m.fail(ENGINE_ARGUMENT, "the model takes no token ids");
  if (n < 1) return m.fail(ENGINE_ARGUMENT, "a step has one token or more");
  if (m.facts.positions && m.past() + n > m.facts.positions)
    return m.fail(ENGINE_ROOM, text("%ld tokens are more than the model has positions, which are %ld", m.past() + n, m.facts.positions));
  e->ids.clear();
  for (long i = 0; i < m.batch() * n; i++) {
    if (tokens[i] < 0 || tokens[i] >= m.facts.vocab)
      return m.fail(ENGINE_ARGUMENT, text("token %d is not in 0 to %ld", tokens[i], m.facts.vocab - 1));
    e->ids.push_back(float(tokens[i]));
  }
  std::vector<long> shape{n};
  for (const Port& p : m.facts.inputs)
    if (!strcmp(p.name, m.facts.tokens) && p.axes.size() == 2) shape = {m.batch(), n};
  if (const int wrong = m.set(m.facts.tokens, e->ids.data(), shape.data(), int(shape.size()))) return wrong;
  return m.run();
}
extern "C" int engine_logits(engine* e, const float** data, long* n) {
  long shape[8];
  int rank;
  e->model->forgive();
  if (const int wrong = e->model->get(e->model->facts.logits, data, shape, &rank)) return wrong;
  *n = 1;
  for (int i = 0; i < rank; i++) *n *= shape[i];
  return 0;
}
