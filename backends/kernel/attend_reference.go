// SPDX-License-Identifier: Apache-2.0

package kernel

import "math"

// Weights are exp(score - reference). A lane's reference is that of the first key that it sees, and moves where a score
// lies more than headroom above it: then what has been added is scaled, at this very key. So the sums are a function of the
// keys that the lane sees, one after another, and of nothing else: no tile, and no number that a key has, leaves a trace.
// Rescaling a running softmax: Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018).

// headroom bounds the weights: e^16 is below 2^24. The less often a reference moves, the faster; the larger the weights, the
// smaller the values at which a sum overflows.
const headroom = 16

// referenceOf is the reference that a score sets. Zero as long as it may be: a difference would be rounded once more.
func referenceOf(score float32) float32 {
	if -headroom <= score && score <= headroom {
		return 0
	}
	return score
}

// addParts adds a tile in which references move: a lane in parts, each up to the next key that moves its reference, beside
// the others.
func (x *Attention) addParts(t *Tile, add func(*Attention, *Tile)) {
	t.kept = append(t.kept[:0], t.Out...)
	var done [Lanes]int
	for left := true; left; {
		left = false
		for l := range t.Count {
			from := done[l]
			if from < t.N {
				x.moveTo(t, l, t.kept[t.place(l, from)])
				done[l] = t.turn(t.kept, l, from+1)
			}
			t.only(l, from, done[l])
			left = left || done[l] < t.N
		}
		add(x, t)
	}
}

// settled reports that no reference moves in a tile, once lanes that have seen no key before have got theirs.
func (t *Tile) settled() bool {
	var top [Lanes]float32
	t.largest(&top)
	settled := true
	for l := range t.Count {
		// NaN is above nothing: what it makes of a lane stays, whatever the reference.
		if top[l] > t.reference[l]+headroom && t.reference[l] == float32(math.Inf(-1)) {
			t.reference[l] = referenceOf(t.Out[t.place(l, t.turn(t.Out, l, 0))])
		}
		settled = settled && !(top[l] > t.reference[l]+headroom)
	}
	return settled
}

// turn is the first key from that one on whose score is above what the lane's reference allows.
func (t *Tile) turn(scores []float32, lane, from int) int {
	limit := t.reference[lane] + headroom
	for k := from; k < t.N; k++ {
		if scores[t.place(lane, k)] > limit {
			return k
		}
	}
	return t.N
}

// moveTo moves a lane's reference to that of a score, where the score is above what it allows, and scales the sums.
func (x *Attention) moveTo(t *Tile, lane int, score float32) {
	if !(score > t.reference[lane]+headroom) {
		return
	}
	to := referenceOf(score)
	scale := Apply1(Exp, t.reference[lane]-to)
	t.reference[lane] = to
	t.total[lane] *= scale
	sums := t.sum
	for _, v := range x.Values {
		for e := range v.Size {
			if t.PerKey == 1 {
				sums[lane*v.Size+e] *= scale
			} else {
				sums[e*t.PerKey+lane] *= scale
			}
		}
		sums = sums[v.Size*max(t.PerKey, t.Count):]
	}
}

// only leaves a lane the scores of keys a to b; the others have no weight.
func (t *Tile) only(lane, a, b int) {
	for k := range t.N {
		at := t.place(lane, k)
		if t.Out[at] = t.kept[at]; k < a || k >= b {
			t.Out[at] = float32(math.Inf(-1))
		}
	}
}

// largest gives each lane's largest score.
func (t *Tile) largest(top *[Lanes]float32) {
	Fill(top[:], float32(math.Inf(-1)))
	if t.PerKey == 1 {
		for l := range t.Count {
			top[l] = MaxOf(t.Out[l*t.PerLane:][:t.PerLane])
		}
		return
	}
	for l := 0; l < t.PerKey; l += lanes {
		LaneMax((*[lanes]float32)(top[l:]), t.Out[l:], t.PerKey)
	}
}

// place is where a pair of the tile stands.
func (t *Tile) place(lane, key int) int { return lane*t.PerLane + key*t.PerKey }
