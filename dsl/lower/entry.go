package lower

import (
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/ir/diag"
)

// enterAt makes a function of the model its entry: its parameters are the inputs, its results the outputs. What it does
// not use is stored all the same, and need not run.
func (l *lowerer) enterAt(root *instance, method string) bool {
	if f, ok := root.nested[method].(function); ok && !f.decl.Pattern {
		root.forward = f.decl
		l.still(root)
		return true
	}
	var names []string
	for name, v := range root.nested {
		if f, ok := v.(function); ok && !f.decl.Pattern {
			names = append(names, name)
		}
	}
	d := diag.New(diag.UnknownName, root.block.Name.At, "model %s has no function %s", root.block.Name.Name, clip(method))
	switch near := check.Nearest(method, names); {
	case near != "":
		d.Suggest("did you mean `%s`?", near)
	case len(names) > 0:
		d.Suggest("it has %s", strings.Join(slices.Sorted(slices.Values(names)), ", "))
	}
	l.fail(d)
	return false
}
