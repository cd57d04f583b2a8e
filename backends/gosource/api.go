package gosource

import (
	"fmt"
	"strings"

	"archc/passes/plan"
)

// api writes the package's face: its documentation, the sizes, the model with its weights.
func (m *model) api() string {
	var b strings.Builder
	fmt.Fprintf(&b, "// Package model is the model %s of %s, written by archc build. It is yours to change.\n//\n",
		comment(m.Name), comment(quoted(m.File)))
	if m.atOnce() {
		fmt.Fprintf(&b, onceDoc, exampleOf(m.inputs()), firstOutput(m.Program.Step.Outputs))
	} else {
		bits, code := "depend neither on how the rows\n// are divided into steps nor on the number of threads.", "step.go is the computation, top to bottom."
		if m.Program.Short != nil {
			bits = fmt.Sprintf("do not depend on the\n// number of threads. A step of fewer than %d rows is computed in a form of its own, whose bits are others.", m.Program.Below)
			code = fmt.Sprintf("step.go is the computation, top to bottom, and few.go that of fewer than %d rows.", m.Program.Below)
		}
		fmt.Fprintf(&b, stepsDoc, bits, strings.TrimPrefix(m.startArguments()+", 1024", ", "), code)
	}
	b.WriteString(importsOf([]string{"runtime", m.path + "/kernel", m.path + "/weights"}))
	fmt.Fprintf(&b, "\n// Name is what the model is called.\nconst Name = %s\n\n", quoted(m.Name))
	if m.Text.Input != "" {
		b.WriteString("// The token ids that the model knows run from 0 to Vocab-1. A text has at most Positions of them; 0 is no limit.\n")
		fmt.Fprintf(&b, "const (\nVocab = %d\nPositions = %d\n)\n\n", m.Text.Vocab, m.Text.Positions)
	}
	b.WriteString("// Model is a checkpoint ready to run. Its sessions share its workers: they are used one at a time.\n")
	b.WriteString("type Model struct {\ncrew *kernel.Crew\n\n")
	for _, f := range m.stored.Order {
		kind := "[]float32"
		if f.Panels != nil {
			kind = "*kernel.Panels"
		}
		if !one(f) {
			kind = "[]" + kind
		}
		fmt.Fprintf(&b, "%s %s // %s\n", f.Name, kind, comment(f.String()))
	}
	b.WriteString("}\n")
	b.WriteString(openText)
	return b.String()
}

// stepsDoc tells how a model is used that is computed piece by piece.
const stepsDoc = `// A Model holds the weights of a checkpoint, packed for the kernels. A Session is one sequence that is computed piece by
// piece: what a step keeps of the rows so far is in the session. The bits of a result %s
//
//	m, err := model.Open("path/of/checkpoint", model.Options{})
//	s, err := m.NewSession(%s)
//	scores, err := s.Scores([]int{1, 2, 3})
//
// %s
package model
`

// onceDoc tells how a model is used that is computed at once.
const onceDoc = `// A Model holds the weights of a checkpoint, packed for the kernels. A Session is the memory that it is computed in. The
// bits of a result do not depend on the number of threads.
//
//	m, err := model.Open("path/of/checkpoint", model.Options{})
//	s := m.NewSession()
//	out, err := s.Run(model.Inputs{%s})
//	fmt.Println(out.%s)
//
// run.go is the computation, top to bottom.
package model
`

// exampleOf shows some of the inputs.
func exampleOf(ports []plan.Port) string {
	n := newNames()
	for _, p := range ports {
		if p.Default == nil {
			return comment(n.Exported(p.Name)) + ": ..."
		}
	}
	return ""
}

func firstOutput(ports []plan.Port) string {
	if len(ports) == 0 {
		return "X"
	}
	return newNames().Exported(ports[0].Name)
}

// openText is how a checkpoint becomes a model.
const openText = `
// Options are how a model is opened.
type Options struct {
	Threads   int  // 0: one for each core
	NonFinite bool // accept NaN and infinities in the weights
}

// Check reads the headers of a checkpoint alone, and refuses one that is not of this model and its sizes. The path of a
// model without weights may be empty.
func Check(path string) error {
	set, err := weights.Open(path, spec, true)
	if err != nil {
		return err
	}
	return set.Close()
}

// Open reads a checkpoint: its directory, a .safetensors file or an index. Headers are read first: a checkpoint of other
// sizes is refused with both sides named before any weight is.
func Open(path string, o Options) (*Model, error) {
	set, err := weights.Open(path, spec, !o.NonFinite)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	m := &Model{}
	if err := m.load(set); err != nil {
		return nil, err
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	m.crew = kernel.NewCrew(o.Threads)
	return m, nil
}

// Close ends the workers. A closed model cannot run.
func (m *Model) Close() error {
	m.crew.Close()
	return nil
}
`

// startArguments are what NewSession takes before the room, as an example.
func (m *model) startArguments() string {
	if len(m.Program.Init.Inputs) == 0 {
		return ""
	}
	return "model.Given{ /* what does not change */ }"
}
