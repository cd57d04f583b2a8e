package weights

import (
	"fmt"

	"archc/backends/checkpoint"
)

// Spec is what a model needs of a checkpoint. It was fixed when the model was built.
type Spec struct {
	Model string // its name, for messages
	Rules Rules
	// Each calls tensor for every stored tensor of the model, with its key and its shape, outermost dimension first.
	Each func(tensor func(key string, shape ...int64))
	// Copies lists, by the key that a second copy in a file would have, the keys of which it may be one: a head that
	// shares the table of tokens is stored once, and some files have it twice.
	Copies map[string][]string
}

// Set is a checkpoint in which every tensor of a model was found.
type Set struct {
	ckpt   *checkpoint.Checkpoint
	names  map[string]string // in the files, by key
	finite bool
}

// Mismatch is a checkpoint that is not one of the model. Its message names both sides.
type Mismatch struct {
	Msg, Help string
	Err       error // what the checkpoint says of the first tensor
}

// Error is the message, without the help.
func (e *Mismatch) Error() string { return e.Msg }

// Unwrap is what the checkpoint says of the first tensor.
func (e *Mismatch) Unwrap() error { return e.Err }

// Open opens the checkpoint at a path (a directory, a .safetensors file or an index) and matches it with the model:
// every tensor of the model is there with its shape, every other one is ignored or an equal copy. The path may be empty
// for a model without tensors. With finite, reading a tensor refuses NaN and infinities. Errors: *checkpoint.Error, and
// *Mismatch for a checkpoint of another model.
func Open(path string, spec Spec, finite bool) (*Set, error) {
	if path == "" && spec.empty() {
		return &Set{}, nil
	}
	ckpt, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	s := &Set{ckpt, map[string]string{}, finite}
	if err := s.match(spec); err != nil {
		ckpt.Close()
		return nil, err
	}
	return s, nil
}

// empty reports whether a model has no tensors.
func (s Spec) empty() bool {
	empty := true
	s.Each(func(string, ...int64) { empty = false })
	return empty
}

// Close gives back the files. Numbers that were read stay.
func (s *Set) Close() error {
	if s.ckpt == nil {
		return nil
	}
	return s.ckpt.Close()
}

// Float32s fills dst with the elements of a tensor from first on, row-major, each rounded to the nearest float32.
func (s *Set) Float32s(key string, first int64, dst []float32) error {
	name, ok := s.names[key]
	if !ok {
		return fmt.Errorf("weights: %q is no tensor of the model", key)
	}
	return s.ckpt.Float32s(name, first, dst, s.finite)
}

func (s *Set) match(spec Spec) error {
	var first error
	all, wrong := 0, 0
	used := map[string]bool{}
	spec.Each(func(key string, shape ...int64) {
		all++
		name := s.storedName(spec.Rules, key)
		s.names[key], used[name] = name, true
		if _, err := s.ckpt.Expect(name, shape); err != nil {
			if wrong++; first == nil {
				first = err
			}
		}
	})
	if first != nil {
		return &Mismatch{
			Msg:  fmt.Sprintf("the checkpoint is not one of %s as it was built: %d of %d tensors do not fit; %v", spec.Model, wrong, all, first),
			Help: "the sizes are fixed when an engine is built: build one for this checkpoint with archc build --config",
			Err:  first,
		}
	}
	return s.allUsed(spec, used)
}

// storedName is the name of a key in the files: the one of the possible names that is there, else the first.
func (s *Set) storedName(rules Rules, key string) string {
	names := rules.Stored(key)
	for _, name := range names {
		if _, ok := s.ckpt.Lookup(name); ok {
			return name
		}
	}
	return names[0]
}

// allUsed demands that every tensor of the files is read, ignored, or the second copy of a shared one.
func (s *Set) allUsed(spec Spec, used map[string]bool) error {
	copies := map[string][]string{}
	for key, originals := range spec.Copies {
		for _, name := range spec.Rules.Stored(key) {
			copies[name] = append(copies[name], originals...)
		}
	}
	var differs error
	err := s.ckpt.Unused(func(name string) bool {
		if used[name] || spec.Rules.Ignored(name) {
			return true
		}
		for _, key := range copies[name] {
			if original, ok := s.names[key]; ok {
				if err := s.ckpt.Tied(name, original); err != nil && differs == nil {
					differs = err
				}
				return true
			}
		}
		return false
	})
	if err != nil {
		return &Mismatch{Msg: fmt.Sprintf("the checkpoint has more than %s: %v", spec.Model, err), Err: err,
			Help: "tensors that are no weights are listed in the model's file: checkpoint { ignore = [\"name\"] }"}
	}
	return differs
}
