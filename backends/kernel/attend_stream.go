// SPDX-License-Identifier: Apache-2.0

package kernel

// What AVX-512 has for few lanes: keys and values are read in place, once, as they come from memory. The chains are those
// of products.

// farKeys is how many keys ahead of those in use are asked for.
const farKeys = 32

// fewDots computes the products of whole blocks of 16 keys, of k elements side by side, and says how many keys those are.
// queries are lanes by elements.
func (t *Tile) fewDots(queries, to, keys []float32, step, k int) int {
	n := t.N / lanes * lanes
	if n == 0 {
		return 0
	}
	rows := 1
	for rows < t.Count {
		rows *= 2
	}
	checkExtent("keys", len(keys), step, 1, n, k)
	checkExtent("products", cap(to), t.PerLane, 1, rows, n)
	t.packed = grown(t.packed, rows*k)
	clear(t.packed)
	Transpose(t.packed, rows, queries, k, t.Count, k)
	machine.fewDots(rows, n/lanes, k/lanes, &keys[0], 4*step, 4*step*farKeys, &t.packed[0], &to[0], 4*t.PerLane)
	return n
}

// fewSums adds the values of the tile to sums of size elements for each lane, 64 elements at a time, and says how many
// elements those are. It adds to the sums of the weights too, where they are not counted yet.
func (t *Tile) fewSums(sums, values []float32, step, size int, counted *bool) int {
	done := size / streamed * streamed
	if done == 0 || t.N == 0 {
		return 0
	}
	checkExtent("values", len(values), step, 1, t.N, done)
	checkExtent("sums", len(sums), size, 1, t.Count, done)
	for lane := 0; lane < t.Count; lane += streamedLanes {
		n := min(streamedLanes, t.Count-lane)
		for e := 0; e < done; e += streamed {
			total := t.total[lane:]
			if *counted || e > 0 {
				total = t.spare[:]
			}
			machine.fewSums(n, t.N, &t.Out[lane*t.PerLane], 4*t.PerLane, &values[e], 4*step, 4*step*farKeys,
				&sums[lane*size+e], 4*size, &total[0])
		}
	}
	*counted = true
	return done
}

const (
	streamed      = 64 // elements of a value
	streamedLanes = 4
)
