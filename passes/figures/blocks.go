package figures

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/cost"
)

// Block is a block of a model by its field path. What it has is its own, without the blocks inside; Sum adds those. The
// variable of a repeat stays in the path, so layers.{l}.attention is the attention of all layers.
type Block struct {
	Name        string        // one segment of the path; "" at the root
	Path        string        // of the fields from the model on
	Tensors     []cost.Tensor // each at the block that reads it first
	Forward     ir.Work       // in one forward pass, as written
	Pairs       ir.Size       // of its attends, over all layers, of one sequence and head
	Activations ir.Size       // numbers that a training step keeps for its way back; an estimate, see cost.Kept
	Decode      ir.Work       // in one step for one new token; over the free dims of the step
	PerToken    ir.Size       // numbers that are kept for a token
	Children    []*Block      // in order of first use
}

// Blocks is the root of the tree of blocks.
func (f *Figures) Blocks() *Block {
	root := &Block{}
	for _, t := range f.Forward.Parameters.Tensors {
		b := root.at(t.Scope)
		b.Tensors = append(b.Tensors, t)
	}
	for _, s := range f.Forward.Scopes {
		b := root.at(s.Scope)
		b.Forward, b.Pairs = b.Forward.Add(s.Work), b.Pairs.Add(s.Pairs)
	}
	kept := map[string]ir.Size{}
	for n, numbers := range f.Forward.Kept.Nodes {
		kept[n.Scope] = kept[n.Scope].Add(numbers)
	}
	for _, scope := range slices.Sorted(maps.Keys(kept)) {
		root.at(scope).Activations = kept[scope]
	}
	if f.Cache == nil {
		return root
	}
	for _, s := range f.Decode.Scopes {
		b := root.at(s.Scope)
		b.Decode = b.Decode.Add(ir.Work{
			Contraction: f.OneRow(s.Contraction), Elementwise: f.OneRow(s.Elementwise),
		})
	}
	for _, s := range f.Cache.States {
		if s.Type.Kind == ir.Real {
			b := root.at(s.Of.Scope)
			b.PerToken = b.PerToken.Add(growth(s.Elements(), f.Past))
		}
	}
	return root
}

// growth is what the second token adds.
func growth(elements ir.Size, past string) ir.Size {
	at := func(n int64) ir.Size { return elements.Substitute(map[string]ir.Size{past: ir.Const(n)}) }
	return at(1).Sub(at(0))
}

// at finds or makes the block of a path.
func (b *Block) at(path string) *Block {
	if path == "" {
		return b
	}
	for name := range strings.SplitSeq(path, ".") {
		b = b.child(name)
	}
	return b
}

func (b *Block) child(name string) *Block {
	for _, c := range b.Children {
		if c.Name == name {
			return c
		}
	}
	c := &Block{Name: name, Path: strings.TrimPrefix(b.Path+"."+name, ".")}
	b.Children = append(b.Children, c)
	return c
}

// Sum adds a quantity over a block and all blocks inside.
func (b *Block) Sum(of func(*Block) ir.Size) ir.Size {
	sum := of(b)
	for _, c := range b.Children {
		sum = sum.Add(c.Sum(of))
	}
	return sum
}

// Values evaluates formulas of blocks at sizes: those of a forward pass, and those of a step behind the point's context.
// Either is nil where the point lacks a size that it needs.
func (f *Figures) Values(p Point) (forward, decode func(ir.Size) *big.Rat) {
	forward, _ = f.Forward.Values(env(f.Forward, p)) // an error says which size is missing
	if f.Decode == nil || p.Context < 1 {
		return forward, nil
	}
	decode, _ = f.Decode.Values(env(f.Decode, f.behind(p)))
	return forward, decode
}

// behind is the point of one new token behind the context.
func (f *Figures) behind(p Point) Point {
	dims := maps.Clone(p.Dims)
	if dims == nil {
		dims = map[string]int64{}
	}
	dims[f.Past], dims[f.Axis] = p.Context, 1
	p.Dims = dims
	return p
}
