package gograph

import (
	"archc/backends/kernel"
	"archc/backends/scalar"
	"archc/passes/plan"
)

// rows binds a rows program. Each worker takes some rows; a register that is a vector is as long as a row.
type rows struct {
	g      *graph
	outer  *extent
	inner  int
	code   []rowOp
	puts   []rowPut
	vector int  // registers
	whole  bool // needs whole rows; else a row may be computed in parts
	state  []*rowState

	// Of a dispatch, whose method is bound once so that it allocates nothing.
	sizes                           []int
	count, n, width, parts, columns int
	item                            func(worker, item int)
}

type rowOp struct {
	plan.Op
	view *view // of a load: outer strides, then the inner one
	slot int   // of a vector: which part of the scratch
	f1   func(dst, x []float32)
	f2   scalar.Binary
}

type rowPut struct {
	reg    int
	vector bool
	view   *view
}

func (g *graph) rows(r *plan.Rows) func() error {
	x := &rows{g: g, inner: g.sizes.number(r.Inner.Size)}
	var labels []string
	var outer []plan.Axis
	for _, d := range r.Outer {
		outer = append(outer, plan.Axis{Label: d.Label, Size: d.Size})
		labels = append(labels, d.Label)
	}
	x.outer = g.extent(outer)
	labels = append(labels, r.Inner.Label)
	for _, op := range r.Code {
		o := rowOp{Op: op}
		if op.Fn == "load" {
			o.view = g.view(along(op.Load, labels))
		}
		x.whole = x.whole || plan.WholeRows(op.Fn)
		if op.Vector {
			o.slot = x.vector
			x.vector++
		}
		o.f1, o.f2 = scalar.Unaries[op.Fn].F, scalar.Binaries[op.Fn]
		x.code = append(x.code, o)
	}
	for _, p := range r.Out {
		x.puts = append(x.puts, rowPut{p.Reg, r.Code[p.Reg].Vector, g.view(along(p.To, labels))})
	}
	x.state = make([]*rowState, g.crew.Workers())
	for i := range x.state {
		x.state[i] = &rowState{rows: x, regs: make([][]float32, len(x.code)), scalars: make([]float32, len(x.code)),
			index: make([]int, len(outer))}
	}
	x.item = x.part
	return x.run
}

// rowState is what one worker runs a program with.
type rowState struct {
	*rows
	regs    [][]float32
	scalars []float32
	wide    [3][]float32 // numbers written out along the row, one for each argument
	index   []int        // of the row along the outer axes
	from    int          // the first element of the part of a row
}

func (x *rows) run() error {
	x.sizes = x.outer.sizes()
	count := 1
	for _, n := range x.sizes {
		count *= n
	}
	n := x.g.sizes.values[x.inner]
	if count == 0 || n == 0 && !x.whole {
		return nil
	}
	for _, o := range x.code {
		if o.view != nil {
			o.view.tensor()
		}
	}
	for _, p := range x.puts {
		p.view.tensor()
	}
	// What a worker takes at once: some rows, or of a long row a part whose registers stay in the first-level cache.
	width := n
	if !x.whole {
		width = min(n, partWidth)
	}
	columns := max((n+width-1)/max(width, 1), 1)
	const small = 1 << 14 // elements times operations that one worker does faster alone
	workers := x.g.crew.Workers()
	if workers == 1 || count*n*len(x.code) < small {
		for c := range columns {
			x.state[0].some(0, x.sizes, 0, count, c*width, min(width, n-c*width))
		}
		return nil
	}
	x.count, x.n, x.width, x.parts, x.columns = count, n, width, min(count, max(1, 8*workers/columns)), columns
	x.g.crew.Do(x.parts*columns, x.item)
	return nil
}

// part is an item of a dispatch: some of the rows, and of them some of the elements.
func (x *rows) part(worker, item int) {
	part, from := item/x.columns, item%x.columns*x.width
	x.state[worker].some(worker, x.sizes, part*x.count/x.parts, (part+1)*x.count/x.parts, from, min(x.width, x.n-from))
}

const partWidth = 2048

// some runs rows first to last, of each the n elements from number from on.
func (s *rowState) some(worker int, sizes []int, first, last, from, n int) {
	scratch := s.g.room(worker, s.vector*n)
	s.from = from
	at := first
	for i := len(sizes) - 1; i >= 0; i-- {
		s.index[i] = at % sizes[i]
		at /= sizes[i]
	}
	for row := first; row < last; row++ {
		s.row(scratch, n)
		for i := len(sizes) - 1; i >= 0; i-- {
			if s.index[i]++; s.index[i] < sizes[i] {
				break
			}
			s.index[i] = 0
		}
	}
}

// where is the offset of a view at the row.
func (s *rowState) where(v *view) int {
	at := v.offset()
	for i, k := range s.index {
		at += k * v.now[i]
	}
	return at + s.from*v.now[len(s.index)]
}

func (s *rowState) row(scratch []float32, n int) {
	for i := range s.code {
		o := &s.code[i]
		var dst []float32
		if o.Vector {
			dst = scratch[o.slot*n : (o.slot+1)*n]
			s.regs[i] = dst
		}
		switch o.Fn {
		case "load":
			at, data := s.where(o.view), o.view.data()
			stride := o.view.now[len(o.view.now)-1]
			switch {
			case !o.Vector:
				s.scalars[i] = data[at]
			case stride == 1:
				s.regs[i] = data[at : at+n]
			case n > 0:
				strided(dst, data, at, stride)
			}
		case "imm":
			s.scalars[i] = float32(o.Imm)
		case "sum":
			s.scalars[i] = kernel.Sum(s.operand(o, 0, n))
		case "add_all":
			sum := float32(0)
			for _, x := range s.operand(o, 0, n) {
				sum += x
			}
			s.scalars[i] = sum
		case "max_of":
			s.scalars[i] = kernel.MaxOf(s.operand(o, 0, n))
		case "min_of":
			s.scalars[i] = kernel.MinOf(s.operand(o, 0, n))
		case "cumsum":
			kernel.CumSum(dst, s.operand(o, 0, n))
		case "cummin":
			running(dst, s.operand(o, 0, n), kernel.Min)
		case "cummax":
			running(dst, s.operand(o, 0, n), kernel.Max)
		default:
			s.function(o, i, dst)
		}
	}
	for _, p := range s.puts {
		at, data := s.where(p.view), p.view.data()
		stride := p.view.now[len(p.view.now)-1]
		switch {
		case p.vector && stride == 1:
			copy(data[at:at+n], s.regs[p.reg])
		case p.vector:
			for _, x := range s.regs[p.reg] {
				data[at] = x
				at += stride
			}
		default:
			data[at] = s.scalars[p.reg]
		}
	}
}

// operand is an argument as a vector; the same number along the row where it is one.
func (s *rowState) operand(o *rowOp, k, n int) []float32 {
	reg := o.Args[k]
	if s.code[reg].Vector {
		return s.regs[reg]
	}
	if len(s.wide[k]) < n {
		s.wide[k] = make([]float32, n)
	}
	kernel.Fill(s.wide[k][:n], s.scalars[reg])
	return s.wide[k][:n]
}

func strided(dst, data []float32, at, stride int) {
	for i := range dst {
		dst[i] = data[at]
		at += stride
	}
}

func running(dst, x []float32, f func(dst, x, y []float32)) {
	copy(dst, x)
	for i := 1; i < len(dst); i++ {
		f(dst[i:i+1], dst[i-1:i], x[i:i+1])
	}
}

// function applies a scalar function to vectors and numbers.
func (s *rowState) function(o *rowOp, i int, dst []float32) {
	v := func(k int) []float32 { return s.regs[o.Args[k]] }
	n := func(k int) float32 { return s.scalars[o.Args[k]] }
	wide := func(k int) bool { return s.code[o.Args[k]].Vector }
	one := s.scalars[i : i+1]
	switch {
	case o.f1 != nil && o.Vector && wide(0):
		o.f1(dst, v(0))
	case o.f1 != nil:
		o.f1(one, s.scalars[o.Args[0]:o.Args[0]+1])
		if o.Vector {
			kernel.Fill(dst, one[0])
		}
	case o.f2.VV != nil && wide(0) && wide(1):
		o.f2.VV(dst, v(0), v(1))
	case o.f2.VV != nil && wide(0):
		o.f2.VN(dst, v(0), n(1))
	case o.f2.VV != nil && wide(1):
		o.f2.NV(dst, n(0), v(1))
	case o.f2.VV != nil:
		o.f2.VV(one, s.scalars[o.Args[0]:o.Args[0]+1], s.scalars[o.Args[1]:o.Args[1]+1])
		if o.Vector {
			kernel.Fill(dst, one[0])
		}
	default: // select
		var args [3][]float32
		for k := range args {
			if args[k] = s.scalars[o.Args[k] : o.Args[k]+1]; o.Vector {
				args[k] = s.operand(o, k, len(dst))
			}
		}
		if !o.Vector {
			dst = one
		}
		kernel.Select(dst, args[0], args[1], args[2])
	}
}
