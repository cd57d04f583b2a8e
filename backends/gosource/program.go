package gosource

import (
	"fmt"
)

// scores writes what continues token ids.
func (m *model) scores(rows, field string) string {
	n := newNames()
	for _, o := range m.Program.Step.Outputs {
		id := n.Exported(o.Name)
		if o.Name == m.Text.Output {
			return fmt.Sprintf(`
// Scores computes ids behind those of earlier calls, and gives for each id how well it continues them. The next call
// overwrites them.
func (s *Session) Scores(ids []int) ([]float32, error) {
	out, err := s.Step(Inputs{%s: len(ids), %s: ids})
	if err != nil {
		return nil, err
	}
	return out.%s, nil
}
`, rows, field, id)
		}
	}
	return ""
}

// program writes the command.
func (m *model) program() string {
	if m.atOnce() {
		return m.functionProgram()
	}
	return m.textProgram()
}

// textProgram writes the command around a model that continues token ids.
func (m *model) textProgram() string {
	start := "o.Room"
	if len(m.Program.Init.Inputs) > 0 {
		start = "model.Given{}, o.Room" // whatever has no default would be asked for
	}
	return fmt.Sprintf(`// Command engine runs the model %s on a checkpoint: go build -o engine . && ./engine -h
package main

import (
	"os"

	%s
	%s
)

func main() {
	m := program.Model{Name: model.Name, Vocab: model.Vocab, Positions: model.Positions, Check: model.Check, Open: open}
	os.Exit(program.Main(m, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// engine is a text that is being computed.
type engine struct {
	*model.Session
	model *model.Model
}

// Close ends the workers.
func (e engine) Close() error { return e.model.Close() }

func open(path string, o program.Options) (program.Engine, error) {
	m, err := model.Open(path, model.Options{Threads: o.Threads, NonFinite: o.NonFinite})
	if err != nil {
		return nil, err
	}
	s, err := m.NewSession(%s)
	if err != nil {
		return nil, err
	}
	return engine{s, m}, nil
}
`, comment(m.Name), quoted(m.path+"/model"), quoted(m.path+"/program"), start)
}
