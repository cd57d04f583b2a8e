package plan

import (
	"fmt"
	"slices"

	"archc/ir"
)

// Options are what a plan is asked for beside the module.
type Options struct {
	// Capacity, by the name of a free dim, is the free dim that bounds it: states have room for that many.
	Capacity map[string]string
	// Rowwise plans attention query by query, also where it could be computed with queries in lanes.
	Rowwise bool
	// Apart leaves every operation a pass over memory of its own.
	Apart bool
	// Unrotated leaves loops as the module has them.
	Unrotated bool
	// Few makes streams of products, for a step of few rows. Loops are not rotated: what stands at a body's beginning is
	// computed by the products that read it.
	Few bool
}

// Of makes the plan of a module.
func Of(m *ir.Module, opt Options) (p *Plan, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			p, err = nil, f.err
		}
	}()
	b := &builder{
		plan: &Plan{Name: m.Name}, options: opt, home: &Block{},
		values: map[ir.Value]value{}, wanted: map[ir.Value]View{}, carried: map[ir.Value]View{}, uses: map[ir.Value]int{}, tables: map[*Block]map[string]View{},
		stores: map[string]*Store{}, panels: map[string]*Panels{}, batched: map[*ir.Node]bool{}, dynamic: map[string]ir.Size{},
	}
	b.plan.Body = &Block{}
	b.block = b.plan.Body
	b.spread(m.Body, false)
	b.count(m)
	b.module(m)
	if !opt.Apart {
		b.plan.fuse()
		switch {
		case opt.Few:
			b.plan.streams()
		case !opt.Unrotated:
			b.plan.rotate()
		}
		b.plan.flatten()
	}
	b.number()
	b.plan.arrange()
	return b.plan, nil
}

// failure is what a builder gives up with.
type failure struct{ err error }

func (b *builder) fail(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	if b.node != nil {
		err = fmt.Errorf("%s %s: %w", b.node.Op.Name, b.node.Scope, err)
	}
	panic(failure{err})
}

// value is what a value of the IR is in the plan: a view, or a function of positions.
type value struct {
	view *View
	expr *Expr
}

type builder struct {
	plan    *Plan
	options Options
	block   *Block
	home    *Block
	open    []place // loops around, outer first
	node    *ir.Node

	values  map[ir.Value]value
	wanted  map[ir.Value]View // where a value has to be written, if it is computed
	carried map[ir.Value]View // of a repeat's results: the store that the carry starts in
	uses    map[ir.Value]int
	tables  map[*Block]map[string]View
	stores  map[string]*Store // of params
	panels  map[string]*Panels
	batched map[*ir.Node]bool
	dynamic map[string]ir.Size // symbols of Admit and Select, and the most that they become
	fixed   []Fixed            // axes that a loop around runs over
	symbols map[string]ir.Size // what free sizes of the regions around stand for
	loops   int
}

// Fixed is an axis of values from outside that a loop is at one element of.
type Fixed struct {
	Label string
	Loop  *Loop
}

// place is a loop that is being built.
type place struct {
	loop  *Loop
	block *Block // its body
}

// spread finds the nodes that hang on an input: they have the batch.
func (b *builder) spread(r *ir.Region, owner bool) bool {
	any := false
	for _, p := range r.Params {
		b.batched[p] = owner
	}
	for _, n := range r.Nodes {
		has := n.Op == ir.Input
		for _, a := range n.Args {
			has = has || b.batched[a.Node]
		}
		for _, inner := range n.Regions {
			if b.spread(inner, has) {
				has = true
			}
		}
		if has && !b.batched[n] && len(n.Regions) > 0 {
			for _, inner := range n.Regions {
				b.spread(inner, true)
			}
		}
		b.batched[n] = has
		any = any || has
	}
	return any
}

// count counts the uses of values.
func (b *builder) count(m *ir.Module) {
	m.Body.Walk(func(n *ir.Node, _ int) {
		for _, v := range n.Args {
			b.uses[v]++
		}
		for _, r := range n.Regions {
			for _, v := range r.Results {
				b.uses[v]++
			}
		}
	})
	for _, o := range m.Outputs {
		b.uses[o.Value]++
	}
}

// hasBatch reports whether a node's values have the batch axis where the builder is.
func (b *builder) hasBatch(n *ir.Node) bool {
	return b.batched[n] && !slices.ContainsFunc(b.fixed, func(f Fixed) bool { return f.Label == Batch })
}

// module plans inputs, body, outputs and states.
func (b *builder) module(m *ir.Module) {
	states := map[string]ir.Carried{}
	for _, s := range m.States() {
		states[s.Input.Name] = s
	}
	for _, in := range m.Inputs {
		a := in.Node.Attr.(*ir.InputAttr)
		if c, kept := states[in.Name]; kept {
			b.values[in.Value] = b.state(c)
			continue
		}
		axes := b.typed(in.Node, in.Type())
		view := View{Store: &Store{Name: in.Name, Role: Input, Elements: elements(axes)}, Axes: axes}
		b.values[in.Value] = value{view: &view}
		b.plan.Inputs = append(b.plan.Inputs, Port{in.Name, in.Type().Kind, view, a.Default, a.Draw})
	}
	b.region(m.Body)
	next := map[string]ir.Value{}
	for _, s := range m.States() {
		next[s.Output.Name] = s.Output.Value
	}
	for _, o := range m.Outputs {
		if _, kept := next[o.Name]; kept {
			continue
		}
		v := b.read(o.Value)
		b.raw(v)
		b.plan.Outputs = append(b.plan.Outputs, Port{Name: o.Name, Kind: o.Type().Kind, View: b.asType(v, o.Type())})
	}
	for _, s := range b.plan.States {
		v := b.read(next[ir.NextName(s.Name)])
		if !v.Same(s.Next) {
			b.add(&Move{To: s.Next, From: v})
		}
	}
}

// asType orders the axes as the type has them, the batch in front.
func (b *builder) asType(v View, t ir.Type) View {
	return v.ordered(append([]string{Batch}, t.Labels()...))
}

// typed are the axes of a type as a node's value has them, without room between elements.
func (b *builder) typed(n *ir.Node, t ir.Type) []Axis {
	var axes []Axis
	if b.hasBatch(n) {
		axes = append(axes, Axis{Label: Batch, Size: ir.Free(Batch)})
	}
	for _, a := range t.Axes {
		if !slices.ContainsFunc(b.fixed, func(f Fixed) bool { return f.Label == a.Label }) {
			axes = append(axes, Axis{Label: a.Label, Size: b.size(a.Size)})
		}
	}
	return compact(axes)
}

// capacity is the axes with room for what free dims may become.
func (b *builder) capacity(axes []Axis) []Axis {
	env := map[string]ir.Size{}
	for k, v := range b.options.Capacity {
		env[k] = ir.Free(v)
	}
	out := slices.Clone(axes)
	for i := range out {
		out[i].Size = out[i].Size.Substitute(env)
	}
	return out
}

// add appends an instruction to the open block.
func (b *builder) add(i Instruction) {
	if b.node != nil {
		i.note().from(b.node)
	}
	b.raw(Reads(i)...)
	b.block.Code = append(b.block.Code, i)
}

// fresh is a new store of the arena with those axes, compact.
func (b *builder) fresh(axes []Axis) View {
	axes = compact(axes)
	s := &Store{ID: len(b.plan.Stores), Role: Arena, Elements: elements(axes)}
	if b.node != nil {
		s.Name = b.node.Name
	}
	b.plan.Stores = append(b.plan.Stores, s)
	return View{Store: s, Axes: axes}
}

// into is where a value with those axes is written: where it is wanted, if that has the same axes, or a new store.
func (b *builder) into(v ir.Value, axes []Axis) View {
	if w, ok := b.wanted[v]; ok && len(w.Axes) == len(axes) {
		fits := true
		for _, a := range axes {
			i := w.Find(a.Label)
			fits = fits && i >= 0 && w.Axes[i].Size.Equal(a.Size)
		}
		if fits {
			return w
		}
	}
	return b.fresh(axes)
}

// value is what an IR value is where the builder is: axes that a loop around runs over are at its number.
func (b *builder) value(v ir.Value) value {
	x, ok := b.values[v]
	if !ok {
		b.fail("a value of %s is not planned", v.Node.Op.Name)
	}
	for _, f := range b.fixed {
		x = x.at(f.Label, f.Loop)
	}
	return x
}

// at is a value at the number of a loop's run along an axis.
func (x value) at(label string, loop *Loop) value {
	if x.view != nil {
		w := x.view.at(label, loop)
		return value{view: &w}
	}
	return value{expr: x.expr.replace(label, loopNumber(loop))}
}

// read is a value as a view; a function of positions becomes a table.
func (b *builder) read(v ir.Value) View { return b.inMemory(b.value(v)) }

func (b *builder) inMemory(x value) View {
	if x.view != nil {
		return *x.view
	}
	return b.table(x.expr)
}

// table writes a function of positions once, as far outside of the loops as it can stand.
func (b *builder) table(e *Expr) View {
	block := b.outermost(e)
	key := e.String()
	if v, ok := b.tables[block][key]; ok {
		return v
	}
	var axes []Axis
	for _, a := range e.Axes() {
		axes = append(axes, Axis{Label: a.Label, Size: a.Size})
	}
	out := b.fresh(axes)
	t := &Table{Out: out, Expr: e}
	if b.node != nil {
		t.from(b.node)
	}
	if block == b.block {
		block.Code = append(block.Code, t)
	} else {
		// In front of the loop that is open in that block.
		at := len(block.Code) - 1
		block.Code = slices.Insert(block.Code, at, Instruction(t))
	}
	if b.tables[block] == nil {
		b.tables[block] = map[string]View{}
	}
	b.tables[block][key] = out
	return out
}

// outermost is the outermost block in which an expression can be computed.
func (b *builder) outermost(e *Expr) *Block {
	loops, frees := e.Loops(), e.Frees()
	block := b.plan.Body
	for _, p := range b.open {
		needs := slices.Contains(loops, p.loop)
		if p.loop == nil { // a choice: what has its symbol stays inside
			for _, f := range frees {
				if _, ok := b.dynamic[f]; ok {
					needs = true
				}
			}
		}
		if needs {
			block = p.block
		}
	}
	return block
}

// inside builds the body of a loop, or of a choice where loop is nil, which is added to the open block first.
func (b *builder) inside(i Instruction, loop *Loop, body *Block, build func()) {
	b.add(i)
	outer := b.block
	b.open = append(b.open, place{loop, body})
	b.block = body
	build()
	b.open = b.open[:len(b.open)-1]
	b.block = outer
}

func (b *builder) newLoop(name string, first, stride int64, count ir.Size) *Loop {
	b.loops++
	return &Loop{ID: b.loops - 1, Var: name, First: first, Stride: stride, Count: count, Body: &Block{}}
}
