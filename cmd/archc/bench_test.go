package main

import (
	"math"
	"strings"
	"testing"
)

// TestBenchMean: rates are averaged, not times, with the standard deviation of a sample.
func TestBenchMean(t *testing.T) {
	x := benchTest{Tokens: 12, Seconds: []float64{1, 2, 3}} // 12, 6 and 4 a second
	x.summarize()
	want := math.Sqrt((14.0*14 + 4*4 + 10*10) / 9 / 2)
	if math.Abs(x.Mean-22.0/3) > 1e-12 || math.Abs(x.Deviation-want) > 1e-12 {
		t.Errorf("%v ± %v, want %v ± %v", x.Mean, x.Deviation, 22.0/3, want)
	}
	one := benchTest{Tokens: 12, Seconds: []float64{2}}
	if one.summarize(); one.Mean != 6 || one.Deviation != 0 {
		t.Errorf("one repeat: %v ± %v", one.Mean, one.Deviation)
	}
}

// TestBenchCompare: a change counts when it is more than twice what both measurements vary by.
func TestBenchCompare(t *testing.T) {
	old := &benchReport{Model: "M", Tests: []benchTest{{Test: "pp8", Mean: 100, Deviation: 3}, {Test: "tg4", Mean: 50}}}
	for _, c := range []struct {
		mean, deviation float64
		beyond          bool
		says            string
	}{
		{110.1, 4, true, "110.10 ± 4.00      5.5        100.00  +10.1%  faster"},
		{109.9, 4, false, "109.90 ± 4.00      5.5        100.00   +9.9%  within the deviations"},
		{89, 0, true, "89.00 ± 0.00      4.5        100.00  -11.0%  slower"},
	} {
		now := &benchReport{Model: "M", Tests: []benchTest{{Test: "pp8", Tokens: 8, FLOPs: 4e8, Mean: c.mean, Deviation: c.deviation}}}
		if err := now.compare(old, "old.json"); err != nil {
			t.Fatal(err)
		}
		if got := *now.Tests[0].Beyond; got != c.beyond {
			t.Errorf("%v: beyond the deviations is %v", c.mean, got)
		}
		if out := now.table(); !strings.Contains(out, c.says) {
			t.Errorf("%q is not in\n%s", c.says, out)
		}
	}
}

func TestAmounts(t *testing.T) {
	for want, x := range map[string]float64{"0 B": 0, "1023 B": 1023, "1.00 KiB": 1024, "1.50 MiB": 3 << 19, "2048.00 GiB": 1 << 41} {
		if got := amount(x, 1024, "B", "KiB", "MiB", "GiB"); got != want {
			t.Errorf("%v is written %s, want %s", x, got, want)
		}
	}
}
