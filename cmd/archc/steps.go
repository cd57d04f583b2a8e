package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"archc/ir"
	"archc/passes"
	"archc/passes/order"
)

// printSteps prints one of the modules that compute the model token by token.
func (v *irVerb) printSteps(s *session, m *ir.Module) error {
	out, steps, err := v.stepForm(s, m, v.Verify)
	if err != nil {
		return err
	}
	if v.Verify {
		s.enter("verifying the text")
		if err := readsBack(out); err != nil {
			return err
		}
	}
	found := &order.Choice{Long: steps.Step, Short: steps.Few, Attends: steps.Attends}
	s.enter("printing")
	if s.json {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		return e.Encode(irReport{out.Name, ir.Text(out), formsReport(found), statesReport(steps)})
	}
	if v.Form != "start" {
		writeStates(s.out, steps)
		writeForms(s.out, found, v.Form)
	}
	return ir.Format{Positions: v.Positions}.Print(s.out, out)
}

// stepForm is the module of the steps that --form asks for.
func (v *passFlags) stepForm(s *session, m *ir.Module, verify bool) (*ir.Module, *passes.Steps, error) {
	steps, err := s.steps(m, "", verify)
	if err != nil {
		return nil, nil, err
	}
	out := map[string]*ir.Module{"start": steps.Init, "long": steps.Step, "short": steps.Few}[v.Form]
	if out == nil {
		err = usage("--form short: this model has one form of the step, for few new tokens and for many")
	}
	return out, steps, err
}

// steps derives the steps of a module, which stays as it is. What has none is the user's mistake.
func (s *session) steps(m *ir.Module, axis string, verify bool) (*passes.Steps, error) {
	s.enter("deriving the steps")
	steps, fault, err := passes.StepsOf(m.Clone(), axis, verify)
	if fault != nil {
		return nil, fault
	}
	return steps, err
}

// stateReport is a state of the steps, for people and as JSON.
type stateReport struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Type string `json:"type"`
	Why  string `json:"why"`
}

func statesReport(p *passes.Steps) []stateReport {
	out := []stateReport{}
	for _, s := range p.States {
		out = append(out, stateReport{s.In, s.Kind.String(), sized(s.Type), s.Why})
	}
	return out
}

// sized is a type with the sizes that its labels do not say.
func sized(t ir.Type) string {
	parts := make([]string, len(t.Axes))
	for i, a := range t.Axes {
		if parts[i] = a.Label; !a.Size.Equal(ir.Free(a.Label)) {
			parts[i] += "=" + a.Size.String()
		}
	}
	s := "[" + strings.Join(parts, ", ") + "]"
	if t.Kind != ir.Real {
		s = t.Kind.String() + s
	}
	return s
}

// writeStates says, as comments of the text, what goes from step to step.
func writeStates(w io.Writer, p *passes.Steps) {
	fmt.Fprintf(w, "// One step: %s new rows behind %s. What goes from step to step, where a name with ' is the next value:\n//\n",
		p.Axis, p.Past)
	for _, s := range statesReport(p) {
		fmt.Fprintf(w, "//   %-8s  %s : %s    %s\n", s.Kind, s.Name, s.Type, s.Why)
	}
	if len(p.States) == 0 {
		fmt.Fprintln(w, "//   nothing: each row is computed from itself")
	}
	fmt.Fprintln(w)
}
