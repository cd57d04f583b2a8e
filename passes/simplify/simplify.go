package simplify

import (
	"fmt"
	"slices"

	"archc/ir"
)

// Options are what a run may be asked for.
type Options struct {
	// Budget bounds the firings; 0 is DefaultBudget for each node of the module. A table whose rules undo each other
	// would run for ever.
	Budget int
	// Trace is called for each firing, in order.
	Trace func(Firing)
}

// DefaultBudget is the number of firings for each node of a module that a zero Options stands for.
const DefaultBudget = 16

// Firing is one step.
type Firing struct {
	Rule  string // of the table, or fold, or cse
	Scope string // of the node that was rewritten
	Name  string // the author's name for its value, where it has one
	Op    string // what it was: its op, or the scalar function
}

// String is the firing as a log shows it.
func (f Firing) String() string {
	s := f.Rule + ": " + f.Op
	if f.Name != "" {
		s += " " + f.Name
	}
	if f.Scope != "" {
		s += " in " + f.Scope
	}
	return s
}

// Run is the pass with the table of rules and the default budget.
func Run(m *ir.Module) (*ir.Module, error) { return With(m, Rules(), Options{}) }

// With simplifies a verified module by the given rules, folding, and sharing, until nothing changes; the module is
// changed. The error of an exhausted budget names the rule that took the last step.
func With(m *ir.Module, rules []Rule, opt Options) (*ir.Module, error) {
	if opt.Budget == 0 {
		m.Body.Walk(func(*ir.Node, int) { opt.Budget += DefaultBudget })
	}
	s := &simplifier{m: m, opt: opt, rules: map[any][]compiled{},
		bound: bindings{values: map[string]ir.Value{}, parts: map[string]any{}}}
	for _, r := range rules {
		c := compile(r)
		s.rules[c.pattern.root()] = append(s.rules[c.pattern.root()], c)
	}
	for {
		before := s.steps
		if err := s.sweep(); err != nil {
			return nil, err
		}
		if s.steps == before {
			return m, nil
		}
	}
}

// compiled is a rule that has been read.
type compiled struct {
	Rule
	pattern, by *term
	when        []condition
}

func compile(r Rule) compiled {
	return compiled{r, parseTerm(r.Pattern), parseTerm(r.By), parseConditions(r.When)}
}

// simplifier is one run. A sweep visits the nodes in order; what a value has become is looked up when it is used.
type simplifier struct {
	m     *ir.Module
	opt   Options
	rules map[any][]compiled // by what stands at the root of the pattern, in the order of the table
	steps int
	now   map[ir.Value]ir.Value
	uses  map[ir.Value]int
	// rough are the nodes whose last bits nobody can know beforehand: they depend on a stored tensor or a real input.
	// What is made of positions and numbers alone may lie on a step of a floor or a comparison by design, as buckets
	// of distances do, so only rules that keep every bit may touch it.
	rough map[*ir.Node]bool
	bound bindings // of the rule that is tried
}

// sweep visits every node once, then removes what is dead.
func (s *simplifier) sweep() error {
	s.now, s.uses, s.rough = map[ir.Value]ir.Value{}, map[ir.Value]int{}, map[*ir.Node]bool{}
	use := func(vs []ir.Value) {
		for _, v := range vs {
			s.uses[v]++
		}
	}
	s.m.Body.Walk(func(n *ir.Node, _ int) {
		use(n.Args)
		for _, r := range n.Regions {
			use(r.Results)
		}
	})
	use(s.m.Body.Results)
	for _, o := range s.m.Outputs {
		s.uses[o.Value]++
	}
	if err := s.region(s.m.Body, &shared{numbers: map[*ir.Node]int{}}); err != nil {
		return err
	}
	for i, o := range s.m.Outputs {
		s.m.Outputs[i].Value = s.become(o.Value)
	}
	_, err := Dead(s.m)
	return err
}

func (s *simplifier) become(v ir.Value) ir.Value {
	for {
		by, ok := s.now[v]
		if !ok {
			return v
		}
		v = by
	}
}

func (s *simplifier) all(vs []ir.Value) {
	for i, v := range vs {
		vs[i] = s.become(v)
	}
}

// region rewrites the nodes of a region; known is what has been computed where it can be seen.
func (s *simplifier) region(r *ir.Region, known *shared) error {
	here := map[*ir.Node]bool{}
	var kept []*ir.Node
	for _, p := range r.Params {
		s.rough[p] = p.Outs[0].Kind == ir.Real
	}
	for _, n := range r.Nodes {
		s.all(n.Args)
		s.rough[n] = s.isRough(n)
		for _, inner := range n.Regions {
			if err := s.region(inner, known.inside(n)); err != nil {
				return err
			}
		}
		made, err := s.node(n, here, known)
		if err != nil {
			return err
		}
		for _, x := range append(made, n) {
			here[x] = true
			s.rough[x] = s.isRough(x)
			kept = append(kept, x)
		}
	}
	r.Nodes = kept
	s.all(r.Results)
	return nil
}

func (s *simplifier) isRough(n *ir.Node) bool {
	return n.Op == ir.Param || n.Op == ir.Input && n.Outs[0].Kind == ir.Real || len(n.Regions) > 0 ||
		slices.ContainsFunc(n.Args, func(v ir.Value) bool { return s.rough[v.Node] })
}

// node applies the first step that fits and gives the nodes that it made, which stand in front of the node.
func (s *simplifier) node(n *ir.Node, here map[*ir.Node]bool, known *shared) ([]*ir.Node, error) {
	if len(n.Outs) != 1 {
		return nil, nil
	}
	v := ir.Value{Node: n}
	if by := fold(n); by != nil {
		return []*ir.Node{by}, s.fire("fold", v, ir.Value{Node: by})
	}
	here[n] = true
	for _, r := range s.rules[root(n)] {
		by, made, ok := s.try(r, v, here)
		if ok {
			return made, s.fire(r.Name, v, by)
		}
	}
	if by, ok := known.find(n); ok {
		return nil, s.fire("cse", v, by)
	}
	return nil, nil
}

// fire counts a step.
func (s *simplifier) fire(rule string, old, by ir.Value) error {
	if s.steps++; s.steps > s.opt.Budget {
		return fmt.Errorf("%d steps are used up; the last was %s", s.opt.Budget, firing(rule, old.Node))
	}
	s.now[old] = by
	s.uses[by] += s.uses[old]
	if s.opt.Trace != nil {
		s.opt.Trace(firing(rule, old.Node))
	}
	return nil
}

func firing(rule string, n *ir.Node) Firing {
	f := Firing{Rule: rule, Scope: n.Scope, Name: n.Name, Op: n.Op.Name}
	if a, ok := n.Attr.(*ir.MapAttr); ok {
		f.Op = a.Fn.Name
	}
	return f
}

// try applies one rule to one value.
func (s *simplifier) try(r compiled, v ir.Value, here map[*ir.Node]bool) (ir.Value, []*ir.Node, bool) {
	if !r.Exact && !s.rough[v.Node] {
		return ir.Value{}, nil, false
	}
	b := s.bound.empty()
	if !b.fit(r.pattern, v, here, true) || !b.holds(r.when) {
		return ir.Value{}, nil, false
	}
	needed := func(n *ir.Node) bool { return n.Op.Cost != nil && s.uses[ir.Value{Node: n}] > 1 }
	if slices.ContainsFunc(b.inner, needed) {
		return ir.Value{}, nil, false
	}
	in := &ir.Builder{Src: v.Node.Src, Scope: v.Node.Scope}
	made := in.Enter("by")
	by, ok := b.make(r.by, in)
	if !ok || by == v || !by.Type().Equal(v.Type()) {
		return ir.Value{}, nil, false
	}
	if k := len(made.Nodes); k > 0 && by.Node == made.Nodes[k-1] {
		by.Node.Name = v.Node.Name
	}
	return by, made.Nodes, true
}
