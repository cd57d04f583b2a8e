package plan

import (
	"slices"
	"strings"
	"testing"

	"archc/ir"
)

// additive is a score with an inner axis, summed with a stored vector, and a normalizer that compares keys.
func additive() *Attention {
	n := []Dim{{"N", ir.Const(5)}}
	at := func(labels ...string) View {
		v := View{Store: &Store{Role: Input}}
		for _, l := range labels {
			v.Axes = append(v.Axes, Axis{l, ir.Const(5), one()})
		}
		return v
	}
	return &Attention{
		Over: []Dim{{Batch, ir.Free(Batch)}}, Lane: []Dim{{"T", ir.Free("T")}}, Key: Dim{"S", ir.Free("S")},
		Score: []PairOp{
			{Fn: "view", View: at(Batch, "T", "N"), Axes: n},
			{Fn: "view", View: at(Batch, "S", "N"), Axes: n},
			{Fn: "add", Args: []int{0, 1}, Axes: n},
			{Fn: "view", View: at("N"), Axes: n},
			{Fn: "product", Args: []int{2, 3}, Sum: n},
		},
		Norm: []NormOp{
			{Fn: "score", Along: PerKey},
			{Fn: "other", Args: []int{0}, Along: PerOther},
			{Fn: "gt", Args: []int{1, 0}, Along: PerTwo},
			{Fn: "sum", Args: []int{2}, Along: PerKey},
			{Fn: "sum", Args: []int{3}},
			{Fn: "div", Args: []int{3, 4}, Along: PerKey},
		},
	}
}

// TestShapesBroken breaks the lines of an attention's programs, one at a time.
func TestShapesBroken(t *testing.T) {
	if errs := additive().shapes(); len(errs) > 0 {
		t.Fatalf("a right one: %q", errs)
	}
	more := []Dim{{"M", ir.Const(5)}}
	for name, mistake := range map[string]func(a *Attention){
		"the score is not one number":            func(a *Attention) { a.Score = a.Score[:3] },
		"it lacks the axis N of line 2":          func(a *Attention) { a.Score[4].Sum = more },
		"it lacks the axis N of line 0":          func(a *Attention) { a.Score[2].Axes = nil },
		"it sums nothing":                        func(a *Attention) { a.Score[4].Sum = nil },
		"a function sums nothing":                func(a *Attention) { a.Score[2].Sum = more },
		"the axis N is not known":                func(a *Attention) { a.Score[0].Axes = more },
		"the axis S is one of the pair":          func(a *Attention) { a.Score[2].Axes = append(more, a.Key) },
		"there is no such product":               func(a *Attention) { a.Score[3] = PairOp{Fn: "dot"} },
		"it looks up no number":                  func(a *Attention) { a.Score[3].Fn = "lookup" },
		"it is one number of nothing else":       func(a *Attention) { a.Score[3].Fn = "imm" },
		"line 2 does not differ along the keys":  func(a *Attention) { a.Norm[2].Along = PerLane },
		"line 1 of the normalizer: it differs":   func(a *Attention) { a.Norm[1].Along = PerKey },
		"line 0 of the normalizer: it differs":   func(a *Attention) { a.Norm[0].Along = PerLane },
		"the weight is not one number for a key": func(a *Attention) { a.Norm = a.Norm[:3] },
		"line 2 of the normalizer: it differs":   func(a *Attention) { a.Norm[2].Args[0] = 0 },
		"the axes of line 2 stand in another order": func(a *Attention) {
			a.Score[2].Axes = append(slices.Clone(more), a.Score[2].Axes...)
			a.Score[3] = PairOp{Fn: "abs", Args: []int{2}, Axes: append(slices.Clone(a.Score[1].Axes), more...)}
		},
		"it takes one line":                           func(a *Attention) { a.Norm[3].Args = nil },
		"line 5 of the normalizer: it differs":        func(a *Attention) { a.Norm[5].Args[0] = 4 },
		"line 0 of the normalizer: the axis S is not": func(a *Attention) { a.Norm[0] = NormOp{Fn: "view", View: a.Score[1].View} },
	} {
		a := additive()
		mistake(a)
		if got := strings.Join(a.shapes(), "\n"); !strings.Contains(got, name) {
			t.Errorf("%q is not told, but %q", name, got)
		}
	}
}
