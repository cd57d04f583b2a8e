package syntax

import (
	"slices"
	"strings"

	"archc/ir/diag"
)

// UseKind says what a name does where it stands.
type UseKind int

// The kinds of Use.
const (
	Declares UseKind = iota // a declaration, parameter, field, constant, local, dim in brackets, result
	Refers                  // a value or dim
	Member                  // a part, behind a dot or on an override's path
	Argument                // the name of an argument; Of is the callee, where that is a plain name
	Own                     // a word of the language in its place: i in a region, score in an attend, int in a field's type
)

// Use is a name where it stands.
type Use struct {
	Ident
	Kind  UseKind
	Local bool // Refers: a block or function around it declares the name
	Of    string
}

// attendParts are what an attend's body assigns, and the names that the language binds in each.
var attendParts = map[string][]string{"score": {"i", "j"}, "mask": {"i", "j"}, "norm": {"i", "j", "s"},
	"weight": {"i", "j", "w"}}

// Uses calls visit for every name of a declaration but those of a binding and a section, where fields of a
// configuration and keys of a checkpoint stand beside parameters. Names in the braces of a key are among them.
func Uses(d Decl, visit func(Use)) {
	u := &uses{visit: visit}
	switch d := d.(type) {
	case *Import:
		u.declares(d.Names...)
	case *Block:
		u.block(d)
	case *Func:
		u.function(d)
	}
}

type uses struct {
	visit  func(Use)
	scopes []map[string]bool
	own    []string // what the language binds here: of a region, a pattern, a stack's block
}

func (u *uses) local(name string) bool {
	return slices.ContainsFunc(u.scopes, func(s map[string]bool) bool { return s[name] })
}

// within runs f where the scope declares names too.
func (u *uses) within(names map[string]bool, f func()) {
	u.scopes = append(u.scopes, names)
	f()
	u.scopes = u.scopes[:len(u.scopes)-1]
}

// binding runs f where the language binds names.
func (u *uses) binding(names []string, f func()) {
	old := u.own
	u.own = names
	f()
	u.own = old
}

func (u *uses) declares(ids ...Ident) {
	for _, id := range ids {
		u.visit(Use{Ident: id, Kind: Declares})
	}
}

func (u *uses) refers(id Ident) {
	if slices.Contains(u.own, id.Name) {
		u.visit(Use{Ident: id, Kind: Own})
		return
	}
	u.visit(Use{Ident: id, Kind: Refers, Local: u.local(id.Name)})
}

func (u *uses) block(b *Block) {
	u.declares(b.Name)
	names := map[string]bool{}
	for _, p := range b.Params {
		names[p.Name.Name] = true
	}
	for _, item := range b.Body {
		for _, id := range itemNames(item) {
			names[id.Name] = true
		}
	}
	u.within(names, func() {
		u.params(b.Params)
		u.expr(b.Base)
		for _, o := range b.With {
			u.override(o)
		}
		for _, item := range b.Body {
			u.item(item)
		}
	})
}

// itemNames are the names that an item gives to its block: of a dotted field the first.
func itemNames(i Item) []Ident {
	switch i := i.(type) {
	case *Field:
		var out []Ident
		for _, path := range i.Names {
			out = append(out, path[0])
		}
		return out
	case *Let:
		return i.Names
	case *Block:
		return []Ident{i.Name}
	case *Func:
		if i.Name.Name != "" {
			return []Ident{i.Name}
		}
	}
	return nil
}

func (u *uses) override(o *Override) {
	parts, last := []string(nil), len(o.Path)-1
	for k, s := range o.Path {
		if part := attendParts[s.Name.Name]; k == last && part != nil {
			parts = part
			u.visit(Use{Ident: s.Name, Kind: Own})
		} else {
			u.visit(Use{Ident: s.Name, Kind: Member})
		}
		u.binding([]string{"l"}, func() { u.expr(s.Where) })
	}
	u.binding(parts, func() { u.expr(o.Value) })
}

func (u *uses) item(i Item) {
	switch i := i.(type) {
	case *Field:
		u.field(i)
	case *Let:
		u.declares(i.Names...)
		u.exprs(i.Values...)
	case *Block:
		u.block(i)
	case *Func:
		u.function(i)
	case *Require:
		u.expr(i.Cond)
	}
}

func (u *uses) field(f *Field) {
	for _, path := range f.Names {
		u.declares(path[0])
		for _, id := range path[1:] {
			u.visit(Use{Ident: id, Kind: Member})
		}
	}
	var layer []string // a stack's block and key see the layer's number
	if b, ok := f.Type.(*Binary); ok && b.Op == "*" && f.Out == nil {
		layer = []string{"l"}
		u.expr(b.X)
		u.binding(layer, func() { u.expr(b.Y) })
	} else {
		u.binding([]string{"int", "bool", "real"}, func() { u.expr(f.Type) })
	}
	u.exprs(f.Out, f.BiasIf, f.Share)
	u.exprs(f.Stored...)
	u.over(f.Over)
	for _, s := range f.As {
		u.binding(layer, func() { u.braces(s) })
	}
}

// over is `Y X window(3) pad(1)`: names of axes, and clauses whose names are the language's.
func (u *uses) over(e Expr) {
	switch e := e.(type) {
	case *Juxt:
		for _, p := range e.Parts {
			u.over(p)
		}
	case *Call:
		if fn, ok := e.Fn.(*Name); ok {
			u.visit(Use{Ident: fn.Ident, Kind: Own})
		}
		for _, a := range e.Args {
			u.expr(a.Value)
		}
	default:
		u.expr(e)
	}
}

// braces are the names in a string, `"h_{l}"`. Without a declaration of its own l is the layer's number.
func (u *uses) braces(s Str) {
	at := s.At.Start + 1
	for rest := s.Text; ; {
		before, after, open := strings.Cut(rest, "{")
		name, tail, closed := strings.Cut(after, "}")
		if !open || !closed {
			return
		}
		at += len(before) + 1
		id := Ident{name, diag.Span{Src: s.At.Src, Start: at, End: at + len(name)}}
		if name == "l" && !u.local(name) {
			u.visit(Use{Ident: id, Kind: Own})
		} else {
			u.refers(id)
		}
		at += len(name) + 1
		rest = tail
	}
}

func (u *uses) params(ps []*Param) {
	for _, p := range ps {
		u.declares(p.Name)
		u.typ(p.Type)
		u.expr(p.Default)
	}
}

func (u *uses) typ(t *Type) {
	if t != nil {
		u.exprs(t.Dims...)
	}
}

func (u *uses) function(f *Func) {
	if f.Name.Name != "" {
		u.declares(f.Name)
	}
	// What it declares, its locals too, holds in all of it: a first walk finds them. A result's name is an output's.
	names := map[string]bool{}
	first := &uses{visit: func(x Use) { names[x.Name] = names[x.Name] || x.Kind == Declares }}
	first.declares(f.Axes...)
	first.params(f.Params)
	first.params(f.Carry)
	first.exprs(f.Values...)
	first.stmts(f.Body)
	u.within(names, func() {
		u.signature(f)
		u.binding(patternNames(f), func() {
			u.exprs(f.Values...)
			u.stmts(f.Body)
		})
	})
}

func patternNames(f *Func) []string {
	if f.Pattern {
		return []string{"i", "j"}
	}
	return nil
}

func (u *uses) signature(f *Func) {
	u.declares(f.Axes...)
	u.params(f.Params)
	u.params(f.Carry)
	for _, r := range f.Results {
		if r.Name.Name != "" {
			u.declares(r.Name)
		}
		u.typ(r.Type)
	}
}

func (u *uses) stmts(ss []Stmt) {
	for _, s := range ss {
		u.stmt(s)
	}
}

func (u *uses) stmt(s Stmt) {
	switch s := s.(type) {
	case *Assign:
		for _, t := range s.Targets {
			if n, ok := t.(*Name); ok {
				u.declares(n.Ident)
			} else {
				u.expr(t)
			}
		}
		u.exprs(s.Values...)
	case *ExprStmt:
		u.exprs(s.Values...)
	case *Yield:
		u.exprs(s.Values...)
	case *Emit:
		u.declares(s.Name)
		u.expr(s.Value)
	case *Require:
		u.expr(s.Cond)
	}
}

func (u *uses) exprs(es ...Expr) {
	for _, e := range es {
		u.expr(e)
	}
}

func (u *uses) expr(e Expr) {
	switch e := e.(type) {
	case *Name:
		u.refers(e.Ident)
	case *Str:
		u.braces(*e)
	case *Unary:
		u.expr(e.X)
	case *Binary:
		u.exprs(e.X, e.Y)
	case *Juxt:
		u.exprs(e.Parts...)
	case *If:
		u.exprs(e.C, e.T, e.E)
	case *Select:
		u.expr(e.X)
		u.visit(Use{Ident: e.Name, Kind: Member})
	case *Call:
		u.call(e)
	case *Index:
		u.expr(e.X)
		u.args(e.Args, "")
	case *List:
		u.args(e.Args, "")
	case *Paren:
		u.expr(e.X)
	case *Region:
		u.stmts(e.Body)
	}
}

// args visits arguments. A name before `in` is a local of what follows; in brackets, where no callee is named, `T = S`
// is a dim.
func (u *uses) args(as []Arg, of string) {
	for _, a := range as {
		switch {
		case a.Name.Name == "":
		case a.In:
			u.declares(a.Name)
		case of == "":
			u.refers(a.Name)
		default:
			u.visit(Use{Ident: a.Name, Kind: Argument, Of: of})
		}
		u.exprs(a.Axis, a.Value, a.To)
	}
}

func (u *uses) call(e *Call) {
	u.expr(e.Fn)
	fn := e.Fn
	if x, ok := fn.(*Index); ok {
		fn = x.X
	}
	of := "." // of no plain name
	if n, ok := fn.(*Name); ok {
		of = n.Name
	}
	u.args(e.Args, of)
	switch {
	case !e.HasBody:
		u.args(e.Carry, of)
	case of == "attend":
		u.args(e.Carry, of)
		for _, s := range e.Body {
			u.part(e, s)
		}
	default: // scan: its carries are locals
		for _, a := range e.Carry {
			if a.Name.Name != "" {
				u.declares(a.Name)
			}
			u.expr(a.Value)
		}
		u.stmts(e.Body)
	}
}

// part is one of score, mask, norm and weight.
func (u *uses) part(attend *Call, s Stmt) {
	a, ok := s.(*Assign)
	if !ok || len(a.Targets) != 1 {
		u.stmt(s)
		return
	}
	n, ok := a.Targets[0].(*Name)
	if !ok || attendParts[n.Name] == nil {
		u.stmt(s)
		return
	}
	u.visit(Use{Ident: n.Ident, Kind: Own})
	names := attendParts[n.Name]
	if n.Name == "score" {
		names = append(slices.Clone(names), operandNames(attend)...)
	}
	u.binding(names, func() { u.exprs(a.Values...) })
}

// operandNames are q and k, where the score can mean them: the only operand on its side, and none has the name.
func operandNames(attend *Call) []string {
	var out []string
	sides := map[string][]Arg{"q": attend.Args, "k": attend.Carry[:max(0, len(attend.Carry)-1)]}
	for _, name := range []string{"q", "k"} {
		called := slices.ContainsFunc(slices.Concat(sides["q"], sides["k"]), func(a Arg) bool {
			n, ok := a.Value.(*Name)
			return ok && n.Name == name
		})
		if len(sides[name]) == 1 && !called {
			out = append(out, name)
		}
	}
	return out
}
