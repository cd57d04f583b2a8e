package spec_test

import (
	"context"
	"fmt"
	"math"
	"slices"

	"archc/backends/gograph"
	"archc/ir"
	"archc/ir/eval"
)

// unit is the largest relative error of one rounding to float32.
const unit = 1.0 / (1 << 24)

func single(x float64) float64 { return float64(float32(x)) }

// contract is what the rules of spec/numerics.md allow an engine of some type.
type contract struct {
	plain   eval.Options // of the plainest graph
	error   float64      // of the output's largest element, beside twice the plain graph's error
	squares float64      // of those of the output
	nats    float64      // between the distributions that something is drawn from
	// times the plain graph's own squares and nats are allowed beside: what grows with the square of an error grows fourfold.
	times float64
}

// inSingle is the contract where everything is float32.
var inSingle = &contract{plain: eval.Options{Round: single}, error: 4 * unit, squares: 1e-10, nats: 1e-8}

// judge holds what an engine gives to the contract of spec/numerics.md: it has the outputs in float64, and those of the
// plainest graph of the engine's type, which is the reference with every number of a node rounded.
type judge struct {
	keeps *contract // nil: inSingle
	full  *eval.Result
	naive *eval.Result
	seen  map[string]*seen64
	fault error // what no tolerance allows
	// logits are outputs whose last axis something is chosen along.
	logits []string
}

// seen64 is what was seen of an output so far.
type seen64 struct {
	most, plain   float64 // the largest error of the engine, and of the plain graph
	largest       float64 // element
	square, power float64 // sums of the squares of the engine's errors, and of the elements
	plainSquare   float64 // of the plain graph's errors
	flipped       float64 // by how much the largest of a row was the largest where the engine chose another
	apart         float64 // nats between the distribution of a row and the engine's
	plainApart    float64 // and the plain graph's
}

// verdict is the output that comes nearest to what the contract allows, or goes beyond it.
type verdict struct {
	Output string
	Rule   string
	Share  float64 // of what is allowed; above 1 the contract is broken
	Error  float64 // the largest error of the output, of its largest element
}

func (v verdict) String() string {
	return fmt.Sprintf("%s: %.2f of the allowed %s, %.1e of the largest element", v.Output, v.Share, v.Rule, v.Error)
}

func newJudge(ctx context.Context, m *ir.Module, w eval.Weights, inputs map[string]*eval.Tensor) (*judge, error) {
	j := &judge{}
	return j, j.other(ctx, m, w, inputs)
}

// allows is the contract that the engine is held to.
func (j *judge) allows() *contract {
	if j.keeps == nil {
		return inSingle
	}
	return j.keeps
}

// other goes on with other inputs, which are judged together with those before.
func (j *judge) other(ctx context.Context, m *ir.Module, w eval.Weights, inputs map[string]*eval.Tensor) error {
	machine, err := eval.New(m, w)
	if err != nil {
		return err
	}
	if j.full, err = machine.Run(ctx, inputs, eval.Options{}); err == nil {
		j.naive, err = machine.Run(ctx, inputs, j.allows().plain)
	}
	return err
}

// sees takes an output, all of it.
func (j *judge) sees(name string, got gograph.Array) {
	if err := j.compare(name, got.Data); err != nil && j.fault == nil {
		j.fault = fmt.Errorf("%s: %w", name, err)
	}
	if j.fault == nil && slices.Contains(j.logits, name) {
		j.decides(name, got.Data)
	}
}

// decides compares what is chosen, and the distributions that it is drawn from.
func (j *judge) decides(name string, got []float32) {
	want, naive, c := j.full.Outputs[name], j.naive.Outputs[name], j.seen[name]
	n := want.Axes[len(want.Axes)-1].Size
	for from := 0; from+n <= len(got); from += n {
		x, y := want.Data[from:from+n], make([]float64, n)
		for i := range y {
			y[i] = float64(got[from+i])
		}
		best, second := largestTwo(x)
		if other, _ := largestTwo(y); other != best {
			c.flipped = max(c.flipped, x[best]-x[second])
		}
		c.apart = max(c.apart, divergence(x, y))
		c.plainApart = max(c.plainApart, divergence(x, naive.Data[from:from+n]))
	}
}

// largestTwo are the numbers of the largest element and of the next, the first of equal ones.
func largestTwo(x []float64) (best, second int) {
	second = -1
	for i, v := range x {
		switch {
		case v > x[best]:
			best, second = i, best
		case i != best && (second < 0 || v > x[second]):
			second = i
		}
	}
	return best, max(second, 0)
}

// divergence is that of Kullback and Leibler between the softmax of x and that of y, in nats.
func divergence(x, y []float64) float64 {
	logOf := func(v []float64) float64 {
		most, sum := slices.Max(v), 0.0
		for _, a := range v {
			sum += math.Exp(a - most)
		}
		return most + math.Log(sum)
	}
	lx, ly, d := logOf(x), logOf(y), 0.0
	for i := range x {
		d += math.Exp(x[i]-lx) * ((x[i] - lx) - (y[i] - ly))
	}
	return math.Abs(d)
}

func (j *judge) compare(name string, got []float32) error {
	want, naive := j.full.Outputs[name], j.naive.Outputs[name]
	if want == nil || len(got) != len(want.Data) {
		return fmt.Errorf("an output of another size")
	}
	if j.seen == nil {
		j.seen = map[string]*seen64{}
	}
	c := j.seen[name]
	if c == nil {
		c = &seen64{}
		j.seen[name] = c
	}
	for i, x := range want.Data {
		y := float64(got[i])
		switch {
		case math.IsNaN(x) || math.IsInf(single(x), 0):
			if !(math.IsNaN(x) && math.IsNaN(y) || single(x) == y) {
				return fmt.Errorf("element %d is %v, in the reference %v", i, y, x)
			}
			continue
		case math.IsNaN(y) || math.IsInf(y, 0), want.Kind != ir.Real && x != y:
			return fmt.Errorf("element %d is %v, in the reference %v", i, y, x)
		}
		c.most, c.plain = max(c.most, math.Abs(y-x)), max(c.plain, math.Abs(naive.Data[i]-x))
		c.largest = max(c.largest, math.Abs(x))
		c.square, c.power = c.square+(y-x)*(y-x), c.power+x*x
		c.plainSquare += (naive.Data[i] - x) * (naive.Data[i] - x)
	}
	return nil
}

// allowed is the largest error that an output may have.
func (c *seen64) allowed(by *contract) float64 { return 2*c.plain + by.error*c.largest }

// verdicts are the rules about all of an output.
func (c *seen64) verdicts(name string, by *contract) []verdict {
	share := func(e, allowed float64) float64 {
		if e == 0 {
			return 0
		}
		if of := e / allowed; !math.IsNaN(of) {
			return of
		}
		return math.Inf(1) // what is no number keeps no rule
	}
	e := share(c.most, c.largest)
	out := []verdict{
		{name, "error", share(c.most, c.allowed(by)), e},
		{name, "margin of another choice", share(c.flipped, 2*c.allowed(by)), e},
		{name, "distance of distributions", share(c.apart, by.nats+by.times*c.plainApart), e},
	}
	const normal = 0x1p-126 // below it numbers have fewer digits
	if c.largest >= normal {
		out = append(out, verdict{name, "mean square error", share(c.square, by.squares*c.power+by.times*c.plainSquare), e})
	}
	return out
}

// worst is the verdict that comes nearest to a broken contract.
func (j *judge) worst() verdict {
	var worst verdict
	for name, c := range j.seen {
		for _, v := range c.verdicts(name, j.allows()) {
			if v.Share >= worst.Share {
				worst = v
			}
		}
	}
	return worst
}

// broken is what breaks the contract, nil where it holds.
func (j *judge) broken() error {
	if v := j.worst(); j.fault == nil && v.Share > 1 {
		return fmt.Errorf("%s", v)
	}
	return j.fault
}
