package main

import (
	"encoding/json"
	"math/big"
	"slices"
	"testing"

	"archc/passes/search"
)

// TestFiguresAreTaken: each figure that a space can name is taken from somewhere, and nothing else.
func TestFiguresAreTaken(t *testing.T) {
	var named, from []string
	for _, f := range search.Figures {
		named = append(named, f.Name)
	}
	for _, x := range taken {
		from = append(from, x.name)
	}
	slices.Sort(named)
	slices.Sort(from)
	if !slices.Equal(named, from) {
		t.Errorf("a space can name %v, and taken are %v", named, from)
	}
}

// TestSweepAgreesWithStats: each point of a sweep has the numbers that stats gives for its settings alone.
func TestSweepAgreesWithStats(t *testing.T) {
	file := "../../examples/llama.arch"
	small := []string{"--set", "D=64", "--set", "L=2", "--set", "F=112", "--set", "V=334"}
	var swept struct {
		Points []struct {
			Parameters map[string]json.Number
			Figures    map[string]*big.Int
			State      string
		}
	}
	args := append([]string{"sweep", file, "--set", "H=4,8", "--set", "G=1,2,4", "--seq", "16", "--batch", "3", "--format", "json",
		"--figures", "params,active_without_embedding,flops,elementwise,cache"}, small...)
	if err := json.Unmarshal([]byte(succeed(t, args...)), &swept); err != nil {
		t.Fatal(err)
	}
	if len(swept.Points) != 6 {
		t.Fatalf("%d points", len(swept.Points))
	}
	for _, p := range swept.Points {
		var one struct {
			Parameters struct {
				Total, Active *big.Int
				Read          *big.Int `json:"active_without_embedding"`
			}
			Flops struct{ Forward, Elementwise *big.Int }
		}
		at := append([]string{"stats", file, "--seq", "16", "--batch", "3", "--format", "json", "--set", "H=" + p.Parameters["H"].String(),
			"--set", "G=" + p.Parameters["G"].String()}, small...)
		if err := json.Unmarshal([]byte(succeed(t, at...)), &one); err != nil {
			t.Fatal(err)
		}
		h, _ := p.Parameters["H"].Int64()
		g, _ := p.Parameters["G"].Int64()
		for name, want := range map[string]*big.Int{"params": one.Parameters.Total, "active_without_embedding": one.Parameters.Read,
			"flops": one.Flops.Forward, "elementwise": one.Flops.Elementwise, "cache": big.NewInt(2 * 2 * g * 64 / h)} {
			if got := p.Figures[name]; got == nil || want == nil || got.Cmp(want) != 0 {
				t.Errorf("H=%d G=%d: %s is %v, and %v by itself", h, g, name, got, want)
			}
		}
	}
}
