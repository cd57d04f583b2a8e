package lower

import (
	"fmt"
	"math"
	"slices"

	"archc/ir"
)

// layerVar is the layer index of a running stack.
type layerVar struct {
	name    string // the repeat's variable
	now     int64  // the layer being lowered, or asked about
	offset  int64  // of the layer in a period: its key says {l+1}
	fixed   bool   // the layer stands alone: its number is known
	value   ir.Value
	records []record
}

// layerNumber is a number that layer indices decide, as a formula over them. Formulas share parts, so every part
// remembers its last value and the node that computes it.
type layerNumber struct {
	vars  []*layerVar // each once
	at    func() float64
	emit  func() ir.Value // as the running program computes it
	index *layerVar       // the number is this index plus shift: keys can say it; nil when it is another formula
	shift int64

	asked []int64 // the layers that last is for; nil before the first
	last  float64
	nodes perRegion[ir.Value]
}

// record is a number on which the lowered text depends, and what it was.
type record struct {
	num    *layerNumber
	layers []int64 // of num.vars, when it was asked
	was    float64
}

// layerIndex is the value of `l` in a layer.
func (l *lowerer) layerIndex(v *layerVar) layered {
	n := &layerNumber{vars: []*layerVar{v}, index: v}
	n.at = func() float64 { return float64(v.now) }
	n.emit = func() ir.Value {
		if v.fixed {
			return l.constant(whole(v.now))
		}
		if v.offset == 0 {
			return v.value
		}
		return l.b.Must(ir.Map, fn("add"), v.value, l.constant(whole(v.offset)))
	}
	return layered{ir.Int, n}
}

// layerFormula applies a scalar function to numbers, some of them layers'.
func (l *lowerer) layerFormula(row *ir.Fn, kind ir.Kind, args []value) layered {
	n := &layerNumber{}
	for _, a := range args {
		if x, ok := a.(layered); ok {
			for _, v := range x.vars {
				if !slices.Contains(n.vars, v) {
					n.vars = append(n.vars, v)
				}
			}
		}
	}
	n.at = func() float64 {
		xs := make([]float64, len(args))
		for i, a := range args {
			switch x := a.(type) {
			case layered:
				xs[i] = x.value()
			case constant:
				xs[i] = x.f
			}
		}
		return row.Eval(xs)
	}
	n.emit = func() ir.Value {
		vs := make([]ir.Value, len(args))
		for i, a := range args {
			vs[i], _ = l.tensorOf(a)
		}
		return l.b.Must(ir.Map, &ir.MapAttr{Fn: row}, vs...)
	}
	n.index, n.shift = shifted(row.Name, args)
	return layered{kind, n}
}

// shifted reads l + 1, 1 + l and l - 1, which keys can say.
func shifted(fn string, args []value) (*layerVar, int64) {
	if len(args) != 2 || fn != "add" && fn != "sub" {
		return nil, 0
	}
	x, isLayer := args[0].(layered)
	c, isNumber := args[1].(constant)
	if fn == "add" && !isLayer {
		x, isLayer = args[1].(layered)
		c, isNumber = args[0].(constant)
	}
	by, isWhole := c.int()
	if !isLayer || !isNumber || !isWhole || x.index == nil || max(by, -by, x.shift, -x.shift) > maxDim {
		return nil, 0
	}
	if fn == "sub" {
		by = -by
	}
	return x.index, x.shift + by
}

// value is the number for the layers that are being lowered or asked about.
func (n *layerNumber) value() float64 {
	same := n.asked != nil
	for i, v := range n.vars {
		same = same && n.asked[i] == v.now
	}
	if !same {
		n.last = n.at()
		n.asked = append(n.asked[:0], n.layers()...)
	}
	return n.last
}

func (n *layerNumber) layers() []int64 {
	out := make([]int64, len(n.vars))
	for i, v := range n.vars {
		out[i] = v.now
	}
	return out
}

// emitted is the node that computes the number, one in each region.
func (l *lowerer) emitted(n *layerNumber) ir.Value {
	if v, ok := n.nodes.visible(l); ok {
		return v
	}
	v := n.emit()
	n.nodes.keep(l, v)
	return v
}

// decide records that the lowered text depends on this number, so that a layer where it differs is lowered apart.
func (n *layerNumber) decide() {
	r := record{n, n.layers(), n.value()}
	for _, v := range n.vars {
		v.records = append(v.records, r)
	}
}

// holds reports whether the number is the same for the layer that v asks about, the other stacks being at the layers
// where they were. Since that is a decision of its own, the other stacks record it.
func (r record) holds(v *layerVar) bool {
	same := func(now float64) bool { return math.Float64bits(now) == math.Float64bits(r.was) }
	if len(r.num.vars) == 1 {
		return same(r.num.value())
	}
	kept := r.num.layers()
	r.num.goTo(r.layers, v)
	asked := record{r.num, r.num.layers(), r.num.value()}
	for _, o := range r.num.vars {
		if o != v {
			o.records = append(o.records, asked)
		}
	}
	r.num.goTo(kept, v)
	return same(asked.was)
}

// goTo moves the layer indices to the given layers, but not that of v.
func (n *layerNumber) goTo(layers []int64, v *layerVar) {
	for i, o := range n.vars {
		if o != v {
			o.now = layers[i]
		}
	}
}

// placeholder is what stands in a key for the layer index plus shift.
func (v *layerVar) placeholder(shift int64) string {
	if v.fixed {
		return fmt.Sprint(v.now + shift)
	}
	if n := v.offset + shift; n != 0 {
		return fmt.Sprintf("{%s%+d}", v.name, n)
	}
	return "{" + v.name + "}"
}
