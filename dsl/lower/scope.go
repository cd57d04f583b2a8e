package lower

import (
	"slices"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir/diag"
)

// binding is a name with its value and the place that gave it.
type binding struct {
	val   value
	at    diag.Span
	fixed bool // a parameter, field, dim or declaration: it cannot be bound again or hidden
}

// scope is a level of names. The chain ends at a file's scope.
type scope struct {
	parent *scope
	names  map[string]*binding
	file   *check.Scope
	inst   *instance // the block whose fields are visible here
	frame  *frame    // the call or region that this level belongs to
}

// frame is one function call or region being lowered.
type frame struct {
	decl   *syntax.Func
	parent *frame // of the caller
	inst   *instance
	depth  int
	lifted map[*axis]bool // mapped over: the body may not name them
	pair   *pair          // in a region of attend
}

// pair is what a region of attend sees: one query and the keys. Captured tensors may not have the axes of boundary.
type pair struct {
	at       diag.Span // of the attend
	region   string    // score, mask, norm or weight
	key      *axis     // the key axis inside
	boundary []boundary
}

// boundary is an axis that a captured tensor must be read at, and by which position.
type boundary struct {
	axis *axis
	pos  string // "i" or "j"
}

func (s *scope) child() *scope {
	return &scope{parent: s, names: map[string]*binding{}, file: s.file, inst: s.inst, frame: s.frame}
}

// region is a scope for a region of attend, with its own frame. Names are those of at, the scope of its text.
func (s *scope) region(p *pair) *scope {
	out := s.child()
	out.frame = &frame{parent: s.frame, pair: p}
	if s.frame != nil {
		out.frame.depth, out.frame.decl, out.frame.inst = s.frame.depth, s.frame.decl, s.frame.inst
	}
	return out
}

func (s *scope) bind(name string, v value, at diag.Span, fixed bool) {
	s.names[name] = &binding{v, at, fixed}
}

// local finds a name among the levels up to the file, nil when none has it.
func (s *scope) local(name string) *binding {
	for at := s; at != nil; at = at.parent {
		if b := at.names[name]; b != nil {
			return b
		}
	}
	return nil
}

// inside reports whether the scope sees the fields of an instance as its own.
func (s *scope) inside(in *instance) bool {
	for at := s; at != nil; at = at.parent {
		if at.inst == in {
			return true
		}
	}
	return false
}

// mapsOver reports whether a call around is mapped over the axis: what is being lowered is then one element of it.
func (f *frame) mapsOver(a *axis) *frame {
	for ; f != nil; f = f.parent {
		if f.lifted[a] {
			return f
		}
	}
	return nil
}

// pair of the region that a scope stands in, nil outside attend.
func (s *scope) pair() *pair {
	if s.frame == nil {
		return nil
	}
	return s.frame.pair
}

// lookup finds a name: locals, parameters, fields, nested declarations, then the file, its imports, the library and
// what is built in.
func (l *lowerer) lookup(s *scope, name string) value {
	for at := s; at != nil; at = at.parent {
		if b := at.names[name]; b != nil {
			return b.val
		}
		if at.inst != nil && (at.parent == nil || at.parent.inst != at.inst) {
			if v := l.member(at.inst, name); v != nil {
				return v
			}
		}
	}
	if d := s.file.Lookup(name); d != nil {
		return l.declared(d)
	}
	if row := l.builtins[name]; row != nil {
		return builtin{row}
	}
	if name == "train" {
		return truth(l.train)
	}
	if f, ok := namedConstants[name]; ok {
		return f
	}
	return nil
}

func (l *lowerer) declared(d *check.Decl) value {
	top := l.fileScope(d.Scope)
	if d.Block != nil {
		return template{decl: d, block: d.Block, scope: top}
	}
	return function{d.Func, top}
}

func (l *lowerer) fileScope(s *check.Scope) *scope {
	if l.files[s] == nil {
		l.files[s] = &scope{names: map[string]*binding{}, file: s}
	}
	return l.files[s]
}

// visible lists the names that stand in reach, for suggestions.
func (l *lowerer) visible(s *scope) []string {
	out := s.file.Names()
	for at := s; at != nil; at = at.parent {
		for n := range at.names {
			out = append(out, n)
		}
		if at.inst != nil {
			for n := range at.inst.fields {
				out = append(out, n)
			}
			for n := range at.inst.nested {
				out = append(out, n)
			}
		}
	}
	for n := range l.builtins {
		out = append(out, n)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (l *lowerer) unknown(s *scope, id syntax.Ident) value {
	position := id.Name == "i" || id.Name == "j"
	switch p := s.pair(); {
	case position && p == nil:
		l.fail(diag.New(diag.WrongPlace, id.At, "`%s` is a position inside the regions of attend, and nothing here",
			id.Name).Suggest("a `pattern` sees the positions of the attend that uses it"))
	case position:
		l.fail(diag.New(diag.AmbiguousAxis, p.at, "%s reads `i`, but no query has a sequence axis", p.region).
			Note(id.At, "`i` is read").
			Suggest("the axis of the queries is one that the input binds, and that the keys do not have"))
	case id.Name == "l":
		l.fail(diag.New(diag.UnknownName, id.At, "nothing is named l here").
			Suggest("a block sees the number of its layer as a parameter: `L * Layer(l)`, `block Layer(l)`"))
	default:
		d := diag.New(diag.UnknownName, id.At, "nothing is named %s here", clip(id.Name))
		if l.spent.mistakes < diag.MaxShown {
			if near := check.Nearest(id.Name, l.visible(s)); near != "" {
				d.Suggest("did you mean `%s`?", near)
			}
		}
		l.fail(d)
	}
	return poison{}
}

// namedConstants are the values that have a name in every scope.
var namedConstants = map[string]value{
	"true": truth(true), "false": truth(false), "none": nothing{},
	"pi": number(3.141592653589793), "inf": number(inf),
	"int": text{s: "int"}, "bool": text{s: "bool"}, "real": text{s: "real"},
}
