package eval

import (
	"math"
	"testing"

	"archc/ir"
)

// batched gives a tensor a batch of n in front: each element of it others.
func batched(n int, axes ...Axis) *Tensor {
	return random(source(), append([]Axis{{Batch, n}}, axes...)...)
}

func TestReverse(t *testing.T) {
	p := newProgram()
	x := p.input("x", ir.Real, free("T"), n("D", 3))
	p.output("t", p.Must(ir.Reverse, &ir.LabelAttr{Label: "T"}, x))
	p.output("d", p.Must(ir.Reverse, &ir.LabelAttr{Label: "D"}, x))
	for _, rows := range []int{0, 1, 5} {
		in := batched(2, Axis{"T", rows}, Axis{"D", 3})
		res := run1(t, p, nil, tensors{"x": in}, Options{})
		same(t, "t", res.Outputs["t"], made(in.Axes, func(c coords) float64 {
			return in.at(coords{Batch: c[Batch], "T": rows - 1 - c["T"], "D": c["D"]})
		}))
		same(t, "d", res.Outputs["d"], made(in.Axes, func(c coords) float64 {
			return in.at(coords{Batch: c[Batch], "T": c["T"], "D": 2 - c["D"]})
		}))
		if res.Counts.Work != (Work{}) {
			t.Errorf("counted %+v", res.Counts.Work)
		}
	}
}

// windowed are ways to lay windows over an axis of a free size.
var windowed = []ir.WindowsAttr{
	{Window: n("K", 1), Stride: 1, Dilate: 1},
	{Window: n("K", 3), Stride: 1, Dilate: 1, Low: 2},
	{Window: n("K", 3), Stride: 1, Dilate: 2, Low: 2, High: 2, Fill: -1.5},
	{Window: n("K", 3), Stride: 2, Dilate: 1, Low: 1, High: 1, Fill: math.Inf(-1)},
	{Window: n("K", 2), Stride: 3, Dilate: 4, Low: 4, High: 5, Fill: math.NaN()},
	{Window: n("K", 5), Stride: 2, Dilate: 1, Low: 7, High: 4, Fill: 1},
}

func TestWindows(t *testing.T) {
	for i, a := range windowed {
		a.Label = "T"
		a.Out = ir.Axis{Label: "O", Size: a.OutSize(ir.Free("T"))}
		p := newProgram()
		x := p.input("x", ir.Real, n("C", 2), free("T"), n("D", 3))
		p.output("y", p.Must(ir.Windows, &a, x))
		for rows := 1; rows <= 8; rows++ {
			in := batched(2, Axis{"C", 2}, Axis{"T", rows}, Axis{"D", 3})
			places, _ := a.Window.Size.Int()
			reach := int(a.Dilate*(places-1)) + 1
			if rows+int(a.Low+a.High) < reach {
				continue
			}
			res := run1(t, p, nil, tensors{"x": in}, Options{})
			count := 0 // windows that lie within the axis and its pads
			for start := 0; start+reach <= rows+int(a.Low+a.High); start += int(a.Stride) {
				count++
			}
			axes := []Axis{{Batch, 2}, {"C", 2}, {"O", count}, {"K", int(places)}, {"D", 3}}
			same(t, "windows", res.Outputs["y"], made(axes, func(c coords) float64 {
				at := c["O"]*int(a.Stride) + c["K"]*int(a.Dilate) - int(a.Low)
				if at < 0 || at >= rows {
					return a.Fill
				}
				return in.at(coords{Batch: c[Batch], "C": c["C"], "T": at, "D": c["D"]})
			}))
			if res.Counts.Work != (Work{}) {
				t.Errorf("case %d counted %+v", i, res.Counts.Work)
			}
		}
	}
}

func TestWindowsThatDoNotFit(t *testing.T) {
	a := &ir.WindowsAttr{Label: "T", Window: n("K", 5), Stride: 1, Dilate: 1}
	a.Out = ir.Axis{Label: "O", Size: a.OutSize(ir.Free("T"))}
	p := newProgram()
	p.output("y", p.Must(ir.Windows, a, p.input("x", ir.Real, free("T"))))
	in := tensors{"x": random(source(), Axis{"T", 4})}
	same(t, "none", run1(t, p, nil, in, Options{}).Outputs["y"], tensor(ir.Real, nil, Axis{"O", 0}, Axis{"K", 5}))
	in["x"] = random(source(), Axis{"T", 3})
	wantError(t, runErr(t, p, nil, in, Options{}), "windows: axis O: the size T - 4 is -1")
}

// TestConvolution: windows and a contraction are a convolution, of 2*k*in*out*places operations, padding included.
func TestConvolution(t *testing.T) {
	const size, in, out, k, stride, pad = 9, 3, 4, 3, 2, 1
	p := newProgram()
	x := p.input("x", ir.Real, n("C", in), n("Y", size), n("X", size))
	lay := func(v ir.Value, label, window string) ir.Value {
		a := &ir.WindowsAttr{Label: label, Window: n(window, k), Stride: stride, Dilate: 1, Low: pad, High: pad}
		a.Out = ir.Axis{Label: label, Size: a.OutSize(ir.Const(size))}
		return p.Must(ir.Windows, a, v)
	}
	v := lay(lay(x, "Y", "ky"), "X", "kx")
	w := p.param("w", [][]string{{"F"}, {"C"}, {"ky"}, {"kx"}}, n("F", out), n("C", in), n("ky", k), n("kx", k))
	p.output("y", p.sum([]string{"C", "ky", "kx"}, v, w))
	weights := random(source(), Axis{"F", out}, Axis{"C", in}, Axis{"ky", k}, Axis{"kx", k})
	image := random(source(), Axis{"C", in}, Axis{"Y", size}, Axis{"X", size})
	res := run1(t, p, stored{"w": weights}, tensors{"x": image}, Options{})
	near(t, "convolution", res.Outputs["y"], made([]Axis{{"Y", 5}, {"X", 5}, {"F", out}}, func(c coords) float64 {
		sum := 0.0
		points([]Axis{{"C", in}, {"ky", k}, {"kx", k}}, coords{}, func(d coords) {
			y, x := c["Y"]*stride+d["ky"]-pad, c["X"]*stride+d["kx"]-pad
			if y >= 0 && y < size && x >= 0 && x < size {
				d["F"] = c["F"]
				sum += image.at(coords{"C": d["C"], "Y": y, "X": x}) * weights.at(d)
			}
		})
		return sum
	}), 1e-14)
	if want := (Work{Contraction: 2 * k * k * in * out * 5 * 5}); res.Counts.Work != want {
		t.Errorf("counted %+v, want %+v", res.Counts.Work, want)
	}
}

func TestTopK(t *testing.T) {
	r := source()
	x := randomInts(r, 4, Axis{Batch, 2}, Axis{"T", 3}, Axis{"E", 7}, Axis{"H", 2}) // many ties
	x.Kind = ir.Real
	nan, inf := math.NaN(), math.Inf(1)
	copy(x.Data, []float64{nan, 1, inf, 2, nan, 3, -inf, 1, math.Copysign(0, -1), 0, 0, 2})
	for k := range int64(8) {
		p := newProgram()
		v := p.input("x", ir.Real, free("T"), n("E", 7), n("H", 2))
		p.output("y", p.Must(ir.TopK, &ir.TopKAttr{Label: "E", Into: n("K", k)}, v))
		res := run1(t, p, nil, tensors{"x": x}, Options{})
		axes := []Axis{{Batch, 2}, {"T", 3}, {"H", 2}, {"K", int(k)}}
		same(t, "topk", res.Outputs["y"], made(axes, func(c coords) float64 {
			line := make([]float64, 7)
			for e := range line {
				line[e] = x.at(coords{Batch: c[Batch], "T": c["T"], "E": e, "H": c["H"]})
			}
			for e := range line {
				ahead := 0 // of those that come before e
				for o := range line {
					more := line[o] > line[e] || math.IsNaN(line[o]) && !math.IsNaN(line[e])
					less := line[e] > line[o] || math.IsNaN(line[e]) && !math.IsNaN(line[o])
					if more || !less && o < e {
						ahead++
					}
				}
				if ahead == c["K"] {
					return float64(e)
				}
			}
			panic("no element of that rank")
		}))
		if want := (Work{Elementwise: 2 * 3 * 7 * 2}); res.Counts.Work != want {
			t.Errorf("counted %+v, want %+v", res.Counts.Work, want)
		}
	}
}

func TestTopKOfTooFew(t *testing.T) {
	p := newProgram()
	p.output("y", p.Must(ir.TopK, &ir.TopKAttr{Label: "T", Into: n("K", 4)}, p.input("x", ir.Real, free("T"))))
	in := tensors{"x": random(source(), Axis{"T", 3})}
	wantError(t, runErr(t, p, nil, in, Options{}), "topk: the 4 largest of the 3 elements along T")
}

// Truth values add up to how many are true, and convert to 0 and 1.
func TestSumsOfTruth(t *testing.T) {
	p := newProgram()
	b := p.input("b", ir.Bool, free("T"), n("D", 2))
	p.output("sum", p.reduce("sum", "T", b))
	p.output("prefix", p.Must(ir.Reduce, &ir.ReduceAttr{Fn: "sum", Labels: []string{"T"}, Prefix: true}, b))
	p.output("real", p.Must(ir.Cast, &ir.KindAttr{Kind: ir.Real}, b))
	in := tensor(ir.Bool, []float64{1, 0, 0, 0, 1, 1, 1, 0}, Axis{"T", 4}, Axis{"D", 2})
	res := run1(t, p, nil, tensors{"b": in}, Options{})
	same(t, "sum", res.Outputs["sum"], tensor(ir.Int, []float64{3, 1}, Axis{"D", 2}))
	same(t, "prefix", res.Outputs["prefix"], tensor(ir.Int, []float64{1, 0, 1, 0, 2, 1, 3, 1}, in.Axes...))
	same(t, "real", res.Outputs["real"], tensor(ir.Real, in.Data, in.Axes...))
	if res.Outputs["sum"].Kind != ir.Int || res.Outputs["prefix"].Kind != ir.Int || res.Counts.Elementwise != 16 {
		t.Errorf("%s, %s, counted %+v", res.Outputs["sum"], res.Outputs["prefix"], res.Counts.Work)
	}
}
