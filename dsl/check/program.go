package check

import (
	"slices"
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

// Opener reads the file beside the main one that an import names (base name, without .arch). Where it says that there is
// none (fs.ErrNotExist), the model of that name that comes with archc is imported.
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
	library  *Scope                // nil in the library itself
	files    map[*diag.Source]bool // of the library
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

// Covers reports whether one of the architectures is one that the binding names.
func (b *Binding) Covers(architectures []string) bool {
	return slices.ContainsFunc(b.Names, func(n syntax.Str) bool { return slices.Contains(architectures, n.Text) })
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

// OfLibrary reports whether a source is a file of the standard library.
func OfLibrary(src *diag.Source) bool {
	lib, _ := library()
	return src != nil && lib.files[src]
}

var library = sync.OnceValues(func() (*Scope, *diag.List) {
	scope := &Scope{own: map[string]*Decl{}, files: map[*diag.Source]bool{}}
	all := &diag.List{}
	for _, src := range stdlib.Sources() {
		scope.files[src] = true
		file, list := syntax.Parse(src)
		for _, d := range list.All {
			all.Add(d)
		}
		scope.collect(file, all)
	}
	return scope, all
})

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
