package search

import (
	"fmt"
	"math/big"
	"testing"
)

func TestFitQuestions(t *testing.T) {
	for text, want := range map[string]string{
		"fits h200":                          "h200 0 0 ",
		"fits h200 at 32k":                   "h200 32768 0 ",
		"fits a100-sxm-80gb int4":            "a100-sxm-80gb 0 0 int4",
		"fits ./mine.yaml int4 at 1M":        "./mine.yaml 1048576 0 int4",
		"fits h200 batch 8 at 4_096 bf16":    "h200 4096 8 bf16",
		"  fits   h200   at  3  ":            "h200 3 0 ",
		"(fits h200 at 3)&A<3":               "h200 3 0 ",
		"A < 3 | !fits h200 at 3k & (A > 2)": "h200 3072 0 ",
	} {
		e, err := Condition(spanned(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		s := &Space{Constraints: []*Expr{e}}
		f := s.Fits()[0]
		if got := fmt.Sprint(f.Device, " ", f.Context, " ", f.Batch, " ", f.Dtype); got != want || len(s.Fits()) != 1 {
			t.Errorf("%s asks for %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"fits":                  "x:1:1: `fits` names a device, as in `fits h200 at 32k int4` [R404]",
		"fits & A < 3":          "x:1:1: `fits` names a device, as in `fits h200 at 32k int4` [R404]",
		"fits h200 at":          "x:1:11: a whole number of 1 or more stands behind `at`, as 4096 or 32k [R404]",
		"fits h200 at 0":        "x:1:14: a whole number of 1 or more stands behind `at`, as 4096 or 32k [R404]",
		"fits h200 batch many":  "x:1:17: a whole number of 1 or more stands behind `batch`, as 4096 or 32k [R404]",
		"fits h200 at 3 at 4":   "x:1:16: `at` stands twice, or too much, behind `fits` [R404]",
		"fits h200 int4 fp8":    "x:1:16: `fp8` stands twice, or too much, behind `fits` [R404]",
		"fits h200 at 32k) & A": "x:1:17: `)` cannot continue the expression [R404]",
		"(fits h200 at 3":       "x:1:16: `(` is not closed [R404]",
		"1 + fits h200 < 3":     "x:1:15: `<` stands twice, or too much, behind `fits` [R404]",
	} {
		if _, err := Condition(spanned(text)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestFitsFilters: 3 points need 1000, 2000 and 3000 bytes; there are 2000. The last has no answer.
func TestFitsFilters(t *testing.T) {
	count := func(settings map[string]string) (*Measured, error, error) {
		m, _, _ := product(settings)
		m.Fits = func(f *Fit) (need, room *big.Int, err error) {
			if settings["A"] == "4" {
				return nil, nil, NoNumber("it has no positions for that")
			}
			return new(big.Int).Mul(m.Figures["params"], big.NewInt(f.Context)), big.NewInt(2000), nil
		}
		return m, nil, nil
	}
	points, err := space(4).with([]string{"fits x at 1000"}).Run(t.Context(), count, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"counted ", "counted ", "filtered fits x at 1000 does not hold: 3,000 bytes against 2,000",
		"unknown it has no positions for that"} {
		if got := string(points[i].State) + " " + points[i].Reason; got != want {
			t.Errorf("point %d is %s, want %s", i, got, want)
		}
	}
	if _, lacking := space(4).with([]string{"fits x"}).Needs(nil); lacking["context"] == nil {
		t.Error("no context is given, and none is missed")
	}
}
