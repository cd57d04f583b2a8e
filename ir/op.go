package ir

// Op is a row of the op table and holds what there is to know about it: name, what it computes, its type rule and
// its cost. An op is its row's address. The float64 evaluation of each row stands in ir/eval, one row there for each
// row here, so that the counting run shares no code with the costs.
type Op struct {
	Name string
	Doc  string // shapes and meaning, one or two sentences; spec/ir.md prints it
	Rule string // the type rule in words; spec/ir.md prints it
	Args Arity  // how many arguments a node takes
	// Attr makes an empty attribute of the op's kind, which the text form then fills; nil for ops without.
	Attr func() Attr
	// Regions names the regions in their order; a name that ends in ? may be absent.
	Regions []string
	// Infer gives the types of the results from arguments, attributes and regions, or says what does not fit.
	Infer func(n *Node) ([]Type, error)
	// Cost is the work of one execution, regions not included; nil costs nothing.
	Cost func(n *Node) Work
}

// Arity bounds a number of arguments; a negative Max is no bound.
type Arity struct{ Min, Max int }

// Work counts operations: Contraction in multiplies and adds of sums of products (the headline FLOPs), Elementwise
// in scalar functions and steps of reductions. Conventions: spec/cost.md.
type Work struct {
	Contraction, Elementwise Size
}

// Add is the sum of two works.
func (w Work) Add(o Work) Work {
	return Work{w.Contraction.Add(o.Contraction), w.Elementwise.Add(o.Elementwise)}
}

// Scale is n times the work.
func (w Work) Scale(n Size) Work {
	return Work{w.Contraction.Mul(n), w.Elementwise.Mul(n)}
}

// Ops lists the table in the order of its documentation.
func Ops() []*Op {
	return []*Op{
		Arg, Param, Input, Constant, Extent, Position,
		Map, Contract, Reduce, Gather, TopK, Cast,
		Rename, Split, Merge, Slice, Pick, Concat, Stack, Transpose, Reverse, Stop, Windows,
		Repeat, Attend, Experts,
	}
}

// OpNamed finds a row by its name, nil when there is none.
func OpNamed(name string) *Op {
	for _, op := range Ops() {
		if op.Name == name {
			return op
		}
	}
	return nil
}
