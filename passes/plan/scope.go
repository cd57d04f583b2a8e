package plan

import (
	"fmt"

	"archc/ir"
)

// size is a size where the builder is: in the regions of an attend or an experts their own number of rows.
func (b *builder) size(s ir.Size) ir.Size {
	if len(b.symbols) == 0 {
		return s
	}
	return s.Substitute(b.symbols)
}

func (b *builder) axis(a ir.Axis) ir.Axis { return ir.Axis{Label: a.Label, Size: b.size(a.Size)} }

func (b *builder) axes(list []ir.Axis) []ir.Axis {
	out := make([]ir.Axis, len(list))
	for i, a := range list {
		out[i] = b.axis(a)
	}
	return out
}

func (b *builder) typeOf(v ir.Value) ir.Type {
	t := v.Type()
	return ir.Type{Kind: t.Kind, Axes: b.axes(t.Axes)}
}

// meaning builds with a free size standing for another.
func (b *builder) meaning(name string, size ir.Size, build func()) {
	before := b.symbols
	b.symbols = map[string]ir.Size{}
	for k, v := range before {
		b.symbols[k] = v
	}
	b.symbols[name] = size
	build()
	b.symbols = before
}

// symbol is a new free size for the number of rows that a choice finds, and the most that it becomes.
func (b *builder) symbol(name string, most ir.Size) string {
	s := fmt.Sprintf("%s#%d", name, len(b.dynamic)+1)
	b.dynamic[s] = most
	return s
}
