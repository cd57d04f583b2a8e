// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// Reductions over the keys. What a lane does not see is replaced by what changes nothing, and rows are taken in their
// order: a lane's result is one chain, whatever the other lanes and the width.

var (
	low  = float32(math.Inf(-1))
	high = float32(math.Inf(1))
)

// Sum adds up what a vector has for the keys that a lane sees, from 0 and in their order.
func (w *Weights) Sum(dst, x []float32) {
	clear(dst)
	x = w.masked(x, 0)
	if w.Width == lanes {
		w.rows(x, func(_ int, row []float32) { Add(dst, dst, row) })
		return
	}
	for len(x) > 0 {
		for l := range dst {
			dst[l] += x[l]
		}
		x = x[len(dst):]
	}
}

// Largest is the largest of what a vector has for the keys that a lane sees, -Inf where it sees none.
func (w *Weights) Largest(dst, x []float32) {
	Fill(dst, low)
	w.rows(w.masked(x, low), func(_ int, row []float32) { Max(dst, dst, row) })
}

// Least is the other way round.
func (w *Weights) Least(dst, x []float32) {
	Fill(dst, high)
	w.rows(w.masked(x, high), func(_ int, row []float32) { Min(dst, dst, row) })
}

// Count is how many keys a lane sees.
func (w *Weights) Count(dst []float32) { w.Sum(dst, w.seen) }

// Rank is how many keys that a lane sees stand in front of one.
func (w *Weights) Rank(dst []float32) {
	w.RunningSum(dst, w.seen)
	Sub(dst, dst, w.seen)
}

// RunningSum is the sum up to each key of those that a lane sees, and with it.
func (w *Weights) RunningSum(dst, x []float32) { w.running(dst, x, 0, Add) }

// RunningLargest is the largest of those up to each key, and with it.
func (w *Weights) RunningLargest(dst, x []float32) { w.running(dst, x, low, Max) }

// RunningLeast is the least of those up to each key, and with it.
func (w *Weights) RunningLeast(dst, x []float32) { w.running(dst, x, high, Min) }

func (w *Weights) running(dst, x []float32, start float32, f func(dst, x, y []float32)) {
	w.so = grown(w.so, w.Width)
	Fill(w.so, start)
	w.rows(w.masked(x, start), func(at int, row []float32) {
		f(w.so, w.so, row)
		copy(dst[at:], w.so)
	})
}

// masked is a vector with a number in the place of what a lane does not see.
func (w *Weights) masked(x []float32, by float32) []float32 {
	w.spare = grown(w.spare, len(x))
	Fill(w.spare, by)
	Select(w.spare, w.seen, x, w.spare)
	return w.spare
}

// rows visits the rows of a vector.
func (w *Weights) rows(x []float32, visit func(at int, row []float32)) {
	for at := 0; at < len(x); at += w.Width {
		visit(at, x[at:][:w.Width])
	}
}
