package cudasource

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// printer writes a plan as the body of a function of the host: an instruction after the other, each the launch of a kernel.
type printer struct {
	plan     *plan.Plan
	model    *model
	names    *names
	fold     map[string]ir.Size // free dims that are known: runs of loops that run once
	dims     map[string]string  // identifiers of the host, by free dim
	heard    []string           // those of Dims that the text mentions
	stores   map[*plan.Store]string
	memory   memory
	out      strings.Builder
	scope    string // of the last comment
	called   string // what a store is called that the instruction writes and nobody named
	note     *plan.Note
	halves   map[*plan.Store]bool   // stores of bf16
	narrowed map[string]*plan.Store // rows as bf16 that products of one instruction share
	choice   *choice                // the experts whose body is written, if there are any
	at       plan.Instruction       // that is being written, nil between two
	open     []*plan.Loop           // loops of the host around it
	moments  []moment               // that comments tell numbers of
	fewRows  []moment               // those of kernels for few rows
}

func newPrinter(m *model, p *plan.Plan) *printer {
	w := &printer{plan: p, model: m, names: hostNames(), fold: map[string]ir.Size{}, dims: map[string]string{}, stores: map[*plan.Store]string{}}
	w.names.Take(m.dimIDs()...)
	w.memory = memory{printer: w}
	w.halves = w.halvesOf(p)
	w.moments, w.fewRows = m.moments(p)
	return w
}

// hostNames is the scope of a function of the model: what the class and its functions call things is taken.
func hostNames() *names {
	return newNames("d", "w", "s", "in", "slot", "outputs", "sizes", "stream", "run", "items", "groups", "reserve", "state", "release", "numbers", "panel", "quantized",
		"input", "device", "fault", "fail", "start", "step", "slide", "stepped", "slots", "load", "expect", "rows", "least", "most", "floor_div", "Dims",
		"Runtime", "Grid", "facts", "element", "get", "set", "open", "reset", "past", "batch", "device_dims", "text", "launch", "Model", "c", "key", "kept",
		"wide", "kind", "resident", "map_of", "by_library")
}

func (w *printer) line(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }

// size is a size with what is known put in.
func (w *printer) size(s ir.Size) ir.Size { return s.Substitute(w.fold) }

// text is a size as an expression of the host: symbols of choices are the most that they may be.
func (w *printer) text(s ir.Size) string {
	return cSize(w.size(w.plan.Most(w.size(s))), func(name string) string {
		if id, ok := w.dims[name]; ok {
			return id
		}
		id, ok := w.model.dim(name)
		if !ok {
			panic(fmt.Sprintf("cudasource: the size %s has the unknown dim %s", s, name))
		}
		if !slices.Contains(w.heard, id) {
			w.heard = append(w.heard, id)
		}
		return id
	})
}

// shown is a size for a comment.
func (w *printer) shown(s ir.Size) string {
	return cSize(w.size(s), func(name string) string {
		if id, ok := w.model.dim(name); ok {
			return id
		}
		return source.Snake(name)
	})
}

// run is the free dim that stands for the number of a loop's run.
func run(l *plan.Loop) string { return fmt.Sprint("#run", l.ID) }

// runOf is the number of a loop's run as a size: what stands outside of a loop is of its first run.
func (w *printer) runOf(l *plan.Loop) ir.Size {
	if w.dims[run(l)] == "" {
		return ir.Size{}
	}
	return ir.Free(run(l))
}

// base is the offset of a view's first element in the runs that are on.
func (w *printer) base(v plan.View) ir.Size {
	at := v.Base
	for _, s := range v.Steps {
		at = at.Add(s.Stride.Mul(w.runOf(s.Loop)))
	}
	return w.size(at)
}

// block writes instructions.
func (w *printer) block(b *plan.Block) {
	for _, i := range b.Code {
		w.note = plan.NoteOf(i)
		if w.note.Scope != w.scope && w.note.Scope != "" {
			w.line("\n// %s", comment(w.note.Scope))
		}
		w.scope, w.called = w.note.Scope, ""
		w.at = i
		w.instruction(i)
		w.at = nil
	}
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
	case *plan.Stream:
		w.stream(i)
	case *plan.Attention:
		if w.choice != nil {
			panic(&Refused{w.note.Src, "this attention is of the rows that chose an expert, whose number is known on the device alone"})
		}
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
	case *plan.Collect:
		w.collect(i)
	case *plan.Admit:
		panic(&Refused{w.note.Src, "this attention has no kernel: what a head weighs hangs on other heads or rows, or its parts on more than a query and a key"})
	default:
		panic(fmt.Sprintf("cudasource: no code for %T", i))
	}
}

// loop writes a loop of the host. The stores of what it carries change places behind each run.
func (w *printer) loop(l *plan.Loop) {
	if s := selectOf(l); s != nil {
		w.experts(l, s)
		return
	}
	count := w.size(l.Count)
	swap := func() {
		for _, c := range l.Carries {
			w.line("std::swap(%s, %s);", w.store(c.Now), w.store(c.Next))
		}
	}
	if source.IsOne(count) {
		w.block(l.Body)
		swap()
		w.scope = ""
		return
	}
	id := w.names.of(l.Var)
	w.dims[run(l)] = id
	w.line("for (long %s = 0; %s < %s; %s++) {", id, id, w.text(count), id)
	w.open = append(w.open, l)
	w.block(l.Body)
	w.open = w.open[:len(w.open)-1]
	swap()
	w.line("}")
	w.names.Forget([]string{id})
	delete(w.dims, run(l))
	w.scope = ""
}

// store is the host's identifier of a store's memory.
func (w *printer) store(s *plan.Store) string {
	id, ok := w.stores[s]
	if !ok {
		id = w.names.of(cmp.Or(s.Name, w.called, lastWord(w.scope)))
		w.stores[s] = id
	}
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
