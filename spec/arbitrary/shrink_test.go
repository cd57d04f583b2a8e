package arbitrary_test

import (
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"archc/spec/arbitrary"
)

// TestShrink asks every variant to be smaller and right, and the smallest with a property to have nothing else.
func TestShrink(t *testing.T) {
	for seed := range uint64(3) {
		a := arbitrary.New(seed)
		again := a.Shrink()
		for i, b := range a.Shrink() {
			if b.Size >= a.Size {
				t.Fatalf("seed %d, variant %d: size %d, before %d", seed, i, b.Size, a.Size)
			}
			if b.Text != again[i].Text {
				t.Fatalf("seed %d, variant %d differs when it is made again", seed, i)
			}
			if _, err := compile(b.Text, b.Settings); err != nil {
				t.Fatalf("seed %d, variant %d: %v\n%s", seed, i, err, b.Text)
			}
		}
	}
	for name, most := range map[string]int{
		"mixer GRU": 36, "normalizer entmax": 38, "router groups": 34, "stack nested": 45, "part tied head": 24,
	} {
		a := arbitrary.Options{With: []string{name}}.New(first(name))
		small := a.Minimize(func(b arbitrary.Arch) bool { return slices.Contains(b.Uses, name) })
		if !slices.Contains(small.Uses, name) {
			t.Errorf("%s is lost", name)
		}
		if lines := strings.Count(small.Text, "\n"); lines > most || small.Size > 40 {
			t.Errorf("%s: %d lines, size %d:\n%s", name, lines, small.Size, small.Text)
		}
	}
	a := arbitrary.Options{Future: true}.New(5)
	if b := a.Minimize(func(arbitrary.Arch) bool { return true }); b.Cause == "" || b.Size != 0 {
		t.Errorf("the smallest of all has the cause %q and size %d", b.Cause, b.Size)
	}
}

// first is a seed whose architecture uses a construct.
func first(name string) uint64 {
	seed := uint64(0)
	for !slices.Contains(arbitrary.New(seed).Uses, name) {
		seed++
	}
	return seed
}

// TestOptions asks what is left out to be absent, and what is wanted to be there.
func TestOptions(t *testing.T) {
	without := []string{"mixer attention", "feed-forward experts", "part valid", "norm LayerNorm"}
	for seed := range uint64(100) {
		for _, name := range (arbitrary.Options{Without: without}).New(seed).Uses {
			if slices.Contains(without, name) {
				t.Errorf("seed %d uses %s", seed, name)
			}
		}
		a := arbitrary.Options{With: []string{"mixer LSTM", "part valid"}}.New(seed)
		for _, name := range []string{"mixer LSTM", "part valid"} {
			if !slices.Contains(a.Uses, name) {
				t.Errorf("seed %d does not use %s", seed, name)
			}
		}
	}
	for name, f := range map[string]func(){
		"there is no construct mixer lstm":               func() { arbitrary.Options{With: []string{"mixer lstm"}}.New(1) },
		"the options leave nothing to choose for router": func() { arbitrary.Options{Without: routers()}.New(first("router all")) },
	} {
		func() {
			defer func() {
				if got, _ := recover().(string); got != "arbitrary: "+name {
					t.Errorf("panics with %q, want %q", got, name)
				}
			}()
			f()
		}()
	}
}

func routers() []string {
	return slices.DeleteFunc(arbitrary.Constructs(), func(c string) bool { return !strings.HasPrefix(c, "router ") })
}

// TestSeeds holds the texts of some seeds, so that a seed means the same everywhere. A change of the generator changes
// them: then the new number is right.
func TestSeeds(t *testing.T) {
	h := fnv.New64a()
	for seed := range uint64(100) {
		_, _ = h.Write([]byte(arbitrary.New(seed).Text))
	}
	if got := h.Sum64(); got != 0xf6fb39acee8faf5a {
		t.Errorf("the texts of the first 100 seeds have the hash %#x", got)
	}
}
