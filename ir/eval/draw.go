package eval

import (
	"fmt"
	"math"
	"slices"

	"archc/ir"
)

// Drawn is element index of the random draw called name, from a seed. The uniform number is Hash of "seed/name" plus
// 1/2, a multiple of 2^-24 in [0, 1); the normal one is the quantile of the middle of its interval,
// sqrt(2) erfinv(2 u + 2^-24 - 1).
func Drawn(seed uint64, name, distribution string, index int) float64 {
	return drawn(drawSeed(seed, name), distribution, index)
}

func drawSeed(from uint64, name string) uint64 { return seed(fmt.Sprintf("%d/%s", from, name)) }

func drawn(seed uint64, distribution string, index int) float64 {
	u := mixed(seed, index) + 0.5
	if distribution == ir.Uniform {
		return u
	}
	return math.Sqrt2 * math.Erfinv(2*u+1.0/(1<<24)-1)
}

// draw fills a random input, for each sequence of the batch if the other inputs have one.
func (r *run) draw(f *frame, a *ir.InputAttr, axes []Axis) (*Tensor, error) {
	if n, ok := f.env[Batch]; ok {
		axes = slices.Concat([]Axis{{Batch, int(n)}}, axes)
	}
	out, err := r.alloc(ir.Real, axes)
	if err != nil {
		return nil, err
	}
	from := drawSeed(*r.opt.Seed, a.Name)
	for i := range out.Data {
		out.Data[i] = drawn(from, a.Draw, i)
	}
	return out, r.tick(len(out.Data))
}
