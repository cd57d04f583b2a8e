package expand

import (
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/ir/diag"
)

// Imports gives the text of a model and of all that it leads to in its file and what that imports, without the library:
// the declarations of each file in their order, its own file's first, and the bindings of the models, with their
// comments. Two of one name cannot stand in one file.
func Imports(prog *check.Program, model *check.Decl) (string, *diag.List) {
	list := &diag.List{}
	var found []*check.Decl
	seen := map[string]*check.Decl{}
	var visit func(d *check.Decl)
	visit = func(d *check.Decl) {
		name := d.Name()
		if d.Scope.InLibrary() || seen[name.Name] == d {
			return
		}
		if old := seen[name.Name]; old != nil {
			list.Add(diag.New(diag.Duplicate, name.At, "two files declare %s: they cannot be copied into one", name.Name).
				Note(old.Name().At, "the other one"))
			return
		}
		seen[name.Name] = d
		found = append(found, d)
		for _, r := range references(d) {
			visit(r)
		}
	}
	visit(model)
	own := model.Scope.Src
	slices.SortStableFunc(found, func(a, b *check.Decl) int {
		if x, y := a.Scope.Src == own, b.Scope.Src == own; x != y {
			if x {
				return -1
			}
			return 1
		}
		return inOrder(a, b)
	})
	var b strings.Builder
	for _, d := range found {
		_, whole := spelled(d)
		b.WriteString("\n" + withComments(whole) + "\n")
		for _, bound := range prog.Bindings {
			if bound.Model == d {
				b.WriteString("\n" + withComments(bound.At) + "\n")
			}
		}
	}
	return b.String(), list
}

// withComments is a span with the comment lines directly above it.
func withComments(at diag.Span) string {
	text := at.Src.Text
	start := at.Start
	for start > 0 {
		above := strings.LastIndexByte(text[:start-1], '\n') + 1
		if !strings.HasPrefix(text[above:start], "//") {
			break
		}
		start = above
	}
	return text[start:at.Start] + at.Text()
}
