package check

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"archc/dsl/syntax"
	"archc/examples"
	"archc/ir/diag"
)

// Load reads the program of a main file; without an Opener it is a model that comes with archc. The list holds every mistake of text, syntax and declaration.
func Load(main *diag.Source, open Opener) (*Program, *diag.List) {
	l := &loader{open: open, list: &diag.List{}, done: map[fileName]*unit{}}
	lib, broken := Library()
	for _, d := range broken.All {
		l.list.Add(d)
	}
	l.library = lib
	u := l.file(main, open == nil, nil)
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
	done    map[fileName]*unit
}

// fileName tells a file beside the main one from a model that comes with archc.
type fileName struct {
	name    string
	shipped bool
}

// file loads one source; path is the chain of imports that leads to it. What a shipped file imports is shipped too: a
// file of the user cannot take its place.
func (l *loader) file(src *diag.Source, shipped bool, path []fileName) *unit {
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
			l.imports(u, d, shipped, path)
		case *syntax.Binding:
			l.bind(u, d)
		}
	}
	return u
}

func (l *loader) bind(u *unit, b *syntax.Binding) {
	bound := &Binding{Binding: b}
	if b.Kind.Name != "huggingface" {
		l.list.Add(unknown(b.Kind, "no configuration is of the kind "+b.Kind.Name, []string{"huggingface"}).
			Suggest("write `from huggingface %q { ... }`", b.Names[0].Text))
		return
	}
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

func (l *loader) imports(u *unit, imp *syntax.Import, shipped bool, path []fileName) {
	name := imp.File.Name
	bad := func(format string, args ...any) *diag.Diagnostic {
		return l.list.Add(diag.New(diag.BadImport, imp.File.At, format, args...))
	}
	if strings.ContainsAny(name, "/\\:\x00") || name == "" || strings.HasPrefix(name, ".") {
		bad("an import names a file beside this one, without a path: %q", name)
		return
	}
	key := fileName{name, shipped}
	from := l.done[key]
	switch {
	case slices.Contains(path, key):
		bad("import cycle: %s", chain(append(path, key)))
		return
	case len(path) >= MaxImportDepth:
		bad("imports lead deeper than %d files", MaxImportDepth)
		return
	case from == nil && len(l.done) >= MaxFiles:
		bad("more than %d files are imported", MaxFiles)
		return
	case from == nil:
		src, key, err := l.source(key)
		if err != nil {
			d := bad("cannot import %s: %v", name, err)
			if near := Nearest(name, examples.Names()); near != "" && errors.Is(err, fs.ErrNotExist) {
				d.Suggest("did you mean `%s`, which comes with archc?", near)
			} else {
				d.Suggest("put %s.arch beside this file", name)
			}
			return
		}
		if from = l.done[key]; from == nil {
			from = l.file(src, key.shipped, append(slices.Clone(path), key))
			l.done[key] = from
		}
	}
	l.merge(u, imp, from)
}

// source opens an imported file: the one beside the main file, and where there is none, the model of that name that
// comes with archc.
func (l *loader) source(key fileName) (*diag.Source, fileName, error) {
	var missing error = fs.ErrNotExist
	if !key.shipped {
		src, err := l.open(key.name)
		if !errors.Is(err, fs.ErrNotExist) {
			return src, key, err
		}
		missing = err
	}
	if src, ok := examples.Source(key.name); ok {
		return src, fileName{key.name, true}, nil
	}
	return nil, key, missing
}

func chain(path []fileName) string {
	names := make([]string, len(path))
	for i, f := range path {
		names[i] = f.name
	}
	return strings.Join(names, " -> ")
}

func (l *loader) merge(u *unit, imp *syntax.Import, from *unit) {
	wanted := imp.Names
	if len(wanted) == 0 {
		for _, d := range from.decls {
			l.bring(u, d, imp.File.At)
		}
		u.bindings = append(u.bindings, from.bindings...)
		return
	}
	for _, id := range wanted {
		d := from.scope.own[id.Name]
		if d == nil {
			l.undeclared(imp, id, from)
			continue
		}
		l.bring(u, d, id.At)
		for _, b := range from.bindings {
			if b.Model == d {
				u.bindings = append(u.bindings, b)
			}
		}
	}
}

// undeclared reports a name that the imported file does not have; beyond what is shown, no name is suggested.
func (l *loader) undeclared(imp *syntax.Import, id syntax.Ident, from *unit) {
	var names []string
	if l.list.Dropped == 0 {
		for _, x := range from.decls {
			names = append(names, x.Name().Name)
		}
	}
	l.list.Add(unknown(id, fmt.Sprintf("%s declares no %s", imp.File.Name, id.Name), names))
}

// bring makes a declaration visible in the importing file. Which of two of one name is meant would depend on the order
// of the imports.
func (l *loader) bring(u *unit, d *Decl, at diag.Span) {
	name := d.Name().Name
	if old := u.scope.imported[name]; old != nil && old != d {
		l.list.Add(diag.New(diag.Duplicate, at, "two imports bring the name %s", name).
			Note(old.Name().At, "the first %s", name).
			Note(d.Name().At, "the second %s", name).
			Suggest("name what you need: `import file { %s }`", name))
		return
	}
	u.scope.imported[name] = d
}

func unknown(id syntax.Ident, msg string, candidates []string) *diag.Diagnostic {
	d := diag.New(diag.UnknownName, id.At, "%s", msg)
	if near := Nearest(id.Name, candidates); near != "" {
		d.Suggest("did you mean `%s`?", near)
	}
	return d
}
