package gosource

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// printer writes a plan as the body of a function: an instruction after the other, each one call of a kernel.
type printer struct {
	plan       *plan.Plan
	model      *fields
	names      *names
	dims       map[string]string  // identifiers, by free dim
	fold       map[string]ir.Size // free dims that are known: the batch, runs of loops that run once
	facts      ir.Facts
	stores     map[*plan.Store]string
	memory     memory
	used       map[string]bool // identifiers that the text mentions
	helps      map[string]bool // functions of the generated package that it calls
	out        strings.Builder
	called     string   // what a store is called that the instruction writes and nobody named
	scope      string   // of the last comment
	depth      int      // of the blocks that are open
	attentions int      // that were written
	locals     []string // identifiers that end with the innermost of them, and of those around it
}

func newPrinter(p *plan.Plan, model *fields, n *names, dims map[string]string, facts ir.Facts) *printer {
	w := &printer{
		plan: p, model: model, names: n, dims: dims, stores: map[*plan.Store]string{},
		fold: map[string]ir.Size{plan.Batch: ir.Const(1)},
		used: map[string]bool{}, helps: map[string]bool{}, facts: facts,
	}
	w.memory = memory{printer: w}
	return w
}

func (w *printer) line(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }

// local is an identifier that ends with the innermost open block.
func (w *printer) local(text string) string {
	id := w.names.of(text)
	if w.depth > 0 {
		w.locals = append(w.locals, id)
	}
	return id
}

// inside writes what stands in a block, whose identifiers are free again behind it.
func (w *printer) inside(write func()) {
	before := len(w.locals)
	w.depth++
	write()
	w.depth--
	w.names.forget(w.locals[before:])
	w.locals = w.locals[:before]
}

// nest writes loops over axes around what stands in them: id is called with each axis and its identifier.
func (w *printer) nest(axes []axis, each func(a axis, symbol string), write func()) {
	if len(axes) == 0 {
		write()
		return
	}
	w.inside(func() {
		for _, a := range axes {
			text := w.text(a.size)
			id := w.local(a.label)
			symbol := "#at." + id
			w.dims[symbol] = id
			w.line("for %s := range %s {", id, text)
			each(a, symbol)
		}
		write()
		w.line("%s", strings.Repeat("}\n", len(axes)))
	})
}

// help notes that the text calls a function of the generated package, and gives its name.
func (w *printer) help(name string) string {
	w.helps[name] = true
	return name
}

// size is a size with what is known put in.
func (w *printer) size(s ir.Size) ir.Size { return s.Substitute(w.fold) }

// text is a size as a Go expression.
func (w *printer) text(s ir.Size) string {
	return goSize(w.size(s), func(name string) string {
		id, ok := w.dims[name]
		if !ok {
			panic(fmt.Sprintf("gosource: the size %s has the unknown dim %s", s, name))
		}
		w.used[id] = true
		if strings.Contains(goSizeOf(s), "floor") {
			w.help("floorDiv")
		}
		return id
	})
}

func goSizeOf(s ir.Size) string { return s.String() }

// run is the free dim that stands for the number of a loop's run.
func run(l *plan.Loop) string { return fmt.Sprint("#run", l.ID) }

// runOf is the number of a loop's run as a size: what stands outside of a loop is of its first run.
func (w *printer) runOf(l *plan.Loop) ir.Size {
	if w.dims[run(l)] == "" {
		return ir.Size{}
	}
	return ir.Free(run(l))
}

// block writes instructions.
func (w *printer) block(b *plan.Block) {
	for _, i := range b.Code {
		w.where(plan.NoteOf(i))
		w.called = ""
		w.instruction(i)
	}
}

// where comments on the place in the user's file, when it changes.
func (w *printer) where(n *plan.Note) {
	if n.Scope != w.scope && n.Scope != "" {
		w.line("\n// %s", comment(n.Scope))
	}
	w.scope = n.Scope
}

func (w *printer) instruction(i plan.Instruction) {
	switch i := i.(type) {
	case *plan.Loop:
		w.loop(i)
	case *plan.Table:
		w.table(i)
	case *plan.Rows:
		w.rows(i)
	case *plan.Product:
		w.products(i)
	case *plan.Products:
		w.products(i.List...)
	case *plan.Attention:
		w.attention(i)
	case *plan.Contract:
		w.contract(i)
	case *plan.Gather:
		w.gather(i)
	case *plan.TopK:
		w.topK(i)
	case *plan.Move:
		w.move(i.To, i.From)
	case *plan.Fill:
		w.fill(i)
	case *plan.Admit:
		w.admit(i)
	case *plan.Select:
		w.choose(i)
	case *plan.Collect:
		w.collect(i)
	default:
		panic(fmt.Sprintf("gosource: no code for %T", i))
	}
}

// loop writes a loop. The stores of what it carries change places behind each run.
func (w *printer) loop(l *plan.Loop) {
	count := w.size(l.Count)
	once := isOne(count)
	first := w.out.Len()
	id := ""
	if !once {
		id = w.names.of(l.Var)
		w.dims[run(l)] = id
		defer func() {
			w.names.forget([]string{id})
			delete(w.dims, run(l))
		}()
	}
	text := w.text(count)
	outer := w.out.String()[:first]
	w.out.Reset()
	write := func() {
		w.block(l.Body)
		for _, c := range l.Carries {
			now, next := w.store(c.Now), w.store(c.Next)
			w.line("%s, %s = %s, %s", now, next, next, now)
		}
	}
	if once {
		write()
	} else {
		w.used[id] = false
		w.inside(write)
	}
	body := w.out.String()
	w.out.Reset()
	w.out.WriteString(outer)
	switch {
	case once:
		w.out.WriteString(body)
	case w.used[id]:
		w.line("for %s := range %s {\n%s}", id, text, body)
	default:
		w.line("for range %s {\n%s}", text, body)
	}
	w.scope = ""
}

// store is the identifier of a store's memory, and notes that the instruction touches it.
func (w *printer) store(s *plan.Store) string {
	if s.Role == plan.Weight {
		panic("gosource: a weight is no store with a name")
	}
	id, ok := w.stores[s]
	if !ok {
		id = w.names.of(cmp.Or(s.Name, w.called, lastWord(w.scope)))
		w.stores[s] = id
	}
	w.used[id] = true
	if s.Role == plan.Arena {
		w.memory.touch(s)
	}
	return id
}

// lastWord is what a scope is called by: "q_proj" of "model.layers.{l}.self_attn.q_proj".
func lastWord(scope string) string {
	if i := strings.LastIndexByte(scope, '.'); i >= 0 {
		scope = scope[i+1:]
	}
	if scope == "" {
		return "x"
	}
	return scope
}

// data is the memory that a view is in: a store, or a weight.
func (w *printer) data(v plan.View) string {
	if v.Store.Role == plan.Weight {
		return w.param(v.Store.Param, v.Ahead)
	}
	return w.store(v.Store)
}

// base is the offset of a view's first element in the runs that are on.
func (w *printer) base(v plan.View) ir.Size {
	at := v.Base
	for _, s := range v.Steps {
		at = at.Add(s.Stride.Mul(w.runOf(s.Loop)))
	}
	return w.size(at)
}

// from is the memory of a view from an offset on.
func (w *printer) from(v plan.View, more ir.Size) string {
	at := w.size(w.base(v).Add(more))
	if at.IsZero() {
		return w.data(v)
	}
	return fmt.Sprintf("%s[%s:]", w.data(v), w.text(at))
}

// part is n elements of a view from an offset on, without a gap.
func (w *printer) part(v plan.View, more, n ir.Size) string {
	if w.base(v).Add(more).IsZero() && w.size(v.Store.Elements).Equal(w.size(n)) && w.memory.exact(n) {
		return w.data(v)
	}
	return fmt.Sprintf("%s[:%s]", w.from(v, more), w.text(n))
}

// axis is an axis of several views at once: its size, and the stride in each.
type axis struct {
	label  string
	size   ir.Size
	stride []ir.Size
}

// axes are the axes of views with what is known put in, without those of one element; where a view lacks an axis its
// stride is 0. Neighbours that one stride runs over in all views are one axis.
func (w *printer) axes(list []plan.Axis, views ...plan.View) []axis {
	var out []axis
	for _, a := range list {
		x := axis{label: a.Label, size: w.size(a.Size)}
		if isOne(x.size) {
			continue
		}
		for _, v := range views {
			x.stride = append(x.stride, w.size(v.Stride(a.Label)))
		}
		out = append(out, x)
	}
	return out
}

// merged joins neighbours that one stride runs over in all views.
func merged(axes []axis) []axis {
	var out []axis
	for _, a := range axes {
		if n := len(out); n > 0 && joins(out[n-1], a) {
			out[n-1] = axis{a.label, out[n-1].size.Mul(a.size), a.stride}
			continue
		}
		out = append(out, a)
	}
	return out
}

func joins(outer, inner axis) bool {
	for i, s := range inner.stride {
		if !outer.stride[i].Equal(s.Mul(inner.size)) {
			return false
		}
	}
	return true
}

func isOne(s ir.Size) bool {
	n, ok := s.Int()
	return ok && n == 1
}

// tensor writes a view as a kernel takes it.
func (w *printer) tensor(v plan.View, strides []ir.Size) string {
	args := []string{w.data(v), w.text(w.base(v))}
	for _, s := range strides {
		args = append(args, w.text(s))
	}
	return w.help("tensor") + "(" + strings.Join(args, ", ") + ")"
}

// ints writes sizes as a list.
func (w *printer) ints(sizes []ir.Size) string {
	parts := make([]string, len(sizes))
	for i, s := range sizes {
		parts[i] = w.text(s)
	}
	return "[]int{" + strings.Join(parts, ", ") + "}"
}

func sizesOf(axes []axis) (out []ir.Size) {
	for _, a := range axes {
		out = append(out, a.size)
	}
	return out
}

func stridesOf(axes []axis, view int) (out []ir.Size) {
	for _, a := range axes {
		out = append(out, a.stride[view])
	}
	return out
}

func axesOf(dims []plan.Dim) (out []plan.Axis) {
	for _, d := range dims {
		out = append(out, plan.Axis{Label: d.Label, Size: d.Size})
	}
	return out
}

// without are the axes whose labels a view lacks.
func without(axes []plan.Axis, v []plan.Axis) (out []plan.Axis) {
	for _, a := range axes {
		if !slices.ContainsFunc(v, func(x plan.Axis) bool { return x.Label == a.Label }) {
			out = append(out, a)
		}
	}
	return out
}
