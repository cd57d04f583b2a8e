package main

import (
	"cmp"
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir/diag"
	"archc/stdlib"
)

// expand gives a file with every library declaration that it uses, directly or through others, appended
// as its own. A file's own names come before the library's, so the text means what it meant.
func (s *session) expand(src *diag.Source, path string) ([]byte, error) {
	prog, list := check.Load(src, beside(path))
	if err := list.Err(); err != nil {
		return nil, err
	}
	used, kept := libraryUses(prog)
	for _, d := range kept {
		s.warn("%s stays the library's: the file has its own declaration of a name that it uses", d.Name().Name)
	}
	if len(used) == 0 {
		return formatted(src)
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
	return formatted(diag.NewSource(src.Name, b.String()))
}

func spelled(d *check.Decl) (doc string, whole diag.Span) {
	if d.Block != nil {
		return d.Block.Doc, d.Block.Whole
	}
	return d.Func.Doc, d.Func.Whole
}

// libraryUses lists the library's declarations that a file's own ones lead to, in the library's order. A
// declaration one of whose names the file gives another meaning cannot move into the file: those are
// kept.
func libraryUses(prog *check.Program) (used, kept []*check.Decl) {
	seen := map[*check.Decl]bool{}
	var visit func(d *check.Decl)
	follow := func(from *check.Decl) {
		for _, d := range references(from) {
			visit(d)
		}
	}
	visit = func(d *check.Decl) {
		if seen[d] || !d.Scope.InLibrary() {
			return
		}
		seen[d] = true
		for _, r := range references(d) {
			if prog.Main.Lookup(r.Name().Name) != r {
				kept = append(kept, d)
				return
			}
		}
		used = append(used, d)
		follow(d)
	}
	for _, d := range slices.Concat(prog.Models, prog.Blocks, prog.Funcs) {
		follow(d)
	}
	inOrder := func(a, b *check.Decl) int {
		_, x := spelled(a)
		_, y := spelled(b)
		return cmp.Or(strings.Compare(x.Src.Name, y.Src.Name), cmp.Compare(x.Start, y.Start))
	}
	slices.SortFunc(used, inOrder)
	slices.SortFunc(kept, inOrder)
	return used, kept
}

// references lists the declarations whose names stand in a declaration. A name that is bound more closely
// there is counted too, which only appends a declaration that nobody uses. An attend without a norm means
// softmax.
func references(from *check.Decl) []*check.Decl {
	var node any = from.Func
	if from.Block != nil {
		node = from.Block
	}
	var out []*check.Decl
	syntax.Walk(node, func(e syntax.Expr) {
		name, ok := e.(*syntax.Name)
		if !ok {
			return
		}
		text := name.Name
		if text == "attend" {
			text = "softmax"
		}
		if d := from.Scope.Lookup(text); d != nil && d != from {
			out = append(out, d)
		}
	})
	return out
}
