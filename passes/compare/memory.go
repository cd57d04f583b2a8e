package compare

import (
	"math/big"

	"archc/ir"
	"archc/passes/cost"
	"archc/passes/figures"
)

// point has the precisions of a comparison.
func (d *Design) point() figures.Point { return figures.Point{DType: d.Options.DType} }

// bytesEach is the bytes of one number of caches and activations.
func (d *Design) bytesEach() ir.Size {
	return ir.Rational(big.NewRat(d.point().Else().Bits, 8))
}

func inBytes(total func(*Design) (ir.Size, bool, string)) func(*Design) (ir.Size, bool, string) {
	return func(d *Design) (ir.Size, bool, string) {
		s, ok, why := total(d)
		return s.Mul(d.bytesEach()), ok, why
	}
}

func partsInBytes(parts func(*Design) []Part) func(*Design) []Part {
	return func(d *Design) []Part { return scaled(parts(d), d.bytesEach()) }
}

func weightTotal(d *Design) (ir.Size, bool, string) {
	return whole(figures.Weights(d.Forward.Parameters, d.Options.DType)), true, ""
}

func weightParts(d *Design) []Part { return d.tensors(func(cost.Tensor) bool { return true }) }

// tensors are the bytes of parameters, by key.
func (d *Design) tensors(which func(cost.Tensor) bool) []Part {
	var out []Part
	for _, t := range d.Forward.Parameters.Tensors {
		if !t.Buffer && which(t) {
			bytes := new(big.Int).Mul(d.Options.DType.Bytes(t.Elements), t.Number)
			out = append(out, Part{d.kinds.key[t.Key], t.Key, whole(bytes)})
		}
	}
	return out
}

// movedTotal is what figures.Values.DecodeMoved is: weights without tables that are only looked up, all caches read, and
// the new token's written.
func movedTotal(d *Design) (ir.Size, bool, string) {
	if d.Steps == nil {
		return ir.Size{}, false, d.NoSteps
	}
	sum := d.Cache.All.Add(d.Cache.PerToken).Mul(d.sequences()).Mul(d.bytesEach())
	for _, t := range d.Forward.Parameters.Tensors {
		if !t.Buffer && !t.LookedUp {
			sum = sum.Add(whole(new(big.Int).Mul(d.Options.DType.Bytes(t.Elements), t.Number)))
		}
	}
	return sum, true, ""
}

func movedParts(d *Design) []Part {
	out := d.tensors(func(t cost.Tensor) bool { return !t.LookedUp })
	for _, which := range []amount{atContext, perToken} {
		out = append(out, scaled(keptParts(which)(d), d.sequences().Mul(d.bytesEach()))...)
	}
	return out
}

// sequences is the batch of a step.
func (d *Design) sequences() ir.Size { return ir.Free(d.Decode.Batch) }

func activationTotal(d *Design) (ir.Size, bool, string) {
	k := d.Forward.Kept
	return k.Of(cost.Nothing).Mul(d.bytesEach()), k.Unknown == "" && len(d.Forward.Unknown) == 0, k.Unknown
}

func activationParts(d *Design) []Part {
	return scaled(d.kinds.byNode(d.Forward.Kept.Nodes), d.bytesEach())
}

func trainingTotal(d *Design) (ir.Size, bool, string) {
	s, ok, why := activationTotal(d)
	return s.Add(whole(d.Forward.Parameters.Total).Mul(ir.Const(figures.TrainBytes))), ok, why
}

func trainingParts(d *Design) []Part {
	return append(scaled(storedParts(d), ir.Const(figures.TrainBytes)), activationParts(d)...)
}
