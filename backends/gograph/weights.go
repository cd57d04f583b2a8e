package gograph

import (
	"fmt"
	"strconv"
	"strings"

	"archc/backends/kernel"
	"archc/ir"
	"archc/passes/plan"
)

// Source gives stored tensors by their keys.
type Source interface {
	// Float32s reads elements of a tensor, from number first on, as many as dst has.
	Float32s(key string, first int64, dst []float32) error
}

// weights are the loaded weights of one model, shared by its plans.
type weights struct {
	source  Source
	element kernel.Element
	params  map[string]*param
	panels  map[string]*panels
	buffer  []float32 // of what is read to be packed, while plans are loaded
}

// piece is memory to read so many elements to. It is the same each time: a loader that leaves what it has read to the
// garbage collector holds up to twice the weights.
func (w *weights) piece(n int) []float32 {
	if len(w.buffer) < n {
		w.buffer = nil
		w.buffer = make([]float32, n)
	}
	return w.buffer[:n]
}

// param is a stored tensor for each run of the loops that its key names.
type param struct {
	nest nest
	list [][]float32
}

func (p *param) data(runs []int, ahead int) []float32 { return p.list[p.nest.number(runs, ahead)] }

// nest is loops in numbers: the number of each, outer first, and of how many runs it is.
type nest []struct{ loop, count int }

func nestOf(loops []*plan.Loop) nest {
	out := make(nest, len(loops))
	for i, l := range loops {
		out[i].loop, out[i].count = l.ID, whole(l.Count)
	}
	return out
}

// number is that of a combination of runs, for the run of the loop ahead that comes next, or its last.
func (x nest) number(runs []int, ahead int) int {
	n := 0
	for _, l := range x {
		run := runs[l.loop]
		if l.loop == ahead {
			run = min(run+1, l.count-1)
		}
		n = n*l.count + run
	}
	return n
}

// panels are packed weights for each run of their loops and each element of their batch.
type panels struct {
	nest  nest
	batch int
	list  []*kernel.Panels
}

func (p *panels) at(runs []int, batch int) *kernel.Panels {
	return p.list[p.nest.number(runs, -1)*p.batch+batch]
}

// param is a loaded param; a plan may use that of another one, with its own loops.
func (w *weights) param(p *plan.Param) *param {
	return &param{nestOf(p.Loops), w.params[p.Full()].list}
}

// panel is the loaded panels; so may it use those.
func (w *weights) panel(p *plan.Panels) *panels {
	out := *w.panels[p.Key()]
	out.nest = nestOf(loopsOf(p))
	return &out
}

func loopsOf(p *plan.Panels) []*plan.Loop {
	loops := p.Param.Loops
	for _, s := range p.Steps {
		loops = append(loops[:len(loops):len(loops)], s.Loop)
	}
	return loops
}

// load reads and packs what a plan needs.
func (w *weights) load(p *plan.Plan) error {
	defer func() { w.buffer = nil }()
	for _, x := range p.Params {
		if w.params[x.Full()] != nil {
			continue
		}
		out := &param{}
		n := product(x.Shape)
		err := each(x.Loops, func(runs map[*plan.Loop]int) error {
			data := make([]float32, n)
			out.list = append(out.list, data)
			return w.source.Float32s(expand(x, runs), 0, data)
		})
		if err != nil {
			return err
		}
		w.params[x.Full()] = out
	}
	for _, x := range p.Panels {
		if w.panels[x.Key()] == nil {
			out, err := w.pack(x)
			if err != nil {
				return err
			}
			w.panels[x.Key()] = out
		}
	}
	return nil
}

// each visits every combination of the loops' runs, in order.
func each(loops []*plan.Loop, visit func(map[*plan.Loop]int) error) error {
	runs := map[*plan.Loop]int{}
	var next func(k int) error
	next = func(k int) error {
		if k == len(loops) {
			return visit(runs)
		}
		count, _ := loops[k].Count.Int()
		for n := range int(count) {
			runs[loops[k]] = n
			if err := next(k + 1); err != nil {
				return err
			}
		}
		return nil
	}
	return next(0)
}

// expand is a param's key in a run of its loops.
func expand(p *plan.Param, runs map[*plan.Loop]int) string {
	return numbered(p.Key, p.Loops, func(l *plan.Loop) int { return runs[l] })
}

// numbered puts the numbers of loops into a key or a scope: {l}, {l+1} and {l-1}.
func numbered(text string, loops []*plan.Loop, run func(*plan.Loop) int) string {
	for _, l := range loops {
		v := l.First + l.Stride*int64(run(l))
		for off, form := range map[int64]string{0: "", 1: "+1", -1: "-1"} {
			text = strings.ReplaceAll(text, "{"+l.Var+form+"}", strconv.FormatInt(v+off, 10))
		}
	}
	return text
}

func product(sizes []ir.Size) int {
	n := 1
	for _, s := range sizes {
		n *= whole(s)
	}
	return n
}

func whole(s ir.Size) int {
	n, ok := s.Int()
	if !ok {
		panic(fmt.Sprintf("gograph: a weight of size %s", s))
	}
	return int(n)
}

// axis is an axis of a stored tensor in numbers.
type axis struct{ size, stride int }

func numbers(axes []plan.Axis) (out []axis, total int) {
	total = 1
	for _, a := range axes {
		out = append(out, axis{whole(a.Size), whole(a.Stride)})
		total *= out[len(out)-1].size
	}
	return out, total
}

// pack reads a param and packs its matrices. Where outputs are rows of the file, a slab of rows is read at a time.
func (w *weights) pack(p *plan.Panels) (*panels, error) {
	batch, count := numbers(p.Batch)
	n, rows := numbers(p.N)
	k, columns := numbers(p.K)
	out := &panels{batch: count}
	stored := product(p.Param.Shape)
	err := each(loopsOf(p), func(runs map[*plan.Loop]int) error {
		base := whole(p.Base)
		for _, s := range p.Steps {
			base += runs[s.Loop] * whole(s.Stride)
		}
		key := expand(p.Param, runs)
		if count == 1 && straight(n, columns) && straight(k, 1) {
			x := kernel.NewPanels(w.element, rows, columns)
			out.list = append(out.list, x)
			return w.slabs(key, base, x)
		}
		data := w.piece(stored)
		if err := w.source.Float32s(key, 0, data); err != nil {
			return err
		}
		offsets(batch, base, func(_, at int) {
			x := kernel.NewPanels(w.element, rows, columns)
			out.list = append(out.list, x)
			set(x, data, at, n, k)
		})
		return nil
	})
	return out, err
}

// straight reports whether axes are one after the other with that stride innermost.
func straight(axes []axis, stride int) bool {
	for i := len(axes) - 1; i >= 0; i-- {
		if axes[i].size != 1 && axes[i].stride != stride {
			return false
		}
		stride *= axes[i].size
	}
	return true
}

func (w *weights) slabs(key string, base int, x *kernel.Panels) error {
	const most = 1 << 22 // elements of a slab
	rows := max(1, min(x.N, most/max(x.K, 1)))
	data := w.piece(rows * x.K)
	for n := 0; n < x.N; n += rows {
		rows := min(rows, x.N-n)
		part := data[:rows*x.K]
		if err := w.source.Float32s(key, int64(base+n*x.K), part); err != nil {
			return err
		}
		x.Set(n, 0, kernel.Matrix{Data: part, Row: x.K, Col: 1}, rows, x.K)
	}
	return nil
}

// offsets visits the elements of axes in order: their number and their offset.
func offsets(axes []axis, base int, visit func(number, at int)) {
	total := 1
	for _, a := range axes {
		total *= a.size
	}
	for number := range total {
		at, rest := base, number
		for i := len(axes) - 1; i >= 0; i-- {
			at += rest % axes[i].size * axes[i].stride
			rest /= axes[i].size
		}
		visit(number, at)
	}
}

// set packs a matrix whose outputs and inputs run over several axes, the last of which are taken at once.
func set(x *kernel.Panels, data []float32, base int, n, k []axis) {
	n, lastN := split(n)
	k, lastK := split(k)
	offsets(n, base, func(i, at int) {
		offsets(k, at, func(j, at int) {
			src := kernel.Matrix{Data: data[at:], Row: lastN.stride, Col: lastK.stride}
			x.Set(i*lastN.size, j*lastK.size, src, lastN.size, lastK.size)
		})
	})
}

func split(axes []axis) ([]axis, axis) {
	if len(axes) == 0 {
		return nil, axis{1, 1}
	}
	return axes[:len(axes)-1], axes[len(axes)-1]
}
