package main

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"archc/ir"
	"archc/ir/diag"
	"archc/passes/cost"
	"archc/passes/figures"
)

// column is one that --columns names: a quantity of a block's own, a number or a formula.
type column struct {
	name    string
	heading func(t *tally) string
	of      func(t *tally, b *figures.Block) ir.Size
	step    bool // over the free dims of a step
}

// blockColumns are all of them, in the order of the help.
var blockColumns = []column{
	{"tensors", heading("tensors"), func(_ *tally, b *figures.Block) ir.Size {
		return stored(b, func(x cost.Tensor) *big.Int { return x.Number })
	}, false},
	{"parameters", heading("parameters"), func(_ *tally, b *figures.Block) ir.Size {
		return stored(b, func(x cost.Tensor) *big.Int {
			if x.Buffer {
				return new(big.Int)
			}
			return x.All()
		})
	}, false},
	{"bytes", func(t *tally) string { return "bytes in " + t.dtype.Name }, func(t *tally, b *figures.Block) ir.Size {
		return stored(b, func(x cost.Tensor) *big.Int {
			if x.Buffer {
				return new(big.Int)
			}
			return new(big.Int).Mul(t.dtype.Bytes(x.Elements), x.Number)
		})
	}, false},
	{"flops", func(t *tally) string { return products(t.unit) }, func(t *tally, b *figures.Block) ir.Size {
		return t.products(b.Forward.Contraction)
	}, false},
	{"elementwise", heading("elementwise FLOPs"), func(_ *tally, b *figures.Block) ir.Size { return b.Forward.Elementwise }, false},
	{"pairs", heading("pairs of all layers"), func(_ *tally, b *figures.Block) ir.Size { return b.Pairs }, false},
	{"activations", func(t *tally) string { return "activations in " + t.point.Else().Name }, func(t *tally, b *figures.Block) ir.Size {
		return b.Activations.Mul(ir.Rational(big.NewRat(t.point.Else().Bits, 8)))
	}, false},
	{"decode", func(t *tally) string { return products(t.unit) + " of a step" }, func(t *tally, b *figures.Block) ir.Size {
		return t.products(b.Decode.Contraction)
	}, true},
	{"kept", heading("kept a token"), func(_ *tally, b *figures.Block) ir.Size { return b.PerToken }, false},
}

func heading(s string) func(*tally) string { return func(*tally) string { return s } }

func stored(b *figures.Block, of func(cost.Tensor) *big.Int) ir.Size {
	sum := new(big.Int)
	for _, x := range b.Tensors {
		sum.Add(sum, of(x))
	}
	return ir.Rational(new(big.Rat).SetInt(sum))
}

// products is FLOPs, or multiply-adds where these are asked for.
func (t *tally) products(flops ir.Size) ir.Size {
	if t.unit == "mac" {
		return flops.Mul(ir.Rational(big.NewRat(1, 2)))
	}
	return flops
}

// columnsOf finds the columns of --columns.
func columnsOf(names []string) ([]column, error) {
	var out []column
	for _, name := range names {
		i := slices.IndexFunc(blockColumns, func(c column) bool { return c.name == name })
		if i < 0 {
			var known []string
			for _, c := range blockColumns {
				known = append(known, c.name)
			}
			return nil, usage("--columns: there is no %q: there are %s", name, strings.Join(known, ", "))
		}
		out = append(out, blockColumns[i])
	}
	return out, nil
}

// blockTable is the tree of blocks with the columns that were asked for. What a block has beside the blocks that are
// shown inside it stands in a row of its own, so that the rows of one level add up.
type blockTable struct {
	*tally
	columns []column
	depth   int
	rows    table.Writer
	forward func(ir.Size) *big.Rat // nil without sizes
	decode  func(ir.Size) *big.Rat // of a step
}

func (t *tally) blockTable(columns []column, depth int) string {
	head := []any{"block"}
	for _, c := range columns {
		head = append(head, c.heading(t))
	}
	w := &blockTable{tally: t, columns: columns, depth: depth, rows: newTable(head...)}
	w.forward, w.decode = t.figures.Values(t.point)
	var right []table.ColumnConfig
	for i := range columns {
		right = append(right, table.ColumnConfig{Number: i + 2, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.rows.SetColumnConfigs(right)
	root := t.figures.Blocks()
	w.children(root, 0)
	w.row("total", func(c column) ir.Size { return w.sum(root, c) })
	return w.rows.Render() + "\n"
}

func (w *blockTable) sum(b *figures.Block, c column) ir.Size {
	return b.Sum(func(b *figures.Block) ir.Size { return c.of(w.tally, b) })
}

func (w *blockTable) children(b *figures.Block, level int) {
	indent := strings.Repeat("  ", level)
	if own := func(c column) ir.Size { return c.of(w.tally, b) }; w.some(own) {
		w.row(indent+"(itself)", own)
	}
	for _, c := range b.Children {
		all := func(x column) ir.Size { return w.sum(c, x) }
		if !w.some(all) {
			continue
		}
		name, at := c.Name, c
		for len(at.Children) == 1 && !w.some(func(x column) ir.Size { return x.of(w.tally, at) }) {
			at = at.Children[0] // a path that does not branch is one row
			name += "." + at.Name
		}
		w.row(indent+diag.Clean(name), all)
		if level+1 < w.depth && len(at.Children) > 0 {
			w.children(at, level+1)
		}
	}
}

func (w *blockTable) some(of func(column) ir.Size) bool {
	return slices.ContainsFunc(w.columns, func(c column) bool { return !of(c).IsZero() })
}

func (w *blockTable) row(name string, of func(column) ir.Size) {
	row := table.Row{name}
	for _, c := range w.columns {
		row = append(row, w.cell(c, of(c)))
	}
	w.rows.AppendRow(row)
}

// value is the number that a quantity has at the sizes; nil where there is none.
func (w *blockTable) value(c column, s ir.Size) *big.Rat {
	if r, ok := s.Rat(); ok {
		return r
	}
	at := w.forward
	if c.step {
		at = w.decode
	}
	if at == nil {
		return nil
	}
	return at(s)
}

// cell is a number with its thousands apart; without sizes a formula; empty for nothing.
func (w *blockTable) cell(c column, s ir.Size) string {
	switch v := w.value(c, s); {
	case s.IsZero():
		return ""
	case v == nil && w.env == nil:
		return cost.Pretty(s)
	case v == nil:
		return "not known"
	case !v.IsInt():
		return v.FloatString(1) // half a pair, or a product of three factors in multiply-adds
	default:
		return grouped(v.Num())
	}
}

// blockJSON is a block with all that is inside of it.
type blockJSON struct {
	Name        string      `json:"name"`
	Path        string      `json:"path"`
	Tensors     *big.Int    `json:"tensors"`
	Parameters  *big.Int    `json:"parameters"`
	Bytes       *big.Int    `json:"bytes"`
	Forward     *big.Int    `json:"forward"`
	Elementwise *big.Int    `json:"elementwise"`
	Pairs       *big.Int    `json:"pairs"`
	Activations *big.Int    `json:"activations"`
	Decode      *big.Int    `json:"decode"`
	Kept        *big.Int    `json:"kept"`
	Children    []blockJSON `json:"children,omitempty"`
}

func (t *tally) blocksJSON() blockJSON {
	w := &blockTable{tally: t}
	w.forward, w.decode = t.figures.Values(t.point)
	return w.json(t.figures.Blocks())
}

func (w *blockTable) json(b *figures.Block) blockJSON {
	out := blockJSON{Name: b.Name, Path: b.Path}
	for i, to := range []**big.Int{&out.Tensors, &out.Parameters, &out.Bytes, &out.Forward, &out.Elementwise, &out.Pairs,
		&out.Activations, &out.Decode, &out.Kept} {
		c := blockColumns[i]
		if c.step && w.figures.Decode == nil || c.name == "kept" && w.figures.Cache == nil ||
			c.name == "activations" && w.figures.Forward.Kept.Unknown != "" {
			continue
		}
		if v := w.value(c, w.sum(b, c)); v != nil && v.IsInt() {
			*to = new(big.Int).Set(v.Num())
		}
	}
	for _, c := range b.Children {
		out.Children = append(out.Children, w.json(c))
	}
	return out
}

// noColumn says why a column of --columns has no number anywhere.
func (t *tally) noColumn(columns []column) string {
	out := ""
	for _, c := range columns {
		if t.figures.NoSteps != "" && (c.step || c.name == "kept") {
			out += fmt.Sprintf("%s: %s\n", c.name, t.figures.NoSteps)
		}
		if why := t.figures.Forward.Kept.Unknown; why != "" && c.name == "activations" {
			out += fmt.Sprintf("%s: %s\n", c.name, why)
		}
	}
	return out
}
