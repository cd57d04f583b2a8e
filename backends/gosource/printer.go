package gosource

import (
	"cmp"
	"fmt"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// printer writes a plan as the body of a function: an instruction after the other, each one call of a kernel.
type printer struct {
	plan       *plan.Plan
	weights    *source.Weights
	frame      *frame
	names      *names
	dims       map[string]string  // identifiers, by free dim
	fold       map[string]ir.Size // free dims that are known: the batch, runs of loops that run once
	facts      ir.Facts
	stores     map[*plan.Store]string
	memory     memory
	used       map[string]bool // identifiers that the text mentions
	helps      map[string]bool // functions of the generated package that it calls
	out        strings.Builder
	called     string // what a store is called that the instruction writes and nobody named
	scope      string // of the last comment
	depth      int    // of the blocks that are open
	attentions int    // that were written
	loops      int    // that are open
	kept       bool   // what is written is kept by a kernel while it runs: it stands in memory of the session
	captures   []capture
	locals     []string // identifiers that end with the innermost of them, and of those around it
}

func newPrinter(p *plan.Plan, weights *source.Weights, f *frame, n *names, dims map[string]string, facts ir.Facts) *printer {
	w := &printer{
		plan: p, weights: weights, frame: f, names: n, dims: dims, stores: map[*plan.Store]string{},
		fold: map[string]ir.Size{plan.Batch: ir.Const(1)},
		used: map[string]bool{}, helps: map[string]bool{}, facts: facts,
	}
	w.memory = memory{printer: w}
	w.captures = []capture{{"m", "s.model"}}
	return w
}

// capture is an identifier that stands for something of the session. Functions declare those that they use: one that
// captures nothing else than its arguments is no memory of its own.
type capture struct{ id, value string }

// declared declares the captures that the text uses.
func (w *printer) declared() string {
	var ids, values []string
	for _, c := range w.captures {
		if w.used[c.id] {
			ids, values = append(ids, c.id), append(values, c.value)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return strings.Join(ids, ", ") + " := " + strings.Join(values, ", ") + "\n"
}

// function writes the body of a function within the text, with what it declares.
func (w *printer) function(write func()) (declared, body string) {
	before, used := w.out.String(), map[string]bool{}
	for _, c := range w.captures {
		used[c.id], w.used[c.id] = w.used[c.id], false
	}
	w.out.Reset()
	write()
	declared, body = w.declared(), w.out.String()
	for id, u := range used {
		w.used[id] = u
	}
	w.out.Reset()
	w.out.WriteString(before)
	return declared, body
}

func (w *printer) line(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }

// local is an identifier that ends with the innermost open block.
func (w *printer) local(text string) string {
	id := w.names.Of(text)
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
	w.names.Forget(w.locals[before:])
	w.locals = w.locals[:before]
}

// nest writes loops over axes around what stands in them: id is called with each axis and its identifier.
func (w *printer) nest(axes []source.Axis, each func(a source.Axis, symbol string), write func()) {
	if len(axes) == 0 {
		write()
		return
	}
	w.inside(func() {
		for _, a := range axes {
			text := w.text(a.Size)
			id := w.local(a.Label)
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
	once := source.IsOne(count)
	first := w.out.Len()
	id := ""
	if !once {
		id = w.frame.loop(l.Var, w.loops)
		w.dims[run(l)] = id
		w.loops++
		defer func() {
			w.loops--
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
		w.line("for %s = range %s {\n%s}", id, text, body)
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
		id = w.frame.store(cmp.Or(s.Name, w.called, lastWord(w.scope), "x"), w.size(s.Elements))
		w.stores[s] = id
	}
	w.used[id] = true
	if s.Role == plan.Arena {
		w.memory.touch(s)
	}
	return id
}

// lastWord is what a scope is called by: "q_proj" of "model.layers.{l}.self_attn.q_proj", "layers" of "model.layers.{l}".
func lastWord(scope string) string {
	for strings.HasSuffix(scope, "}") && strings.Contains(scope, ".{") {
		scope = scope[:strings.LastIndex(scope, ".{")]
	}
	if i := strings.LastIndexByte(scope, '.'); i >= 0 {
		scope = scope[i+1:]
	}
	return scope
}

// result is what the result of a function is called: "norm_mul" in "model.norm", "mul" outside of all.
func (w *printer) result(fn string) string { return strings.TrimPrefix(lastWord(w.scope)+"_"+fn, "_") }
