// Package passes turns IR into better IR: one file a pass, one row for each in the ordered list of
// pipeline.go.
//
// It must not know the language, any model or block, any checkpoint format or any backend. A pass keeps
// what the module computes: its inputs, its outputs, and the stored tensors that it reads.
package passes

import (
	"errors"
	"fmt"

	"archc/ir"
)

// Pass is one row of the list.
type Pass struct {
	Name  string
	Doc   string   // what it does, one or two sentences
	After []string // passes that have to run before it
	Why   string   // why it stands where it stands, and what After relies on
	// Run may change the module that it is given and returns the one to go on with. An error is about the
	// module.
	Run func(*ir.Module) (*ir.Module, error)
}

// Run applies the list in order. With verify the verifier runs before the first pass and behind each.
// Errors name the pass; a panic of a pass is a bug of the compiler and comes back as an error too.
func Run(m *ir.Module, verify bool) (*ir.Module, error) { return run(Pipeline(), m, verify) }

func run(list []Pass, m *ir.Module, verify bool) (*ir.Module, error) {
	if verify {
		if err := errors.Join(ir.Verify(m)...); err != nil {
			return nil, fmt.Errorf("before the first pass: %w", err)
		}
	}
	for _, p := range list {
		var err error
		if m, err = p.apply(m); err == nil && verify {
			err = errors.Join(ir.Verify(m)...)
		}
		if err != nil {
			return nil, fmt.Errorf("pass %s: %w", p.Name, err)
		}
	}
	return m, nil
}

// apply runs one pass.
func (p Pass) apply(m *ir.Module) (out *ir.Module, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("bug: %v", r)
		}
	}()
	return p.Run(m)
}
