package lower

import (
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir/diag"
)

// Choose finds the model that a command means: the named one, or the only one, or the one named like the file. It is
// nil, with a diagnostic in list, when there is none.
func Choose(prog *check.Program, name string, list *diag.List) *check.Decl {
	if name == "" {
		return chooseDefault(prog, list)
	}
	if d := prog.Main.Lookup(name); d != nil && d.Block != nil && d.Block.Kind == syntax.KindModel {
		return d
	}
	src := prog.Main.Src
	d := diag.New(diag.NoModel, diag.Span{Src: src}, "%s declares no model %s", baseName(src.Name), clip(name))
	if names := modelNames(prog); len(names) > 0 {
		d.Suggest("it declares %s", strings.Join(names, ", "))
	}
	list.Add(d)
	return nil
}

func chooseDefault(prog *check.Program, list *diag.List) *check.Decl {
	src := prog.Main.Src
	file := strings.TrimSuffix(baseName(src.Name), ".arch")
	for _, d := range prog.Models {
		if len(prog.Models) == 1 || plain(d.Name().Name) == plain(file) {
			return d
		}
	}
	at, names := diag.Span{Src: src}, modelNames(prog)
	if len(names) == 0 {
		list.Add(diag.New(diag.NoModel, at, "%s declares no model", baseName(src.Name)))
		return nil
	}
	list.Add(diag.New(diag.NoModel, at, "%s declares several models, and none is named like the file",
		baseName(src.Name)).Suggest("choose with --model: %s", strings.Join(names, ", ")))
	return nil
}

func modelNames(prog *check.Program) []string {
	var names []string
	for _, d := range prog.Models {
		names = append(names, d.Name().Name)
	}
	return names
}

// plain compares a model's name with a file's: letters and digits, in lower case.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

func baseName(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}
