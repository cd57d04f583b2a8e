// Package weights finds the tensors of a model in a checkpoint: under which names they may be stored, which other ones
// may stand beside them, and that each has the shape that the model was built for.
//
// It must NOT know architectures, the IR or kernels. It uses the standard library and the checkpoint reader alone,
// because generated engines carry a verbatim copy of it.
//
// Opening reads the headers of the files, whatever their size. A tensor is read where its numbers are asked for.
package weights
