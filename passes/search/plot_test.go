package search

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"math/big"
	"strings"
	"testing"
)

func axesOf(t *testing.T, x, y string) (*Expr, *Expr) {
	t.Helper()
	ex, err := Number(spanned(x))
	if err != nil {
		t.Fatal(err)
	}
	ey, err := Number(spanned(y))
	if err != nil {
		t.Fatal(err)
	}
	return ex, ey
}

// elements counts the elements of a document by name, and demands that it is well formed.
func elements(t *testing.T, svg []byte) map[string]int {
	t.Helper()
	n := map[string]int{}
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok {
			n[e.Name.Local]++
		}
	}
}

// TestPlot: each point with both numbers has a mark with a title, each of the front a label where there is room, and a
// name cannot break out of the text that it stands in.
func TestPlot(t *testing.T) {
	s := space(3, 3).with([]string{"A + B < 6", "params != 3"}, "max params", "min cache")
	s.Parameters[0].Name = `A<"&`
	s.Constraints = s.Constraints[1:]
	points, err := s.Run(t.Context(), product, nil)
	if err != nil {
		t.Fatal(err)
	}
	x, y := axesOf(t, "params", "cache")
	svg := (&Plot{Space: s, X: x, Y: y, Title: "<title>", Note: "a & b"}).Draw(points)
	n := elements(t, svg)
	if n["title"] != 9 || n["circle"] != 9+2 { // and two rows of the legend
		t.Errorf("%v\n%s", n, svg)
	}
	if text := string(svg); strings.Count(text, "stroke-dasharray") != 1 || strings.Contains(text, `A<"`) ||
		!strings.Contains(text, "cache (numbers)") {
		t.Errorf("%s", svg)
	}
	// Other axes than the objectives have no line, points without a number no mark.
	points[0].Figures["cache"] = nil
	svg = (&Plot{Space: s, X: y, Y: x}).Draw(points)
	if n = elements(t, svg); n["title"] != 8 || strings.Contains(string(svg), "stroke-dasharray") {
		t.Errorf("%v\n%s", n, svg)
	}
	for _, p := range points {
		p.Figures["params"] = nil
	}
	if svg = (&Plot{Space: s, X: x, Y: y}).Draw(points); svg != nil {
		t.Errorf("a plot of nothing:\n%s", svg)
	}
}

// TestAxis: the scale, the ticks, and numbers that no float holds.
func TestAxis(t *testing.T) {
	huge := new(big.Int).Exp(big.NewInt(10), big.NewInt(400), nil)
	for _, c := range []struct {
		low, high *big.Int
		log       bool
		ticks     string
	}{
		{big.NewInt(0), big.NewInt(10), false, "0 2 4 6 8 10"},
		{big.NewInt(100), big.NewInt(999), false, "200 400 600 800 1k"},
		{big.NewInt(100), big.NewInt(1000), true, "100 200 500 1k"},
		{big.NewInt(-5), big.NewInt(1000), false, "0 200 400 600 800 1k"},
		{big.NewInt(1), big.NewInt(1e9), true, "1 100 10k 1M 100M"},
		{big.NewInt(7), big.NewInt(7), false, "6.5 7 7.5"},
		{big.NewInt(1), huge, true, "1 1e64 1e128 1e192 1e256 1e320 1e384"},
	} {
		values := []*big.Rat{new(big.Rat).SetInt(c.high), new(big.Rat).SetInt(c.low)}
		a := newAxis(values, 100, 500)
		var labels []string
		for i, k := range a.ticks {
			labels = append(labels, k.label)
			if k.at < 100 || k.at > 500 || i > 0 && k.at <= a.ticks[i-1].at {
				t.Errorf("%v to %v: tick %s at %g", c.low, c.high, k.label, k.at)
			}
		}
		if got := strings.Join(labels, " "); got != c.ticks || a.log != c.log {
			t.Errorf("%v to %v: logarithmic is %v, ticks %s", c.low, c.high, a.log, got)
		}
		for _, v := range values {
			if px := a.place(v); !(px >= 100 && px <= 500) || math.IsNaN(px) {
				t.Errorf("%v is at %g", v, px)
			}
		}
	}
}
