// Package program is the command line around a model. Of one that continues token ids it reads the tokenizer, encodes the
// prompt, lets the model score and the sampler choose, and prints what comes (Main); of any other it reads the inputs out
// of files and writes the outputs (Compute).
//
// It must NOT know architectures, the IR or kernels: a model is a function from ids to scores, or from arrays to arrays.
// It uses the standard library and its neighbours alone, because generated engines carry a verbatim copy of it.
package program
