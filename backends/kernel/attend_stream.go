// SPDX-License-Identifier: Apache-2.0

package kernel

// What AVX-512 has for few lanes: keys and values are read in place, once, as they come from memory. The chains are those
// of products.

// farKeys is how many keys ahead of those in use are asked for.
const farKeys = 16

// sideBySide lays the queries of few lanes side by side, as many as there are such products for, where keys are read by
// streamDots: elements next to each other, whole lines of them.
func (x *Attention) sideBySide(t *Tile) {
	for i := range x.Dots {
		d := &x.Dots[i]
		k := count(d.Sum)
		if t.side[i] = t.side[i][:0]; machine != avx512 || d.Key.Stride[len(x.Over)+1] != 1 || k == 0 || k%lanes != 0 {
			continue
		}
		rows := sides(t.Count)
		t.side[i] = grown(t.side[i], rows*k)
		clear(t.side[i])
		Transpose(t.side[i], rows, t.queries[i], k, t.Count, k)
	}
}

// sides is for how many queries there are products, no fewer than the lanes.
func sides(lanes int) int {
	rows := 1
	for rows < lanes {
		rows *= 2
	}
	return rows
}

// streamDots computes the products of the whole blocks of 16 among n keys, and says how many keys those are.
func (t *Tile) streamDots(queries, to, keys []float32, step, k, n int) int {
	n = n / lanes * lanes
	if n == 0 {
		return 0
	}
	rows := sides(t.Count)
	checkExtent("keys", len(keys), step, 1, n, k)
	checkExtent("products", cap(to), t.PerLane, 1, rows, n)
	machine.fewDots(rows, n/lanes, k/lanes, &keys[0], 4*step, 4*step*farKeys, &queries[0], &to[0], 4*t.PerLane)
	return n
}

// streamSums adds the values of n keys to sums of size elements for each lane, 64 elements at a time, and says how many
// elements those are. It adds to the sums of the weights too, where they are not counted yet.
func (t *Tile) streamSums(sums, weights, values []float32, step, size, n int, counted *bool) int {
	done := size / streamed * streamed
	if done == 0 || n == 0 {
		return 0
	}
	checkExtent("values", len(values), step, 1, n, done)
	checkExtent("sums", len(sums), size, 1, t.Count, done)
	checkExtent("weights", len(weights), t.PerLane, 1, t.Count, n)
	for lane := 0; lane < t.Count; lane += streamedLanes {
		for e := 0; e < done; e += streamed {
			total := t.total[lane:]
			if *counted || e > 0 {
				total = t.spare[:]
			}
			machine.fewSums(min(streamedLanes, t.Count-lane), n, &weights[lane*t.PerLane], 4*t.PerLane,
				&values[e], 4*step, 4*step*farKeys, &sums[lane*size+e], 4*size, &total[0])
		}
	}
	*counted = true
	return done
}

const (
	streamed      = 64 // elements of a value
	streamedLanes = 4
)
