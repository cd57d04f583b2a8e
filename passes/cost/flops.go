package cost

import (
	"fmt"
	"slices"

	"archc/ir"
)

// walker adds up the work of a module. Where a node runs (how often, for which batch) it knows from the
// regions around it; what one run does, from the node's op row.
type walker struct {
	opt     Options
	report  *Report
	batch   ir.Size
	names   map[string]bool       // every dim of the module and every symbol made here
	batched map[ir.Value]bool     // depends on an input, so that each element of the batch has its own
	attends map[*ir.Node]*attends // the attends seen so far
	trues   map[*ir.Node]bool     // what isTrue has found
	scopes  map[string]int        // index in report.Scopes
}

// place is where a region stands.
type place struct {
	fold   fold       // sums what one run of the region does over all its runs
	follow bool       // only the batch is followed, nothing is charged
	fixed  []string   // axes of which one run has one element
	each   bool       // a run is for one element of the batch, whatever its nodes depend on
	keys   []string   // labels of attends around, whose sizes are a row's number of keys
	counts []string   // what else differs from run to run: rows of an expert, variables of loops
	around []*ir.Node // the nodes in whose regions it stands, outermost first
	apart  []string   // loops whose runs are not all counted alike
}

func newWalker(m *ir.Module, opt Options) *walker {
	report := &Report{Model: m.Name, Nodes: map[*ir.Node]ir.Work{}, Kept: Kept{Nodes: map[*ir.Node]ir.Size{}}}
	w := &walker{
		opt: opt, report: report, names: namesOf(m),
		batched: map[ir.Value]bool{}, attends: map[*ir.Node]*attends{}, trues: map[*ir.Node]bool{}, scopes: map[string]int{},
	}
	w.report.Batch = "B"
	if w.names["B"] {
		w.report.Batch = w.fresh("batch")
	}
	w.batch = ir.Free(w.report.Batch)
	return w
}

// namesOf collects dim labels, axis labels, free dims and variables of loops, which symbols made here must not be
// equal to.
func namesOf(m *ir.Module) map[string]bool {
	names := map[string]bool{}
	for _, d := range m.Dims {
		names[d.Label] = true
	}
	m.Body.Walk(func(n *ir.Node, _ int) {
		if l, ok := n.Loop(); ok {
			names[l.Var] = true
		}
		for _, t := range n.Outs {
			for _, a := range t.Axes {
				names[a.Label] = true
				for _, f := range a.Size.Frees() {
					names[f] = true
				}
			}
		}
	})
	return names
}

// fresh makes an unused symbol: name, or name1, name2, ... when it is taken.
func (w *walker) fresh(name string) string {
	free := name
	for i := 1; w.names[free]; i++ {
		free = fmt.Sprintf("%s%d", name, i)
	}
	w.names[free] = true
	return free
}

// region visits parameters, whose batch the caller has set, and nodes in order.
func (w *walker) region(r *ir.Region, p place) error {
	for _, n := range slices.Concat(r.Params, r.Nodes) {
		if err := w.node(n, p); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) node(n *ir.Node, p place) error {
	switch {
	case n.Op == ir.Repeat:
		return w.repeat(n, p)
	case n.Op == ir.Attend:
		return w.attend(n, p)
	case n.Op == ir.Experts:
		return w.experts(n, p)
	case len(n.Regions) > 0:
		w.unknown(n, fmt.Sprintf("no rule counts the regions of %s", n.Op.Name))
		return nil
	case n.Op != ir.Arg:
		w.mark(n, w.isGiven(n) || slices.ContainsFunc(n.Args, w.isBatched))
	}
	w.charge(n, p, w.isBatched(ir.Value{Node: n}))
	return nil
}

// isGiven reports whether the node is an input that the caller gives; one that is left out is a constant.
func (w *walker) isGiven(n *ir.Node) bool {
	a, ok := n.Attr.(*ir.InputAttr)
	return ok && (a.Default == nil || slices.Contains(w.opt.Given, a.Name))
}

func (w *walker) isBatched(v ir.Value) bool { return w.batched[v] }

// mark sets the batch of all results of a node.
func (w *walker) mark(n *ir.Node, batched bool) {
	for i := range n.Outs {
		w.batched[ir.Value{Node: n, Out: i}] = batched
	}
}

// charge adds what a node does by itself in all its runs.
func (w *walker) charge(n *ir.Node, p place, batched bool) {
	if p.follow {
		return
	}
	if (batched || p.each) && n.Op != ir.Attend {
		w.keep(n, p)
	}
	if n.Op.Cost == nil {
		return
	}
	work, err := p.fold.work(n.Op.Cost(without(n, p.fixed)))
	if err != nil {
		w.unknown(n, err.Error())
		return
	}
	if batched || p.each {
		work = work.Scale(w.batch)
	}
	w.report.Nodes[n] = w.report.Nodes[n].Add(work)
	w.add(n.Scope, work)
	if len(p.keys) > 0 {
		w.report.Attending = w.report.Attending.Add(work)
	}
	if len(p.around) > 0 {
		w.report.Layers = w.report.Layers.Add(work)
	}
}

// without is the node as one run sees it that has one element of each of the given axes: no type has them.
func without(n *ir.Node, labels []string) *ir.Node {
	if len(labels) == 0 {
		return n
	}
	value := func(v ir.Value) ir.Value {
		return ir.Value{Node: &ir.Node{Op: v.Node.Op, Outs: []ir.Type{v.Type().Without(labels...)}}}
	}
	out := *n
	out.Args = make([]ir.Value, len(n.Args))
	for i, v := range n.Args {
		out.Args[i] = value(v)
	}
	out.Outs = make([]ir.Type, len(n.Outs))
	for i, t := range n.Outs {
		out.Outs[i] = t.Without(labels...)
	}
	out.Regions = make([]*ir.Region, len(n.Regions))
	for i, r := range n.Regions {
		c := *r
		c.Results = make([]ir.Value, len(r.Results))
		for k, v := range r.Results {
			c.Results[k] = value(v)
		}
		out.Regions[i] = &c
	}
	return &out
}

func (w *walker) add(scope string, work ir.Work) {
	if work.Contraction.IsZero() && work.Elementwise.IsZero() {
		return
	}
	s := w.scope(scope)
	s.Work = s.Add(work)
}

// scope is the entry of a scope in the report.
func (w *walker) scope(name string) *ScopeWork {
	i, ok := w.scopes[name]
	if !ok {
		i = len(w.report.Scopes)
		w.scopes[name] = i
		w.report.Scopes = append(w.report.Scopes, ScopeWork{Scope: name})
	}
	return &w.report.Scopes[i]
}

// unknown notes that the total is not known.
func (w *walker) unknown(n *ir.Node, why string) {
	note(&w.report.Unknown, fmt.Sprintf("%s: %s: %s", n.Scope, n.Op.Name, why))
}

func note(list *[]string, text string) {
	if !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
}
