package main

import (
	"slices"
	"strings"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir/eval"
)

// TestMemoryLimit: what is held may be as much as the limit, and no byte more; the limit that is suggested suffices.
func TestMemoryLimit(t *testing.T) {
	const limit = 3 << 30
	for _, c := range []struct {
		total int64
		help  string
	}{{limit - 1, ""}, {limit, ""}, {limit + 1, "--max-memory 4 allows it"}, {4 << 30, "--max-memory 4 allows it"}} {
		need := gograph.Memory{Weights: c.total - 30, Arena: 5, States: 10, Inputs: 15}
		err := withinLimit(need, limit)
		f, refused := asFailure(err)
		if refused != (c.help != "") || refused && (f.diags[0].Help != c.help || !strings.Contains(err.Error(), "arena 5, states 10, inputs 15")) {
			t.Errorf("%d bytes: %v", c.total, err)
		}
	}
}

// TestDrawnRows: the rows of a draw are those along its axis, wherever that stands.
func TestDrawnRows(t *testing.T) {
	x := &eval.Tensor{Axes: []eval.Axis{{Label: "L", Size: 2}, {Label: "T", Size: 3}, {Label: "E", Size: 2}}, Data: []float64{
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}
	got := sliced(x, "T", 1, 2)
	if !slices.Equal(got.Data, []float64{2, 3, 4, 5, 8, 9, 10, 11}) || got.Axes[1].Size != 2 || x.Axes[1].Size != 3 {
		t.Errorf("got %v", got)
	}
	if sliced(x, "S", 1, 2) != x {
		t.Error("a tensor without the axis is changed")
	}
}

// TestWorkerPanic: a panic in a worker is reported like any other, with the worker's stack for those who ask.
func TestWorkerPanic(t *testing.T) {
	for _, debug := range []string{"", "1"} {
		t.Setenv("ARCHC_DEBUG", debug)
		var out strings.Builder
		s := &session{err: &out, stage: "computing"}
		func() {
			defer func() { s.reportPanic(recover()) }()
			crew := kernel.NewCrew(2)
			defer crew.Close()
			crew.Do(4, func(_, item int) { panic("no such row") })
		}()
		got := out.String()
		if !strings.HasPrefix(got, "archc: this is a bug of archc, at stage \"computing\": no such row\n") ||
			strings.Contains(got, "backend_test.go") != (debug == "1") {
			t.Errorf("got %q", got)
		}
	}
}
