package eval

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"

	"archc/ir"
)

// Hash is a stated pseudo-random value in [-1/2, 1/2) for element index of the tensor called name. With
//
//	z = fnv1a64(name) + (index+1) * 0x9e3779b97f4a7c15
//	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
//	z = (z ^ z>>27) * 0x94d049bb133111eb
//	z =  z ^ z>>31
//
// in 64 bits without a sign, it is the upper 24 bits of z, divided by 2^24, less 1/2: exact in float32 too,
// so that a stored checkpoint can hold the same values. (The steps are those of SplitMix64: Steele, Lea,
// Flood 2014, "Fast splittable pseudorandom number generators".)
func Hash(name string, index int) float64 { return mixed(seed(name), index) }

func seed(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	return h.Sum64()
}

// HashRange fills dst with scale times Hash(key, i), from i = first on.
func HashRange(key string, first int64, scale float64, dst []float32) {
	s := seed(key)
	for i := range dst {
		dst[i] = float32(scale * mixed(s, int(first)+i))
	}
}

func mixed(seed uint64, index int) float64 {
	z := seed + (uint64(index)+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return float64(z>>40)/(1<<24) - 0.5
}

// maxKeys bounds what StoredShapes lists.
const maxKeys = 1 << 20

// StoredShapes lists every stored tensor that the module reads, by key, loops written out. Errors: a
// shape that depends on an input, two nodes that want one key in two shapes, over a million keys.
func StoredShapes(m *ir.Module) (map[string][]int64, error) {
	out := map[string][]int64{}
	f := &frame{run: background(), env: map[string]int64{}}
	return out, f.shapes(m.Body, out)
}

func (f *frame) shapes(r *ir.Region, out map[string][]int64) error {
	for _, n := range r.Nodes {
		if n.Op == ir.Param {
			if err := f.shapeOf(n, out); err != nil {
				return f.at(n, err)
			}
		}
		loop, ok := n.Loop()
		if !ok {
			loop = ir.Loop{Count: ir.Const(1)}
		}
		runs, number := loop.Count.Int()
		if !number {
			runs = 1 // no key in it names the run
		}
		for _, inner := range n.Regions {
			if !reads(inner) {
				continue
			}
			for k := range runs {
				if err := f.inside(loop.Var, loop.First+loop.Step*k).shapes(inner, out); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func reads(r *ir.Region) bool {
	found := false
	r.Walk(func(n *ir.Node, _ int) { found = found || n.Op == ir.Param })
	return found
}

func (f *frame) shapeOf(n *ir.Node, out map[string][]int64) error {
	a := n.Attr.(*ir.ParamAttr)
	key, err := expand(a.Key, f.env)
	if err != nil {
		return err
	}
	axes, err := f.sized(n.Outs[0].Axes)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	_, shape, err := storedOrder(a.Stored, axes)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if old, ok := out[key]; ok && !slices.Equal(old, shape) {
		return fmt.Errorf("%s: wanted as %v here and %v elsewhere", key, shape, old)
	}
	if out[key] = shape; len(out) > maxKeys {
		return fmt.Errorf("%s: over %d stored tensors", key, maxKeys)
	}
	return nil
}

// HashWeights gives every stored tensor of a module: element i of the row-major data of a key is Scale *
// Hash(key, i).
type HashWeights struct {
	Scale  float64
	shapes map[string][]int64
}

// NewHashWeights finds the shapes that the module wants; the scale is 1.
func NewHashWeights(m *ir.Module) (*HashWeights, error) {
	shapes, err := StoredShapes(m)
	return &HashWeights{1, shapes}, err
}

// Keys lists the keys in order.
func (w *HashWeights) Keys() []string { return slices.Sorted(maps.Keys(w.shapes)) }

// Read makes one tensor; a key that the module does not have is an error.
func (w *HashWeights) Read(key string) ([]int64, []float64, error) {
	shape, ok := w.shapes[key]
	if !ok {
		return nil, nil, fmt.Errorf("the module has no tensor of this key")
	}
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	if n > DefaultMaxElements {
		return nil, nil, fmt.Errorf("%v is over %d elements", shape, DefaultMaxElements)
	}
	data, s := make([]float64, n), seed(key)
	for i := range data {
		data[i] = w.Scale * mixed(s, i)
	}
	return shape, data, nil
}
