package sampler

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var inf = math.Inf(1)

func mustNew(t testing.TB, o Options) *Sampler {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestErrors provokes each code once or more.
func TestErrors(t *testing.T) {
	next := func(logits ...float64) func() error {
		return func() error {
			_, err := mustNew(t, Options{Temperature: 1, TopP: 1}).Next(logits)
			return err
		}
	}
	with := func(o Options) func() error { return func() error { _, err := New(o); return err } }
	provoked := map[string]bool{}
	for _, c := range []struct {
		code string
		run  func() error
	}{
		{"S001", with(Options{Temperature: -1})}, {"S001", with(Options{Temperature: math.NaN()})},
		{"S001", with(Options{Temperature: inf})}, {"S002", with(Options{TopK: -1})},
		{"S003", with(Options{TopP: -0.1})}, {"S003", with(Options{TopP: 1.1})},
		{"S003", with(Options{TopP: math.NaN()})},
		{"S004", next()}, {"S004", next(-inf, -inf)}, {"S005", next(0, math.NaN())}, {"S005", next(inf, 0)},
		{"S005", next(-inf, 0, 1, math.NaN())},
	} {
		var e *Error
		if err := c.run(); !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("got %v, want %s", err, c.code)
		}
		provoked[c.code] = true
	}
	for _, c := range Codes {
		if !provoked[c.ID] || c.Title == "" || c.Story == "" {
			t.Errorf("%s is not provoked, or says nothing", c.ID)
		}
		delete(provoked, c.ID)
	}
	if len(provoked) > 0 {
		t.Errorf("codes without a row: %v", provoked)
	}
}

// TestChoices: options under which only some tokens may come. Each runs many times; all of want must come,
// no other.
func TestChoices(t *testing.T) {
	five := []float64{1, 3, 2, 3, -inf}
	for _, c := range []struct {
		name   string
		o      Options
		logits []float64
		want   []int
	}{
		{"zero value", Options{}, five, []int{1}},
		{"greedy ignores the rest", Options{TopK: 3, TopP: 1, Seed: 9}, five, []int{1}},
		{"greedy on equals", Options{}, []float64{-inf, 0, 0}, []int{1}},
		{"tiny temperature keeps equals", Options{Temperature: 1e-30, TopP: 1}, five, []int{1, 3}},
		{"smallest temperature", Options{Temperature: math.SmallestNonzeroFloat64, TopP: 1}, five, []int{1, 3}},
		{"huge temperature", Options{Temperature: math.MaxFloat64, TopP: 1}, five, []int{0, 1, 2, 3}},
		{"all", Options{Temperature: 1, TopP: 1}, five, []int{0, 1, 2, 3}},
		{"top-k 1", Options{Temperature: 1, TopK: 1, TopP: 1}, five, []int{1}},
		{"top-k 2", Options{Temperature: 1, TopK: 2, TopP: 1}, five, []int{1, 3}},
		{"top-k 3", Options{Temperature: 1, TopK: 3, TopP: 1}, five, []int{1, 2, 3}},
		{"top-k over the vocabulary", Options{Temperature: 1, TopK: 1e9, TopP: 1}, five, []int{0, 1, 2, 3}},
		{"top-p 0", Options{Temperature: 1, TopP: 0}, five, []int{1}},
		{"top-p smallest", Options{Temperature: 1, TopP: math.SmallestNonzeroFloat64}, five, []int{1}},
		{"top-p half", Options{Temperature: 1, TopP: 0.5}, five, []int{1, 3}},
		{"top-p of what top-k left", Options{Temperature: 1, TopK: 2, TopP: 0.5}, five, []int{1}},
		{"top-p takes the one that crosses", Options{Temperature: 1, TopP: 0.9}, five, []int{1, 2, 3}},
		{"one token", Options{Temperature: 1, TopP: 1}, []float64{-5}, []int{0}},
		{"far apart", Options{Temperature: 1, TopP: 1}, []float64{-1e308, 1e308}, []int{1}},
	} {
		s, seen := mustNew(t, c.o), map[int]bool{}
		before := slices.Clone(c.logits)
		for range 2000 {
			id, err := s.Next(c.logits)
			if err != nil {
				t.Fatal(err)
			}
			seen[id] = true
		}
		var got []int
		for id := range c.logits {
			if seen[id] {
				got = append(got, id)
			}
		}
		if !slices.Equal(got, c.want) || len(seen) != len(got) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		if !slices.Equal(before, c.logits) {
			t.Errorf("%s: the logits changed", c.name)
		}
	}
}

// TestSequence pins the random sequence: another algorithm would be another answer to the same seed.
func TestSequence(t *testing.T) {
	logits := []float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	run := func(seed uint64, o Options) []int {
		o.Seed, o.Temperature = seed, 1
		s, out := mustNew(t, o), []int(nil)
		for range 12 {
			id, err := s.Next(logits)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, id)
		}
		return out
	}
	all := Options{TopP: 1}
	if got, want := run(42, all), []int{8, 9, 1, 0, 1, 9, 9, 3, 6, 9, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("seed 42: %v, want %v", got, want)
	}
	if slices.Equal(run(42, all), run(43, all)) {
		t.Error("seeds 42 and 43 give one sequence")
	}
	if got := run(42, Options{TopP: 1, TopK: 10}); !slices.Equal(got, run(42, all)) {
		t.Errorf("top-k of the whole vocabulary changes the choices: %v", got)
	}
}

// TestFrequencies: tokens come as often as the softmax says, within five standard deviations.
func TestFrequencies(t *testing.T) {
	logits := []float64{0, math.Log(2), math.Log(3), math.Log(4)}
	for _, c := range []struct {
		o    Options
		want []float64
	}{
		{Options{Temperature: 1, TopP: 1}, []float64{0.1, 0.2, 0.3, 0.4}},
		{Options{Temperature: 0.5, TopP: 1}, []float64{1. / 30, 4. / 30, 9. / 30, 16. / 30}},
		{Options{Temperature: 1, TopP: 1, TopK: 2}, []float64{0, 0, 3. / 7, 4. / 7}},
		{Options{Temperature: 1, TopP: 0.75}, []float64{0, 2. / 9, 3. / 9, 4. / 9}},
	} {
		const n = 100000
		s, count := mustNew(t, c.o), make([]int, 4)
		for range n {
			id, err := s.Next(logits)
			if err != nil {
				t.Fatal(err)
			}
			count[id]++
		}
		for i, p := range c.want {
			if off := math.Abs(float64(count[i]) - n*p); off > 5*math.Sqrt(n*p*(1-p)) {
				t.Errorf("%+v: token %d came %d times of %d, want %.0f", c.o, i, count[i], n, n*p)
			}
		}
	}
}

// TestCutAgainstSort: the heap keeps what sorting the whole list keeps.
func TestCutAgainstSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		logits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			return float64(rapid.IntRange(-8, 8).Draw(t, "logit")) / 2
		}), 1, 40).Draw(t, "logits")
		o := Options{Temperature: 1}
		o.TopK, o.TopP = rapid.IntRange(0, 45).Draw(t, "k"), rapid.Float64Range(0, 1).Draw(t, "p")
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := s.cut(s.weigh(logits, slices.Max(logits)))
		if want := plainCut(logits, o); !slices.Equal(ids(got), want) {
			t.Fatalf("%+v of %v: kept %v, want %v", o, logits, ids(got), want)
		}
	})
}

// plainCut sorts everything and cuts twice.
func plainCut(logits []float64, o Options) []int {
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case logits[a] > logits[b]:
			return -1
		case logits[a] < logits[b]:
			return 1
		}
		return a - b
	})
	if o.TopK > 0 {
		order = order[:min(o.TopK, len(order))]
	}
	total, sum, most := 0.0, 0.0, slices.Max(logits)
	for _, i := range order {
		total += math.Exp(logits[i] - most)
	}
	for n, i := range order {
		if sum += math.Exp(logits[i] - most); o.TopP < 1 && sum >= o.TopP*total {
			return order[:n+1]
		}
	}
	return order
}

func ids(list []candidate) (out []int) {
	for _, c := range list {
		out = append(out, c.id)
	}
	return out
}
