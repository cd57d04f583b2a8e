package gosource

import (
	"bytes"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"archc/backends"
	"archc/backends/host/weights"
	"archc/backends/kernel"
	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// Source is what a module is written from.
type Source struct {
	Name    string         // of the model
	File    string         // that it is written in, for a comment
	Module  *ir.Module     // the whole model, as its checkpoint stores it
	Program *plan.Program  // as it is computed
	Element kernel.Element // of packed weights
	Rules   weights.Rules  // of names in a checkpoint
	// Copies lists, by the key of a second copy that a file may have, the keys that it may be one of.
	Copies map[string][]string
	Text   Text
}

// Text says how a model continues token ids.
type Text = source.Text

// carried are the packages that a module has copies of, and where they stand in it.
var carried = map[string]string{
	"checkpoint": "checkpoint", "host/arrays": "arrays", "host/tokenizer": "tokenizer", "host/sampler": "sampler", "host/weights": "weights",
	"host/program": "program", "kernel": "kernel",
}

// Made is what `go build -o engine .` makes in the module.
const Made = "engine"

const license = "// SPDX-License-Identifier: Apache-2.0\n"

// goVersion is the language version of the sources that a module carries.
const goVersion = "1.26"

// Files gives the files of a module by their paths. The same source gives the same bytes.
func Files(s Source) (map[string][]byte, error) {
	path := modulePath(s.Name)
	files := map[string][]byte{"go.mod": []byte("module " + path + "\n\ngo " + goVersion + "\n")}
	for from, to := range carried {
		texts, err := backends.Source(from)
		if err != nil {
			return nil, err
		}
		for name, text := range texts {
			if text, err = copied(name, text, path); err != nil {
				return nil, fmt.Errorf("%s/%s: %w", from, name, err)
			}
			files[to+"/"+name] = text
		}
	}
	generated, err := written(s, path)
	if err != nil {
		return nil, err
	}
	for name, text := range generated {
		out, err := format.Source([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("generated %s: %w\n%s", name, err, numbered(text))
		}
		files[name] = out
	}
	return files, nil
}

// numbered is a text with the numbers of its lines, for a report of a bug.
func numbered(text string) string {
	var b strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		n++
		fmt.Fprintf(&b, "%4d %s", n, line)
	}
	return b.String()
}

// reserved are names that no directory on Windows has, and no module path either.
var reserved = []string{"con", "prn", "aux", "nul", "com", "lpt"}

// modulePath is a path that no module on the net has: its first element has no dot.
func modulePath(model string) string {
	name := strings.ToLower(source.Identifier(model, false))
	if slices.ContainsFunc(reserved, func(r string) bool { return strings.TrimRight(name, "0123456789") == r }) {
		name += "_model"
	}
	return "engine/" + name
}

// copied is a file of a carried package: with its license, importing the copies.
func copied(name string, text []byte, path string) ([]byte, error) {
	if strings.HasSuffix(name, ".go") {
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, spec := range f.Imports {
			old, _ := strconv.Unquote(spec.Path.Value)
			dir, ours := strings.CutPrefix(old, "archc/backends/")
			if !ours {
				continue
			}
			to, ok := carried[dir]
			if !ok {
				return nil, fmt.Errorf("imports %s, which the module does not carry", old)
			}
			text = bytes.ReplaceAll(text, []byte(spec.Path.Value), []byte(strconv.Quote(path+"/"+to)))
		}
	}
	if !bytes.Contains(text, []byte("SPDX-License-Identifier")) {
		text = append([]byte(license+"\n"), text...)
	}
	if !strings.HasSuffix(name, ".go") {
		return text, nil
	}
	return format.Source(text)
}

// written are the module's own files.
func written(s Source, path string) (files map[string]string, err error) {
	defer func() {
		if r := recover(); r != nil { // a plan that this package cannot write out is a bug
			files, err = nil, fmt.Errorf("%v", r)
		}
	}()
	m := newModel(s, path)
	files = map[string]string{}
	code := ""
	for _, f := range m.forms() {
		text := m.step(f)
		files["model/"+f.method+".go"] = text
		code += text
	}
	if !m.atOnce() {
		files["model/start.go"] = m.start()
	}
	files["main.go"] = m.program()
	files["model/model.go"] = m.api()
	files["model/session.go"] = m.sessionType(code + files["model/start.go"])
	files["model/weights.go"] = m.weights()
	if text := m.functions(); text != "" {
		files["model/functions.go"] = text
	}
	return files, nil
}

// functions writes the small functions that the generated code calls, those alone.
func (m *model) functions() string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(m.helps)) {
		text += "\n" + functions[name]
	}
	if text == "" {
		return ""
	}
	var imports []string
	for _, p := range []string{"fmt", "math"} {
		if strings.Contains(text, p+".") {
			imports = append(imports, p)
		}
	}
	if strings.Contains(text, "kernel.") {
		imports = append(imports, m.path+"/kernel")
	}
	return m.head("") + importsOf(imports) + text
}

func importsOf(paths []string) string {
	if len(paths) == 0 {
		return ""
	}
	text := "\nimport (\n"
	std := true
	for _, p := range paths {
		if ours := strings.Contains(p, "/"); ours && std {
			text += "\n"
			std = false
		}
		text += quoted(p) + "\n"
	}
	return text + ")\n"
}

// AtOnce is the program of a model that is not computed piece by piece.
func AtOnce(p *plan.Plan) *plan.Program {
	return &plan.Program{Init: &plan.Plan{Body: &plan.Block{}}, Step: p}
}
