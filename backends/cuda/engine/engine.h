// engine.h: a model that computes, from C. An engine holds the weights of a checkpoint and one batch of sequences that grow
// together. All functions give 0, or one of the errors below, and then engine_error() says what is wrong. An engine is used
// by one thread at a time; after ENGINE_DEVICE it is only closed.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef struct engine engine;

enum {
  ENGINE_OK = 0,
  ENGINE_CHECKPOINT = 1,  // files that cannot be read, or are of another model
  ENGINE_ARGUMENT = 2,    // a name, a shape or a number that the model does not take
  ENGINE_ROOM = 3,        // more rows than there is room for
  ENGINE_DATA = 4,        // a number in the data that is no element of a table
  ENGINE_DEVICE = 5       // what the driver said: no memory, no device
};

// engine_open reads a checkpoint: a directory with model.safetensors or its index, or one .safetensors file; "" is
// for a model without weights, and null makes weights of a hash, for tests. `batch` sequences have room for `room` rows each.
int engine_open(const char* checkpoint, long batch, long room, engine** out);
// engine_step computes `n` token ids for each sequence, behind those so far: tokens has batch * n, sequence by sequence.
int engine_step(engine*, const int* tokens, long n);
// engine_logits gives, for each sequence, a number for each token id that may come next: batch * engine_vocab(), valid until
// the next call.
int engine_logits(engine*, const float** data, long* n);
// engine_vocab is how many token ids there are; 0 for a model that takes none.
long engine_vocab(void);
// engine_past is the number of rows so far.
long engine_past(const engine*);
// engine_reset forgets all rows, and everything that was set.
int engine_reset(engine*);
void engine_close(engine*);

// For any model: inputs are set by name, row-major, the batch first; shape has `rank` sizes. What is set once stays.
int engine_set(engine*, const char* name, const float* data, const long* shape, int rank);
// engine_run computes new rows of all inputs behind those so far.
int engine_run(engine*);
// engine_get gives an output of the last run, valid until the next call; shape has room for 8 sizes.
int engine_get(engine*, const char* name, const float** data, long* shape, int* rank);

// engine_error says what was wrong with the last call of this thread that gave an error.
const char* engine_error(void);

#ifdef __cplusplus
}
#endif
