package cudasource

import (
	"fmt"
	"slices"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// row is a rows program that is being written.
type row struct {
	*kernel
	program *plan.Rows
	outer   []source.Axis
	inner   source.Axis
	at      map[string]ir.Size // where the row stands, and the element of it
	number  ir.Size            // of the row
	vector  []bool             // of each op: it has one number for each element of a row
	level   []int              // of each op: how many reductions stand between the loads and it
	text    []string           // of each op that is one number for the row
	scan    map[int]*plan.Store
	threads int
}

// rows writes a program for each element of Outer. Where every element is computed from its own alone, a thread takes one;
// else a block takes a row, and computes again behind a reduction what stands in front of it: that is loads from a near
// cache, and no memory.
func (w *printer) rows(p *plan.Rows) {
	if n := len(p.Code); n > 0 {
		w.called = lastWord(w.scope) + "_" + p.Code[n-1].Fn
	}
	p, moves := w.apart(p)
	r := &row{program: p, scan: map[int]*plan.Store{}, text: make([]string, len(p.Code))}
	r.kernel = w.kernel("rows")
	r.use("numbers.cuh")
	r.space()
	for _, o := range p.Out {
		r.data(o.To, true)
	}
	r.comment()
	if slices.ContainsFunc(p.Code, func(o plan.Op) bool { return plan.WholeRows(o.Fn) }) {
		r.whole()
	} else {
		axes := r.outer
		if !source.IsOne(r.inner.Size) {
			axes = append(axes[:len(axes):len(axes)], r.inner)
		}
		r.each(axes, func(at map[string]ir.Size) {
			r.at = at
			for i := range p.Code {
				r.op(i)
			}
			for _, o := range p.Out {
				r.put("%s[%s] = %s;", r.data(o.To, true), r.place(o.To, at), r.stored(o.To, r.text[o.Reg]))
			}
		})
		r.launch("items("+w.text(elements(axes))+")", "")
	}
	for _, m := range moves {
		w.move(m.To, m.From)
	}
	w.memory.free()
}

// apart gives puts rooms of their own where they are in memory that the program loads at other places: threads do not wait
// for each other between loads and puts.
func (w *printer) apart(p *plan.Rows) (*plan.Rows, []plan.Move) {
	out := *p
	out.Out = slices.Clone(p.Out)
	var moves []plan.Move
	for k, o := range p.Out {
		clash := slices.ContainsFunc(p.Code, func(x plan.Op) bool {
			return x.Fn == "load" && x.Load.Store == o.To.Store && !slices.ContainsFunc(p.Out, func(y plan.Put) bool { return y.To.Same(x.Load) })
		})
		if !clash {
			continue
		}
		axes := source.Compact(o.To.Axes)
		room := plan.View{Store: w.memory.room(source.Product(axes)), Axes: axes}
		out.Out[k].To = room
		moves = append(moves, plan.Move{To: o.To, From: room})
	}
	return &out, moves
}

// space settles the axes, and which ops are one number for a row.
func (r *row) space() {
	r.outer = r.axes(source.AxesOf(r.program.Outer))
	r.inner = source.Axis{Label: r.program.Inner.Label, Size: r.size(r.program.Inner.Size)}
	r.vector, r.level = make([]bool, len(r.program.Code)), make([]int, len(r.program.Code))
	for i, op := range r.program.Code {
		for _, a := range op.Args {
			r.level[i] = max(r.level[i], r.level[a])
			r.vector[i] = r.vector[i] || r.vector[a]
		}
		switch op.Fn {
		case "load":
			r.vector[i] = r.along(op.Load)
		case "sum", "add_all", "max_of", "min_of":
			r.vector[i] = false
			r.level[i]++
		case "cumsum", "cummax", "cummin":
			r.vector[i] = true
			r.level[i]++
		}
	}
}

// along reports whether a view has an axis along the row.
func (r *row) along(v plan.View) bool {
	return r.program.Inner.Label != "" && v.Find(r.program.Inner.Label) >= 0 && !source.IsOne(r.inner.Size)
}

// comment says what is computed: the program, a line each.
func (r *row) comment() {
	r.say("for each of %s rows of %s numbers:", r.shown(elements(r.outer)), r.shown(r.inner.Size))
	for i, op := range r.program.Code {
		if op.Fn == "load" || op.Fn == "imm" {
			continue
		}
		args := ""
		for n, a := range op.Args {
			if n > 0 {
				args += ", "
			}
			args += r.word(a)
		}
		r.say("  %s = %s(%s)", r.word(i), op.Fn, args)
	}
	for _, o := range r.program.Out {
		r.say("  %s is %s", r.data(o.To, true), r.word(o.Reg))
	}
}

// word is how the comment names a result.
func (r *row) word(i int) string {
	switch op := r.program.Code[i]; op.Fn {
	case "imm":
		return fmt.Sprint(op.Imm)
	case "load":
		return r.data(op.Load, false)
	}
	return fmt.Sprint("v_", i)
}

// op writes an op.
func (r *row) op(i int) {
	op := r.program.Code[i]
	if op.Fn == "imm" {
		r.text[i] = number32(op.Imm)
		return
	}
	id := fmt.Sprint("v_", i)
	switch {
	case op.Fn == "load":
		r.put("const float %s = %s;", id, r.load(op.Load, r.at))
	case r.scan[i] != nil:
		r.put("const float %s = %s[%s];", id, r.data(r.scanned(i), true), r.place(r.scanned(i), r.at))
	default:
		args := make([]string, len(op.Args))
		for n, a := range op.Args {
			args[n] = r.text[a]
		}
		r.put("const float %s = %s;", id, applied(op.Fn, "float", args...))
	}
	r.text[i] = id
}
