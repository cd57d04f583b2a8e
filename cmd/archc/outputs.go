package main

import (
	"encoding/json"
	"fmt"
	"math"

	inputs "archc/backends/host/arrays"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
)

// outputJSON is one output in full.
type outputJSON struct {
	Axes  []string `json:"axes"` // "*" is the batch
	Shape []int    `json:"shape"`
	Data  any      `json:"data"` // row-major
}

// printOutputs shows the results of a run that are written to no file: in full as JSON, in short for people.
func printOutputs(s *session, m *ir.Module, res *computed) error {
	all := map[string]outputJSON{}
	for _, p := range m.Outputs {
		t := res.outputs[p.Name]
		if !s.json {
			fmt.Fprintf(s.out, "%s : %s\n%s", diag.Clean(p.Name), diag.Clean(t.String()), shortened(t))
			continue
		}
		out := outputJSON{Axes: t.Labels(), Shape: []int{}, Data: digits(t.Data, res.single)}
		for _, a := range t.Axes {
			out.Shape = append(out.Shape, a.Size)
		}
		for i, x := range t.Data {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return wrong(codeNotFinite, "element %d of output %s is %v, which JSON cannot write",
					i, p.Name, x).help("--output writes it")
			}
		}
		all[p.Name] = out
	}
	if !s.json {
		return nil
	}
	return json.NewEncoder(s.out).Encode(map[string]any{"outputs": all})
}

// digits gives numbers a type whose JSON has as many digits as they have.
func digits(data []float64, single bool) any {
	if single {
		return narrowed(data)
	}
	return data
}

// shortened prints the first rows of a tensor, and how many more there are.
func shortened(t *eval.Tensor) string {
	width := 1
	if n := len(t.Axes); n > 0 {
		width = t.Axes[n-1].Size
	}
	return inputs.Shorten(t.Data, width)
}
