package decode

import (
	"fmt"

	"archc/ir"
	"archc/ir/diag"
)

// Kind is what a state is.
type Kind int

// The kinds of state. Sizes are those that Step takes; a batch comes on top.
const (
	Cache    Kind = iota // all rows so far: an axis of the size past
	Ring                 // the last rows, a number of them; before the first ones there is what the step does not read
	Carry                // what a recurrence or a running sum has come to
	Constant             // computed once, from the inputs that have no rows
)

var kindNames = [...]string{"cache", "ring", "carry", "constant"}

// String is the kind in words.
func (k Kind) String() string { return kindNames[k] }

// State is one value that goes from step to step.
type State struct {
	Kind Kind
	// In is the input of Step. Next is the output of Step that the next one takes; empty for a constant.
	In, Next string
	// Start is the output of Init that the first step takes; empty where the first one takes zeros, or no rows.
	Start string
	Type  ir.Type // as Step takes it
	Of    *ir.Node
	Why   string // what reads it
}

// Program computes a module piece by piece. The first piece takes the states from Init, each further one those that the
// piece before gave. A piece has the rows of one or more tokens.
type Program struct {
	Axis string // the decode axis: the rows of a piece in Step
	Past string // the free dim of Step that is the number of rows before the piece: 0 at first
	// Init takes the inputs without rows and gives the first states, and those of the module's outputs that hang on no
	// row. Step takes the inputs that have rows, for the new ones, and the states; it gives the other outputs, those
	// with rows for the new ones, and the next states.
	Init, Step *ir.Module
	States     []State
}

// deriver is the work on one module.
type deriver struct {
	module     *ir.Module
	axis, past string
	infos      map[*ir.Node][]info
	home       map[*ir.Node]*ir.Region
	owner      map[*ir.Region]*ir.Node
	rowParam   map[*ir.Node]bool // positions that regions of attends take
	fault      *fault

	budget map[point]int64
	read   map[point]bool
	kept   map[point]bool
	tails  map[*ir.Node]extent // by attend along the sequence: the keys that it needs
}

// Derive gives the program of a module along the axis with that label, or of the outputs' own where it is empty. A
// module that cannot be computed piece by piece is refused with the cause. The module stays as it is.
func Derive(m *ir.Module, axis string) (*Program, *diag.Diagnostic) {
	if axis == "" {
		axis = ownAxis(m)
	}
	if axis == "" {
		return nil, diag.New(diag.NotDecodable, diag.Span{}, "%s has no output with a sequence", m.Name)
	}
	d := &deriver{
		module: m, axis: axis, past: unused(m, "past"),
		infos: map[*ir.Node][]info{}, home: map[*ir.Node]*ir.Region{}, owner: map[*ir.Region]*ir.Node{},
		rowParam: map[*ir.Node]bool{},
		budget:   map[point]int64{}, read: map[point]bool{}, kept: map[point]bool{},
		tails: map[*ir.Node]extent{},
	}
	d.places(m.Body, nil)
	d.classify(m.Body)
	d.results()
	if d.fault != nil {
		return nil, d.diagnostic(d.fault)
	}
	d.keep()
	d.settleTails()
	return d.build()
}

// ownAxis is the first free dim of an output that an input binds.
func ownAxis(m *ir.Module) string {
	for _, o := range m.Outputs {
		for _, a := range o.Type().Axes {
			for _, in := range m.Inputs {
				for _, b := range in.Type().Axes {
					if b.Label == a.Label && a.Size.Equal(ir.Free(a.Label)) {
						return a.Label
					}
				}
			}
		}
	}
	return ""
}

// unused is a name that no dim, label or loop has.
func unused(m *ir.Module, name string) string {
	taken := map[string]bool{}
	m.Body.Walk(func(n *ir.Node, _ int) {
		for _, t := range n.Outs {
			for _, a := range t.Axes {
				taken[a.Label] = true
				for _, f := range a.Size.Frees() {
					taken[f] = true
				}
			}
		}
		if l, ok := n.Loop(); ok {
			taken[l.Var] = true
		}
	})
	out := name
	for k := 2; taken[out]; k++ {
		out = fmt.Sprintf("%s%d", name, k)
	}
	return out
}

// places notes where nodes stand.
func (d *deriver) places(r *ir.Region, owner *ir.Node) {
	d.owner[r] = owner
	for _, n := range r.Params {
		d.home[n] = r
	}
	for _, n := range r.Nodes {
		d.home[n] = r
		for _, inner := range n.Regions {
			d.places(inner, n)
		}
	}
}
