package eval

import "archc/ir"

// Work counts what was executed: Contraction the multiplies and adds of sums of products (a product of n
// factors that is summed is n operations at each point), Elementwise the scalar functions and the steps of
// reductions, Pairs the admitted pairs of a query row and a key, once for each element of the mask's
// further axes. Each operation is counted in the loop that executes it, so 64 bits outlast any run.
// Lookups, casts, constants, sizes, positions and every way to arrange elements are 0.
type Work struct {
	Contraction, Elementwise, Pairs uint64
}

// Site is where work is done: a scope as the program has it, without the repeats' numbers, and the name of
// an op.
type Site struct {
	Scope, Op string
}

// Counts is the work of one run, in all and by place. An attend's own work is its pairs and the averages of
// the values; the nodes of its regions count for themselves.
type Counts struct {
	Work
	Sites map[Site]Work
}

func (w Work) plus(o Work) Work {
	return Work{w.Contraction + o.Contraction, w.Elementwise + o.Elementwise, w.Pairs + o.Pairs}
}

func (r *run) workOf(n *ir.Node) *Work {
	w := r.work[n]
	if w == nil {
		w = &Work{}
		r.work[n] = w
	}
	return w
}

func (r *run) counts() Counts {
	c := Counts{Sites: map[Site]Work{}}
	for n, w := range r.work {
		if *w == (Work{}) {
			continue
		}
		c.Work = c.plus(*w)
		site := Site{n.Scope, n.Op.Name}
		c.Sites[site] = c.Sites[site].plus(*w)
	}
	return c
}
