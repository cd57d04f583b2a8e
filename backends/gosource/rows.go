package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// binaries and unaries are the kernels of the scalar functions.
var binaries = map[string]string{
	"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "quo": "Quo", "mod": "Mod", "pow": "Pow", "max": "Max", "min": "Min",
	"lt": "Lt", "le": "Le", "gt": "Gt", "ge": "Ge", "eq": "Eq", "ne": "Ne", "and": "And", "or": "Or",
}

var unaries = map[string]string{
	"neg": "Neg", "abs": "Abs", "sign": "Sign", "floor": "Floor", "ceil": "Ceil", "round": "Round", "exp": "Exp", "log": "Log",
	"sqrt": "Sqrt", "rsqrt": "Rsqrt", "sin": "Sin", "cos": "Cos", "tanh": "Tanh", "erf": "Erf", "not": "Not",
}

// plain are the functions that Go computes with the kernel's bits on single numbers. A product is rounded apart.
var plain = map[string]string{
	"add": "%s + %s", "sub": "%s - %s", "mul": "float32(%s * %s)", "div": "%s / %s", "max": "max(%s, %s)", "min": "min(%s, %s)", "neg": "-%s",
}

// row is a rows program that is being written.
type row struct {
	*printer
	program *plan.Rows
	outer   []axis // what is looped over, with the strides of all views
	n       ir.Size
	inner   []ir.Size // strides along a row, of all views
	shift   []ir.Size // what the loops add to the offset of a view
	view    []int     // of each op: the number of its view, -1 where it loads nothing
	vector  []bool    // of each op
	last    []int     // of each op: the last op that reads it, or how many ops there are where a put does
	text    []string  // of each op: how its result is read
	temp    []string  // of each op: the temporary that it is in
	held    []string  // temporaries of the instruction that is written
	room    []string  // all temporaries
	free    []string  // those that nobody holds
	worker  string    // who computes the row
	parts   bool      // a row may be computed in parts
}

// rows writes a program whose every line is one kernel over a row, for all rows: the workers share those of the outermost
// axis.
func (w *printer) rows(p *plan.Rows) {
	r := &row{printer: w, program: p, text: make([]string, len(p.Code)), temp: make([]string, len(p.Code)), worker: "0"}
	r.space()
	r.life()
	if n := len(p.Code); n > 0 {
		w.called = lastWord(w.scope) + "_" + p.Code[n-1].Fn
	}
	before := w.out.String()
	w.out.Reset()
	var open, end string
	w.inside(func() {
		open, end = r.loops()
		r.body()
		for k, name := range r.room {
			open += fmt.Sprintf("%s := s.temp(%s, %d, %s)\n", name, r.worker, k, w.text(r.n))
		}
	})
	body := w.out.String()
	w.out.Reset()
	if end == "" && (len(r.room) > 0 || strings.Contains(body, ":=")) {
		open, end = "{\n"+open, "}\n"
	}
	w.out.WriteString(before + open + body + end)
}

// partWidth is how much of a long row is computed at once, so that temporaries stay in the first-level cache.
const partWidth = 2048

// loops opens the loops around a row. The outermost one is divided among the workers; where there is none, a long row of
// an elementwise program is.
func (r *row) loops() (open, end string) {
	outer := r.outer
	rest := r.n
	for _, a := range outer {
		rest = rest.Mul(a.size)
	}
	if len(outer) > 0 {
		work := rest.Mul(ir.Const(int64(len(r.program.Code))))
		id := r.at(outer[0].label, func(v int) ir.Size { return outer[0].stride[v] })
		r.worker = "worker"
		open = fmt.Sprintf("s.each(%s, %s, func(worker, %s int) {\n", r.printer.text(outer[0].size), r.printer.text(work), id)
		end = "})\n"
		for _, a := range outer[1:] {
			size := r.printer.text(a.size)
			open += fmt.Sprintf("for %s := range %s {\n", r.at(a.label, func(v int) ir.Size { return a.stride[v] }), size)
			end = "}\n" + end
		}
		return open, end
	}
	if !r.parts {
		return "", ""
	}
	whole := r.printer.text(r.n)
	r.worker = "worker"
	part := r.local("part")
	at, n := r.local("i"), r.local("n")
	open = fmt.Sprintf("s.each((%s+%d)/%d, %s, func(worker, %s int) {\n%s := %d * %s\n%s := min(%d, %s-%s)\n",
		whole, partWidth-1, partWidth, r.printer.text(r.n.Mul(ir.Const(int64(len(r.program.Code))))), part, at, partWidth, part, n, partWidth, whole, at)
	r.dims["#at."+at], r.dims["#n."+n] = at, n
	for v := range r.shift {
		r.shift[v] = r.shift[v].Add(r.inner[v].Mul(ir.Free("#at." + at)))
	}
	r.n = ir.Free("#n." + n)
	return open, "})\n"
}

// at is the identifier of a loop, by which all views move.
func (r *row) at(label string, stride func(v int) ir.Size) string {
	id := r.local(label)
	symbol := "#at." + id
	r.dims[symbol] = id
	for v := range r.shift {
		r.shift[v] = r.shift[v].Add(stride(v).Mul(ir.Free(symbol)))
	}
	return id
}

// views are what the program loads, then what it puts.
func (r *row) views() []plan.View {
	var out []plan.View
	r.view = make([]int, len(r.program.Code))
	for i, op := range r.program.Code {
		r.view[i] = -1
		if op.Fn == "load" {
			r.view[i] = len(out)
			out = append(out, op.Load)
		}
	}
	for _, p := range r.program.Out {
		out = append(out, p.To)
	}
	return out
}

// space decides what a row is. Where every element is computed from its own alone, axes without gaps are one row.
func (r *row) space() {
	views := r.views()
	dims := axesOf(r.program.Outer)
	elementwise := !slices.ContainsFunc(r.program.Code, func(o plan.Op) bool {
		return o.Fn != "load" && o.Fn != "imm" && ir.FnNamed(o.Fn) == nil
	})
	inner := axis{size: r.size(r.program.Inner.Size)}
	for _, v := range views {
		inner.stride = append(inner.stride, r.size(v.Stride(r.program.Inner.Label)))
	}
	r.outer = r.axes(dims, views...)
	for elementwise && len(r.outer) > 0 {
		next := r.outer[len(r.outer)-1]
		if isOne(inner.size) {
			inner = next
		} else if joins(next, inner) {
			inner = axis{next.label, inner.size.Mul(next.size), inner.stride}
		} else {
			break
		}
		r.outer = r.outer[:len(r.outer)-1]
	}
	if elementwise {
		r.outer = merged(r.outer)
	}
	r.n, r.inner = inner.size, inner.stride
	k, number := r.n.Int()
	r.parts = elementwise && (!number || k > 2*partWidth)
	r.shift = make([]ir.Size, len(views))
	r.vector = make([]bool, len(r.program.Code))
	for i, op := range r.program.Code {
		switch op.Fn {
		case "load":
			r.vector[i] = !r.inner[r.view[i]].IsZero() || !elementwise && op.Vector && !isOne(r.n)
		case "imm", "sum", "add_all", "max_of", "min_of":
		case "cumsum", "cummax", "cummin":
			r.vector[i] = true
		default:
			r.vector[i] = slices.ContainsFunc(op.Args, func(a int) bool { return r.vector[a] })
		}
	}
}

// life finds the last reader of each result.
func (r *row) life() {
	r.last = make([]int, len(r.program.Code))
	for i, op := range r.program.Code {
		for _, a := range op.Args {
			r.last[a] = i
		}
	}
	for _, p := range r.program.Out {
		r.last[p.Reg] = len(r.program.Code)
	}
}
