package sparsity

import (
	"fmt"
	"maps"
	"slices"

	"archc/ir"
)

// Options says what is known beside the node.
type Options struct {
	// Given names optional inputs that the caller gives. The others are left out: they stand at their default.
	Given []string
	// Around are the nodes in whose regions the attend stands, outermost first: a mask may depend on the number of
	// the run of a repeat.
	Around []*ir.Node
	// Fixed are axes around, of which one run of the attend has one element.
	Fixed []string
}

// Pattern is which pairs (i, j) of query and key an attend computes. It is a mask for each head where the mask has
// axes beside the key, and for each layer where it depends on the number of a loop around; else one for all.
type Pattern struct {
	Queries, Keys ir.Size // T rows and S keys of one sequence
	Masks         []*Mask
	Runs          int64 // how many of the masks' numbers of loops there are; 1 where no mask depends on one
}

// Mask is the pattern of one head in one layer.
type Mask struct {
	Which         []Place // which one it is: heads, then loops; empty where there is one for all
	Reason        string  // not empty: the mask depends on data, so what is found holds for some of them
	queries, keys ir.Size
	*analysis
}

// Place is an element of an axis, or a number of a loop.
type Place struct {
	Label  string
	Number int64
	Loop   bool
}

// maxMasks bounds the heads and layers that are told apart.
const maxMasks = 256

// Of analyses the mask of an attend node. An error says that there are too many masks, or that the mask is too long.
func Of(n *ir.Node, opt Options) (*Pattern, error) {
	a, ok := n.Attr.(*ir.AttendAttr)
	region := n.RegionNamed("mask")
	if !ok || region == nil || len(region.Params) != 2 || len(region.Results) != 1 {
		return nil, fmt.Errorf("no attend with a mask(i, j)")
	}
	p := &Pattern{Queries: ir.Const(1), Runs: 1}
	if a.Query != "" {
		if p.Queries, ok = axisSize(n.Args[:a.Queries], a.Query); !ok {
			return nil, fmt.Errorf("no query has the axis %s", a.Query)
		}
	}
	if p.Keys, ok = axisSize(n.Args[a.Queries:], a.Key); !ok {
		return nil, fmt.Errorf("no key or value has the axis %s", a.Key)
	}
	var axes []counted
	for _, x := range region.Results[0].Type().Without(a.Key).Without(opt.Fixed...).Axes {
		axes = append(axes, counted{Loop: ir.Loop{Var: x.Label, Step: 1, Count: x.Size}})
	}
	for _, l := range loopsOf(region, opt.Around) {
		axes = append(axes, l)
		if n, ok := l.Count.Int(); ok {
			p.Runs *= n
		}
	}
	places, err := combine(axes)
	if err != nil {
		return nil, err
	}
	if len(places) == 0 {
		return nil, fmt.Errorf("the mask has an axis without elements")
	}
	known := &analyses{numbers: numbering{}, of: map[string]*analysis{}}
	for _, at := range places {
		m, err := p.mask(region, a.Key, axes, at, opt.Given, known)
		if err != nil {
			return nil, err
		}
		p.Masks = append(p.Masks, m)
	}
	return p, nil
}

// AxisSize is the size of an axis of the first value that has it.
func axisSize(values []ir.Value, label string) (ir.Size, bool) {
	for _, v := range values {
		if i := v.Type().Find(label); i >= 0 {
			return v.Type().Axes[i].Size, true
		}
	}
	return ir.Size{}, false
}

// counted is an axis of the mask, or a loop that it depends on.
type counted struct {
	ir.Loop
	arg *ir.Node // the loop's variable; nil for an axis
}

// loopsOf lists the repeats around whose number the mask reads.
func loopsOf(mask *ir.Region, around []*ir.Node) []counted {
	read := map[*ir.Node]bool{}
	var visit func(v ir.Value)
	visit = func(v ir.Value) {
		if read[v.Node] {
			return
		}
		read[v.Node] = true
		for _, a := range v.Node.Args {
			visit(a)
		}
	}
	visit(mask.Results[0])
	var out []counted
	for _, n := range around {
		l, ok := n.Loop()
		if n.Op != ir.Repeat || !ok || !read[n.Regions[0].Params[0]] {
			continue
		}
		if _, number := l.Count.Int(); number {
			out = append(out, counted{l, n.Regions[0].Params[0]})
		}
	}
	return out
}

// combine lists all combinations of the numbers of axes and loops, the last one fastest.
func combine(axes []counted) ([][]Place, error) {
	out := [][]Place{nil}
	for _, x := range axes {
		n, ok := x.Count.Int()
		if !ok || n > maxMasks || n*int64(len(out)) > maxMasks {
			return nil, fmt.Errorf("the mask differs along %s, in more than %d elements", x.Var, maxMasks)
		}
		var longer [][]Place
		for _, at := range out {
			for k := range n {
				longer = append(longer, append(slices.Clip(at), Place{x.Var, x.First + k*x.Step, x.arg != nil}))
			}
		}
		out = longer
	}
	return out, nil
}

func (p *Pattern) mask(region *ir.Region, key string, axes []counted, at []Place, given []string, known *analyses) (*Mask, error) {
	r := &resolver{mask: region, key: key, keys: p.Keys, given: given, loops: map[*ir.Node]int64{}}
	where := map[string]int64{}
	for i, x := range axes {
		if x.arg != nil {
			r.loops[x.arg] = at[i].Number
		} else {
			where[x.Var] = at[i].Number
		}
	}
	e, err := r.resolve(where)
	if err != nil {
		return nil, err
	}
	return &Mask{at, r.reason, p.Queries, p.Keys, known.analyse(e, r.reason, p.Queries, p.Keys)}, nil
}

// Count is the pairs of all masks together, for Runs runs.
type Count struct {
	Formula *ir.Size // nil: there is none, for Reason; Grid counts at given sizes
	Rows    *ir.Size // rows with a key; nil: there is no formula that is proved
	Bound   bool     // Formula is an upper bound, for Reason: what the mask admits for some data
	// Long is the formula where every length is more than Above, if that is short and Formula is not; else nil.
	Long   *ir.Size
	Above  int64
	Reason string
}

// Count sums the pairs of the masks.
func (p *Pattern) Count() Count {
	var total, rows ir.Size
	c := Count{Formula: &total, Rows: &rows}
	for m, times := range p.distinct() {
		one := m.Count()
		if one.Reason != "" && c.Reason == "" {
			c.Reason = one.Reason
		}
		c.Bound = c.Bound || one.Bound
		c.Formula, c.Rows = plus(c.Formula, one.Formula, times), plus(c.Rows, one.Rows, times)
	}
	return c
}

// plus is a and so many times b.
func plus(a, b *ir.Size, times int64) *ir.Size {
	if a == nil || b == nil {
		return nil
	}
	sum := a.Add(b.Mul(ir.Const(times)))
	return &sum
}

// Count is the pairs of one mask.
func (m *Mask) Count() Count {
	if m.counted == nil {
		c := m.count()
		m.counted = &c
	}
	return *m.counted
}

func (m *Mask) count() Count {
	if m.Reason != "" {
		pairs, err := m.wide.count(m.wide.may)
		if err != nil {
			pairs = m.queries.Mul(m.keys)
		}
		return Count{Formula: &pairs, Rows: &m.queries, Bound: true, Reason: m.Reason}
	}
	err := m.err
	if err == nil {
		var pairs ir.Size
		if pairs, err = m.found.count(m.found.holds); err == nil {
			return Count{Formula: &pairs, Rows: m.found.rowsWithKey()}
		}
	}
	return Count{Reason: err.Error()}
}

// longBlocks is how many blocks are long: more than the first and last few that patterns name.
const longBlocks = 8

// Long is the formula of the pairs of all masks where every length is above a number, for patterns whose formula at all
// lengths is too long: nil where that is too long as well.
func (p *Pattern) Long() (formula *ir.Size, above int64) {
	var total ir.Size
	for m, times := range p.distinct() {
		f, err := find(m.mask, m.queries, m.keys, way{blocks: longBlocks})
		if err != nil || m.Reason != "" {
			return nil, 0
		}
		pairs, err := f.count(f.holds)
		if err != nil {
			return nil, 0
		}
		total, above = total.Add(pairs.Mul(ir.Const(times))), max(above, longBlocks*f.period)
	}
	return &total, above
}

// Frees lists the free dims on which the pairs depend.
func (p *Pattern) Frees() []string {
	names := map[string]bool{}
	for _, f := range append(p.Queries.Frees(), p.Keys.Frees()...) {
		names[f] = true
	}
	for m := range p.distinct() {
		m.mask.frees(names, map[*expr]bool{})
	}
	return slices.Sorted(maps.Keys(names))
}
