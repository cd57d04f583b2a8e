package program

import (
	"fmt"
	"math"
	"slices"

	"archc/backends/checkpoint"
	"archc/backends/host/arrays"
)

// binding is what a function is computed on: the inputs as numbers for the engine, and the sizes that they settle.
type binding struct {
	f      Function
	dims   map[string]int
	from   map[string]string    // the input that settles a dim
	batch  int                  // 0: no input has one
	inputs map[string][]float32 // those of all elements of the batch behind each other
	many   map[string]bool      // inputs that have the batch
}

// bind checks inputs and makes random draws, those of a seed.
func (f Function) bind(given map[string]arrays.Array, seed *uint64) (*binding, error) {
	b := &binding{f, map[string]int{}, map[string]string{}, 0, map[string][]float32{}, map[string]bool{}}
	for _, p := range f.Inputs {
		if a, ok := given[p.Name]; ok {
			if err := b.learn(p, a); err != nil {
				return nil, fail(exitWrong, "", "input %s: %v", p.Name, err)
			}
		} else if drawn := p.Draw != ""; !p.Default && (!drawn || seed == nil) {
			help := fmt.Sprintf("give it with --input %s=FILE", p.Name)
			if drawn {
				help = fmt.Sprintf("it is a random draw: draw it with --seed N, or give it with --input %s=FILE", p.Name)
			}
			return nil, fail(exitWrong, help, "input %s : %s is not given", p.Name, p.Type)
		}
	}
	for _, p := range f.Inputs {
		for _, a := range p.Axes {
			if _, ok := b.dims[a.Dim]; !ok && a.Dim != "" {
				return nil, fail(exitWrong, fmt.Sprintf("give it with --input %s=FILE", p.Name),
					"input %s : %s is not given, and no other input says how many %s are", p.Name, p.Type, a.Dim)
			}
		}
		a, ok := given[p.Name]
		if shape := p.Shape(b.dims); !ok && p.Draw != "" {
			a = b.draw(p, shape, *seed)
		} else if has := a.Shape[max(0, len(a.Shape)-len(p.Axes)):]; ok && !slices.EqualFunc(has, shape, func(x int64, y int) bool { return x == int64(y) }) {
			return nil, fail(exitWrong, "", "input %s: its shape is %s, not %s", p.Name, p.sized(has), p.sized(wide(shape)))
		} else if !ok {
			continue
		}
		if err := b.take(p, a); err != nil {
			return nil, fail(exitWrong, "", "input %s: %v", p.Name, err)
		}
	}
	return b, nil
}

// learn takes the sizes of dims, and that of the batch, from an array.
func (b *binding) learn(p Port, a arrays.Array) error {
	shape := a.Shape
	if len(shape) > len(p.Axes) {
		if b.many[p.Name] = true; b.batch != 0 && b.batch != int(shape[0]) {
			return fmt.Errorf("the batch is %d here and %d in input %s", shape[0], b.batch, b.from["*"])
		}
		b.batch, b.from["*"] = int(shape[0]), p.Name
		shape = shape[1:]
	}
	for i, axis := range p.Axes {
		n, known := b.dims[axis.Dim]
		switch {
		case axis.Dim == "":
		case !known:
			b.dims[axis.Dim], b.from[axis.Dim] = int(shape[i]), p.Name
		case n != int(shape[i]):
			return fmt.Errorf("%s is %d here and %d in input %s", axis.Dim, shape[i], n, b.from[axis.Dim])
		}
	}
	if b.batch == 0 && b.many[p.Name] {
		return fmt.Errorf("a batch has an element or more")
	}
	return nil
}

// draw makes a random draw, for each element of a batch its own.
func (b *binding) draw(p Port, shape []int, seed uint64) arrays.Array {
	if b.batch > 0 {
		b.many[p.Name] = true
		shape = slices.Concat([]int{b.batch}, shape)
	}
	n := 1
	for _, k := range shape {
		n *= k
	}
	a := arrays.Array{Shape: wide(shape), Data: make([]float64, n)}
	arrays.Draw(a.Data, seed, p.Name, p.Draw)
	return a
}

// exact is the number up to which float32 has all whole numbers.
const exact = 1 << 24

// take makes float32 of an input.
func (b *binding) take(p Port, a arrays.Array) error {
	x := make([]float32, len(a.Data))
	for i, v := range a.Data {
		switch {
		case p.Kind == Bool && v != 0 && v != 1:
			return fmt.Errorf("%v, of element %d, is no truth value", v, i)
		case p.Kind == Int && v != math.Trunc(v):
			return fmt.Errorf("%v, of element %d, is no whole number", v, i)
		case p.Kind == Int && math.Abs(v) > exact:
			return fmt.Errorf("%.0f is above 2^24, up to which float32 has all whole numbers", v)
		}
		x[i] = float32(v)
	}
	b.inputs[p.Name] = x
	return nil
}

// run computes the elements of a batch one after the other: the bits are those of each alone, as they are in a batch.
func (b *binding) run(c Computer) ([]checkpoint.Named, error) {
	var out []checkpoint.Named
	for _, p := range b.f.Outputs {
		x := checkpoint.Named{Name: p.Name, Shape: wide(p.Shape(b.dims))}
		if p.Batch && b.batch > 0 {
			x.Shape = slices.Concat([]int64{int64(b.batch)}, x.Shape)
		}
		out = append(out, x)
	}
	one := map[string][]float32{}
	for i := range max(b.batch, 1) {
		for name, x := range b.inputs {
			if one[name] = x; b.many[name] {
				n := len(x) / b.batch
				one[name] = x[i*n : (i+1)*n]
			}
		}
		results, err := c.Run(b.dims, one)
		if err != nil {
			return nil, err
		}
		for k, x := range results {
			if i == 0 || b.f.Outputs[k].Batch {
				out[k].Float32 = append(out[k].Float32, x...)
			}
		}
	}
	return out, nil
}

// sized is a shape with the labels of a port.
func (p Port) sized(shape []int64) string {
	text := ""
	for i, n := range shape {
		text += fmt.Sprintf(", %s=%d", p.Axes[i].Label, n)
	}
	return "[" + text[min(2, len(text)):] + "]"
}

func wide(shape []int) []int64 {
	out := make([]int64, len(shape))
	for i, n := range shape {
		out[i] = int64(n)
	}
	return out
}
