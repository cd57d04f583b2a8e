package decode

import "math"

// flow finds a smallest vertex cut: the cheapest set of vertices without which no source reaches a sink
// (Ford and Fulkerson 1956; augmenting along shortest paths, Edmonds and Karp 1972).
type flow struct {
	to   []int // target of each arc; arc e^1 is its reverse
	room []int64
	arcs [][]int // by vertex: its arcs
}

const unlimited = math.MaxInt64 / 4

// vertices 0 and 1 are the source and the sink; vertex v of the caller is 2v+2 where paths enter, 2v+3 where they leave.
func newFlow(vertices int) *flow { return &flow{arcs: make([][]int, 2*vertices+2)} }

func (f *flow) arc(from, to int, room int64) {
	f.arcs[from] = append(f.arcs[from], len(f.to))
	f.arcs[to] = append(f.arcs[to], len(f.to)+1)
	f.to = append(f.to, to, from)
	f.room = append(f.room, room, 0)
}

func (f *flow) vertex(v int, cost int64) { f.arc(2*v+2, 2*v+3, cost) }
func (f *flow) edge(from, to int)        { f.arc(2*from+3, 2*to+2, unlimited) }
func (f *flow) source(v int)             { f.arc(0, 2*v+2, unlimited) }
func (f *flow) sink(v int)               { f.arc(2*v+3, 1, unlimited) }

// cut gives the vertices of the smallest cut that lies nearest to the sinks.
func (f *flow) cut(vertices int) []int {
	for f.augment() {
	}
	reaches := f.reachesSink()
	var out []int
	for v := range vertices {
		if reaches[2*v+3] && !reaches[2*v+2] {
			out = append(out, v)
		}
	}
	return out
}

// augment sends as much as fits along a shortest path.
func (f *flow) augment() bool {
	via := make([]int, len(f.arcs)) // arc by which a vertex was reached, plus 1
	queue := []int{0}
	for len(queue) > 0 && via[1] == 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range f.arcs[at] {
			if to := f.to[e]; f.room[e] > 0 && to != 0 && via[to] == 0 {
				via[to] = e + 1
				queue = append(queue, to)
			}
		}
	}
	if via[1] == 0 {
		return false
	}
	least := int64(unlimited)
	for at := 1; at != 0; at = f.to[(via[at]-1)^1] {
		least = min(least, f.room[via[at]-1])
	}
	for at := 1; at != 0; at = f.to[(via[at]-1)^1] {
		f.room[via[at]-1] -= least
		f.room[(via[at]-1)^1] += least
	}
	return true
}

// reachesSink marks the vertices from which the sink can still be reached.
func (f *flow) reachesSink() []bool {
	seen := make([]bool, len(f.arcs))
	seen[1] = true
	queue := []int{1}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range f.arcs[at] { // e^1 leads from f.to[e] to at
			if from := f.to[e]; f.room[e^1] > 0 && !seen[from] {
				seen[from] = true
				queue = append(queue, from)
			}
		}
	}
	return seen
}
