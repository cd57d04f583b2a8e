package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"archc/backends/checkpoint"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/eval"
)

// boundWeights gives a module its tensors out of a checkpoint. Every key has been found there with its
// shape.
type boundWeights struct {
	ckpt  *checkpoint.Checkpoint
	names map[string]string // the name in the files, by key
}

// Read gives one tensor, widened to float64.
func (w *boundWeights) Read(key string) ([]int64, []float64, error) {
	t, _ := w.ckpt.Lookup(w.names[key])
	data, err := w.ckpt.Float64s(w.names[key], nil)
	return t.Shape, data, err
}

// streamed gives ranges of tensors as float32, to whoever packs them in a layout of its own.
type streamed struct {
	*boundWeights
	ctx    context.Context
	finite bool // numbers that are none are refused
}

// Float32s reads as many elements as dst has, from number first on.
func (w *streamed) Float32s(key string, first int64, dst []float32) error {
	const most = 1 << 22 // elements between two looks at the context
	for len(dst) > 0 {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		n := min(len(dst), most)
		if err := w.ckpt.Float32s(w.names[key], first, dst[:n], w.finite); err != nil {
			return suggestNonfinite(err)
		}
		first, dst = first+int64(n), dst[n:]
	}
	return nil
}

// hashed are weights without a checkpoint: element i of the tensor called key is Hash(key, i) / 16.
type hashed struct{ ctx context.Context }

// Float32s makes as many elements as dst has, from number first on.
func (w hashed) Float32s(key string, first int64, dst []float32) error {
	const most = 1 << 20 // elements between two looks at the context
	for len(dst) > 0 && w.ctx.Err() == nil {
		n := min(len(dst), most)
		eval.HashRange(key, first, 1.0/16, dst[:n])
		first, dst = first+int64(n), dst[n:]
	}
	return w.ctx.Err()
}

// bindWeights finds every tensor of the module in the checkpoint, and says what does not fit: tensors
// missing or of another shape, tensors that nothing uses.
func (s *session) bindWeights(r *runnable) (*boundWeights, error) {
	s.enter("matching the checkpoint")
	shapes, err := eval.StoredShapes(r.module)
	if err != nil {
		return nil, wrong(codeStopped, "%v", err)
	}
	w := &boundWeights{r.ckpt, map[string]string{}}
	m := &mismatches{r: r, shapes: shapes}
	used := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(shapes)) {
		name := storedName(r, key)
		w.names[key], used[name] = name, true
		if _, err := r.ckpt.Expect(name, shapes[key]); err != nil {
			m.add(key, err)
		}
	}
	if err := m.err(); err != nil {
		return nil, err
	}
	if err := r.allUsed(used); err != nil {
		return nil, err
	}
	return w, nil
}

// allFinite reads every tensor and refuses numbers that are none.
func (w *boundWeights) allFinite(s *session) error {
	s.enter("reading the weights")
	for _, name := range slices.Compact(slices.Sorted(maps.Values(w.names))) {
		if s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		if err := w.ckpt.ScanFinite(name); err != nil {
			return suggestNonfinite(err)
		}
	}
	return nil
}

// storedName is the name of a key in the files: the one of the possible names that is there, else the first.
func storedName(r *runnable, key string) string {
	names := r.keys.Stored(key)
	for _, name := range names {
		if _, ok := r.ckpt.Lookup(name); ok {
			return name
		}
	}
	return names[0]
}

// allUsed demands that every tensor of the files is read, listed as ignored, or the second copy of a
// shared one.
func (r *runnable) allUsed(used map[string]bool) error {
	copies := r.shared()
	var unused []string
	var differs error
	err := r.ckpt.Unused(func(name string) bool {
		if used[name] || r.keys.Ignored(name) {
			return true
		}
		for _, key := range copies[name] {
			if original := storedName(r, key); used[original] {
				if err := r.ckpt.Tied(name, original); err != nil && differs == nil {
					differs = err
				}
				return true
			}
		}
		unused = append(unused, name)
		return false
	})
	if err == nil {
		return differs
	}
	f, _ := asFailure(err)
	if len(unused) > 1 {
		f.note("they are %s", someNames(unused))
	}
	return f.help("if they are no weights, list them: `checkpoint { ignore = [%q] }`", r.bare(unused[0]))
}

// bare is a name of a file without the section's prefix, as patterns are written.
func (r *runnable) bare(name string) string { return strings.TrimPrefix(name, r.keys.Prefix) }

// someNames quotes the first names of a list.
func someNames(names []string) string {
	const most = 4
	var parts []string
	for _, n := range names[:min(most, len(names))] {
		parts = append(parts, fmt.Sprintf("%q", n))
	}
	if len(names) > most {
		parts = append(parts, "...")
	}
	return strings.Join(parts, ", ")
}

// shared lists, by the name that a second copy would have in the files, the keys of what the model's fields share.
func (r *runnable) shared() map[string][]string {
	out := map[string][]string{}
	for name, originals := range r.copies() {
		for _, stored := range r.keys.Stored(name) {
			out[stored] = append(out[stored], originals...)
		}
	}
	return out
}

// copies lists, by the key that a second copy would have, the keys of what the model's fields share:
//
//	lm_head : D -> V = wte
//
// stores wte.weight once, and a file may have an equal lm_head.weight beside it. Of an expression, such as
// `= if tied then wte else none`, the names count that are stored.
func (c *compiled) copies() map[string][]string {
	stored := map[string]bool{}
	c.module.Body.Walk(func(n *ir.Node, _ int) {
		if a, ok := n.Attr.(*ir.ParamAttr); ok {
			stored[a.Key] = true
		}
	})
	out := map[string][]string{}
	for _, item := range bodyOf(c.decl).Body {
		field, ok := item.(*syntax.Field)
		if !ok || field.Share == nil {
			continue
		}
		var originals []string
		syntax.Walk(field.Share, func(e syntax.Expr) {
			if key := e.Span().Text() + ".weight"; stored[key] {
				originals = append(originals, key)
			}
		})
		for _, path := range field.Names {
			name := path[0].At.To(path[len(path)-1].At).Text() + ".weight"
			if len(originals) > 0 {
				out[name] = append(out[name], originals...)
			}
		}
	}
	return out
}

func suggestNonfinite(err error) error {
	if f, ok := asFailure(err); ok && f.diags[0].Help == "" {
		return f.help("--allow-nonfinite accepts it")
	}
	return err
}
