package spec_test

import (
	"slices"
	"testing"

	"archc/backends/checkpoint"
	"archc/ir"
	"archc/ir/eval"
)

// memoryCases are models that carry a memory from call to call.
var memoryCases = []oracleCase{
	{name: "transformer-xl", file: "transformer-xl", settings: smallXL,
		inputs:  map[string]string{"tokens": "input_ids", "mem": "mems"},
		outputs: map[string]string{"log_probabilities": "log_probabilities", "mem": "mems"},
		batchAt: map[string]int{"mem": 1}},
}

var smallXL = map[string]string{"D": "16", "L": "2", "H": "2", "K": "6", "F": "20", "M": "5", "V": "40", "N": "3",
	"C1": "10", "C2": "24", "Z": "2"}

// asStored puts the axes of an output in the stored order.
func (c oracleCase) asStored(t *testing.T, name string, x *eval.Tensor) []float64 {
	at, moved := c.batchAt[name]
	if !moved {
		return x.Data
	}
	var labels []string
	for _, a := range x.Axes[1:] {
		labels = append(labels, a.Label)
	}
	return ordered(t, x, slices.Insert(labels, at, eval.Batch))
}

// TestSegments reads a sequence in three calls, each with the memory that the one before gave.
func TestSegments(t *testing.T) {
	c := oracleCase{name: "transformer-xl-segments", file: "transformer-xl", settings: smallXL}
	f := c.read(t)
	m := c.module(t, f)
	io, err := checkpoint.Open("oracle/cases/" + c.name + "/io.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer io.Close()
	stored, _ := io.Lookup("input.input_ids")
	all, err := io.Float64s(stored.Name, nil)
	if err != nil {
		t.Fatal(err)
	}
	batch, length := int(stored.Shape[0]), int(stored.Shape[1])
	given := map[string]*eval.Tensor{}
	got := make([][]float64, batch)
	for _, s := range [][2]int{{0, 6}, {6, 9}, {9, length}} {
		x := &eval.Tensor{Kind: ir.Int, Axes: []eval.Axis{{Label: eval.Batch, Size: batch}, {Label: "T", Size: s[1] - s[0]}}}
		for b := range batch {
			x.Data = append(x.Data, all[b*length+s[0]:b*length+s[1]]...)
		}
		given["tokens"] = x
		out := run(t, m, hashed{f, ""}, given, eval.Options{}).Outputs
		p := out["log_probabilities"]
		each := len(p.Data) / batch
		for b := range batch {
			got[b] = append(got[b], p.Data[b*each:(b+1)*each]...)
		}
		for _, carried := range m.Carried() {
			given[carried.Input.Name] = out[carried.Output.Name]
		}
	}
	for theirs, ours := range map[string][]float64{"log_probabilities": slices.Concat(got...),
		"mems": ordered(t, given["mem"], []string{"L", eval.Batch, "M", "D"})} {
		want, err := io.Float64s("output."+theirs, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := relative(ours, want); d > 1e-9 {
			t.Errorf("%s differs by %g of the largest, at most 1e-9 is allowed", theirs, d)
		}
	}
}
