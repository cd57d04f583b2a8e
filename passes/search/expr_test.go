package search

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"archc/ir/diag"
)

func spanned(text string) diag.Span {
	return diag.Span{Src: diag.NewSource("x", text), End: len(text)}
}

// pointAt is a point of a model with H = 12, G = 5, a dim K = 64 and a figure of 2^70.
func pointAt() *Point {
	s := &Space{Parameters: []Parameter{{Name: "H", Values: []string{"12"}}, {Name: "G", Values: []string{"5"}},
		{Name: "kind", Values: []string{"yarn"}}}}
	big70 := new(big.Int).Lsh(big.NewInt(1), 70)
	return &Point{Values: s.values(0), space: s, Measured: &Measured{Figures: map[string]*big.Int{"params": big70},
		Missing: map[string]string{"cache": "it looks ahead"}, Dims: map[string]*big.Rat{"K": big.NewRat(64, 1), "T'": big.NewRat(3, 1)}}}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"1 + 2 * 3":       "7",
		"(1 + 2) * 3":     "9",
		"10 - 3 - 2":      "5",
		"12 / 4 / 2":      "3/2",
		"-H + 1":          "-11",
		"- 2 * 3":         "-6",
		"H % G":           "2",
		"-7 % 3":          "2",
		"7 / 2 % 1":       "1/2",
		"40_000":          "40000",
		"1e9":             "1000000000",
		"1.5e-1":          "3/20",
		"params + 1":      "1180591620717411303425",
		"params / params": "1",
		"H*K":             "768",
		"T' * 2":          "6",
	} {
		e, err := Number(spanned(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := pointAt().Value(e); err != nil || got.RatString() != want {
			t.Errorf("%s = %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestConditions(t *testing.T) {
	for text, want := range map[string]bool{
		"params < 1e21":              false,
		"params == params + 0":       true,
		"params < params + 1":        true, // one more than 2^70, which a float cannot tell apart
		"H % G == 2 & K >= 64":       true,
		"H < G | H > G & K != 64":    false, // & binds tighter than |
		"(H < G | H > G) & K == 64":  true,
		"!H < G":                     true,
		"!(H > G) | G <= 5":          true,
		"G > 0 & H / G > 2":          true,
		"G == 5 | H / (G - 5) > 100": true, // the second side is guarded
	} {
		e, err := Condition(spanned(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := e.root.holds(pointAt().lookup); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
}

// TestGaps: what a point does not have belongs to the point; a name that nothing has is a mistake in the expression.
func TestGaps(t *testing.T) {
	for text, want := range map[string]string{
		"cache":       "cache is not known: it looks ahead",
		"H / (G - 5)": "H / (G - 5) divides by 0",
		"H % (5 - G)": "H % (5 - G) divides by 0",
		"kind + 1":    "kind = yarn is no number",
		"parms":       "x:1:1: parms is no parameter of the space, no figure and no dim of the model [R405]",
	} {
		e, err := Number(spanned(text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = pointAt().Value(e)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
		var d *diag.Diagnostic
		if errors.As(err, &d) && d.Help != "did you mean params?" {
			t.Errorf("help: %s", d.Help)
		}
	}
}

func TestExpressionMistakes(t *testing.T) {
	condition := func(s diag.Span) error { _, err := Condition(s); return err }
	goal := func(s diag.Span) error { _, err := Goal(s); return err }
	for _, c := range []struct {
		read       func(diag.Span) error
		text, want string
	}{
		{condition, "H % G", "x:1:1: a condition is needed here, and this is a number"},
		{condition, "H <", "x:1:4: the expression ends where a number or a name is needed"},
		{condition, "(H < 3", "x:1:7: `(` is not closed"},
		{condition, "1 < H < 3", "x:1:7: comparisons do not chain: write `a < b & b < c`"},
		{condition, "H = 3", "x:1:3: `=` cannot continue the expression"},
		{condition, "H < 3 & G", "x:1:9: a condition is needed here, and this is a number"},
		{condition, "(H < 3) + 1 < 2", "x:1:1: a number is needed here, and this is a condition"},
		{condition, "H < 1e1000", "x:1:5: the number has an exponent of more than three digits"},
		{condition, "H < $", "x:1:5: `$` stands where a number or a name is needed"},
		{condition, "H < ==", "x:1:5: `==` stands where a number or a name is needed"},
		{condition, "", "x:1:1: the expression ends where a number or a name is needed"},
		{goal, "params", "x:1:1: an objective begins with min or max"},
		{goal, "min", "x:1:4: nothing stands behind min"},
		{goal, "min H < 3", "x:1:5: a number is needed here, and this is a condition"},
	} {
		err := c.read(spanned(c.text))
		if want := c.want + " [R404]"; err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", c.text, err, want)
		}
	}
}

// TestExpressionLimits stand at the limit, below and above it.
func TestExpressionLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("(", n-1) + "1" + strings.Repeat(")", n-1) }
	long := func(n int) string { return "1" + strings.Repeat(" ", n-1) }
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{nested(maxDepth - 1), true}, {nested(maxDepth), true}, {nested(maxDepth + 1), false},
		{long(maxText - 1), true}, {long(maxText), true}, {long(maxText + 1), false},
		{"1e998", true}, {"1e999", true}, {"1e1000", false},
	} {
		if _, err := Number(spanned(c.text)); (err == nil) != c.ok {
			t.Errorf("an expression of %d bytes, %.20s: %v", len(c.text), c.text, err)
		}
	}
}

// FuzzExpression: no text makes the reader panic, and a mistake lies in the text.
func FuzzExpression(f *testing.F) {
	for _, text := range []string{"params < 1e9", "!(a|b)&c", "--1", "1 % 0 == é", "\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := Condition(spanned(text))
		var d *diag.Diagnostic
		if err != nil && (!errors.As(err, &d) || d.Span.End > len(text) || d.Span.Start > d.Span.End) {
			t.Error(fmt.Sprint(err))
		}
	})
}
