package lower_test

import (
	"testing"

	"archc/dsl/lower"
)

// Axes: other keys than queries, a bracket, given dims, one query, two operands on each side.
func TestAttendAxes(t *testing.T) {
	p := execute(t, `
lat : [F, D]
(x: [T, D], m: [S, D], one: [D]) -> a: [T, D], b: [D], c: [F, D], d: [T, D], e: [T, D], f: [F, D] {
  a = attend(x; m, m) { score = sum[D](q*k);  mask = j <= i }
  b = attend(one; m, m) { score = sum[D](q*k);  mask = j > 0 }
  c = attend[S](lat; m, m) { score = sum[D](q*k) }
  d = attend[F](x; lat, lat) { score = sum[D](q*k);  mask = j != i }
  e = attend(x, 2 * x; m, m, m) { score = j * 0.1 }
  f = attend[F](lat; lat, lat) { score = sum[D](q*k);  mask = causal }
  a, b, c, d, e, f
}`, inputs(xt(3), in("m", axis("S", 5), axis("D", 8)), in("one", axis("D", 8))))
	dot := func(a, b func(d int) float64) float64 {
		return sum(8, func(d int) float64 { return a(d) * b(d) })
	}
	x := func(t int) func(int) float64 { return func(d int) float64 { return p.x("x", t, d) } }
	m := func(s int) func(int) float64 { return func(d int) float64 { return p.x("m", s, d) } }
	one := func(d int) float64 { return p.x("one", d) }
	lat := func(f int) func(int) float64 { return func(d int) float64 { return w("lat", []int{6, 8}, f, d) } }
	p.is("a", func(ix map[string]int) float64 {
		return average(5, func(j int) bool { return j <= ix["T"] }, func(j int) float64 { return dot(x(ix["T"]), m(j)) },
			func(j int) float64 { return m(j)(ix["D"]) })
	})
	p.is("b", func(ix map[string]int) float64 {
		return average(5, func(j int) bool { return j > 0 }, func(j int) float64 { return dot(one, m(j)) },
			func(j int) float64 { return m(j)(ix["D"]) })
	})
	p.is("c", func(ix map[string]int) float64 {
		return average(5, all, func(j int) float64 { return dot(lat(ix["F"]), m(j)) }, func(j int) float64 { return m(j)(ix["D"]) })
	})
	p.is("d", func(ix map[string]int) float64 {
		return average(6, func(j int) bool { return j != ix["T"] }, func(j int) float64 { return dot(x(ix["T"]), lat(j)) },
			func(j int) float64 { return lat(j)(ix["D"]) })
	})
	p.is("e", func(ix map[string]int) float64 {
		return average(5, all, func(j int) float64 { return 0.1 * float64(j) }, func(j int) float64 { return m(j)(ix["D"]) })
	})
	p.is("f", func(ix map[string]int) float64 {
		return average(6, func(j int) bool { return j <= ix["F"] }, func(j int) float64 { return dot(lat(ix["F"]), lat(j)) },
			func(j int) float64 { return lat(j)(ix["D"]) })
	})
}

// An attend inside a score has keys of its own, although they are along the same dim.
func TestAttendInside(t *testing.T) {
	p := execute(t, `
(x: [T, D]) {
  y = x[T = S]
  attend(x; x, x) { score = sum[D](q*k) + sum[D](attend[S](q; y, y) { score = sum[D](q*k) }) }
}`, inputs(xt(3)))
	inner := func(i int) float64 {
		return sum(8, func(d int) float64 {
			return average(3, all, func(j int) float64 { return p.dot(i, j) }, func(j int) float64 { return p.x("x", j, d) })
		})
	}
	p.is("output", func(ix map[string]int) float64 {
		i := ix["T"]
		return average(3, all, func(j int) float64 { return p.dot(i, j) + inner(i) },
			func(j int) float64 { return p.x("x", j, ix["D"]) })
	})
}

func TestAttendMistakes(t *testing.T) {
	const q = "{ score = sum[D](q*k)"
	for _, c := range []struct{ body, want string }{
		{"(x: [T, D]) = attend(x; x) " + q + " }", "E401:2"},
		{"(x: [T, D]) = attend(x; x, x)", "E402:2"},
		{"(x: [T, D]) = attend(x; x, x) { x }", "E402:2"},
		{"(x: [T, D]) = attend(x; x, x) { score = 1; score = 2 }", "E402:2"},
		{"(x: [T, D]) = attend(x; x, x) { score, mask = 1, 2 }", "E402:2"},
		{"(x: [T, D]) = attend(x; x, x) { score = i < j }", "E307:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = s > 0 }", "E307:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = none }", "E307:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = { require D > 2 } }", "E210:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = { max(s) } }", "E402:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = j * s }", ""},
		{"(x: [T, D], z: [D]) = attend(z; x, x) " + q + "; norm = i * s }", "E309:2"},
		{"(x: [T, D], y: [T]) = attend(x; x, x) " + q + "; norm = s * y[i]; weight = w + y[j] }", ""},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = { i = 2\ns } }", "E205:2"},
		{"(x: [T, D]) = attend(x; x, x > 0) " + q + " }", "E307:2"},
		{"(x: [T, D]) = attend(y=x; x, x) " + q + " }", "E401:2"},
		{"(x: [T, D]) = attend(x; x, 3) " + q + " }", "E309:2"},
		{"(x: [T, D]) = attend[T, D](x; x, x) " + q + " }", "E309:2"},
		{"(x: [T, D]) = attend[F](x; x, x) " + q + " }", "E301:2"},
		{"(x: [T, S, D]) = attend(x; x, x) " + q + " }", "E309:2"},
		{"(x: [T, S, D], y: [U, D]) = attend(x; y, y) " + q + " }", "E309:2"},
		{"(x: [T, D], z: [D]) = attend(z; x, x) " + q + "; mask = causal }", "E309:2"},
		{"(x: [T, D]) = x * causal", "E210:2"},
		{"(x: [T, D]) = x * i", "E210:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + " + index(T) }", "E403:2"},
		{"(x: [T, D], y: [T]) = attend(x; x, x) " + q + " + y }", "E403:2"},
		{"(x: [T, D], y: [T]) = attend(x; x, x) " + q + " + (y * 2)[j] }", "E403:2"},
		{"(x: [T, D], y: [T]) = attend(x; x, x) " + q + "; norm = s * sum(y) }", "E403:2"},
		{"b : [F]\n(x: [F, D]) = attend[F](x; x, x) " + q + " + b }", "E403:3"},
		{"b : [F]\n(x: [F, D]) = attend[F](x; x, x) " + q + " + get(0) }\nget(n) = b + n", "E403:4"},
		{"(x: [T, D], m: [S, D], y: [S]) = attend(x; m, m) " + q + " + sum[S](y) }", "E403:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; mask = j <= i & (i = 3) }", "E105:2"},
		{"(x: [T, D]) = attend(x; x, x) " + q + "; norm = { s = s * 2\ns } }", "E205:2"},
	} {
		if got := faults(header+c.body+"\n}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
