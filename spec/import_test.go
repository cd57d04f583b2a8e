package spec_test

import (
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"sync"
	"testing"

	"archc/dsl/check"
	"archc/dsl/lower"
	shipped "archc/examples"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/cost"
)

// publishedConfig is a line of cases/config/published.jsonl: a model's configuration, as far as its publisher or a copy
// of it has it, and the parameters that it counts.
type publishedConfig struct {
	Name       string
	Parameters int64
	Config     json.RawMessage
}

func publishedConfigs(t *testing.T) []publishedConfig {
	t.Helper()
	text, err := os.ReadFile("cases/config/published.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out []publishedConfig
	for line := range strings.Lines(string(text)) {
		var c publishedConfig
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// families is the program of the model that comes with archc, by the architecture that its binding names.
var families = sync.OnceValue(func() map[string]*check.Program {
	out := map[string]*check.Program{}
	for _, name := range shipped.Names() {
		src, _ := shipped.Source(name)
		prog, list := check.Load(src, nil)
		for _, b := range prog.Bindings {
			if list.Empty() && b.At.Src == src {
				for _, n := range b.Names {
					out[n.Text] = prog
				}
			}
		}
	}
	return out
})

// configured lowers the model that reads the configuration; nil for an architecture that none has.
func configured(t *testing.T, config string) (*ir.Module, *diag.List) {
	t.Helper()
	arch, fields := flatConfig(t, config)
	for _, name := range arch {
		prog := families()[name]
		if prog == nil {
			continue
		}
		model, settings, list := lower.Configure(prog, "", arch, fields)
		if !list.Empty() {
			return nil, list
		}
		return lower.Lower(prog, lower.Options{Model: model, Settings: settings})
	}
	return nil, nil
}

// withoutFamily are the published models that no configuration of Hugging Face is of: their files have their sizes.
var withoutFamily = map[string]bool{"gpt3-175b": true, "transformer-base": true, "transformer-big": true,
	"transfo-xl-wt103": true, "ptb-lstm-small": true, "ptb-lstm-medium": true, "ptb-lstm-large": true}

// TestPublishedConfigs reads every published configuration through the bindings and holds its count.
func TestPublishedConfigs(t *testing.T) {
	held := 0
	for _, c := range publishedConfigs(t) {
		m, list := configured(t, string(c.Config))
		switch {
		case list != nil && !list.Empty():
			t.Errorf("%s: %v", c.Name, list.Err())
		case m == nil && !withoutFamily[c.Name]:
			t.Errorf("%s: no model reads its configuration", c.Name)
		case m != nil && withoutFamily[c.Name]:
			t.Errorf("%s has a family now: hold its count", c.Name)
		case m != nil:
			held++
			r := report(t, m, cost.Exact)
			if r.Parameters.Total.Cmp(big.NewInt(c.Parameters)) != 0 {
				t.Errorf("%s: %s parameters, published are %d", c.Name, r.Parameters.Total, c.Parameters)
			}
		}
	}
	t.Logf("%d configurations hold their counts", held)
}
