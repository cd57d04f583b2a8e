package compare

import (
	"slices"
	"strings"

	"archc/ir"
)

// Kind is what a part of a model does.
type Kind string

// The kinds of part, told from the graph alone. A body that attends, or selects experts, is the scope of the node
// that does; the innermost one counts.
const (
	Embedding Kind = "embedding"                      // tables that are looked up
	Attention Kind = "attention: maps"                // in a body that attends: its own nodes, and what below feeds the attend
	Scores    Kind = "attention: scores and averages" // the attends and what is in them
	Experts   Kind = "experts"                        // a body that selects experts: router, experts, and what is beside them
	Maps      Kind = "feed-forward and other maps"    // other products with stored tensors, and their functions
	Norms     Kind = "norms"                          // bodies that have stored vectors and no products with stored tensors
	Head      Kind = "head"                           // the last product with a stored tensor before a result
	Rest      Kind = "sums and the rest"
)

// Kinds is the order in which parts are told.
var Kinds = []Kind{Embedding, Attention, Scores, Experts, Maps, Norms, Head, Rest}

// kinds are those of a module's nodes and stored tensors.
type kinds struct {
	node  map[*ir.Node]Kind
	key   map[string]Kind       // of stored tensors
	types map[string]ir.Type    // of stored tensors
	sums  map[string][]string   // of stored tensors, the labels that products sum over, sorted
	path  map[*ir.Node]string   // of a product with a stored tensor its key, else the scope
	outer map[ir.Value]ir.Value // what a parameter of a region stands for
}

// views are the ops whose result has the elements of the first argument.
var views = []*ir.Op{ir.Rename, ir.Split, ir.Merge, ir.Slice, ir.Pick, ir.Transpose, ir.Reverse, ir.Stop, ir.Cast}

// stored is the param of which a value has the elements, nil for a computed one.
func (k *kinds) stored(v ir.Value) *ir.Node {
	for {
		outer, isPart := k.outer[v]
		switch {
		case v.Node.Op == ir.Param:
			return v.Node
		case isPart:
			v = outer
		case slices.Contains(views, v.Node.Op):
			v = v.Node.Args[0]
		default:
			return nil
		}
	}
}

// weight is the stored tensor of a product.
func (k *kinds) weight(n *ir.Node) *ir.Node {
	if n.Op != ir.Contract {
		return nil
	}
	for _, v := range n.Args {
		if p := k.stored(v); p != nil {
			return p
		}
	}
	return nil
}

// place is a scope in one loop: layers of two loops may have one path, and be different blocks.
type place struct {
	loop  *ir.Region
	scope string
}

// finder looks once over a module.
type finder struct {
	*kinds
	inside  map[*ir.Node]Kind         // nodes in the regions of attends and experts
	around  map[*ir.Node][]*ir.Region // the regions that a node is in, innermost first
	attends map[place]bool            // bodies that attend
	experts map[place]bool            // bodies that select experts
	maps    map[place]bool            // bodies with products that are no head
	vectors map[place]bool            // bodies with stored tensors
	feeds   map[*ir.Node]bool         // computes what an attend takes, in the attend's scope or below
	head    map[*ir.Node]bool         // the last products
	readers map[*ir.Node][]*ir.Node   // of params, through views
	nodes   []*ir.Node
	owner   map[*ir.Region]*ir.Node
}

func kindsOf(m *ir.Module) *kinds {
	f := &finder{
		kinds:  &kinds{map[*ir.Node]Kind{}, map[string]Kind{}, map[string]ir.Type{}, map[string][]string{}, map[*ir.Node]string{}, map[ir.Value]ir.Value{}},
		inside: map[*ir.Node]Kind{}, around: map[*ir.Node][]*ir.Region{}, attends: map[place]bool{}, experts: map[place]bool{},
		maps: map[place]bool{}, vectors: map[place]bool{}, feeds: map[*ir.Node]bool{}, head: map[*ir.Node]bool{},
		readers: map[*ir.Node][]*ir.Node{}, owner: map[*ir.Region]*ir.Node{},
	}
	f.region(m.Body, "", nil)
	for _, o := range m.Outputs {
		f.heads(o.Value, map[*ir.Node]bool{})
	}
	for _, n := range f.nodes {
		switch {
		case n.Op == ir.Attend:
			f.mark(f.attends, n)
		case n.Op == ir.Experts:
			f.mark(f.experts, n)
		case n.Op == ir.Param:
			f.mark(f.vectors, n)
		case f.weight(n) != nil && !f.head[n]:
			f.mark(f.maps, n)
		}
		for _, v := range n.Args {
			if p := f.stored(v); p != nil {
				f.readers[p] = append(f.readers[p], n)
			}
		}
	}
	for _, n := range f.nodes {
		f.node[n] = f.kindOf(n)
		f.path[n] = n.Scope
		if p := f.weight(n); p != nil {
			f.path[n] = p.Attr.(*ir.ParamAttr).Key
		}
		if a, ok := n.Attr.(*ir.ParamAttr); ok && f.key[a.Key] == "" {
			f.key[a.Key], f.types[a.Key], f.sums[a.Key] = f.node[n], n.Outs[0], f.summed(n)
		}
	}
	return f.kinds
}

// summed lists the labels of a stored tensor that the products which read it sum over.
func (f *finder) summed(p *ir.Node) []string {
	var out []string
	for _, n := range f.readers[p] {
		if a, ok := n.Attr.(*ir.SumAttr); ok && n.Op == ir.Contract {
			for _, l := range a.Labels {
				if p.Outs[0].Has(l) && !slices.Contains(out, l) {
					out = append(out, l)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// mark notes that a node's body has it: in the loop that the node is in, and in those around as far as they are loops
// of the same body.
func (f *finder) mark(set map[place]bool, n *ir.Node) {
	for _, r := range f.around[n] {
		set[place{r, n.Scope}] = true
		if owner := f.owner[r]; owner == nil || !below(owner.Scope, n.Scope) {
			return
		}
	}
}

// has reports whether the body with that scope that a node is in has something.
func (f *finder) has(set map[place]bool, n *ir.Node, scope string) bool {
	return slices.ContainsFunc(f.around[n], func(r *ir.Region) bool { return set[place{r, scope}] })
}

// region notes the nodes, what they are inside of, and what parameters of regions stand for.
func (f *finder) region(r *ir.Region, in Kind, around []*ir.Region) {
	around = slices.Concat([]*ir.Region{r}, around)
	for _, n := range slices.Concat(r.Params, r.Nodes) {
		f.nodes, f.around[n] = append(f.nodes, n), around
		if in != "" {
			f.inside[n] = in
		}
		inner := in
		switch a := n.Attr.(type) {
		case *ir.AttendAttr:
			inner = Scores
			f.feed(n, n.Scope)
		case *ir.ExpertsAttr:
			inner = Experts
			f.stand(n, 1, n.Args[2:])
		case *ir.RepeatAttr:
			c := a.Carries(len(n.Args))
			f.stand(n, 1+c, n.Args[c:])
		}
		for _, body := range n.Regions {
			f.owner[body] = n
			f.region(body, inner, around)
		}
	}
}

func (f *finder) stand(n *ir.Node, first int, args []ir.Value) {
	for i, v := range args {
		f.outer[ir.Value{Node: n.Regions[0].Params[first+i]}] = v
	}
}

// below reports a scope that is another one or inside it.
func below(scope, of string) bool { return scope == of || of == "" || strings.HasPrefix(scope, of+".") }

// feed marks what a node takes, as far as it is computed in the scope.
func (f *finder) feed(n *ir.Node, scope string) {
	for _, v := range n.Args {
		if !f.feeds[v.Node] && below(v.Node.Scope, scope) {
			f.feeds[v.Node] = true
			f.feed(v.Node, scope)
		}
	}
}

// heads marks the last products before a result; a loop, an attend and experts are no way back.
func (f *finder) heads(v ir.Value, seen map[*ir.Node]bool) {
	switch n := v.Node; {
	case seen[n]:
	case f.weight(n) != nil:
		f.head[n] = true
	case len(n.Regions) == 0:
		seen[n] = true
		for _, a := range n.Args {
			f.heads(a, seen)
		}
	}
}

// kindOf settles one node; the order of the questions is the rule.
func (f *finder) kindOf(n *ir.Node) Kind {
	switch in := f.inside[n]; {
	case in != "":
		return in
	case n.Op == ir.Attend:
		return Scores
	case n.Op == ir.Experts:
		return Experts
	}
	if k := f.body(n); k != "" {
		return k
	}
	switch {
	case n.Op == ir.Param:
		return f.paramKind(n)
	case f.head[n]:
		return Head
	case f.has(f.maps, n, n.Scope) && n.Scope != "":
		return Maps
	case f.weight(n) != nil:
		return Maps
	case f.has(f.vectors, n, n.Scope) && n.Scope != "":
		return Norms
	}
	return Rest
}

// body is the kind of the innermost body around a node that attends or selects experts. The model's own body is none:
// everything is in it.
func (f *finder) body(n *ir.Node) Kind {
	for scope := n.Scope; scope != ""; {
		switch {
		case f.has(f.attends, n, scope) && (scope == n.Scope || f.feeds[n]):
			return Attention
		case f.has(f.experts, n, scope):
			return Experts
		}
		scope = scope[:max(0, strings.LastIndexByte(scope, '.'))]
	}
	return ""
}

// paramKind is the kind of a stored tensor that no attending body has, by what reads it.
func (f *finder) paramKind(p *ir.Node) Kind {
	is := func(test func(*ir.Node) bool) bool { return slices.ContainsFunc(f.readers[p], test) }
	switch {
	case is(func(n *ir.Node) bool { return n.Op == ir.Gather && f.stored(n.Args[0]) == p }):
		return Embedding
	case is(func(n *ir.Node) bool { return f.head[n] }):
		return Head
	case is(func(n *ir.Node) bool { return n.Op == ir.Contract }), f.has(f.maps, p, p.Scope) && p.Scope != "":
		return Maps
	}
	return Norms
}
