package spec_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/dsl/lower"
)

// TestEngineStepsAllocateNothing: once buffers have grown, steps leave nothing to the garbage collector: rows one at a
// time, through which windows move and come back to the front of their memory. Which of several workers computes what is
// chance, and so is when the last of them has its buffers: of some sessions the one that leaves the least counts.
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
			begin := func(n int) {
				if s, err = model.Start(t.Context(), nil, batch); err == nil {
					err = s.Reserve(3 * rows)
				}
				if err != nil {
					t.Fatal(err)
				}
				steps(n)
			}
			begin(2 * rows) // the buffers grow
			least, tries := math.Inf(1), 1
			if workers > 1 {
				tries = 20
			}
			for try := 0; try < tries && least > 0; try++ {
				begin(rows)
				least = min(least, testing.AllocsPerRun(1, func() { steps(rows / 2) }))
			}
			if least != 0 {
				t.Errorf("%s %s, %d workers: %v objects in %d steps", c.file, c.model, workers, least, rows/2)
			}
		}
	}
}
