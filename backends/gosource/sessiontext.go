package gosource

// past is what a session has that is computed piece by piece.
const past = `
// Past is the number of rows so far.
func (s *Session) Past() int { return s.past }
`

// sessionTail is what every session has, whatever its model.
const sessionTail = `
// floats checks an input and takes it as it is; where there is none, missing says what all of it is.
func (s *Session) floats(at int, name string, x []float32, n int, missing []float32) ([]float32, error) {
	if x == nil && missing != nil {
		x = s.input(at, n)
		kernel.Fill(x, missing[0])
	}
	if len(x) != n {
		return nil, fmt.Errorf("the input %s has %d elements, not %d", name, len(x), n)
	}
	return x, nil
}

// wholes is floats of whole numbers, which the kernels take as float32: exact below 2^24.
func (s *Session) wholes(at int, name string, x []int, n int, missing []float32) ([]float32, error) {
	if x == nil {
		return s.floats(at, name, nil, n, missing)
	}
	y := s.input(at, len(x))
	for i, v := range x {
		if y[i] = float32(v); int(y[i]) != v {
			return nil, fmt.Errorf("the input %s has %d, which is no element of anything", name, v)
		}
	}
	return s.floats(at, name, y, n, nil)
}

// input is memory for an input.
func (s *Session) input(at, n int) []float32 {
	for len(s.inputs) <= at {
		s.inputs = append(s.inputs, nil)
	}
	if cap(s.inputs[at]) < n {
		s.inputs[at] = make([]float32, n)
	}
	return s.inputs[at][:n]
}

// places divides the arena into parts of those sizes. It grows with a reserve, so that it does not grow with each row.
func (s *Session) places(sizes ...int) [][]float32 {
	const line = 16 // numbers of a cache line
	total := 0
	for _, n := range sizes {
		total += (n + line - 1) / line * line
	}
	if len(s.arena) < total {
		s.arena = make([]float32, total+total/8)
	}
	s.slots = s.slots[:0]
	at := 0
	for _, n := range sizes {
		s.slots = append(s.slots, s.arena[at:][:n])
		at += (n + line - 1) / line * line
	}
	return s.slots
}

// each calls f for every row below n, its workers side by side where there is work enough for them: so many operations.
func (s *Session) each(n, work int, f func(worker, row int)) {
	const small = 1 << 14
	if work < small {
		for row := range n {
			f(0, row)
		}
		return
	}
	s.model.crew.Do(n, f)
}

// temp is row number k of those that a worker computes in.
func (s *Session) temp(worker, k, n int) []float32 {
	for len(s.temps[worker]) <= k {
		s.temps[worker] = append(s.temps[worker], nil)
	}
	if len(s.temps[worker][k]) < n {
		s.temps[worker][k] = make([]float32, n)
	}
	return s.temps[worker][k][:n]
}

// products are products with packed weights: Out = In Weights^T, for some rows. They are done side by side.
func (s *Session) products(jobs ...kernel.Job) {
	s.jobs = append(s.jobs[:0], jobs...)
	s.model.crew.Products(s.jobs)
}

// attend computes attention; at tells the attentions of the model apart, whose scores need that many rooms.
func (s *Session) attend(at, rooms int, x kernel.Attention) error {
	for len(s.tiles) <= at {
		s.tiles = append(s.tiles, nil)
	}
	workers := s.model.crew.Workers()
	if s.tiles[at] == nil {
		s.tiles[at] = kernel.Tiles(workers, rooms)
	}
	s.lost = make([]error, workers)
	if score := x.Score; score != nil {
		x.Score = func(tile *kernel.Tile) {
			score(tile)
			if err := tile.Lost(&x); err != nil {
				s.lost[tile.Worker] = err
			}
		}
	}
	s.model.crew.Attend(&x, s.tiles[at])
	for _, err := range s.lost {
		if err != nil {
			return err
		}
	}
	return nil
}

// contract is a sum of products of two tensors.
func (s *Session) contract(c kernel.Contraction) {
	s.one = c
	s.model.crew.Contract(&s.one)
}
`
