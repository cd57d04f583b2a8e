package roofline

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"archc/ir"
	"archc/passes"
	"archc/passes/cost"
	"archc/passes/figures"
)

// Workload is what a model asks of a device, at any batch and context.
type Workload struct {
	Model   string
	Lengths []string // the free dims of the whole sequence; each has the context's length
	// NoSteps says why the model is not computed token by token; it is empty where Decode works.
	NoSteps string
	// Positions is the rows of the smallest table that positions of a sequence are looked up in: no context is longer. 0
	// where there is no such table.
	Positions int64

	figures *figures.Figures
	whole   *cost.Report // the pass over the whole sequence, behind the passes
}

// Of counts a verified module, which stays as it is. An error is about the compiler, or about a count that is not known,
// which has then no roofline.
func Of(m *ir.Module) (*Workload, error) {
	f, err := figures.Of(m, figures.Options{})
	if err != nil {
		return nil, err
	}
	return With(m, f)
}

// With is Of for a module whose figures are there already, by the default conventions.
func With(m *ir.Module, f *figures.Figures) (*Workload, error) {
	w := &Workload{Model: m.Name, NoSteps: f.NoSteps, Positions: positions(m), figures: f, whole: f.Prefill}
	if w.whole == nil { // no steps: what figures give is as written
		behind, err := passes.Run(m.Clone(), false)
		if err != nil {
			return nil, err
		}
		if w.whole, err = cost.Of(behind, cost.Options{}); err != nil {
			return nil, err
		}
	}
	w.Lengths = slices.DeleteFunc(slices.Clone(w.whole.Free), func(f string) bool { return f == w.whole.Batch })
	for _, r := range []*cost.Report{w.whole, f.Decode} {
		switch {
		case r == nil:
		case len(r.Unknown) > 0:
			return nil, fmt.Errorf("the work of %s is not known: %s", r.Model, r.Unknown[0])
		case r.Parameters.ActiveUnknown != "":
			return nil, fmt.Errorf("what a token of %s reads is not known: %s", r.Model, r.Parameters.ActiveUnknown)
		}
	}
	return w, nil
}

// positions looks for the tables of positions along axes of free size.
func positions(m *ir.Module) int64 {
	least := int64(0)
	m.Body.Walk(func(n *ir.Node, _ int) {
		if n.Op != ir.Gather || n.Args[1].Node.Op != ir.Position {
			return
		}
		table := n.Args[0].Type()
		rows, known := table.Axes[table.Find(n.Attr.(*ir.LabelAttr).Label)].Size.Int()
		along := n.Args[1].Node.Attr.(*ir.AxisAttr).Axis
		if known && len(along.Size.Frees()) > 0 && (least == 0 || rows < least) {
			least = rows
		}
	})
	return least
}

// Weights is the bytes of all parameters at a precision, and of buffers at 4 bytes each.
func (w *Workload) Weights(p Precision) *big.Int {
	buffers := new(big.Int).Mul(w.whole.Parameters.Buffers, big.NewInt(4))
	return buffers.Add(buffers, figures.Weights(w.whole.Parameters, p.DType))
}

// Kept is the numbers that a batch of sequences keeps behind so many tokens each; 0 where there are no steps. A mark
// (an id, a truth value) counts like a number.
func (w *Workload) Kept(batch, context int64) (*big.Int, error) {
	if w.NoSteps != "" {
		return new(big.Int), nil
	}
	all := w.figures.Cache.All.Add(w.figures.Cache.Marks)
	n, ok := all.Eval(w.stepSizes(all.Frees(), batch, context))
	if !ok || !n.IsInt() {
		return nil, fmt.Errorf("what a sequence of %s keeps, %s, is no whole number at %d tokens", w.Model, all, context)
	}
	return new(big.Int).Mul(n.Num(), big.NewInt(batch)), nil
}

// Shares reports whether tokens choose experts: what a run reads of them is then an expectation.
func (w *Workload) Shares() bool {
	return slices.ContainsFunc(w.whole.Parameters.Parts, func(p cost.Part) bool { return !p.Share.IsInt() })
}

// Demand is what one run asks for.
type Demand struct {
	FLOPs *big.Int // of contractions, the pairs that the masks admit
	Bytes float64
}

// Prefill is the pass over the whole sequence: of a model without steps, its forward pass.
func (w *Workload) Prefill(p Precision, batch, context int64) (Demand, error) {
	env := map[string]int64{w.whole.Batch: batch}
	tokens := float64(batch)
	for _, f := range w.Lengths {
		env[f] = context
	}
	if len(w.Lengths) > 0 {
		tokens *= float64(context)
	}
	return w.demand(w.whole, p, env, tokens, batch, context)
}

// Decode is one step: a new token for each sequence behind context earlier ones.
func (w *Workload) Decode(p Precision, batch, context int64) (Demand, error) {
	if w.NoSteps != "" {
		return Demand{}, errors.New(w.NoSteps)
	}
	env := w.stepSizes(w.figures.Decode.Free, batch, context)
	return w.demand(w.figures.Decode, p, env, float64(batch), batch, context)
}

// stepSizes are the sizes of a step: one new row of the axis, context rows of all else.
func (w *Workload) stepSizes(names []string, batch, context int64) map[string]int64 {
	env := map[string]int64{}
	for _, f := range names {
		env[f] = context
	}
	env[w.figures.Axis], env[w.figures.Past], env[w.figures.Decode.Batch] = 1, context, batch
	return env
}

func (w *Workload) demand(r *cost.Report, p Precision, env map[string]int64, tokens float64, batch, context int64) (Demand, error) {
	n, err := r.At(env)
	if err != nil {
		return Demand{}, err
	}
	if n.Contraction == nil {
		return Demand{}, fmt.Errorf("the work at this length is not known: %v", n.Unknown)
	}
	kept, err := w.Kept(batch, context)
	if err != nil {
		return Demand{}, err
	}
	read := readBy(r.Parameters.Parts, tokens)*p.bytesEach() + float(p.keptBytes(kept))
	return Demand{n.Contraction, read}, nil
}

// readBy is the number of weights that so many tokens read between them. Of a part with the share k/E each token reads k
// experts of E; that the choice is uniform and independent makes E(1 - (1 - k/E)^tokens) experts.
func readBy(parts []cost.Part, tokens float64) float64 {
	sum := 0.0
	for _, p := range parts {
		share, _ := p.Share.Float64()
		sum += float(p.Elements) * -math.Expm1(tokens*math.Log1p(-share))
	}
	return sum
}

func float(n *big.Int) float64 {
	f, _ := new(big.Float).SetInt(n).Float64()
	return f
}
