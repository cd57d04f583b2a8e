package search

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// axis places numbers along a side of the plot. It is logarithmic where all numbers are above 0 and the largest is at
// least ten times the smallest: sizes are compared as ratios then.
type axis struct {
	low, high  float64 // logarithms of a logarithmic axis
	log        bool
	start, end float64 // pixels of low and high
	ticks      []tick
}

type tick struct {
	at    float64 // pixels
	label string
}

func newAxis(values []*big.Rat, start, end float64) axis {
	least, most := values[0], values[0]
	for _, v := range values {
		if v.Cmp(least) < 0 {
			least = v
		}
		if v.Cmp(most) > 0 {
			most = v
		}
	}
	ten := new(big.Rat).Mul(least, big.NewRat(10, 1))
	a := axis{log: least.Sign() > 0 && most.Cmp(ten) >= 0, start: start, end: end}
	a.low, a.high = a.scale(least), a.scale(most)
	margin := (a.high - a.low) * 0.06
	if margin == 0 {
		margin = math.Max(math.Abs(a.low)*0.1, 0.5)
	}
	if zero := !a.log && a.low >= 0 && a.low < margin; zero {
		a.low = 0
	} else {
		a.low -= margin
	}
	a.high += margin
	a.mark()
	return a
}

// scale is the coordinate of a number. Only here a number loses its exactness, and a logarithm is taken from its
// parts: numbers past the range of a float have one too.
func (a *axis) scale(v *big.Rat) float64 {
	if !a.log {
		f, _ := v.Float64()
		return f
	}
	return log10(v.Num()) - log10(v.Denom())
}

func log10(n *big.Int) float64 {
	mantissa := new(big.Float)
	exponent := new(big.Float).SetInt(n).MantExp(mantissa)
	m, _ := mantissa.Float64()
	return math.Log10(m) + float64(exponent)*math.Log10(2)
}

func (a *axis) place(v *big.Rat) float64 { return a.pixel(a.scale(v)) }

func (a *axis) pixel(x float64) float64 {
	return a.start + (x-a.low)/(a.high-a.low)*(a.end-a.start)
}

// mark chooses about five ticks: powers of ten with 2 and 5 between while they are few, or multiples of 1, 2 or 5.
func (a *axis) mark() {
	const most = 7
	if !a.log {
		power := math.Pow(10, math.Floor(math.Log10((a.high-a.low)/most)))
		step := 10 * power
		for _, m := range []float64{5, 2, 1} {
			if (a.high-a.low)/(m*power) <= most {
				step = m * power
			}
		}
		for i := math.Ceil(a.low / step); i*step <= a.high; i++ {
			a.ticks = append(a.ticks, tick{a.pixel(i * step), short(i*step + 0)}) // no minus before 0
		}
		return
	}
	factors := []float64{1, 2, 5}
	if a.high-a.low > 2.5 {
		factors = factors[:1]
	}
	every := math.Max(1, math.Ceil((a.high-a.low)/most))
	for d := math.Floor(a.low); d <= a.high; d++ {
		if math.Mod(d, every) != 0 {
			continue
		}
		for _, f := range factors {
			if x := d + math.Log10(f); a.low <= x && x <= a.high {
				a.ticks = append(a.ticks, tick{a.pixel(x), power(f, int(d))})
			}
		}
	}
}

// power writes f times a power of ten, which may be past all floats.
func power(f float64, exponent int) string {
	if exponent < 0 || exponent > 20 {
		return fmt.Sprintf("%ge%d", f, exponent)
	}
	return short(f * math.Pow10(exponent))
}

// short writes a tick with the letter of its thousands.
func short(x float64) string {
	letters := []string{"", "k", "M", "G", "T", "P", "E"}
	i := 0
	for ; math.Abs(x) >= 1000*(1-1e-9) && i < len(letters); i++ {
		x /= 1000
	}
	if i == len(letters) {
		return strings.Replace(strconv.FormatFloat(x*1e21, 'g', 4, 64), "e+", "e", 1)
	}
	return strconv.FormatFloat(x, 'g', 4, 64) + letters[i]
}
