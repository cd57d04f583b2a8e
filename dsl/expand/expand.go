// Package expand moves the library declarations that a file uses into the file.
//
// It knows nothing of dims, types or the IR: a declaration is what its name leads to, and moves as it is written.
package expand

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir/diag"
	"archc/stdlib"
)

// Source gives a file's text with every library declaration that it uses, directly or through others, appended as its
// own. A file's own names come before the library's, so the text means what it meant. Of a declaration that cannot move
// notes tell why.
func Source(src *diag.Source, open check.Opener) (text string, notes []string, list *diag.List) {
	prog, list := check.Load(src, open)
	if !list.Empty() {
		return "", nil, list
	}
	used, kept := libraryUses(prog)
	for _, d := range slices.SortedFunc(maps.Keys(kept), inOrder) {
		notes = append(notes, fmt.Sprintf("%s stays the library's: %s", d.Name().Name, kept[d]))
	}
	if len(used) == 0 {
		return src.Text, notes, list
	}
	var b strings.Builder
	b.WriteString(strings.TrimRight(src.Text, "\n") + "\n\n// From the library.\n")
	for _, d := range used {
		doc, whole := spelled(d)
		b.WriteString("\n")
		for line := range strings.Lines(stdlib.Brief(doc)) {
			b.WriteString("// " + strings.TrimRight(line, "\n") + "\n")
		}
		b.WriteString(whole.Text() + "\n")
	}
	return b.String(), notes, list
}

func spelled(d *check.Decl) (doc string, whole diag.Span) {
	if d.Block != nil {
		return d.Block.Doc, d.Block.Whole
	}
	return d.Func.Doc, d.Func.Whole
}

// libraryUses lists the library's declarations that a file's own ones lead to, in the library's order, and those that
// must stay, with the reason: a name that they use means something else in the file, or theirs is a local there, which
// no declaration of the file may hide.
func libraryUses(prog *check.Program) (used []*check.Decl, kept map[*check.Decl]string) {
	own := slices.Concat(prog.Models, prog.Blocks, prog.Funcs)
	locals := map[string]bool{}
	for _, d := range own {
		syntax.Uses(tree(d), func(u syntax.Use) { locals[u.Name] = locals[u.Name] || u.Kind == syntax.Declares })
	}
	seen := map[*check.Decl]bool{}
	kept = map[*check.Decl]string{}
	var visit func(d *check.Decl)
	visit = func(d *check.Decl) {
		if seen[d] || !d.Scope.InLibrary() {
			return
		}
		seen[d] = true
		for _, name := range refers(d) {
			if prog.Main.Lookup(name) != d.Scope.Lookup(name) {
				kept[d] = "the file has its own declaration of a name that it uses"
				return
			}
		}
		if locals[d.Name().Name] {
			kept[d] = "its name is a local of the file too"
			return
		}
		used = append(used, d)
		for _, r := range references(d) {
			visit(r)
		}
	}
	for _, d := range own {
		for _, r := range references(d) {
			visit(r)
		}
	}
	slices.SortFunc(used, inOrder)
	return used, kept
}

// inOrder compares by place in the library.
func inOrder(a, b *check.Decl) int {
	_, x := spelled(a)
	_, y := spelled(b)
	return cmp.Or(strings.Compare(x.Src.Name, y.Src.Name), cmp.Compare(x.Start, y.Start))
}

// references lists the declarations of files that a declaration names.
func references(from *check.Decl) []*check.Decl {
	var out []*check.Decl
	for _, name := range refers(from) {
		if d := from.Scope.Lookup(name); d != nil && d != from {
			out = append(out, d)
		}
	}
	return out
}

// refers lists the names that a declaration uses and does not declare, those of the language among them. An attend
// without a norm means softmax.
func refers(from *check.Decl) []string {
	var out []string
	syntax.Uses(tree(from), func(u syntax.Use) {
		switch {
		case u.Kind != syntax.Refers || u.Local:
		case u.Name == "attend":
			out = append(out, "softmax")
		default:
			out = append(out, u.Name)
		}
	})
	return out
}

func tree(d *check.Decl) syntax.Decl {
	if d.Block != nil {
		return d.Block
	}
	return d.Func
}
