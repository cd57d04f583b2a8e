package spec_test

import (
	"math/rand/v2"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/dsl/lower"
)

// TestEngineStepsAllocateNothing: once buffers have grown, steps leave nothing to the garbage collector: rows one at a
// time, through which windows move and come back to the front of their memory. Which of several workers computes what is
// chance, and so is when the last of them has its buffers: of these the average of a step is asked for.
func TestEngineStepsAllocateNothing(t *testing.T) {
	for _, workers := range []int{1, 2} {
		crew := gograph.Crew(workers)
		defer crew.Close()
		for _, c := range bitsCases {
			m, list := lower.Lower(program(t, c.file), lower.Options{Model: c.model, Settings: c.dims})
			if err := list.Err(); err != nil {
				t.Fatal(err)
			}
			p, err := engineProgram(m, true)
			if err != nil {
				t.Fatal(err)
			}
			model, err := gograph.NewModel(p, gograph.NewWeights(hashedSource(t, m), kernel.Float32), crew)
			if err != nil {
				t.Fatal(err)
			}
			const batch, rows = 2, 40
			inputs := arrays(drawnInputs(m, rand.New(rand.NewPCG(1, 1)), batch, 1))
			var s *gograph.Session
			steps := func(n int) {
				for range n {
					if _, err := s.Step(t.Context(), inputs); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, n := range []int{2 * rows, rows} { // the first session lets the buffers grow
				if s, err = model.Start(t.Context(), nil, batch); err == nil {
					err = s.Reserve(3 * rows)
				}
				if err != nil {
					t.Fatal(err)
				}
				steps(n)
			}
			n, what := testing.AllocsPerRun(1, func() { steps(rows / 2) }), "steps one after the other"
			if workers > 1 {
				n, what = testing.AllocsPerRun(rows/2, func() { steps(1) }), "a step"
			}
			if n != 0 {
				t.Errorf("%s %s, %d workers: %v objects, %s", c.file, c.model, workers, n, what)
			}
		}
	}
}
