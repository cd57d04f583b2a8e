// Package program is the command line around a model that continues token ids: it reads a checkpoint's tokenizer,
// encodes the prompt, lets the model score and the sampler choose, and prints what comes.
//
// It must NOT know architectures, the IR or kernels: a model is a function from ids to scores. It uses the standard
// library and its neighbours alone, because generated engines carry a verbatim copy of it.
package program
