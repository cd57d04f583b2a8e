package gograph

import (
	"fmt"
	"strconv"
	"strings"

	"archc/backends/host/weights"
	"archc/backends/kernel"
	"archc/ir"
	"archc/passes/plan"
)

// Source gives stored tensors by their keys.
type Source interface {
	// Float32s reads elements of a tensor, from number first on, as many as dst has.
	Float32s(key string, first int64, dst []float32) error
}

// loaded are the loaded weights of one model, shared by its plans.
type loaded struct {
	source  Source
	element kernel.Element
	params  map[string]*param
	panels  map[string]*panels
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
func (w *loaded) param(p *plan.Param) *param {
	return &param{nestOf(p.Loops), w.params[p.Full()].list}
}

// panel is the loaded panels; so may it use those.
func (w *loaded) panel(p *plan.Panels) *panels {
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
func (w *loaded) load(p *plan.Plan) error {
	packer := &weights.Packer{Reader: w.source, Element: w.element}
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
			out, err := pack(packer, x)
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

// axesOf are axes of a stored tensor in numbers, and how many elements they have.
func axesOf(axes []plan.Axis) (out []weights.Axis, total int) {
	total = 1
	for _, a := range axes {
		out = append(out, weights.Axis{Size: whole(a.Size), Stride: whole(a.Stride)})
		total *= whole(a.Size)
	}
	return out, total
}

// pack reads a param and packs its matrices.
func pack(packer *weights.Packer, p *plan.Panels) (*panels, error) {
	batch, count := axesOf(p.Batch)
	n, _ := axesOf(p.N)
	k, _ := axesOf(p.K)
	out := &panels{batch: count}
	err := each(loopsOf(p), func(runs map[*plan.Loop]int) error {
		base := whole(p.Base)
		for _, s := range p.Steps {
			base += runs[s.Loop] * whole(s.Stride)
		}
		list, err := packer.Pack(expand(p.Param, runs), base, batch, n, k)
		out.list = append(out.list, list...)
		return err
	})
	return out, err
}
