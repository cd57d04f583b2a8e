package spec_test

import (
	"slices"
	"testing"

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
