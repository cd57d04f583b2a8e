package cudasource

import (
	"fmt"
	"strings"

	"archc/backends/source"
	"archc/passes/plan"
)

// fields are the weights of a model: what its plans read, each once.
type fields struct {
	names *names
	byKey map[string]*field // raw ones by Param.Full, packed ones by Panels.Key
	order []*field
	known []string // keys of all tensors, for short names
}

// field is a stored tensor on the device: as it is stored, in float, or packed: for each run of its loops and element of its
// batch a matrix with a row for each output, its inputs side by side.
type field struct {
	name   string
	param  *plan.Param
	panels *plan.Panels // nil for a raw one
	loops  []*plan.Loop
	batch  int64
}

// add notes the weights of a plan.
func (f *fields) add(p *plan.Plan) {
	for _, x := range p.Params {
		if id := "raw " + x.Full(); f.byKey[id] == nil {
			f.put(id, &field{param: x, loops: x.Loops, batch: 1})
		}
	}
	for _, x := range p.Panels {
		if id := "packed " + x.Key(); f.byKey[id] == nil {
			f.put(id, &field{param: x.Param, panels: x, loops: source.LoopsOf(x), batch: whole(source.Product(x.Batch))})
		}
	}
}

func (f *fields) put(id string, x *field) {
	x.name = f.names.of(source.Short(f.known, x.param.Key))
	f.byKey[id] = x
	f.order = append(f.order, x)
}

func (f *fields) raw(p *plan.Param) *field {
	x := f.byKey["raw "+p.Full()]
	if x == nil {
		panic("cudasource: the plan reads " + p.Key + " and does not list it")
	}
	return x
}

func (f *fields) packed(p *plan.Panels) *field { return f.byKey["packed "+p.Key()] }

// each is how many numbers one run has.
func (f *field) each() int64 {
	if f.panels != nil {
		return f.batch * matrix(f.panels)
	}
	n := int64(1)
	for _, s := range f.param.Shape {
		n *= whole(s)
	}
	return n
}

// all is how many numbers all runs have.
func (f *field) all() int64 {
	n := f.each()
	for _, l := range f.loops {
		n *= whole(l.Count)
	}
	return n
}

// stride is how far the rows of a packed matrix are apart: they begin at 16-byte addresses in any type.
func stride(p *plan.Panels) int64 { return (whole(p.Columns()) + 7) / 8 * 8 }

// matrix is how many numbers one packed matrix has.
func matrix(p *plan.Panels) int64 { return whole(p.Rows()) * stride(p) }

// describe says what a field is: its key, and the shape that is stored.
func (f *field) describe() string {
	parts := make([]string, len(f.param.Shape))
	for i, s := range f.param.Shape {
		parts[i] = s.String()
	}
	text := f.param.Key + " [" + strings.Join(parts, ", ") + "]"
	if f.panels != nil && stride(f.panels) != whole(f.panels.Columns()) {
		text += fmt.Sprintf(" in rows of %d", stride(f.panels))
	}
	return text
}
