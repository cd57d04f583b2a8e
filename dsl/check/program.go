package check

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"archc/dsl/syntax"
	"archc/ir/diag"
	"archc/stdlib"
)

// Limits of imports: files, and how deep one import may lead to another.
const (
	MaxFiles       = 64
	MaxImportDepth = 16
)

// Opener reads the file beside the main one that an import names (base name, without .arch).
type Opener func(name string) (*diag.Source, error)

// Decl is a declaration with the scope that its body sees.
type Decl struct {
	Block *syntax.Block // a model or block, or
	Func  *syntax.Func  // a function or pattern
	Scope *Scope
}

// Name is the declared name and where it stands.
func (d *Decl) Name() syntax.Ident {
	if d.Block != nil {
		return d.Block.Name
	}
	return d.Func.Name
}

// Scope is what a file sees: its own declarations, then what it imports, then the library.
type Scope struct {
	Src      *diag.Source
	own      map[string]*Decl
	imported map[string]*Decl
	library  *Scope // nil in the library itself
}

// Lookup finds a declaration by name, nil when there is none.
func (s *Scope) Lookup(name string) *Decl {
	if d := s.own[name]; d != nil {
		return d
	}
	if d := s.imported[name]; d != nil {
		return d
	}
	if s.library != nil {
		return s.library.Lookup(name)
	}
	return nil
}

// Own finds a declaration of the file itself, nil when it has none of that name.
func (s *Scope) Own(name string) *Decl { return s.own[name] }

// InLibrary reports whether the scope is the library's own.
func (s *Scope) InLibrary() bool { return s.library == nil }

// Names lists every visible name, sorted, for suggestions.
func (s *Scope) Names() []string {
	var out []string
	for n := range s.own {
		out = append(out, n)
	}
	for n := range s.imported {
		out = append(out, n)
	}
	if s.library != nil {
		out = append(out, s.library.Names()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Binding is a configuration binding and the model that it belongs to: the one declared last before it.
type Binding struct {
	*syntax.Binding
	Model *Decl
}

// Program is a main file with all it needs.
type Program struct {
	Main     *Scope
	Models   []*Decl // of the main file, in order
	Blocks   []*Decl // of the main file, in order
	Funcs    []*Decl // of the main file, in order
	Bindings []*Binding
}

// Library returns the scope of the standard library.
func Library() (*Scope, *diag.List) { return library() }

var library = sync.OnceValues(func() (*Scope, *diag.List) {
	scope := &Scope{own: map[string]*Decl{}}
	all := &diag.List{}
	for _, src := range stdlib.Sources() {
		file, list := syntax.Parse(src)
		for _, d := range list.All {
			all.Add(d)
		}
		scope.collect(file, all)
	}
	return scope, all
})

// Load reads the program of a main file. The list holds every mistake of text, syntax and declaration.
func Load(main *diag.Source, open Opener) (*Program, *diag.List) {
	l := &loader{open: open, list: &diag.List{}, done: map[string]*unit{}}
	lib, broken := Library()
	for _, d := range broken.All {
		l.list.Add(d)
	}
	l.library = lib
	u := l.file(main, nil)
	p := &Program{Main: u.scope, Bindings: u.bindings}
	for _, d := range u.decls {
		switch {
		case d.Block == nil:
			p.Funcs = append(p.Funcs, d)
		case d.Block.Kind == syntax.KindModel:
			p.Models = append(p.Models, d)
		default:
			p.Blocks = append(p.Blocks, d)
		}
	}
	return p, l.list
}

type unit struct {
	scope    *Scope
	decls    []*Decl
	bindings []*Binding
}

type loader struct {
	open    Opener
	list    *diag.List
	library *Scope
	done    map[string]*unit
}

// file loads one source; path is the chain of imports that leads to it.
func (l *loader) file(src *diag.Source, path []string) *unit {
	parsed, list := syntax.Parse(src)
	for _, d := range list.All {
		l.list.Add(d)
	}
	u := &unit{scope: &Scope{Src: src, own: map[string]*Decl{}, imported: map[string]*Decl{}, library: l.library}}
	if parsed == nil {
		return u
	}
	u.decls = u.scope.collect(parsed, l.list)
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *syntax.Import:
			l.imports(u, d, path)
		case *syntax.Binding:
			l.bind(u, d)
		}
	}
	return u
}

func (l *loader) bind(u *unit, b *syntax.Binding) {
	bound := &Binding{Binding: b}
	for _, d := range u.decls {
		if d.Block != nil && d.Block.Kind == syntax.KindModel && d.Block.At.Start < b.At.Start {
			bound.Model = d
		}
	}
	if bound.Model == nil {
		l.list.Add(diag.New(diag.BindingModel, b.At, "no model is declared before this binding").
			Suggest("put `from %s` below the model whose dims it sets", b.Kind.Name))
		return
	}
	u.bindings = append(u.bindings, bound)
}

func (l *loader) imports(u *unit, imp *syntax.Import, path []string) {
	name := imp.File.Name
	bad := func(format string, args ...any) *diag.Diagnostic {
		return l.list.Add(diag.New(diag.BadImport, imp.File.At, format, args...))
	}
	switch {
	case strings.ContainsAny(name, "/\\\x00") || name == "" || strings.HasPrefix(name, "."):
		bad("an import names a file beside this one, without a path: %q", name)
		return
	case slices.Contains(path, name):
		bad("import cycle: %s", strings.Join(append(path, name), " -> "))
		return
	case len(path) >= MaxImportDepth:
		bad("imports lead deeper than %d files", MaxImportDepth)
		return
	}
	from := l.done[name]
	if from == nil {
		if len(l.done) >= MaxFiles {
			bad("more than %d files are imported", MaxFiles)
			return
		}
		src, err := l.open(name)
		if err != nil {
			bad("cannot import %s: %v", name, err).Suggest("put %s.arch beside this file", name)
			return
		}
		from = l.file(src, append(slices.Clone(path), name))
		l.done[name] = from
	}
	l.merge(u, imp, from)
}

func (l *loader) merge(u *unit, imp *syntax.Import, from *unit) {
	wanted := imp.Names
	if len(wanted) == 0 {
		for _, d := range from.decls {
			u.scope.imported[d.Name().Name] = d
		}
		u.bindings = append(u.bindings, from.bindings...)
		return
	}
	for _, id := range wanted {
		d := from.scope.own[id.Name]
		if d == nil {
			names := make([]string, 0, len(from.decls))
			for _, x := range from.decls {
				names = append(names, x.Name().Name)
			}
			l.list.Add(unknown(id, fmt.Sprintf("%s declares no %s", imp.File.Name, id.Name), names))
			continue
		}
		u.scope.imported[id.Name] = d
		for _, b := range from.bindings {
			if b.Model == d {
				u.bindings = append(u.bindings, b)
			}
		}
	}
}

func unknown(id syntax.Ident, msg string, candidates []string) *diag.Diagnostic {
	d := diag.New(diag.UnknownName, id.At, "%s", msg)
	if near := diag.Nearest(id.Name, candidates); near != "" {
		d.Suggest("did you mean `%s`?", near)
	}
	return d
}

// collect adds a file's declarations to the scope; a name declared twice is an error at the second place.
func (s *Scope) collect(file *syntax.File, list *diag.List) []*Decl {
	var out []*Decl
	if file == nil {
		return nil
	}
	for _, d := range file.Decls {
		decl := &Decl{Scope: s}
		switch d := d.(type) {
		case *syntax.Block:
			decl.Block = d
		case *syntax.Func:
			decl.Func = d
		default:
			continue
		}
		id := decl.Name()
		if old := s.own[id.Name]; old != nil {
			list.Add(diag.New(diag.Duplicate, id.At, "%s is declared twice", id.Name).
				Note(old.Name().At, "the first declaration of %s", id.Name))
			continue
		}
		s.own[id.Name] = decl
		out = append(out, decl)
	}
	return out
}
