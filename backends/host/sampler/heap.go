package sampler

// bestFirst is a binary heap with the best candidate on top.
type bestFirst []candidate

// newHeap orders list in place, in linear time.
func newHeap(list []candidate) bestFirst {
	h := bestFirst(list)
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.sink(i)
	}
	return h
}

// pop removes the best; the heap must not be empty.
func (h *bestFirst) pop() candidate {
	s := *h
	top, end := s[0], len(s)-1
	s[0] = s[end]
	*h = s[:end]
	h.sink(0)
	return top
}

func (h bestFirst) sink(i int) {
	for {
		down := 2*i + 1
		if down >= len(h) {
			return
		}
		if down+1 < len(h) && h[down+1].better(h[down]) {
			down++
		}
		if !h[down].better(h[i]) {
			return
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
}
