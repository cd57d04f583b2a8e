package eval

import (
	"fmt"
	"maps"
	"slices"

	"archc/ir"
)

// attention is one execution of an attend: row by row of the query, with the keys that the mask admits.
//
// The mask is evaluated for each row, over all keys. Its axes beside the key are those along which the
// pattern differs; at each of their elements the row is evaluated on its own, with its own keys. Where no
// key is admitted nothing is evaluated, nothing counted, and the row is 0.
type attention struct {
	*job
	query, key                string
	queries, keys, values     []*Tensor
	mask, score, norm, weight *ir.Region
	rows, size                int // elements of the query axis and of the key axis
	outs                      []*Tensor
	scores, weights           *Tensor // the full matrices, where they are traced
	traced                    bool
}

func attend(j *job) ([]*Tensor, error) {
	p, err := newAttention(j)
	if err != nil {
		return nil, err
	}
	all := make([]float64, p.size)
	for i := range all {
		all[i] = float64(i)
	}
	for i := range p.rows {
		if err := p.row(i, all); err != nil {
			return nil, err
		}
	}
	return p.finish()
}

func newAttention(j *job) (*attention, error) {
	a := j.node.Attr.(*ir.AttendAttr)
	values := a.Queries + a.Keys
	p := &attention{
		job: j, query: a.Query, key: a.Key,
		queries: j.args[:a.Queries], keys: j.args[a.Queries:values], values: j.args[values:],
		mask: j.node.RegionNamed("mask"), score: j.node.RegionNamed("score"),
		norm: j.node.RegionNamed("norm"), weight: j.node.RegionNamed("weight"),
		rows: 1, outs: make([]*Tensor, len(j.args)-values),
		traced: j.run.opt.TraceAttend && j.run.opt.Trace != nil && !j.quiet && j.node.Scope+j.node.Name != "",
	}
	if p.mask == nil || p.score == nil || p.norm == nil {
		return nil, fmt.Errorf("a region is missing: it needs mask, score and norm")
	}
	var err error
	if p.query != "" {
		if p.rows, err = shared(p.query, p.queries); err != nil {
			return nil, err
		}
	}
	if p.size, err = shared(p.key, slices.Concat(p.keys, p.values)); err != nil {
		return nil, err
	}
	return p, nil
}

// shared is the size of an axis that at least one of the tensors has, and none in another size.
func shared(label string, ts []*Tensor) (int, error) {
	size := -1
	for _, t := range ts {
		at := t.Find(label)
		switch {
		case at < 0:
		case size < 0:
			size = t.Axes[at].Size
		case size != t.Axes[at].Size:
			return 0, fmt.Errorf("axis %s has size %d and %d", label, size, t.Axes[at].Size)
		}
	}
	if size < 0 {
		return 0, fmt.Errorf("no argument has the axis %s", label)
	}
	return size, nil
}

// row evaluates the mask of query row i, and the row at each element of the mask's further axes.
func (p *attention) row(i int, all []float64) error {
	number := Scalar(ir.Int, float64(i))
	m, err := p.eval(p.mask, p.size, p.fixed, number, p.indices(all))
	if err != nil {
		return err
	}
	differs := without(m.Axes, p.key)
	steps, keyStep := m.along(differs), m.along([]Axis{{p.key, p.size}})[0]
	n, _ := elements(differs)
	for e := range int(n) {
		if err := p.run.tick(p.size); err != nil {
			return err
		}
		at, base := p.element(differs, steps, e)
		var admitted []int
		for k := range p.size {
			if m.Data[base+k*keyStep] != 0 {
				admitted = append(admitted, k)
				p.work.Pairs++
			}
		}
		if len(admitted) == 0 {
			continue
		}
		if err := p.average(number, admitted, at, differs); err != nil {
			return err
		}
	}
	return nil
}

// element is the e-th element of the mask's further axes, added to where the frame is, and its offset in
// the mask.
func (p *attention) element(differs []Axis, steps []int, e int) (at map[string]int, base int) {
	at = map[string]int{}
	maps.Copy(at, p.fixed)
	for d := len(differs) - 1; d >= 0; d-- {
		k := e % differs[d].Size
		at[differs[d].Label] = k
		base += k * steps[d]
		e /= differs[d].Size
	}
	return at, base
}

// average is one row at one element of the mask's further axes: score, norm, weight, and the sum over the
// keys.
func (p *attention) average(number *Tensor, admitted []int, at map[string]int, differs []Axis) error {
	i, e := int(number.Data[0]), elect{at, p.key, admitted}
	list := make([]float64, len(admitted))
	for k, a := range admitted {
		list[k] = float64(a)
	}
	args := []*Tensor{number, p.indices(list)}
	for _, q := range p.queries {
		q, err := p.run.elect(q, elect{fixed: with(at, p.query, i)})
		if err != nil {
			return err
		}
		args = append(args, q)
	}
	for _, k := range p.keys {
		k, err := p.run.elect(k, e)
		if err != nil {
			return err
		}
		args = append(args, k)
	}
	s, err := p.eval(p.score, len(admitted), at, args...)
	if err != nil {
		return err
	}
	w, err := p.weigh(p.norm, at, s, args)
	if err == nil && p.weight != nil {
		w, err = p.weigh(p.weight, at, w, args)
	}
	if err != nil {
		return err
	}
	for o, v := range p.values {
		v, err := p.run.elect(v, e)
		if err != nil {
			return err
		}
		row, err := p.contract([]*Tensor{w, v}, []string{p.key}, ir.Real)
		if err != nil {
			return err
		}
		if err := p.write(o, row, with(at, p.query, i), differs); err != nil {
			return err
		}
	}
	return p.collect(s, w, with(at, p.query, i), admitted, differs)
}

// weigh runs norm or weight, which take the positions too where they read them; args are those of the score.
func (p *attention) weigh(r *ir.Region, at map[string]int, s *Tensor, args []*Tensor) (*Tensor, error) {
	list := []*Tensor{s}
	if len(r.Params) > 1 {
		list = append(list, args[:2]...)
	}
	return p.eval(r, len(args[1].Data), at, list...)
}

// eval runs a region with n keys.
func (p *attention) eval(r *ir.Region, n int, at map[string]int, args ...*Tensor) (*Tensor, error) {
	f := p.inside(p.key, int64(n))
	f.fixed, f.quiet = at, true
	out, err := f.region(r, args)
	if err != nil {
		return nil, err
	}
	if len(out) != 1 {
		return nil, fmt.Errorf("region %s has %d results, not one", r.Name, len(out))
	}
	return out[0], nil
}

// indices is the numbers of keys as a tensor along the key axis.
func (p *attention) indices(list []float64) *Tensor {
	return &Tensor{ir.Int, []Axis{{p.key, len(list)}}, list}
}

// with is at with one more element; a label "" adds none.
func with(at map[string]int, label string, i int) map[string]int {
	if label == "" {
		return at
	}
	out := maps.Clone(at)
	out[label] = i
	return out
}

// write puts a row into a result, which the first row makes.
func (p *attention) write(o int, row *Tensor, at map[string]int, differs []Axis) error {
	if p.outs[o] == nil {
		axes, err := p.resultAxes(p.node.Outs[o], row.Axes, differs)
		if err != nil {
			return err
		}
		if p.outs[o], err = p.run.alloc(ir.Real, axes); err != nil {
			return err
		}
		p.run.live += 8 * int64(len(p.outs[o].Data))
	}
	return p.run.place(p.outs[o], row, at)
}

// resultAxes are the axes of the type, and a batch, with the sizes that a row and the mask have.
func (p *attention) resultAxes(t ir.Type, row, differs []Axis) ([]Axis, error) {
	var query []Axis
	if p.query != "" {
		query = []Axis{{p.query, p.rows}}
	}
	known, err := broadcast(query, row, differs)
	if err != nil {
		return nil, err
	}
	for _, a := range known {
		if a.Label != Batch && !t.Has(a.Label) {
			return nil, fmt.Errorf("the result has the axis %s, its type %s has not", a.Label, t)
		}
	}
	out := chosen(known, []string{Batch})
	for _, l := range t.Labels() {
		out = append(out, chosen(known, []string{l})...)
	}
	return out, nil
}

// finish gives the results; where no row had a key they are zeros of the type's axes.
func (p *attention) finish() ([]*Tensor, error) {
	for o, t := range p.outs {
		if t != nil {
			p.run.live -= 8 * int64(len(t.Data))
			continue
		}
		axes, err := p.emptyAxes(p.node.Outs[o])
		if err != nil {
			return nil, err
		}
		if p.outs[o], err = p.run.alloc(ir.Real, axes); err != nil {
			return nil, err
		}
	}
	return p.outs, p.emit()
}

func (p *attention) emptyAxes(t ir.Type) ([]Axis, error) {
	axes, err := p.sized(p.free(t).Axes)
	if err != nil {
		return nil, err
	}
	all, err := broadcast(axesOf(p.args)...)
	return append(chosen(all, []string{Batch}), axes...), err
}
