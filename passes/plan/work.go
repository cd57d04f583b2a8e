package plan

import (
	"fmt"
	"slices"

	"archc/ir"
)

// Work is what an instruction does in all its runs, without those that it holds. Elements are counted once for each
// run, however often a kernel comes back to them. Contraction and Elementwise are FLOPs by the conventions of counting.
type Work struct {
	Runs          int64
	Read, Written int64 // elements of tensors, float32
	Weights       int64 // elements of panels, without padding
	Contraction   int64
	Elementwise   int64
	Bound         bool // at most: how many rows a choice takes, or which pairs a mask admits, is known when running

	per int64 // runs that the FLOPs are of; 0 is one
}

// Counter counts the work of a plan's instructions where the free dims are known.
type Counter struct {
	plan *Plan
	env  map[string]int64
	err  error
	all  map[Instruction]Work
}

// Count gives the work of every instruction.
func Count(p *Plan, dims map[string]int) (*Counter, error) {
	c := &Counter{plan: p, env: map[string]int64{}, all: map[Instruction]Work{}}
	for name, n := range dims {
		c.env[name] = int64(n)
	}
	for _, b := range p.Bounds {
		c.env[b.Symbol] = c.size(p.Most(b.Most))
	}
	c.block(p.Body, times{1, 1}, nil, false)
	return c, c.err
}

// Of is the work of an instruction of the plan.
func (c *Counter) Of(i Instruction) Work { return c.all[i] }

// Size is a size of the plan as a number, choices at their most.
func (c *Counter) Size(s ir.Size) int64 { return c.size(s) }

func (c *Counter) size(s ir.Size) int64 {
	r, ok := s.Eval(c.env)
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		if c.err == nil {
			c.err = fmt.Errorf("the size %s is not known", s)
		}
		return 0
	}
	return r.Num().Int64()
}

// times is how often a block runs: all says at most how often, rows how often as often as it has all its rows. They
// differ for experts: each selection is a row of one of them, and no more of them run than there are selections.
type times struct{ all, rows int64 }

func (t times) by(n int64) times { return times{t.all * n, t.rows * n} }

func (c *Counter) block(b *Block, runs times, open []*Loop, bound bool) {
	for _, i := range b.Code {
		w := c.once(i, open)
		w.scale(runs)
		w.Bound = w.Bound || bound
		if list, ok := i.(*Products); ok {
			for _, p := range list.List {
				one := c.product(p)
				one.scale(runs)
				one.Bound = bound
				c.all[p] = one
			}
		}
		c.all[i] = w
		if l, ok := i.(*Loop); ok {
			c.block(l.Body, runs.by(c.size(l.Count)), append(slices.Clone(open), l), bound)
		} else if s, ok := i.(*Select); ok {
			experts := max(c.size(s.Loop.Count), 1)
			each := runs.all / experts
			c.block(s.Body, times{each * min(experts, c.env[s.Symbol]), each}, open, true)
		} else if inner := Inside(i); inner != nil {
			c.block(inner, runs, open, true)
		}
	}
}

func (w *Work) scale(runs times) {
	w.Runs = runs.all
	w.Weights *= runs.all
	w.Read *= runs.rows
	w.Written *= runs.rows
	w.Contraction *= runs.rows / max(w.per, 1)
	w.Elementwise *= runs.rows / max(w.per, 1)
}

func (w *Work) add(o Work) {
	w.Read += o.Read
	w.Written += o.Written
	w.Weights += o.Weights
	w.Contraction += o.Contraction
	w.Elementwise += o.Elementwise
}

// once is the work of one run.
func (c *Counter) once(i Instruction, open []*Loop) Work {
	var w Work
	switch i := i.(type) {
	case *Loop:
	case *Product:
		w = c.product(i)
	case *Products:
		for _, p := range i.List {
			w.add(c.product(p))
		}
	case *Stream:
		w = c.stream(i)
	case *Contract:
		w = c.contract(i)
	case *Attention:
		w = c.attention(i, open)
	case *Rows:
		w = c.rows(i)
	case *Gather:
		w.Read, w.Written = c.elements(i.Index.Axes), c.elements(i.Out.Axes)
		if i.Panels != nil {
			w.Weights = w.Written
		} else {
			w.Read += w.Written
		}
	case *Collect: // listed rows alone
		rows := c.elements(i.To.Axes)
		if i.Scatter {
			rows = c.elements(i.From.Axes)
		}
		w.Read, w.Written = rows+c.elements(i.List.Axes), rows
	case *TopK:
		w = c.moved(i)
		w.Elementwise = c.elements(i.In.Axes)
	default: // tables of positions, moves and lists
		w = c.moved(i)
	}
	return w
}

// moved is the elements of what is read and written.
func (c *Counter) moved(i Instruction) Work {
	var w Work
	for _, v := range Reads(i) {
		w.Read += c.elements(v.Axes)
	}
	for _, v := range Writes(i) {
		w.Written += c.elements(v.Axes)
	}
	return w
}

// elements is how many different ones axes have: along a stride of 0 there is one.
func (c *Counter) elements(axes []Axis) int64 {
	n := int64(1)
	for _, a := range axes {
		if !a.Stride.IsZero() {
			n *= c.size(a.Size)
		} else if c.size(a.Size) == 0 {
			return 0
		}
	}
	return n
}

func (c *Counter) product(p *Product) Work {
	rows, in, out, panels := c.size(p.Rows), int64(1), int64(1), int64(1)
	all := rows
	for _, l := range p.Over {
		n := c.size(l.Size)
		all *= n
		for _, x := range []struct {
			stride ir.Size
			count  *int64
		}{{l.In, &in}, {l.Out, &out}, {l.Panel, &panels}} {
			if !x.stride.IsZero() {
				*x.count *= n
			}
		}
	}
	n, k := c.size(p.Weights.Rows()), c.size(p.Weights.Columns())
	return Work{Read: in * rows * k, Written: out * rows * n, Weights: panels * n * k, Contraction: 2 * all * n * k}
}

// stream counts the program in front once, however many blocks compute it.
func (c *Counter) stream(s *Stream) Work {
	w := c.moved(s)
	if s.Before != nil {
		w.Elementwise += c.rows(s.Before).Elementwise
	}
	rows, k := c.size(s.Count), c.size(s.K)
	for _, p := range s.Parts {
		n := c.dims(p.Elements)
		w.Elementwise += c.rows(p.After).Elementwise - rows*n*int64(len(p.Sums))
		for range p.Sums {
			w.Weights += n * k
			w.Contraction += 2 * rows * n * k
		}
	}
	return w
}

func (c *Counter) contract(x *Contract) Work {
	a, b, out, all := int64(1), int64(1), int64(1), int64(1)
	for _, p := range slices.Concat(x.Over, x.Inside, []Pair{x.M, x.N, x.K}) {
		n := c.size(p.Size)
		all *= n
		for _, s := range []struct {
			stride ir.Size
			count  *int64
		}{{p.A, &a}, {p.B, &b}, {p.Out, &out}} {
			if !s.stride.IsZero() {
				*s.count *= n
			}
		}
	}
	return Work{Read: a + b, Written: out, Contraction: 2 * all}
}

func (c *Counter) rows(r *Rows) Work {
	outer := int64(1)
	for _, d := range r.Outer {
		outer *= c.size(d.Size)
	}
	inner := c.size(r.Inner.Size)
	w := c.moved(r)
	for _, op := range r.Code {
		if op.Fn == "load" || op.Fn == "imm" {
			continue
		}
		n := outer
		if op.Vector || slices.ContainsFunc(op.Args, func(a int) bool { return r.Code[a].Vector }) {
			n *= inner
		}
		w.Elementwise += n
	}
	return w
}

func (c *Counter) dims(list []Dim) int64 {
	n := int64(1)
	for _, d := range list {
		n *= c.size(d.Size)
	}
	return n
}
