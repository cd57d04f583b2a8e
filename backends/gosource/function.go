package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// functionProgram writes the command around a model that is computed at once.
func (m *model) functionProgram() string {
	inputs, outputs := m.inputs(), m.Program.Step.Outputs
	var in, out, given, results strings.Builder
	for _, p := range inputs {
		in.WriteString(port(p, m.Module.Inputs, false))
	}
	for _, p := range outputs {
		out.WriteString(port(p, m.Module.Outputs, true))
	}
	n := newNames()
	for _, r := range m.rows() {
		fmt.Fprintf(&given, "%s: d[%s],\n", n.Exported(r), quoted(r))
	}
	for _, p := range inputs {
		value := fmt.Sprintf("in[%s]", quoted(p.Name))
		if p.Kind == ir.Int {
			value = "program.Whole(" + value + ")"
		}
		fmt.Fprintf(&given, "%s: %s,\n", n.Exported(p.Name), value)
	}
	n = newNames()
	for _, p := range outputs {
		fmt.Fprintf(&results, "out.%s, ", n.Exported(p.Name))
	}
	weighty := false
	source.Stored(m.Module.Body, nil, func(source.StoredParam) { weighty = true })
	text := fmt.Sprintf(functionText, comment(m.Name), quoted(m.path+"/model"), quoted(m.path+"/program"), quoted(m.signature()),
		in.String(), out.String(), weighty, given.String(), strings.TrimSuffix(results.String(), ", "))
	if strings.Contains(text, "floorDiv(") {
		text += "\n" + functions["floorDiv"]
	}
	return text
}

const functionText = `// Command engine computes the model %s: go build -o engine . && ./engine -h
package main

import (
	"os"

	%s
	%s
)

func main() {
	f := program.Function{
		Name: model.Name,
		Signature: %s,
		Inputs: []program.Port{
%s		},
		Outputs: []program.Port{
%s		},
		Weights: %t,
		Check: model.Check,
		Open: open,
	}
	os.Exit(program.Compute(f, os.Args[1:], os.Stdout, os.Stderr))
}

// engine is the model, and the memory that it is computed in.
type engine struct {
	*model.Model
	session *model.Session
}

func open(path string, o program.Options) (program.Computer, error) {
	m, err := model.Open(path, model.Options{Threads: o.Threads, NonFinite: o.NonFinite})
	if err != nil {
		return nil, err
	}
	return engine{m, m.NewSession()}, nil
}

// Run computes the outputs of inputs; d are the sizes of the dims.
func (e engine) Run(d map[string]int, in map[string][]float32) ([][]float32, error) {
	out, err := e.session.Run(model.Inputs{
%s	})
	if err != nil {
		return nil, err
	}
	return [][]float32{%s}, nil
}
`

// port writes what the program knows of an input or an output, one of those of the model's file.
func port(p plan.Port, declared []ir.Port, output bool) string {
	var axes, sizes []string
	batch := false
	for _, a := range p.View.Axes {
		if a.Label == plan.Batch {
			batch = true
			continue
		}
		axis := "Label: " + quoted(a.Label)
		if n, ok := a.Size.Int(); ok {
			axis += fmt.Sprintf(", Size: %d", n)
		} else if names := a.Size.Frees(); len(names) == 1 && a.Size.Equal(ir.Free(names[0])) {
			axis += ", Dim: " + quoted(names[0])
		}
		axes = append(axes, "{"+axis+"}")
		sizes = append(sizes, goSize(a.Size, func(name string) string { return "d[" + quoted(name) + "]" }))
	}
	at := slices.IndexFunc(declared, func(x ir.Port) bool { return x.Name == p.Name })
	var b strings.Builder
	fmt.Fprintf(&b, "{\nName: %s, Type: %s,", quoted(p.Name), quoted(declared[at].Type().String()))
	switch p.Kind {
	case ir.Int:
		b.WriteString(" Kind: program.Int,")
	case ir.Bool:
		b.WriteString(" Kind: program.Bool,")
	}
	if p.Default != nil {
		b.WriteString(" Default: true,")
	}
	if p.Draw != "" {
		fmt.Fprintf(&b, " Draw: %s,", quoted(p.Draw))
	}
	if output && batch {
		b.WriteString(" Batch: true,")
	}
	param := "d"
	if !strings.Contains(strings.Join(sizes, " "), "d[") {
		param = "_"
	}
	fmt.Fprintf(&b, "\nAxes: []program.Axis{%s},\nShape: func(%s map[string]int) []int { return []int{%s} },\n},\n",
		strings.Join(axes, ", "), param, strings.Join(sizes, ", "))
	return b.String()
}

// signature is the model as a function.
func (m *model) signature() string {
	var in, out []string
	for _, p := range m.Module.Inputs {
		in = append(in, p.Name+": "+p.Type().String())
	}
	for _, p := range m.Module.Outputs {
		text := p.Type().String()
		if len(m.Module.Outputs) > 1 {
			text = p.Name + ": " + text
		}
		out = append(out, text)
	}
	return fmt.Sprintf("%s(%s) -> %s", m.Name, strings.Join(in, ", "), strings.Join(out, ", "))
}
