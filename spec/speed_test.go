package spec_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/dsl/lower"
	"archc/passes"
	"archc/passes/plan"
)

type filled struct{}

func (filled) Float32s(key string, first int64, dst []float32) error {
	x := uint32(first)*2654435761 + uint32(len(key))*977
	for i := range dst {
		x = x*1664525 + 1013904223
		dst[i] = (float32(x>>8)/(1<<24) - 0.5) * 0.05
	}
	return nil
}

func TestSpeed(t *testing.T) {
	prog := program(t, "llama")
	set := map[string]string{"D": "2048", "F": "5632", "L": "8", "H": "32", "G": "8", "V": "32000", "K": "64"}
	if os.Getenv("SMALL") != "" {
		set["L"] = "2"
	}
	m, list := lower.Lower(prog, lower.Options{Settings: set})
	if !list.Empty() {
		t.Fatal(list.Err())
	}
	steps, fault, err := passes.StepsOf(m, "", false)
	if fault != nil || err != nil {
		t.Fatal(fault, err)
	}
	p, err := plan.OfSteps(steps)
	if err != nil {
		t.Fatal(err)
	}
	crew := gograph.Crew(2)
	defer crew.Close()
	at := time.Now()
	model, err := gograph.NewModel(p, gograph.NewWeights(filled{}, kernel.Float32), crew)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("load", time.Since(at))
	tokens := func(n int) map[string]gograph.Array {
		x := gograph.Array{Axes: []gograph.Axis{{Label: "T", Size: n}}, Data: make([]float32, n)}
		for i := range x.Data {
			x.Data[i] = float32(i * 7 % 1000)
		}
		return map[string]gograph.Array{"tokens": x}
	}
	for range 2 {
		s, err := model.Start(t.Context(), nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		at = time.Now()
		if _, err := s.Step(t.Context(), tokens(512)); err != nil {
			t.Fatal(err)
		}
		d := time.Since(at)
		fmt.Printf("pp512 %.1f tok/s\n", 512/d.Seconds())
		n := 32
		at = time.Now()
		for range n {
			if _, err := s.Step(t.Context(), tokens(1)); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Printf("tg%d %.1f tok/s\n", n, float64(n)/time.Since(at).Seconds())
	}
}
