// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"math"
)

// fitted is a polynomial of table coefficients: what it comes near to, where, and what its error is weighted with.
type fitted struct {
	name   string
	f      func(x float64) float64
	weight func(x float64) float64 // nil: 1
	lo, hi float64
	degree int
}

// The functions are power series where their closed forms would cancel. Sources: Abramowitz and Stegun, "Handbook of
// Mathematical Functions", 4.2.1 (exp), 4.1.24 (log), 4.1.27 (log by the inverse hyperbolic tangent), 4.3.65 (sin),
// 4.3.66 (cos), 7.1.5 (erf).
var fits = []fitted{
	{"expTail", expTail, nil, -math.Ln2 / 2, math.Ln2 / 2, 5},
	{"expTail64", expTail, nil, -math.Ln2 / 2, math.Ln2 / 2, 7},
	{"logTail", func(x float64) float64 {
		return series(x, func(k float64) float64 { return 1 / (k + 3) }, true)
	}, func(x float64) float64 { return math.Max(x*x, 0.01) }, -1. / 3, 1. / 3, 7},
	{"logTail64", func(z float64) float64 {
		return series(z, func(k float64) float64 { return 2 / (2*k + 3) }, false)
	}, nil, 0, 0.0401, 4},
	{"sinTail", func(z float64) float64 {
		return -series(z, func(k float64) float64 { return 1 / math.Gamma(2*k+4) }, true)
	}, nil, 0, 0.617, 3},
	{"cosTail", func(z float64) float64 {
		return series(z, func(k float64) float64 { return 1 / math.Gamma(2*k+5) }, true)
	}, nil, 0, 0.617, 2},
	{"tanhTail", tanhTail, func(z float64) float64 { return math.Max(z, 0.02) }, 0, tanhSplit * tanhSplit, 4},
	{"erfNear", func(z float64) float64 {
		return series(z, func(k float64) float64 { return 2 / math.Sqrt(math.Pi) / math.Gamma(k+1) / (2*k + 1) }, true) - 1
	}, nil, 0, erfSplit * erfSplit, 6},
	{"erfFar", func(t float64) float64 { return -math.Log(math.Erfc(t)) }, math.Erfc, erfSplit, 4, 6},
}

// Where two forms of a function meet.
const (
	tanhSplit = 0.625
	erfSplit  = 1.0
)

func expTail(x float64) float64 { // (exp(x) - 1 - x) / x^2
	return series(x, func(k float64) float64 { return 1 / math.Gamma(k+3) }, false)
}

// series sums coefficient(k) x^k, with alternating signs if told so, until nothing changes.
func series(x float64, coefficient func(k float64) float64, alternate bool) float64 {
	sum, power := 0.0, 1.0
	for k := 0.0; k < 80; k++ {
		sum += power * coefficient(k)
		power *= x
		if alternate {
			power = -power
		}
	}
	return sum
}

// tanhTail is (tanh(x) - x) / x^3 of z = x^2, by the power series that solves t' = 1 - t^2.
func tanhTail(z float64) float64 {
	const terms = 40
	var c [terms]float64 // tanh x = sum of c[k] x^(2k+1)
	c[0] = 1
	for k := 1; k < terms; k++ {
		for i := range k {
			c[k] -= c[i] * c[k-1-i]
		}
		c[k] /= float64(2*k + 1)
	}
	sum := 0.0
	for k := terms - 1; k > 0; k-- {
		sum = sum*z + c[k]
	}
	return sum
}

// minimax gives the coefficients, lowest first, of the polynomial whose largest weighted error is least, and that
// error: Remez's exchange (Cheney, "Introduction to Approximation Theory", 3.8), all extrema at once.
func (p *fitted) minimax() ([]float64, float64) {
	n := p.degree + 2
	at := make([]float64, n)
	for i := range at {
		at[i] = (p.lo+p.hi)/2 - (p.hi-p.lo)/2*math.Cos(math.Pi*float64(i)/float64(n-1))
	}
	var c []float64
	var worst float64
	for range 30 {
		rows := make([][]float64, n)
		for i, x := range at {
			for k := range n - 1 {
				rows[i] = append(rows[i], math.Pow(x, float64(k)))
			}
			rows[i] = append(rows[i], float64(1-i%2*2)/p.weigh(x), p.f(x))
		}
		c = solve(rows)[:n-1]
		at, worst = p.extrema(c, n)
	}
	return c, worst
}

func (p *fitted) weigh(x float64) float64 {
	if p.weight == nil {
		return 1
	}
	return p.weight(x)
}

// extrema gives n places of largest error whose signs alternate, and the largest error.
func (p *fitted) extrema(c []float64, n int) ([]float64, float64) {
	const grid = 20_000
	var at, size []float64
	var worst, last float64
	for i := range grid + 1 {
		x := p.lo + (p.hi-p.lo)*float64(i)/grid
		e := (p.f(x) - horner(c, x)) * p.weigh(x)
		worst = math.Max(worst, math.Abs(e))
		switch {
		case len(at) == 0 || e*last < 0:
			at, size = append(at, x), append(size, math.Abs(e))
			last = e
		case math.Abs(e) > size[len(size)-1]:
			at[len(at)-1], size[len(size)-1] = x, math.Abs(e)
		}
	}
	for len(at) > n { // the smaller end goes: what is left still alternates
		if size[0] < size[len(size)-1] {
			at, size = at[1:], size[1:]
		} else {
			at, size = at[:len(at)-1], size[:len(size)-1]
		}
	}
	return at, worst
}

func horner(c []float64, x float64) float64 {
	y := 0.0
	for i := len(c) - 1; i >= 0; i-- {
		y = y*x + c[i]
	}
	return y
}

// solve eliminates with the largest pivot; each row ends in its right side.
func solve(rows [][]float64) []float64 {
	n := len(rows)
	for i := range n {
		pivot := i
		for r := i + 1; r < n; r++ {
			if math.Abs(rows[r][i]) > math.Abs(rows[pivot][i]) {
				pivot = r
			}
		}
		rows[i], rows[pivot] = rows[pivot], rows[i]
		for r := i + 1; r < n; r++ {
			by := rows[r][i] / rows[i][i]
			for k := i; k <= n; k++ {
				rows[r][k] -= by * rows[i][k]
			}
		}
	}
	x := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		x[i] = rows[i][n]
		for k := i + 1; k < n; k++ {
			x[i] -= rows[i][k] * x[k]
		}
		x[i] /= rows[i][i]
	}
	return x
}

// printFits writes the table of coefficients.go anew.
func printFits(w io.Writer) {
	for _, p := range fits {
		c, worst := p.minimax()
		fmt.Fprintf(w, "\t%q: { // on [%.4g, %.4g], error 2^%.1f\n", p.name, p.lo, p.hi, math.Log2(worst))
		for _, x := range c {
			fmt.Fprintf(w, "\t\t%v,\n", x)
		}
		fmt.Fprintln(w, "\t},")
	}
}
