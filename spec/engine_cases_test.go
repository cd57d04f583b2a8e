package spec_test

import (
	"path/filepath"
	"strings"
	"testing"

	"archc/backends/gograph"
)

// TestEngineCases runs on the engine what the rules of the language say with numbers: every case that is run, whole and
// in pieces.
func TestEngineCases(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	for k, path := range conformanceFiles(t, "run") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			m, from, inputs := readConformanceCase(t, path).given(t)
			w := newRounded(from)
			roundInputs(inputs)
			plans, err := plansOf(m)
			if err != nil {
				t.Fatal(err)
			}
			j, err := newJudge(t.Context(), m, w, inputs)
			if err != nil {
				t.Fatal(err)
			}
			if err := engineWhole(t.Context(), plans.whole, w, inputs, crew, j); err != nil {
				t.Fatal(err)
			}
			if err := j.broken(); err != nil {
				t.Errorf("whole: %v", err)
			}
			if err := engineStepwise(t.Context(), m, plans, w, inputs, crew, uint64(k), j); err != nil {
				t.Fatal(err)
			}
			if err := j.broken(); err != nil {
				t.Errorf("in pieces: %v", err)
			}
		})
	}
}
