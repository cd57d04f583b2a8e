package weights

import "archc/backends/kernel"

// Axis is an axis of a stored tensor.
type Axis struct{ Size, Stride int }

// Reader gives the elements of a stored tensor.
type Reader interface {
	// Float32s fills dst with the elements of a tensor from first on, row-major.
	Float32s(key string, first int64, dst []float32) error
}

// Packer packs stored tensors. What it reads goes through one buffer: a loader that leaves what it has read to the
// garbage collector holds up to twice the weights.
type Packer struct {
	Reader  Reader
	Element kernel.Element
	buffer  []float32
}

func (p *Packer) room(n int) []float32 {
	if len(p.buffer) < n {
		p.buffer = nil
		p.buffer = make([]float32, n)
	}
	return p.buffer[:n]
}

// Pack reads a stored tensor and packs a matrix of it for each element of the batch axes, which have their outermost
// first: the outputs run over the axes n, the inputs over the axes k, from element base on. Where the outputs are rows
// of the file, a slab of rows is read at a time, so that the tensor is not held twice.
func (p *Packer) Pack(key string, base int, batch, n, k []Axis) ([]*kernel.Panels, error) {
	rows, columns := elements(n), elements(k)
	if len(batch) == 0 && straight(n, columns) && straight(k, 1) {
		x := kernel.NewPanels(p.Element, rows, columns)
		return []*kernel.Panels{x}, p.slabs(key, base, x)
	}
	data := p.room(reach(batch, n, k) + 1)
	if err := p.Reader.Float32s(key, int64(base), data); err != nil {
		return nil, err
	}
	var out []*kernel.Panels
	each(batch, 0, func(_, at int) {
		x := kernel.NewPanels(p.Element, rows, columns)
		out = append(out, x)
		set(x, data, at, n, k)
	})
	return out, nil
}

func elements(axes []Axis) int {
	n := 1
	for _, a := range axes {
		n *= a.Size
	}
	return n
}

// straight reports whether axes follow each other without gaps, with that stride innermost.
func straight(axes []Axis, stride int) bool {
	for i := len(axes) - 1; i >= 0; i-- {
		if axes[i].Size != 1 && axes[i].Stride != stride {
			return false
		}
		stride *= axes[i].Size
	}
	return true
}

// reach is how far behind the first element axes go.
func reach(lists ...[]Axis) int {
	last := 0
	for _, axes := range lists {
		for _, a := range axes {
			last += (a.Size - 1) * a.Stride
		}
	}
	return last
}

// slabElements bounds what is read at a time: 16 MiB.
const slabElements = 1 << 22

func (p *Packer) slabs(key string, base int, x *kernel.Panels) error {
	rows := max(1, min(x.N, slabElements/max(x.K, 1)))
	data := p.room(rows * x.K)
	for n := 0; n < x.N; n += rows {
		rows := min(rows, x.N-n)
		part := data[:rows*x.K]
		if err := p.Reader.Float32s(key, int64(base+n*x.K), part); err != nil {
			return err
		}
		x.Set(n, 0, kernel.Matrix{Data: part, Row: x.K, Col: 1}, rows, x.K)
	}
	return nil
}

// each visits the elements of axes in order, outermost first: their number and their offset.
func each(axes []Axis, base int, visit func(number, at int)) {
	for number := range elements(axes) {
		at, rest := base, number
		for i := len(axes) - 1; i >= 0; i-- {
			at += rest % axes[i].Size * axes[i].Stride
			rest /= axes[i].Size
		}
		visit(number, at)
	}
}

// set packs a matrix whose outputs and inputs run over several axes, the last of which are taken at once.
func set(x *kernel.Panels, data []float32, base int, n, k []Axis) {
	n, lastN := split(n)
	k, lastK := split(k)
	each(n, base, func(i, at int) {
		each(k, at, func(j, at int) {
			src := kernel.Matrix{Data: data[at:], Row: lastN.Stride, Col: lastK.Stride}
			x.Set(i*lastN.Size, j*lastK.Size, src, lastN.Size, lastK.Size)
		})
	})
}

func split(axes []Axis) ([]Axis, Axis) {
	if len(axes) == 0 {
		return nil, Axis{1, 1}
	}
	return axes[:len(axes)-1], axes[len(axes)-1]
}
