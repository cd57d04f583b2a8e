package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// plain are the functions that Go computes with the kernel's bits on single numbers. A product is rounded apart.
var plain = map[string]string{
	"add": "%s + %s", "sub": "%s - %s", "mul": "float32(%s * %s)", "div": "%s / %s", "max": "max(%s, %s)", "min": "min(%s, %s)", "neg": "-%s",
}

// row is a rows program that is being written.
type row struct {
	*printer
	program *plan.Rows
	outer   []source.Axis // what is looped over, with the strides of all views
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
	piece   string    // the number of the part, where it is
}

// rows writes a program whose every line is one kernel over a row, for all rows: the workers share those of the outermost
// axis.
func (w *printer) rows(p *plan.Rows) {
	r := &row{printer: w, program: p, text: make([]string, len(p.Code)), temp: make([]string, len(p.Code)), worker: "0"}
	r.space()
	r.life()
	if n := len(p.Code); n > 0 {
		w.called = w.result(p.Code[n-1].Fn)
	}
	w.inside(func() {
		if call := r.shared(); call != "" {
			declared, body := w.function(r.row)
			w.out.WriteString(call + declared + body + "})\n")
			return
		}
		before := w.out.String()
		w.out.Reset()
		r.row()
		body := w.out.String()
		w.out.Reset()
		if strings.Contains(body, ":=") {
			body = "{\n" + body + "}\n"
		}
		w.out.WriteString(before + body)
	})
}

// row writes what is done for one element of what is shared.
func (r *row) row() {
	open, end := r.nested()
	before := r.out.String()
	r.out.Reset()
	r.body()
	for k, name := range r.room {
		open += fmt.Sprintf("%s := s.temp(%s, %d, %s)\n", name, r.worker, k, r.printer.text(r.n))
	}
	body := r.out.String()
	r.out.Reset()
	r.out.WriteString(before + open + body + end)
}

// partWidth is how much of a long row is computed at once, so that temporaries stay in the first-level cache.
const partWidth = 2048

// shared opens the function that the workers call side by side, for each element of the outermost axis; where there is
// none, for parts of a long row of an elementwise program. A short one is no function.
func (r *row) shared() string {
	if len(r.outer) > 0 {
		work := r.n.Mul(ir.Const(int64(len(r.program.Code))))
		for _, a := range r.outer {
			work = work.Mul(a.Size)
		}
		r.worker = "worker"
		call := fmt.Sprintf("s.each(%s, %s, ", r.printer.text(r.outer[0].Size), r.printer.text(work))
		return call + fmt.Sprintf("func(s *Session, worker, %s int) {\n", r.loop(r.outer[0]))
	}
	if !r.parts {
		return ""
	}
	whole, work := r.printer.text(r.n), r.printer.text(r.n.Mul(ir.Const(int64(len(r.program.Code)))))
	r.worker, r.piece = "worker", r.local("part")
	return fmt.Sprintf("s.each((%s+%d)/%d, %s, func(s *Session, worker, %s int) {\n", whole, partWidth-1, partWidth, work, r.piece)
}

// nested opens the loops over the further axes, or makes the part of a row that one.
func (r *row) nested() (open, end string) {
	if r.piece != "" {
		whole := r.printer.text(r.n)
		at, n := r.local("i"), r.local("n")
		r.dims["#at."+at], r.dims["#n."+n] = at, n
		for v := range r.shift {
			r.shift[v] = r.shift[v].Add(r.inner[v].Mul(ir.Free("#at." + at)))
		}
		r.n = ir.Free("#n." + n)
		return fmt.Sprintf("%s := %d * %s\n%s := min(%d, %s-%s)\n", at, partWidth, r.piece, n, partWidth, whole, at), ""
	}
	for _, a := range r.outer[min(1, len(r.outer)):] {
		size := r.printer.text(a.Size)
		open += fmt.Sprintf("for %s := range %s {\n", r.loop(a), size)
		end += "}\n"
	}
	return open, end
}

// loop is the identifier of an axis that is looped over.
func (r *row) loop(a source.Axis) string {
	return r.at(a.Label, func(v int) ir.Size { return a.Stride[v] })
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
	dims := source.AxesOf(r.program.Outer)
	elementwise := !slices.ContainsFunc(r.program.Code, func(o plan.Op) bool {
		return o.Fn != "load" && o.Fn != "imm" && ir.FnNamed(o.Fn) == nil
	})
	inner := source.Axis{Size: r.size(r.program.Inner.Size)}
	for _, v := range views {
		inner.Stride = append(inner.Stride, r.size(v.Stride(r.program.Inner.Label)))
	}
	r.outer = r.axes(dims, views...)
	for elementwise && len(r.outer) > 0 {
		next := r.outer[len(r.outer)-1]
		if source.IsOne(inner.Size) {
			inner = next
		} else if source.Joins(next, inner) {
			inner = source.Axis{Label: next.Label, Size: inner.Size.Mul(next.Size), Stride: inner.Stride}
		} else {
			break
		}
		r.outer = r.outer[:len(r.outer)-1]
	}
	if elementwise {
		r.outer = source.Merged(r.outer)
	}
	r.n, r.inner = inner.Size, inner.Stride
	k, number := r.n.Int()
	r.parts = elementwise && (!number || k > 2*partWidth)
	r.shift = make([]ir.Size, len(views))
	r.vector = make([]bool, len(r.program.Code))
	for i, op := range r.program.Code {
		switch op.Fn {
		case "load":
			r.vector[i] = !r.inner[r.view[i]].IsZero() || !elementwise && op.Vector && !source.IsOne(r.n)
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
