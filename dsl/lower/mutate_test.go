package lower_test

import (
	"flag"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"archc/dsl/lower"
	"archc/dsl/syntax"
	"archc/ir/diag"
)

var mutants = flag.Int("mutants", 300, "how many mutated programs TestMutants lowers")

// TestMutants lowers programs in which tokens and lines are exchanged for others of the same form: unlike random bytes,
// most of them parse. The seed of a mutant is told when it fails.
func TestMutants(t *testing.T) {
	texts := seeds(t)
	pool := map[syntax.Kind][]string{}
	var lines []string
	for _, text := range texts {
		tokens, _ := syntax.Tokens(diag.NewSource("seed", text))
		for _, tok := range tokens {
			pool[tok.Kind] = append(pool[tok.Kind], tok.Text)
		}
		lines = append(lines, strings.Split(text, "\n")...)
	}
	for seed := range *mutants {
		text := mutate(rand.New(rand.NewPCG(uint64(seed), 1)), texts, lines, pool)
		if !survives(t, seed, text) {
			return
		}
	}
}

func mutate(r *rand.Rand, texts, lines []string, pool map[syntax.Kind][]string) string {
	text := texts[r.IntN(len(texts))]
	for range 1 + r.IntN(4) {
		tokens, _ := syntax.Tokens(diag.NewSource("seed", text))
		if len(tokens) == 0 {
			return text
		}
		tok := tokens[r.IntN(len(tokens))]
		same := pool[tok.Kind]
		switch r.IntN(8) {
		case 0:
			text = text[:tok.Start] + text[tok.End:]
		case 1:
			other := tokens[r.IntN(len(tokens))]
			text = text[:tok.End] + " " + other.Text + " " + text[tok.End:]
		case 2, 3:
			own := strings.Split(text, "\n")
			at := r.IntN(len(own))
			own[at] = lines[r.IntN(len(lines))]
			text = strings.Join(own, "\n")
		case 4: // a name of the same program
			var names []string
			for _, o := range tokens {
				if o.Kind == tok.Kind {
					names = append(names, o.Text)
				}
			}
			text = text[:tok.Start] + names[r.IntN(len(names))] + text[tok.End:]
		default:
			if len(same) > 0 {
				text = text[:tok.Start] + same[r.IntN(len(same))] + text[tok.End:]
			}
		}
	}
	return text
}

func survives(t *testing.T, seed int, text string) (ok bool) {
	t.Helper()
	defer func() {
		if e := recover(); e != nil {
			t.Errorf("mutant %d: %v\n%s\n%s", seed, e, debug.Stack(), text)
			ok = false
		}
	}()
	start := time.Now()
	m, list := load(text, lower.Options{})
	switch took := time.Since(start); {
	case took > hang:
		t.Errorf("mutant %d took %v\n%s", seed, took, text)
		return false
	case (m == nil) == list.Empty():
		t.Errorf("mutant %d: neither a module nor a mistake, or both\n%s", seed, text)
		return false
	case m != nil:
		sound(t, m)
	}
	return true
}
