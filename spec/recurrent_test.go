package spec_test

import (
	"slices"
	"testing"

	"archc/ir/eval"
)

// TestReadInPieces reads a text in two pieces, the states of the first handed to the second: the scores are those of the
// whole text.
func TestReadInPieces(t *testing.T) {
	m := example(t, "ptb-lstm-small", map[string]string{"V": "31", "U": "8"})
	w, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	text := []int{3, 14, 15, 9, 26, 5, 30}
	read := func(tokens []int, before map[string]*eval.Tensor) map[string]*eval.Tensor {
		in := map[string]*eval.Tensor{"tokens": ids("T", tokens)}
		if before != nil {
			in["h"], in["c"] = before["h"], before["c"]
		}
		return run(t, m, w, in, eval.Options{}).Outputs
	}
	whole := read(text, nil)
	first := read(text[:3], nil)
	second := read(text[3:], first)
	got := slices.Concat(first["output"].Data, second["output"].Data)
	if d := relative(got, whole["output"].Data); d > 1e-14 {
		t.Errorf("scores of the pieces differ by %g of the largest", d)
	}
	for _, state := range []string{"h", "c"} {
		if d := relative(second[state].Data, whole[state].Data); d > 1e-14 {
			t.Errorf("the last %s differs by %g of the largest", state, d)
		}
	}
	if d := relative(read(text[3:], nil)["output"].Data, second["output"].Data); d < 1e-3 {
		t.Errorf("the states change the scores by %g alone", d)
	}
}
