// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestVectorsKnowNoPlace computes 70 numbers one by one and then in slices of all lengths from all places: the bits
// are the same, in another slice and in place, in all three forms of a function of two, and nothing else is written.
func TestVectorsKnowNoPlace(t *testing.T) {
	x, y := mixed(1, 70), mixed(2, 70)
	for _, f := range mapped {
		t.Run(f.name, func(t *testing.T) {
			run := f.two
			if f.one != nil {
				run = func(dst, x, y []float32) { f.one(dst, x) }
			}
			want := make([]float32, len(x))
			for i := range want {
				want[i] = Apply2(run, x[i], y[i])
				if f.one != nil && !sameBits(Apply1(f.one, x[i]), want[i]) {
					t.Fatalf("Apply1 differs from Apply2 at %v", x[i])
				}
			}
			for from := range 9 {
				for n := range len(x) - from + 1 {
					a, b, want := x[from:from+n], y[from:from+n], want[from:from+n]
					check := func(form string, run func(dst []float32)) {
						t.Helper()
						framed(t, fmt.Sprintf("%s of %d numbers from place %d", form, n, from), want, run)
					}
					check("plain", func(dst []float32) { run(dst, a, b) })
					check("in place", func(dst []float32) { copy(dst, a); run(dst, dst, b) })
					check("in place of y", func(dst []float32) { copy(dst, b); run(dst, a, dst) })
				}
			}
			if f.two == nil {
				return
			}
			for n := range 20 {
				for i := range n {
					want[i] = Apply2(f.two, x[i], y[3])
				}
				framed(t, "with a number as y", want[:n], func(dst []float32) { f.numberY(dst, x, y[3]) })
				for i := range n {
					want[i] = Apply2(f.two, x[3], y[i])
				}
				framed(t, "with a number as x", want[:n], func(dst []float32) { f.numberX(dst, x[3], y) })
			}
		})
	}
}

// TestVectorsAndTheirTwins compares what runs here with the twin in Go: bits where the value is rounded correctly,
// else two units in the last place, which no error that is documented exceeds together with the twin's.
func TestVectorsAndTheirTwins(t *testing.T) {
	x, y := mixed(3, 100_000), mixed(4, 100_000)
	got, want := make([]float32, len(x)), make([]float32, len(x))
	for _, f := range mapped {
		switch {
		case f.plain1 != nil:
			f.one(got, x)
			f.plain1(want, x)
		case f.plain2 != nil:
			f.two(got, x, y)
			f.plain2(want, x, y, 1, 1)
		default:
			continue
		}
		for i := range got {
			if !sameBits(got[i], want[i]) && (f.exact || steps(got[i], want[i]) > 2) {
				t.Errorf("%s(%v, %v) is %v, of the twin %v", f.name, x[i], y[i], got[i], want[i])
				break
			}
		}
	}
}

func TestSelect(t *testing.T) {
	c, x, y := mixed(5, 70), mixed(6, 70), mixed(7, 70)
	for n := range len(c) + 1 {
		want := make([]float32, n)
		plainSelect(want, c, x, y)
		for i, holds := range c[:n] {
			chosen := map[bool]float32{true: x[i], false: y[i]}[holds != 0]
			if !sameBits(chosen, want[i]) || !sameBits(chosen, Apply3(Select, holds, x[i], y[i])) {
				t.Fatalf("Select(%v, %v, %v) is %v", holds, x[i], y[i], want[i])
			}
		}
		framed(t, "apart", want, func(dst []float32) { Select(dst, c, x, y) })
		framed(t, "in place", want, func(dst []float32) { copy(dst, c); Select(dst, dst, x, y) })
	}
}

func TestFill(t *testing.T) {
	for n := range 140 {
		framed(t, "Fill", slices.Repeat([]float32{7}, n), func(dst []float32) { Fill(dst, 7) })
	}
}

// TestShortArguments wants a panic where an argument is shorter than dst, although there is memory behind it.
func TestShortArguments(t *testing.T) {
	long, short := make([]float32, 9), make([]float32, 9)[:8]
	for name, f := range map[string]func(){
		"unary":      func() { Exp(long, short) },
		"first":      func() { Add(long, short, long) },
		"second":     func() { Add(long, long, short) },
		"one number": func() { AddN(long, short, 1) },
		"condition":  func() { Select(long, short, long, long) },
		"sums":       func() { CumSum(long, short) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: a short argument is taken", name)
				}
			}()
			f()
		}()
	}
}

// TestVectorsDoNotAllocate also holds for one number, which goes through a vector of one.
func TestVectorsDoNotAllocate(t *testing.T) {
	x, y := mixed(9, 100), mixed(10, 100)
	var tile [160]float32
	var m, s [16]float32
	for name, f := range map[string]func(){
		"forms": func() {
			Exp(x, x)
			Sin(x, x)
			AddN(x, x, 1)
			NSub(x, 1, y)
			Max(x, x, y)
			Select(x, x, y, y)
		},
		"numbers": func() { Apply1(Exp, 1); Apply1(Sin, 1e20); Apply2(Pow, 2, 3); Apply3(Select, 1, 2, 3) },
		"whole": func() {
			Sum(x)
			MaxOf(x)
			MinOf(x)
			CumSum(x, x)
			TopK(y, x, 10)
			Fill(x, 1)
		},
		"lanes": func() {
			LaneMax(&m, tile[:], lanes)
			LaneExpSum(tile[:], tile[:], lanes, &m, &s)
			Transpose(make([]float32, 160), 10, tile[:], lanes, 10, lanes)
		},
	} {
		if n := testing.AllocsPerRun(10, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// framed runs a function on a dst with something around it, which must stay, and compares the bits.
func framed(t *testing.T, what string, want []float32, run func(dst []float32)) {
	t.Helper()
	const around = 16
	all := slices.Repeat([]float32{42}, len(want)+2*around)
	run(all[around : around+len(want)])
	for i, v := range all {
		at := i - around
		inside := at >= 0 && at < len(want)
		switch {
		case !inside && v != 42:
			t.Fatalf("%s: place %d of %d is written", what, at, len(want))
		case inside && !sameBits(v, want[at]):
			t.Fatalf("%s: place %d is %v, want %v", what, at, v, want[at])
		}
	}
}

// mixed are random numbers of the magnitudes that occur, with special ones and some of any bits among them.
func mixed(seed uint64, n int) []float32 {
	inf, minus := float32(math.Inf(1)), float32(math.Copysign(0, -1))
	special := []float32{0, minus, 1, -1, inf, -inf, float32(math.NaN()), 1e-40, 1e10, 0.5, 2}
	random := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, n)
	for i := range x {
		switch random.IntN(8) {
		case 0:
			x[i] = special[random.IntN(len(special))]
		case 1:
			x[i] = math.Float32frombits(random.Uint32())
		default:
			x[i] = float32(random.NormFloat64() * 3)
		}
	}
	return x
}

// sameBits takes all NaN for one.
func sameBits(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// steps is how many float32 lie between two of one sign.
func steps(a, b float32) int64 {
	if a != a || b != b || math.Signbit(float64(a)) != math.Signbit(float64(b)) {
		return math.MaxInt64
	}
	d := int64(math.Float32bits(a)) - int64(math.Float32bits(b))
	return max(d, -d)
}
