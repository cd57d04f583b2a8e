package search

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"archc/ir/diag"
)

// space makes one with parameters of so many values each, 1, 2, 3 and so on, called A, B, C.
func space(lengths ...int) *Space {
	s := &Space{}
	for i, n := range lengths {
		p := Parameter{Name: string(rune('A' + i)), At: spanned("x")}
		for v := range n {
			p.Values = append(p.Values, strconv.Itoa(v+1))
		}
		s.Set(p)
	}
	return s
}

// product counts params as the product of all values, cache as their sum.
func product(settings map[string]string) (*Measured, error, error) {
	params, cache := big.NewInt(1), big.NewInt(0)
	for _, text := range settings {
		v, _ := new(big.Int).SetString(text, 10)
		params.Mul(params, v)
		cache.Add(cache, v)
	}
	return &Measured{Figures: map[string]*big.Int{"params": params, "cache": cache}}, nil, nil
}

func (s *Space) with(constraints []string, goals ...string) *Space {
	for _, text := range constraints {
		e, err := Condition(spanned(text))
		if err != nil {
			panic(err)
		}
		s.Constraints = append(s.Constraints, e)
	}
	for _, text := range goals {
		o, err := Goal(spanned(text))
		if err != nil {
			panic(err)
		}
		s.Objectives = append(s.Objectives, o)
	}
	return s
}

// TestOrder: whoever counts a point and whenever, points come in the order of the space, the last parameter fastest.
func TestOrder(t *testing.T) {
	slowFirst := func(settings map[string]string) (*Measured, error, error) {
		if settings["A"] == "1" {
			time.Sleep(time.Millisecond)
		}
		return product(settings)
	}
	points, err := space(2, 3, 2).Run(t.Context(), slowFirst, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range points {
		got = append(got, strings.Join(p.Values, ""))
	}
	if text := strings.Join(got, " "); text != "111 112 121 122 131 132 211 212 221 222 231 232" {
		t.Error(text)
	}
}

// TestStates: every fate of a point, with its reason. 3x3 points; params is the product, cache the sum.
func TestStates(t *testing.T) {
	count := func(settings map[string]string) (*Measured, error, error) {
		m, _, _ := product(settings)
		switch settings["A"] + settings["B"] {
		case "12":
			return nil, errors.New("A does not fit B"), nil
		case "21":
			m.Figures["cache"] = nil
			m.Missing = map[string]string{"cache": "it looks ahead"}
		case "33":
			return nil, nil, errors.New("what the parameters rule out is not counted")
		}
		return m, nil, nil
	}
	s := space(3, 3).with([]string{"A + B < 6", "params != 3"}, "max params", "min cache")
	points, err := s.Run(t.Context(), count, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"11": "front ", "12": "refused A does not fit B", "13": "filtered params != 3 does not hold: 3 against 3",
		"21": "unknown cache is not known: it looks ahead", "22": "front ", "23": "front ", "31": "filtered params != 3 does not hold: 3 against 3",
		"32": "front ", "33": "filtered A + B < 6 does not hold: 6 against 6",
	}
	for _, p := range points {
		name := strings.Join(p.Values, "")
		if got := string(p.State) + " " + p.Reason; got != want[name] {
			t.Errorf("%s is %s, want %s", name, got, want[name])
		}
	}
	points, err = space(3, 3).with(nil, "min params", "min cache").Run(t.Context(), product, nil)
	if err != nil || points[0].State != Front || points[1].State != Dominated || points[8].State != Dominated {
		t.Errorf("%v: %v, %v", points[0].State, points[1].State, err)
	}
	points, _ = space(1).Run(t.Context(), product, nil)
	if points[0].State != Counted {
		t.Errorf("without objectives: %s", points[0].State)
	}
}

// TestPointLimit stands at the limit of points, below and above, and says how many there would be.
func TestPointLimit(t *testing.T) {
	for _, c := range []struct {
		space *Space
		want  string
	}{
		{space(MaxPoints - 1), ""},
		{space(MaxPoints), ""},
		{space(MaxPoints/8, 8), ""},
		{space(MaxPoints + 1), "x:1:1: the space has 4097 points (4097 of A), and at most 4096 are counted [R406]"},
		{space(17, 241), "x:1:1: the space has 4097 points (17 of A x 241 of B), and at most 4096 are counted [R406]"},
		{space(4096, 4096, 4096, 4096, 4096, 4096), "1180591620717411303424*"},
	} {
		n := 0
		points, err := c.space.Run(t.Context(), product, func(done, all int) { n = done })
		switch wanted, part := strings.CutSuffix(c.want, "*"); {
		case c.want == "":
			if err != nil || len(points) != n || int64(n) != c.space.Size().Int64() {
				t.Errorf("%d points, %d counted: %v", len(points), n, err)
			}
		case err == nil || n > 0:
			t.Errorf("%d counted, %v", n, err)
		case part && c.space.Size().Cmp(new(big.Int).Exp(big.NewInt(4096), big.NewInt(6), nil)) != 0:
			t.Errorf("size %v", c.space.Size())
		case part && !strings.Contains(err.Error(), c.space.Size().String()), !part && err.Error() != wanted:
			t.Errorf("%v, want %s", err, wanted)
		}
	}
}

// TestRangeLimit: a range is refused before its values are made.
func TestRangeLimit(t *testing.T) {
	for _, c := range []struct {
		b    bounds
		want int
	}{
		{bounds{1, 4095, 1, 0}, 4095}, {bounds{1, 4096, 1, 0}, 4096}, {bounds{1, 4097, 1, 0}, -1},
		{bounds{0, 1<<61 - 1, 1, 0}, -1}, {bounds{0, 1<<61 - 1, 1 << 60, 0}, 2}, {bounds{1, 1<<61 - 1, 0, 2}, 61}, {bounds{5, 5, 0, 3}, 1},
	} {
		p := &Parameter{Name: "H"}
		err := c.b.add(p, spanned("x"))
		if c.want < 0 && (err == nil || len(p.Values) > 0) || c.want >= 0 && (err != nil || len(p.Values) != c.want) {
			t.Errorf("%v: %d values, %v", c.b, len(p.Values), err)
		}
	}
}

// TestTextLimit stands at the limit of a space's bytes.
func TestTextLimit(t *testing.T) {
	for extra, ok := range map[int]bool{-1: true, 0: true, 1: false} {
		text := "file: a\n#" + strings.Repeat("x", MaxBytes+extra-9)
		if _, err := Read(diag.NewSource("s.yaml", text), dtypes); (err == nil) != ok {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
}

// TestFailureEndsTheSearch: an error or a panic of one point is told for the first such point of the space, and the
// points behind it are not all counted.
func TestFailureEndsTheSearch(t *testing.T) {
	for range 20 {
		var mutex sync.Mutex
		counted := 0
		_, err := space(1000).Run(t.Context(), func(settings map[string]string) (*Measured, error, error) {
			mutex.Lock()
			defer mutex.Unlock()
			counted++
			n, _ := strconv.Atoi(settings["A"])
			if n == 11 {
				panic("planted")
			}
			if n > 11 {
				return nil, nil, fmt.Errorf("point %d", n)
			}
			return product(settings)
		}, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "panic at the point [11]: planted") || counted > 20 {
			t.Fatalf("%d counted: %v", counted, err)
		}
	}
	if _, err := space(3).with([]string{"parms < 3"}).Run(t.Context(), product, nil); err == nil || !strings.Contains(err.Error(), "R405") {
		t.Errorf("a name that nothing has: %v", err)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	points, err := space(1000).Run(ctx, product, func(done, all int) {
		if done == 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || points != nil {
		t.Errorf("%d points, %v", len(points), err)
	}
}

// TestNeeds: what constraints, objectives and columns read is found, and its size demanded.
func TestNeeds(t *testing.T) {
	s := space(2).with([]string{"A < 2 & params / 2 > 1"}, "min cache")
	column, _ := Number(spanned("weights + cache"))
	got, lacking := s.Needs([]*Expr{column})
	if len(lacking) != 0 || len(got) != 3 || !got["params"] || !got["cache"] || !got["weights"] {
		t.Errorf("%v, %v", got, lacking)
	}
	s.with(nil, "min flops", "min cache_bytes", "min decode")
	_, lacking = s.Needs(nil)
	for size, n := range map[string]int{"seq": 1, "context": 2} {
		if lacking[size] == nil || strings.Count(lacking[size].Error(), "[R407]") != n {
			t.Errorf("%s: %v", size, lacking[size])
		}
	}
	s.Seq, s.Context = "8", 8
	if _, lacking = s.Needs(nil); len(lacking) != 0 {
		t.Error(lacking)
	}
	clash := space(2)
	clash.Parameters[0].Name = "params"
	if _, err := clash.Run(t.Context(), product, nil); err == nil || !strings.Contains(err.Error(), "has the name of a figure") {
		t.Errorf("%v", err)
	}
}
