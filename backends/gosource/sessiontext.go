package gosource

// sessionNames are what the texts below call things, and what Go needs.
var sessionNames = []string{
	"model", "past", "room", "step", "few", "run", "start", "slide", "grow", "workplace", "floats", "wholes", "input", "places", "each", "temp",
	"products", "contract", "attend", "lookedUp", "weighed", "tensor", "ints", "strides", "dots", "averages",
	"arena", "slots", "temps", "inputs", "rows", "row", "jobs", "contraction", "attention", "tiles", "lost", "held",
}

// past is what a session has that is computed piece by piece.
const past = `
// Past is the number of rows so far.
func (s *Session) Past() int { return s.past }
`

// workplace is the memory that every session computes in.
const workplace = `
// workplace is the memory that is kept from one step to the next, so that steps allocate nothing once it has grown.
type workplace struct {
	arena  []float32
	slots  [][]float32   // its parts
	temps  [][][]float32 // of each worker
	inputs [][]float32   // those that are not taken as they are

	rows        func(s *Session, worker, row int)
	row         func(worker, row int) // calls rows
	jobs        []kernel.Job
	contraction kernel.Contraction
	attention   kernel.Attention
	tiles       [][]*kernel.Tile // of each attention
	lost        []error          // of each worker
	held        held
}

// held are lists that a kernel keeps while it runs.
type held struct {
	ints     []int
	strides  []kernel.Strides
	dots     []kernel.Dot
	averages []kernel.Average
}

func newWorkplace(s *Session) workplace {
	workers := s.model.crew.Workers()
	return workplace{
		temps: make([][][]float32, workers),
		lost:  make([]error, workers),
		row:   func(worker, row int) { s.rows(s, worker, row) },
	}
}
`

// methods are those of a session that generated code may call, or another one of them. A module has those that it calls.
var methods = []struct{ name, text string }{
	{"floats", `
// floats checks an input and takes it as it is; where there is none, missing says what all of it is.
func (s *Session) floats(to *[]float32, at int, name string, x []float32, n int, missing []float32) error {
	if x == nil && missing != nil {
		x = s.input(at, n)
		kernel.Fill(x, missing[0])
	}
	if len(x) != n {
		return fmt.Errorf("the input %s has %d elements, not %d", name, len(x), n)
	}
	*to = x
	return nil
}
`},
	{"wholes", `
// wholes is floats of whole numbers, which the kernels take as float32: exact below 2^24.
func (s *Session) wholes(to *[]float32, at int, name string, x []int, n int, missing []float32) error {
	if x == nil {
		return s.floats(to, at, name, nil, n, missing)
	}
	y := s.input(at, len(x))
	for i, v := range x {
		if y[i] = float32(v); int(y[i]) != v {
			return fmt.Errorf("the input %s has %d, which is no element of anything", name, v)
		}
	}
	return s.floats(to, at, name, y, n, nil)
}
`},
	{"input", `
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
`},
	{"places", `
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
`},
	{"each", `
// each calls f for every row below n, its workers side by side where there is work enough for them: so many operations.
func (s *Session) each(n, work int, f func(s *Session, worker, row int)) {
	const small = 1 << 14
	if work < small {
		for row := range n {
			f(s, 0, row)
		}
		return
	}
	s.rows = f
	s.model.crew.Do(n, s.row)
}
`},
	{"temp", `
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
`},
	{"products", `
// products are products with packed weights: Out = In Weights^T, for some rows. They are done side by side.
func (s *Session) products(jobs ...kernel.Job) {
	s.jobs = append(s.jobs[:0], jobs...)
	s.model.crew.Products(s.jobs)
}
`},
	{"contract", `
// contract is a sum of products of two tensors.
func (s *Session) contract(c kernel.Contraction) {
	s.contraction = c
	s.model.crew.Contract(&s.contraction)
	s.held.strides = s.held.strides[:0]
}
`},
	{"attend", `
// attend computes attention; at tells the attentions of the model apart, whose scores need that many rooms.
func (s *Session) attend(at, rooms int, x kernel.Attention) error {
	for len(s.tiles) <= at {
		s.tiles = append(s.tiles, nil)
	}
	if s.tiles[at] == nil {
		s.tiles[at] = kernel.Tiles(s.model.crew.Workers(), rooms)
		for _, t := range s.tiles[at] {
			t.Caller = s
		}
	}
	clear(s.lost)
	s.attention = x
	s.model.crew.Attend(&s.attention, s.tiles[at])
	h := &s.held
	h.ints, h.dots, h.averages = h.ints[:0], h.dots[:0], h.averages[:0]
	for _, err := range s.lost {
		if err != nil {
			return err
		}
	}
	return nil
}
`},
	{"lookedUp", `
// lookedUp finds a number that a tile looked up for a key that its query sees, and that is no element.
func (s *Session) lookedUp(tile *kernel.Tile) {
	if err := tile.Lost(&s.attention); err != nil {
		s.lost[tile.Worker] = err
	}
}
`},
	{"weighed", `
// weighed finds a number that a normalizer looked up for a key that its query sees, and that is no element.
func (s *Session) weighed(weights *kernel.Weights) {
	if err := weights.Lost(); err != nil {
		s.lost[weights.Tile.Worker] = err
	}
}
`},
	{"tensor", `
// tensor is a view for attention: element (i, j, ...) of data stands at base + i*stride[0] + j*stride[1] + ...
func (s *Session) tensor(data []float32, base int, stride ...int) kernel.Tensor {
	return kernel.Tensor{Data: data, Base: base, Stride: s.ints(stride...)}
}
`},
	{"ints", `
func (s *Session) ints(list ...int) []int {
	n := len(s.held.ints)
	s.held.ints = append(s.held.ints, list...)
	return slices.Clip(s.held.ints[n:])
}
`},
	{"strides", `
func (s *Session) strides(list ...kernel.Strides) []kernel.Strides {
	n := len(s.held.strides)
	s.held.strides = append(s.held.strides, list...)
	return slices.Clip(s.held.strides[n:])
}
`},
	{"dots", `
func (s *Session) dots(list ...kernel.Dot) []kernel.Dot {
	n := len(s.held.dots)
	s.held.dots = append(s.held.dots, list...)
	return slices.Clip(s.held.dots[n:])
}
`},
	{"averages", `
func (s *Session) averages(list ...kernel.Average) []kernel.Average {
	n := len(s.held.averages)
	s.held.averages = append(s.held.averages, list...)
	return slices.Clip(s.held.averages[n:])
}
`},
}
