package roofline

import (
	"math/big"

	"archc/passes/hardware"
)

// DefaultOverhead is the part of a device's memory, in percent, that is kept for all that is not counted: activations,
// workspace, the allocator's gaps, the driver. Serving systems leave as much (vLLM: gpu_memory_utilization 0.9).
const DefaultOverhead = 10

// Fit is how a model lies in a device's memory.
type Fit struct {
	Weights, Cache, Overhead *big.Int
	Sum                      *big.Int
	Memory                   *big.Int // nil where the device's file does not say; then nothing is known
	Fits                     bool
	// MaxContext is the longest context at the batch, not longer than the model's positions; MaxBatch the most sequences
	// at the context. 0 where not one fits, nil where nothing grows.
	MaxContext, MaxBatch *big.Int
}

// mostContext bounds the search for a context: nobody asks for more, and closed forms hold that far.
const mostContext = 1 << 40

// On asks whether weights, what a batch of sequences keeps at a context, and the overhead fit in a device.
func (w *Workload) On(d *hardware.Device, p Precision, overhead float64, batch, context int64) (*Fit, error) {
	kept, err := w.Kept(batch, context)
	if err != nil {
		return nil, err
	}
	f := &Fit{Weights: w.Weights(p), Cache: p.keptBytes(kept), Overhead: new(big.Int)}
	if d.Memory != nil {
		f.Memory = whole(d.MemoryBytes())
		f.Overhead = whole(d.MemoryBytes() * overhead / 100)
	}
	f.Sum = new(big.Int).Add(f.Weights, f.Cache)
	f.Sum.Add(f.Sum, f.Overhead)
	if f.Memory == nil {
		return f, nil
	}
	f.Fits = f.Sum.Cmp(f.Memory) <= 0
	room := new(big.Int).Sub(f.Memory, f.Overhead)
	room.Sub(room, f.Weights)
	return f, w.most(f, p, room, batch, context)
}

// most fills in how far the room goes.
func (w *Workload) most(f *Fit, p Precision, room *big.Int, batch, context int64) error {
	one, err := w.Kept(1, context)
	if err != nil {
		return err
	}
	if each := p.keptBytes(one); each.Sign() > 0 {
		f.MaxBatch = new(big.Int)
		if room.Sign() > 0 {
			f.MaxBatch.Div(room, each)
		}
	}
	fits := func(length int64) (bool, error) {
		n, err := w.Kept(batch, length)
		return err == nil && p.keptBytes(n).Cmp(room) <= 0, err
	}
	low, high := int64(0), int64(mostContext)
	if w.Positions > 0 {
		high = w.Positions + 1 // which counts as one that does not fit
	}
	if all, err := fits(high); w.Positions == 0 && (err != nil || all) {
		return err // it does not grow, or not to any length that is asked for
	}
	for high-low > 1 { // low fits or is 0, high does not
		middle := low + (high-low)/2
		ok, err := fits(middle)
		if err != nil {
			return err
		}
		if ok {
			low = middle
		} else {
			high = middle
		}
	}
	f.MaxContext = big.NewInt(low)
	return nil
}

func whole(x float64) *big.Int {
	n, _ := big.NewFloat(x).Int(nil)
	return n
}
