package figures

import (
	"fmt"
	"maps"
	"math/big"

	"archc/ir"
	"archc/passes/cost"
)

// Point is where figures are taken.
type Point struct {
	Batch int64
	// Dims are the free dims by name: the tokens of a prompt, those of a source. A dim that a figure needs and that is
	// not here leaves that figure out.
	Dims map[string]int64
	// Context is the tokens before the new one; the new one is not counted. 0 leaves out what hangs on it.
	Context int64
	DType   DType // of weights
	// CacheDType is of caches and activations. nil is DType where it has 16 bits or more, else bf16: weights are made
	// smaller alone.
	CacheDType *DType
	Recompute  cost.Recompute // "" is nothing
	TrainBytes int64          // for each parameter, beside activations; 0 is TrainBytes
}

// TrainBytes is what training keeps for each parameter: weight and gradient in two bytes, a copy of the weight and Adam's
// two moments in four (Rajbhandari et al. 2020, section 3.1).
const TrainBytes = 16

// Else is the precision of what is no weight.
func (p Point) Else() DType {
	switch {
	case p.CacheDType != nil:
		return *p.CacheDType
	case p.DType.Bits < 16:
		return DType{Name: "bf16", Bits: 16}
	}
	return p.DType
}

// Values are figures at a point, exact. nil is a figure without a value there; Reasons says why, by name.
type Values struct {
	Total, Active, ActiveWithoutEmbedding, Buffers *big.Int

	Forward, Elementwise             *big.Int // FLOPs of one forward pass of the whole batch, as written
	Prefill, Decode, DecodeElemental *big.Int
	Train                            *big.Int // a step of training: three times forward, and what is computed again

	CachePerToken, CacheBytesPerToken   *big.Int // of one sequence
	CacheConstant, CachePerSource       *big.Int // numbers
	CacheAtContext, CacheBytesAtContext *big.Int // of one sequence, behind Context tokens

	Weights     *big.Int // bytes
	Activations *big.Int // bytes that a training step keeps for its way back; an estimate, see cost.Kept
	Training    *big.Int // bytes: weights, gradients, optimizer's states, activations; an estimate too
	// DecodeMoved is the bytes that one step of the whole batch must at least move: each weight that it may use once,
	// the caches of all sequences read, the new token's written.
	DecodeMoved *big.Int

	Reasons map[string]string
}

// At takes the figures at a point. An error is about a size below 1 or a count that is no whole number.
func (f *Figures) At(p Point) (*Values, error) {
	if p.Recompute == "" {
		p.Recompute = cost.Nothing
	}
	if p.TrainBytes == 0 {
		p.TrainBytes = TrainBytes
	}
	q := f.Forward.Parameters
	v := &Values{
		Total: q.Total, Active: q.Active, ActiveWithoutEmbedding: q.ActiveWithoutInputEmbedding, Buffers: q.Buffers,
		Weights: Weights(q, p.DType), Reasons: map[string]string{},
	}
	if q.ActiveUnknown != "" {
		v.Reasons["parameters.active"] = q.ActiveUnknown
	}
	if err := f.forward(p, v); err != nil {
		return nil, err
	}
	if f.NoSteps != "" {
		for _, name := range []string{"flops.prefill", "flops.decode", "cache", "memory.decode_moved"} {
			v.Reasons[name] = f.NoSteps
		}
		return v, nil
	}
	f.steps(p, v)
	maps.DeleteFunc(v.Reasons, func(_, why string) bool { return why == "" })
	return v, nil
}

func (f *Figures) forward(p Point, v *Values) error {
	n, why, err := numbers(f.Forward, env(f.Forward, p))
	if err != nil {
		return err
	}
	if why != "" {
		for _, name := range []string{"flops.forward", "flops.train", "memory.activations", "memory.training"} {
			v.Reasons[name] = why
		}
		return nil
	}
	v.Forward, v.Elementwise = n.Contraction, n.Elementwise
	v.Train = Train(n, p.Recompute)
	if k := n.Kept[p.Recompute]; k != nil {
		v.Activations = p.Else().Numbers(k)
		v.Training = new(big.Int).Mul(v.Total, big.NewInt(p.TrainBytes))
		v.Training.Add(v.Training, v.Activations)
	} else {
		v.Reasons["memory.activations"] = f.Forward.Kept.Unknown
		v.Reasons["memory.training"] = f.Forward.Kept.Unknown
	}
	return nil
}

// Train is the contractions of a training step: the way back costs twice the way forward, with respect to what comes
// in and to the weights; what is not kept costs the way forward once more.
func Train(n cost.Numbers, how cost.Recompute) *big.Int {
	out := new(big.Int).Mul(n.Contraction, big.NewInt(3))
	switch how {
	case cost.Selective:
		out.Add(out, n.Attending)
	case cost.Whole:
		out.Add(out, n.Layers)
	}
	return out
}

func (f *Figures) steps(p Point, v *Values) {
	var n cost.Numbers
	n, v.Reasons["flops.prefill"] = orReason(f.Prefill, p)
	v.Prefill = n.Contraction
	v.CachePerToken, v.CacheConstant, v.CachePerSource = whole(f.Cache.PerToken), whole(f.Cache.Constant), whole(f.Cache.PerSource)
	if v.CachePerToken != nil {
		v.CacheBytesPerToken = p.Else().Numbers(v.CachePerToken)
	} else {
		v.Reasons["cache.elements_per_token"] = "it is " + f.Cache.PerToken.String()
	}
	if p.Context < 1 {
		v.Reasons["flops.decode"] = "no context given"
		v.Reasons["cache.at_context"] = "no context given"
		return
	}
	p = f.behind(p)
	if all, ok := f.Cache.All.Eval(p.Dims); ok && all.IsInt() {
		v.CacheAtContext = new(big.Int).Set(all.Num())
		v.CacheBytesAtContext = p.Else().Numbers(v.CacheAtContext)
	} else {
		v.Reasons["cache.at_context"] = "it is " + f.Cache.All.String()
	}
	n, v.Reasons["flops.decode"] = orReason(f.Decode, p)
	v.Decode, v.DecodeElemental = n.Contraction, n.Elementwise
	f.moved(p, v)
}

// moved counts the weights without the tables that are only looked up: of these a step reads a row.
func (f *Figures) moved(p Point, v *Values) {
	if v.CacheAtContext == nil || v.CachePerToken == nil {
		return
	}
	out := new(big.Int)
	for _, t := range f.Forward.Parameters.Tensors {
		if !t.Buffer && !t.LookedUp {
			out.Add(out, new(big.Int).Mul(p.DType.Bytes(t.Elements), t.Number))
		}
	}
	numbers := new(big.Int).Add(v.CacheAtContext, v.CachePerToken)
	v.DecodeMoved = out.Add(out, p.Else().Numbers(numbers.Mul(numbers, big.NewInt(p.Batch))))
}

// env is the sizes that a report needs, as far as the point has them.
func env(r *cost.Report, p Point) map[string]int64 {
	out := map[string]int64{r.Batch: p.Batch}
	for _, name := range r.Free {
		if n, ok := p.Dims[name]; ok && name != r.Batch {
			out[name] = n
		}
	}
	return out
}

// orReason is a report at sizes, or why it has no numbers there: half of an odd number of pairs among others.
func orReason(r *cost.Report, p Point) (cost.Numbers, string) {
	n, why, err := numbers(r, env(r, p))
	if err != nil {
		return cost.Numbers{}, err.Error()
	}
	return n, why
}

// numbers takes a report at sizes; without a size there are none, and that is the reason.
func numbers(r *cost.Report, at map[string]int64) (n cost.Numbers, why string, err error) {
	for _, name := range r.Free {
		if _, ok := at[name]; !ok {
			return n, "no size given for " + name, nil
		}
	}
	if n, err = r.At(at); err != nil {
		return n, "", fmt.Errorf("%s: %w", r.Model, err)
	}
	if len(n.Unknown) > 0 {
		why = n.Unknown[0]
	}
	return n, why, nil
}

// whole is a size that is a whole number, else nil.
func whole(s ir.Size) *big.Int {
	r, ok := s.Rat()
	if !ok || !r.IsInt() {
		return nil
	}
	return new(big.Int).Set(r.Num())
}
