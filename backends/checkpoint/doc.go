// Package checkpoint reads stored weights: safetensors files, alone or sharded under an
// index, the config.json beside them, and .npy arrays. It also writes small safetensors files.
//
// What it must NOT know: architectures, the IR, tokenizers, devices, or any other package of
// this module. Its source is embedded verbatim in generated engines, so it imports the standard
// library and nothing else. Which tensors a model needs, and what a missing one means, is the
// caller's business; Expect, Tied and Unused only word the answer.
//
// The files are untrusted. Every size is checked before memory is taken for it, every refusal
// is an *Error naming file and tensor with a stable code (see Codes), and a file that is cut
// or rewritten while it is open gives an error, never a crash.
//
// # The format
//
// A safetensors file is eight bytes of little-endian header length N, N bytes of JSON and the
// data. The JSON is one object from tensor name to dtype, shape (outermost dimension first) and
// data_offsets (begin and end, counted from the first data byte); the reserved name
// __metadata__ maps strings to strings. Trailing spaces may pad the header. The tensors cover
// the data without hole or overlap, in any header order; empty tensors may share an offset,
// and no alignment is promised. Source: the format section of the safetensors README,
// https://github.com/huggingface/safetensors.
//
// A sharded checkpoint adds model.safetensors.index.json, whose weight_map gives each tensor's
// file name. Here a shard is a plain name in the directory of its index: a path, or a link that
// leads out of the directory, is refused, and so is such a link in place of any other file found
// in a checkpoint directory. Only a directory or a .safetensors file that the user names is
// followed wherever it leads.
package checkpoint
