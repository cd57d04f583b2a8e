package ir

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var sizeNames = []string{"B", "S", "T", "T'", "T.2"}

// value computes a size's number at a point, without the algebra.
type value func(env map[string]int64) *big.Rat

// drawSize draws a size together with an independent way to compute it.
func drawSize(t *rapid.T, depth int) (Size, value) {
	kind := rapid.IntRange(0, 8).Draw(t, "kind")
	if depth == 0 {
		kind %= 2
	}
	switch kind {
	case 0:
		r := big.NewRat(rapid.Int64Range(-9, 9).Draw(t, "num"), rapid.Int64Range(1, 4).Draw(t, "den"))
		return Rational(r), func(map[string]int64) *big.Rat { return r }
	case 1, 2:
		name := rapid.SampledFrom(sizeNames).Draw(t, "name")
		return Free(name), func(env map[string]int64) *big.Rat { return big.NewRat(env[name], 1) }
	case 8:
		a, x := drawSize(t, depth-1)
		return Floor(a), func(env map[string]int64) *big.Rat { return floorRat(x(env)) }
	}
	a, x := drawSize(t, depth-1)
	b, y := drawSize(t, depth-1)
	op := sizeOps[kind-3]
	return op.size(a, b), func(env map[string]int64) *big.Rat { return op.number(x(env), y(env)) }
}

func floorRat(r *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Div(r.Num(), r.Denom()))
}

func least(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

var sizeOps = []struct {
	size   func(a, b Size) Size
	number func(x, y *big.Rat) *big.Rat
}{
	{Size.Add, func(x, y *big.Rat) *big.Rat { return new(big.Rat).Add(x, y) }},
	{Size.Sub, func(x, y *big.Rat) *big.Rat { return new(big.Rat).Sub(x, y) }},
	{Size.Mul, func(x, y *big.Rat) *big.Rat { return new(big.Rat).Mul(x, y) }},
	{Min, least},
	{Max, func(x, y *big.Rat) *big.Rat {
		n := least(new(big.Rat).Neg(x), new(big.Rat).Neg(y))
		return n.Neg(n)
	}},
}

func drawPoint(t *rapid.T) map[string]int64 {
	env := map[string]int64{}
	for _, n := range sizeNames {
		env[n] = rapid.Int64Range(0, 50).Draw(t, n)
	}
	return env
}

func TestSizeEvaluates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := drawSize(t, 4)
		env := drawPoint(t)
		got, ok := s.Eval(env)
		if !ok || got.Cmp(want(env)) != 0 {
			t.Fatalf("%s at %v is %v, not %v", s, env, got, want(env))
		}
	})
}

func TestSizeRingLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, _ := drawSize(t, 3)
		b, _ := drawSize(t, 3)
		c, _ := drawSize(t, 2)
		laws := map[string][2]Size{
			"a+b = b+a":         {a.Add(b), b.Add(a)},
			"ab = ba":           {a.Mul(b), b.Mul(a)},
			"(a+b)+c = a+(b+c)": {a.Add(b).Add(c), a.Add(b.Add(c))},
			"(ab)c = a(bc)":     {a.Mul(b).Mul(c), a.Mul(b.Mul(c))},
			"(a+b)c = ac+bc":    {a.Add(b).Mul(c), a.Mul(c).Add(b.Mul(c))},
			"a-a = 0":           {a.Sub(a), Size{}},
			"a+0 = a":           {a.Add(Size{}), a},
			"1a = a":            {a.Mul(Const(1)), a},
			"min(a,b)=min(b,a)": {Min(a, b), Min(b, a)},
			"max(a,b)=max(b,a)": {Max(a, b), Max(b, a)},
			"min(a,a) = a":      {Min(a, a), a},
			"floor floor":       {Floor(Floor(a)), Floor(a)},
		}
		for name, law := range laws {
			if !law[0].Equal(law[1]) || law[0].String() != law[1].String() {
				t.Fatalf("%s: %s and %s, with a = %s, b = %s, c = %s", name, law[0], law[1], a, b, c)
			}
		}
	})
}

func TestSizeTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := drawSize(t, 4)
		back, err := ParseSize(s.String())
		if err != nil || !back.Equal(s) || back.String() != s.String() {
			t.Fatalf("%s reads back as %s: %v", s, back, err)
		}
	})
}

func TestSizeSubstitute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := drawSize(t, 3)
		by, _ := drawSize(t, 1)
		env := drawPoint(t)
		number, _ := by.Eval(env)
		if !number.IsInt() {
			return // a dim is a whole number
		}
		inner := map[string]int64{}
		for k, v := range env {
			inner[k] = v
		}
		inner["T"] = number.Num().Int64()
		got, _ := s.Substitute(map[string]Size{"T": by}).Eval(env)
		want, _ := s.Eval(inner)
		if got.Cmp(want) != 0 {
			t.Fatalf("%s with T = %s at %v is %v, not %v", s, by, env, got, want)
		}
	})
}

func TestSizeText(t *testing.T) {
	T, B := Free("T"), Free("B")
	half := Rational(big.NewRat(1, 2))
	cases := map[string]Size{
		"0":                    {},
		"-7":                   Const(-7),
		"2*B*T^2 + 3*T":        B.Mul(T).Mul(T).Mul(Const(2)).Add(T.Mul(Const(3))),
		"1/2*T^2 - 1/2*T":      T.Mul(T.Sub(Const(1))).Mul(half),
		"-T":                   Const(0).Sub(T),
		"min(5, T)":            Min(T, Const(5)),
		"floor(1/2*T)^2 - 1":   Floor(T.Mul(half)).Mul(Floor(T.Mul(half))).Sub(Const(1)),
		"floor(min(1/2*T, B))": Floor(Min(T.Mul(half), B)), // not folded: the smaller may be a half
	}
	for want, s := range cases {
		if s.String() != want {
			t.Errorf("%s, not %s", s, want)
		}
	}
	if got, ok := Floor(Rational(big.NewRat(-7, 2))).Int(); !ok || got != -4 {
		t.Errorf("floor(-7/2) = %d", got)
	}
	if !Max(T, T.Add(Const(1))).Equal(T.Add(Const(1))) {
		t.Error("max(T, T + 1) is not folded")
	}
}

func TestParseSizeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "expected a size, found the end [E704]",
		"T +":                                  "expected a size, found the end [E704]",
		"1/0":                                  "a division by 0 [E704]",
		"2.5":                                  "expected a whole number, found 2.5 [E704]",
		"T^0":                                  "0 is not from 1 to 64 [E705]",
		"T^65":                                 "65 is not from 1 to 64 [E705]",
		"T^64*T":                               "a size of too many terms, or with too large a number in it [E705]",
		"min(T)":                               "min takes 2 sizes, not 1 [E704]",
		"floor(T, S)":                          "floor takes 1 sizes, not 2 [E704]",
		"T S":                                  "unexpected S behind a size [E704]",
		"T $":                                  "unexpected character '$' [E701]",
		"(T)":                                  "expected a size, found ( [E704]",
		strings.Repeat("floor(1/2*", 40) + "T": "a size nests more than 32 deep [E705]",
		strings.Repeat("9", 2000):              "a number of 2000 digits [E705]",
		strings.Repeat("floor(a + b + c)^64*", 9) + "T": "a size of too many terms, or with too large a number in it [E705]",
	} {
		_, err := ParseSize(text)
		if err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%.40q: %v, not %s", text, err, want)
		}
	}
}

func TestWhole(t *testing.T) {
	s := Free("T").Mul(Free("S")).Mul(Rational(big.NewRat(1, 2)))
	for _, c := range []struct {
		env  map[string]int64
		want string
	}{
		{map[string]int64{"T": 3, "S": 4}, "6"},
		{map[string]int64{"T": 3, "S": 1}, "1/2*S*T is 3/2, not a whole number"},
		{map[string]int64{"T": 3}, "no size given for S"},
	} {
		got := ""
		if n, err := s.Whole(c.env); err != nil {
			got = err.Error()
		} else {
			got = n.String()
		}
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.env, got, c.want)
		}
	}
}
