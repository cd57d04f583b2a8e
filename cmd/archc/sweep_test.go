package main

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
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

// inStats is where the JSON of stats has each figure.
var inStats = map[string]string{
	"params": "parameters.total", "active": "parameters.active", "active_without_embedding": "parameters.active_without_embedding",
	"flops": "flops.forward", "elementwise": "flops.elementwise", "prefill": "flops.prefill", "decode": "flops.decode",
	"train": "flops.train", "cache": "cache.elements_per_token", "cache_constant": "cache.constant",
	"cache_at_context": "cache.at_context", "cache_bytes": "cache.bytes_at_context", "weights": "memory.weights",
	"activations": "memory.activations", "training": "memory.training",
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
	sizes := []string{"--seq", "16", "--batch", "3", "--context", "32", "--dtype", "int8", "--format", "json"}
	var columns []string
	for _, f := range search.Figures {
		columns = append(columns, f.Name)
	}
	args := slices.Concat([]string{"sweep", file, "--set", "H=4,8", "--set", "G=1,2,4", "--figures", strings.Join(columns, ",")}, small, sizes)
	if err := json.Unmarshal([]byte(succeed(t, args...)), &swept); err != nil {
		t.Fatal(err)
	}
	if len(swept.Points) != 6 || len(inStats) != len(search.Figures) {
		t.Fatalf("%d points", len(swept.Points))
	}
	for _, p := range swept.Points {
		settings := []string{"--set", "H=" + p.Parameters["H"].String(), "--set", "G=" + p.Parameters["G"].String()}
		var one map[string]json.RawMessage
		if err := json.Unmarshal([]byte(succeed(t, slices.Concat([]string{"stats", file}, small, sizes, settings)...)), &one); err != nil {
			t.Fatal(err)
		}
		for name, path := range inStats {
			area, key, _ := strings.Cut(path, ".")
			var values map[string]json.RawMessage
			if err := json.Unmarshal(one[area], &values); err != nil {
				t.Fatal(err)
			}
			if got := p.Figures[name]; got == nil || got.String() != string(values[key]) {
				t.Errorf("%v: %s is %v, and %s by itself", settings, name, got, values[key])
			}
		}
	}
}
