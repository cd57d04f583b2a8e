package sampler

import (
	"math"
	"math/rand/v2"
)

// Options say how to choose. The zero value is greedy.
type Options struct {
	// Temperature divides the logits: below 1 sharper, above 1 flatter, 0 the best token (and nothing else
	// counts).
	Temperature float64
	// TopK keeps the k best tokens; 0 keeps all.
	TopK int
	// TopP keeps the best tokens, as few as hold at least this probability, and never less than one. 1
	// keeps all, 0 the best one: mind that 0 is the zero value.
	TopP float64
	// Seed fixes the random numbers.
	Seed uint64
}

// Sampler chooses tokens. It holds the state of one random sequence: use one for each text, from one
// goroutine.
type Sampler struct {
	options Options
	random  *rand.PCG
	room    []candidate // tokens of weight above 0, reused from call to call
	kept    []candidate // those that the cuts leave, the best first
}

// candidate is a token that may be chosen; weight is its probability before division by the sum.
type candidate struct {
	id            int
	logit, weight float64
}

// better orders candidates: the higher logit, among equals the lower index.
func (c candidate) better(d candidate) bool {
	return c.logit > d.logit || c.logit == d.logit && c.id < d.id
}

// New checks the options. Errors: S001 temperature, S002 top-k, S003 top-p.
func New(o Options) (*Sampler, error) {
	switch {
	case !(o.Temperature >= 0) || math.IsInf(o.Temperature, 1):
		return nil, fail("S001", "the temperature is %v; it must be a finite number from 0 up", o.Temperature)
	case o.TopK < 0:
		return nil, fail("S002", "top-k is %d; it must be 0 or more", o.TopK)
	case !(o.TopP >= 0 && o.TopP <= 1):
		return nil, fail("S003", "top-p is %v; it must be from 0 to 1", o.TopP)
	}
	return &Sampler{options: o, random: rand.NewPCG(o.Seed, 0)}, nil
}

// Next chooses the index of one logit; logits has one entry a token, -Inf for a token that must not come,
// and is not changed. Errors: S004 no logits or all -Inf, S005 a NaN or +Inf.
func (s *Sampler) Next(logits []float64) (int, error) {
	best, err := argmax(logits)
	if err != nil || s.options.Temperature == 0 {
		return best, err
	}
	total := s.weigh(logits, logits[best])
	kept := s.room
	if k := s.options.TopK; k > 0 && k < len(kept) || s.options.TopP < 1 {
		kept, total = s.cut(total)
	}
	return s.draw(kept, total), nil
}

// argmax is the index of the greatest logit, the lowest among equals.
func argmax(logits []float64) (int, error) {
	best := -1
	for i, x := range logits {
		if math.IsNaN(x) || math.IsInf(x, 1) {
			return -1, fail("S005", "the logit of token %d is %v", i, x)
		}
		if !math.IsInf(x, -1) && (best < 0 || x > logits[best]) {
			best = i
		}
	}
	if best < 0 {
		return -1, fail("S004", "none of %d tokens can be chosen", len(logits))
	}
	return best, nil
}

// weigh fills the room with the tokens whose weight exp((logit - most) / temperature) is not 0, by index,
// and returns the sum of the weights. With the greatest logit subtracted first, nothing overflows, and the
// smallest temperature leaves the best tokens with weight 1.
func (s *Sampler) weigh(logits []float64, most float64) float64 {
	s.room = s.room[:0]
	total := 0.0
	for i, x := range logits {
		if w := math.Exp((x - most) / s.options.Temperature); w > 0 {
			s.room = append(s.room, candidate{i, x, w})
			total += w
		}
	}
	return total
}

// cut applies top-k and top-p and returns what stays, from the best downwards, with the sum of its weights.
// A heap gives the best ones one by one, so that the many that go need no order.
func (s *Sampler) cut(total float64) ([]candidate, float64) {
	heap := newHeap(s.room)
	s.kept = s.kept[:0]
	most := len(heap)
	if k := s.options.TopK; k > 0 && k < most {
		most, total = k, 0
		for range k {
			total += s.take(&heap)
		}
	}
	sum := 0.0
	for n := 0; n < most; n++ {
		if n == len(s.kept) {
			s.take(&heap)
		}
		sum += s.kept[n].weight
		if s.options.TopP < 1 && sum >= s.options.TopP*total {
			return s.kept[:n+1], sum
		}
	}
	return s.kept[:most], sum
}

// take moves the best of the heap to the kept ones and returns its weight.
func (s *Sampler) take(heap *bestFirst) float64 {
	c := heap.pop()
	s.kept = append(s.kept, c)
	return c.weight
}

// draw walks along the weights to a random point of their sum.
func (s *Sampler) draw(from []candidate, total float64) int {
	const unit = 1.0 / (1 << 53)
	point := float64(s.random.Uint64()>>11) * unit * total
	sum := 0.0
	for _, c := range from {
		if sum += c.weight; point < sum {
			return c.id
		}
	}
	return from[len(from)-1].id // rounding can put the point on the very end
}
