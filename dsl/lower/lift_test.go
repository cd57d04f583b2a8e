package lower_test

import (
	"testing"

	"archc/dsl/lower"
)

// Calls: which axis of an argument is which dim of the signature, and what is mapped over.

func TestMapsOverWhatIsLeft(t *testing.T) {
	p := execute(t, `
up : D -> F with bias
(x: [T, H, D]) -> [T, H, F] = up(x)`, inputs(in("x", axis("T", 3), axis("H", 4), axis("D", 8))))
	p.is("output", func(ix map[string]int) float64 {
		return w("up.bias", []int{6}, ix["F"]) + sum(8, func(d int) float64 {
			return w("up.weight", []int{6, 8}, ix["F"], d) * p.x("x", ix["T"], ix["H"], d)
		})
	})
}

func TestMatchingByPosition(t *testing.T) {
	p := execute(t, `
last(x: [A])    = index(A)
ends(x: [A, B]) = index(A) * 10 + index(B)
known(x: [A, D]) = index(A)
(x: [T, D, F]) -> a: [F], b: [T, F], c: [T] = last(x), ends(x), known(x)`,
		inputs(in("x", axis("T", 3), axis("D", 8), axis("F", 6))))
	p.is("a", func(ix map[string]int) float64 { return float64(ix["F"]) })
	p.is("b", func(ix map[string]int) float64 { return float64(ix["T"]*10 + ix["F"]) })
	p.is("c", func(ix map[string]int) float64 { return float64(ix["T"]) })
}

// What is mapped over does not take the place of a dim that has the signature's own name; where a guess would compute
// along another sequence, there is none.
func TestMappedOverSequences(t *testing.T) {
	p := execute(t, `
first(x: [T, D]) = x[T: 0]
self(x: [T, D]) = attend(x; x, x) { score = 0;  mask = causal }
(x: [N, T, D]) -> a: [N, D], b: [N, T, D] = first(x), self(x)`, inputs(in("x", axis("N", 2), axis("T", 3), axis("D", 8))))
	p.is("a", func(ix map[string]int) float64 { return p.x("x", ix["N"], 0, ix["D"]) })
	p.is("b", func(ix map[string]int) float64 {
		n := ix["T"] + 1
		return sum(n, func(t int) float64 { return p.x("x", ix["N"], t, ix["D"]) }) / float64(n)
	})
	for body, want := range map[string]string{
		"f(x: [T, D]) = x[T: 0]\n(x: [N, S, D]) = f(x)":        "E309:3",
		"f(x: [T, D]) = x[T: 0]\n(x: [N, S, D]) = f(x[S = T])": "",
		"f(x: [T, D]) = x[T: 0]\n(x: [S, H, D]) = f(x)":        "",
		"f(x: [A, B]) = x[A: 0]\n(x: [S, T]) = f(x)":           "",
		"(x: [N, S, D]) = rope(x)":                             "E309:2",
		"(x: [N, S, D]) = rope[S](x)":                          "",
	} {
		if got := faults(header+body+"\n}", lower.Options{}); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}

func TestBracketsAndLaterParameters(t *testing.T) {
	p := execute(t, `
dot[N](x: [N], y: [N]) = sum[N](x * y)
(x: [T, D]) -> a: [D], b: [T] = dot[T](x, x), dot(x, x)`, inputs(in("x", axis("T", 3), axis("D", 8))))
	p.is("a", func(ix map[string]int) float64 {
		return sum(3, func(k int) float64 { return p.x("x", k, ix["D"]) * p.x("x", k, ix["D"]) })
	})
	p.is("b", func(ix map[string]int) float64 {
		return sum(8, func(k int) float64 { return p.x("x", ix["T"], k) * p.x("x", ix["T"], k) })
	})
}

func TestCarriedParametersAreTheirOwn(t *testing.T) {
	p := execute(t, `
f(x: [D], y=2; h) = x * y + h * 100
(x: [T, D]) -> [T, D] = f(x; 3)`, inputs(in("x", axis("T", 2), axis("D", 8))))
	p.is("output", func(ix map[string]int) float64 { return p.x("x", ix["T"], ix["D"])*2 + 300 })
}

// A block's dims may stand for products, numbers, or one dim twice; its results have the outer dims again.
func TestFormalsStandForWhatTheyAreBoundTo(t *testing.T) {
	p := execute(t, `
pair : Pair(D, D)
wide : Scale(H K)
six  : Scale(6)
sums : Scale(D + F)
(x: [T, D], y: [T, 6], z: [T, H, K], v: [T, F]) -> a: [T, D], b: [T, H, K], c: [T, 6], d: [T, D + F] {
  pair(x), wide(z), six(y), sums([x, v])
}
block Pair(A, B) {
  w : A -> B
  (x: [A]) -> [B] = double(w(x))
  double(y: [B]) -> [B] = 2 * y
}
block Scale(N) {
  weight : [N]
  (x: [N]) = x * weight
}`, inputs(in("x", axis("T", 2), axis("D", 8)), in("y", axis("T", 2), axis("6", 6)),
		in("z", axis("T", 2), axis("H", 4), axis("K", 2)), in("v", axis("T", 2), axis("F", 6))))
	p.is("a", func(ix map[string]int) float64 {
		return 2 * sum(8, func(d int) float64 {
			return w("pair.w.weight", []int{8, 8}, ix["D"], d) * p.x("x", ix["T"], d)
		})
	})
	p.is("b", func(ix map[string]int) float64 {
		return p.x("z", ix["T"], ix["H"], ix["K"]) * w("wide.weight", []int{8}, ix["H"]*2+ix["K"])
	})
	p.is("c", func(ix map[string]int) float64 {
		return p.x("y", ix["T"], ix["6"]) * w("six.weight", []int{6}, ix["6"])
	})
	p.is("d", func(ix map[string]int) float64 {
		n := ix["D+F"]
		v := w("sums.weight", []int{14}, n)
		if n < 8 {
			return v * p.x("x", ix["T"], n)
		}
		return v * p.x("v", ix["T"], n-8)
	})
}

// The 2 of a signature `2 P` is not the 2 that the call is mapped over.
func TestNumbersOfTheBodyAreItsOwn(t *testing.T) {
	p := execute(t, `
qk : D -> 2 D
turn(x: [2 P]) -> [2 P] { a, b = x;  [b, -a] }
(x: [T, D]) -> a: [T, D], b: [T, D] { u, v = turn(qk(x));  u, v }`, inputs(in("x", axis("T", 2), axis("D", 8))))
	check := func(name string, which int) {
		p.is(name, func(ix map[string]int) float64 {
			d, sign := ix["D"]+4, 1.0
			if ix["D"] >= 4 {
				d, sign = ix["D"]-4, -1
			}
			return sign * sum(8, func(k int) float64 {
				return w("qk.weight", []int{16, 8}, which*8+d, k) * p.x("x", ix["T"], k)
			})
		})
	}
	check("a", 0)
	check("b", 1)
}

// A body that is mapped over a dim sees one element of it: it can neither name it nor mix it with its own.
func TestWhatIsMappedOverIsNotSeen(t *testing.T) {
	for _, body := range []string{
		"block B { (x: [K]) = x * index(H) }",
		"block B { (x: [K]) = sum[H](x) }",
		"block B { g : [H]\n(x: [K]) = x * g }",
		"block B { o : H K -> D\n(x: [K]) = o(x) }",
		"block B { (x: [K]) = f(x)\nf(x) = x * index(H) }",
	} {
		if got := faults(header+"q : D -> H K\nb : B\n(x: [T, D]) = b(q(x))\n"+body+"\n}", lower.Options{}); got[:4] != "E310" {
			t.Errorf("%s: %s, want E310", body, got)
		}
	}
}

// Two free dims that are bound to one dim are two inside: a function of queries and keys may get the same tensor twice.
func TestOneDimTwiceIsTwoDimsInside(t *testing.T) {
	p := execute(t, `
pairs(x: [A, D], y: [B, D]) -> [A, B] = sum[D](x * y)
mix : Mix(D, D)
(x: [T, D]) -> a: [T], b: [T, D] { y = x[T = S];  sum[S](pairs(x, y)), mix(x) }
block Mix(A, B) {
  w : A -> B
  (x: [A]) -> [B] { y = x * w(x);  sum[A](y) }
}`, inputs(in("x", axis("T", 3), axis("D", 8))))
	p.is("a", func(ix map[string]int) float64 { return sum(3, func(s int) float64 { return p.dot(ix["T"], s) }) })
	p.is("b", func(ix map[string]int) float64 {
		x := func(d int) float64 { return p.x("x", ix["T"], d) }
		row := sum(8, func(d int) float64 { return w("mix.w.weight", []int{8, 8}, ix["D"], d) * x(d) })
		return row * sum(8, x)
	})
	for body, want := range map[string]string{
		"pairs(x: [A, D], y: [B, D]) -> [A, B] = sum[D](x * y)\n(x: [T, D]) = pairs(x, x)":      "E305:3",
		"same(x: [A, D], y: [B, D]) = sum[A](y)\n(x: [T, D]) = same(x, x)":                      "E301:2",
		"b : B(D, D)\n(x: [T, D]) = b(x)\nblock B(P, Q) { w : P -> Q\n(x: [P]) = x * w(x) }":    "E305:3",
		"b : B(D, D)\n(x: [T, D]) = b(x)\nblock B(P, Q) { w : P -> Q\n(x: [P]) = w(w(x)) }":     "E301:5",
		"b : B(D, D)\n(x: [T, D]) = b(x)\nblock B(P, Q) { w : P -> Q\n(x: [P]) -> [P] = w(x) }": "E304:5",
	} {
		if got := faults(header+body+"\n}", lower.Options{}); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}
