package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"archc/ir"
)

// stack of layers: h = h + sum[A](w_l h') with the next layer's bias, and the layer's own number.
func layers() *program {
	p := newProgram()
	x := p.input("x", ir.Real, free("T"), n("D", 3))
	p.Scope = "model.layers.{l}"
	body := p.Enter("body")
	p.Param(ir.Scalar(ir.Int), "l")
	h := p.Param(x.Type(), "h")
	w := p.param("layers.{l}.w", [][]string{{"D", "E"}}, n("E", 2), n("D", 3))
	b := p.param("layers.{l+1}.b", [][]string{{"E"}}, n("E", 2))
	u := named(p.fn("add", p.sum([]string{"D"}, h, w), b), "u")
	up := p.sum([]string{"E"}, u, w)
	l := p.fn("mul", number(body), p.number(10))
	body.Results = []ir.Value{p.fn("add", p.fn("add", h, up), l)}
	p.Leave()
	p.Scope = ""
	rep, err := p.Add(ir.Repeat, &ir.RepeatAttr{Var: "l", First: 1, Step: 2, Count: ir.Const(3)}, []ir.Value{x}, body)
	if err != nil {
		panic(err)
	}
	p.output("y", ir.Value{Node: rep})
	return p
}

func number(r *ir.Region) ir.Value { return ir.Value{Node: r.Params[0]} }

// reads counts what is read of a store.
type counted struct {
	stored
	reads map[string]int
}

func (c counted) Read(key string) ([]int64, []float64, error) {
	c.reads[key]++
	return c.stored.Read(key)
}

func layerWeights() stored {
	r, w := source(), stored{}
	for _, l := range []int{1, 3, 5} {
		w[fmt.Sprintf("layers.%d.w", l)] = random(r, Axis{"", 6})
		w[fmt.Sprintf("layers.%d.b", l+1)] = random(r, Axis{"", 2})
	}
	return w
}

func TestRepeatParamsAndTrace(t *testing.T) {
	p, w := layers(), counted{layerWeights(), map[string]int{}}
	m, err := New(p.m, w)
	if err != nil {
		t.Fatal(err)
	}
	x := random(source(), Axis{"T", 2}, Axis{"D", 3})
	var names []string
	traced := tensors{}
	opt := Options{Trace: func(scope, name string, x *Tensor) {
		names = append(names, scope+":"+name)
		traced[scope] = x
	}}
	res, err := m.Run(context.Background(), tensors{"x": x}, opt)
	if err != nil {
		t.Fatal(err)
	}
	h := x
	for _, l := range []int{1, 3, 5} {
		wl, bl := w.stored[fmt.Sprintf("layers.%d.w", l)], w.stored[fmt.Sprintf("layers.%d.b", l+1)]
		u := made([]Axis{{"T", 2}, {"E", 2}}, func(c coords) float64 {
			sum := 0.0
			for d := range 3 { // stored [D E], D outer
				sum += float64(h.at(coords{"T": c["T"], "D": d}) * wl.Data[d*2+c["E"]])
			}
			return sum + bl.Data[c["E"]]
		})
		same(t, "u", traced[fmt.Sprintf("model.layers.%d", l)], u)
		h = made(h.Axes, func(c coords) float64 {
			sum := 0.0
			for e := range 2 {
				sum += float64(u.at(coords{"T": c["T"], "E": e}) * wl.Data[c["D"]*2+e])
			}
			return h.at(c) + sum + 10*float64(l)
		})
	}
	same(t, "y", res.Outputs["y"], h)
	want := []string{"model.layers.1:u", "model.layers.3:u", "model.layers.5:u"}
	if !slices.Equal(names, want) {
		t.Errorf("traced %v", names)
	}
	// A layer: 2*2*3*2 twice, and 2*2 + 2*3 + 2*3 + 1 elements.
	if want := (Work{3 * 2 * 24, 3 * (4 + 6 + 6 + 1), 0}); res.Counts.Work != want {
		t.Errorf("counted %+v, want %+v", res.Counts.Work, want)
	}
	if got := res.Counts.Sites[Site{"model.layers.{l}", "contract"}]; got != (Work{Contraction: 144}) {
		t.Errorf("site %+v", got)
	}
	if _, err = m.Run(context.Background(), tensors{"x": x}, Options{}); err != nil {
		t.Fatal(err)
	}
	for k, times := range w.reads {
		if times != 1 {
			t.Errorf("%s was read %d times", k, times)
		}
	}
}

// Elements of a batch are what they are alone, bit by bit; the batch multiplies the counts of what depends
// on it.
func TestBatchIsInvisible(t *testing.T) {
	r := source()
	all := random(r, Axis{Batch, 4}, Axis{"T", 5}, Axis{"D", 3})
	res := run1(t, layers(), layerWeights(), tensors{"x": all}, Options{})
	for b := range 4 {
		x := tensor(ir.Real, all.Data[b*15:(b+1)*15], Axis{"T", 5}, Axis{"D", 3})
		alone := run1(t, layers(), layerWeights(), tensors{"x": x}, Options{})
		part, err := background().elect(res.Outputs["y"], elect{fixed: map[string]int{Batch: b}})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "batch element", part, alone.Outputs["y"])
		if res.Counts.Contraction != 4*alone.Counts.Contraction {
			t.Errorf("batch %+v, alone %+v", res.Counts.Work, alone.Counts.Work)
		}
	}
}

// The batch stands first whichever argument brings it.
func TestBatchStandsFirst(t *testing.T) {
	p := newProgram()
	x, d := p.input("x", ir.Real, free("T")), p.Must(ir.Position, &ir.AxisAttr{Axis: n("D", 2)})
	for i, v := range []ir.Value{
		p.fn("add", d, x), p.sum([]string{"D"}, d, x), p.Must(ir.Stack, &ir.AxisAttr{Axis: n("W", 2)}, d, x),
	} {
		p.output(string(rune('a'+i)), v)
	}
	in := random(source(), Axis{"T", 3}, Axis{Batch, 4})
	res := run1(t, p, nil, tensors{"x": in}, Options{}).Outputs
	same(t, "map", res["a"], made([]Axis{{Batch, 4}, {"D", 2}, {"T", 3}}, func(c coords) float64 {
		return float64(c["D"]) + in.at(c)
	}))
	same(t, "contract", res["b"], made([]Axis{{Batch, 4}, {"T", 3}}, in.at))
	same(t, "stack", res["c"], made([]Axis{{Batch, 4}, {"W", 2}, {"D", 2}, {"T", 3}}, func(c coords) float64 {
		if c["W"] == 0 {
			return float64(c["D"])
		}
		return in.at(c)
	}))
}

func TestParamErrors(t *testing.T) {
	x := tensors{"x": random(source(), Axis{"T", 2}, Axis{"D", 3})}
	change := func(f func(w stored)) stored { w := layerWeights(); f(w); return w }
	for want, w := range map[string]stored{
		"layers.3.w: no such tensor": change(func(w stored) { delete(w, "layers.3.w") }),
		"param in model.layers.1: layers.2.b: stored as [3] with 3 elements, the model has [2], 2": change(
			func(w stored) { w["layers.2.b"] = random(source(), Axis{"", 3}) }),
		"layers.5.w: stored as [3 2]": change(
			func(w stored) { w["layers.5.w"] = random(source(), Axis{"A", 3}, Axis{"B", 2}) }),
	} {
		wantError(t, runErr(t, layers(), w, x, Options{}), want)
	}
	m, err := New(layers().m, stored{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Run(context.Background(), x, Options{})
	var at *NodeError // the innermost node, once
	if !errors.As(err, &at) || at.Scope != "model.layers.1" || err.Error() !=
		"param in model.layers.1: layers.1.w: no such tensor" || errors.Unwrap(err) == nil {
		t.Errorf("got %v", err)
	}
	p := newProgram()
	p.output("y", p.param("w", [][]string{{"A"}}, n("A", 2), n("B", 2)))
	wantError(t, runErr(t, p, nil, nil, Options{}),
		"w: stored as [[A]], which is not one of each axis of [A B]")
	if _, err := New(p.m, nil); err == nil || !strings.Contains(err.Error(), "w needs weights") {
		t.Error(err)
	}
}

func TestStoredLayouts(t *testing.T) {
	r := source()
	for _, groups := range [][][]string{
		{{"A"}, {"B"}, {"C"}}, {{"B", "A"}, {"C"}}, {{"C", "A", "B"}}, {{}, {"C"}, {"B", "A"}},
	} {
		p := newProgram()
		p.output("y", p.param("w", groups, n("A", 2), n("B", 3), n("C", 4)))
		sizes := map[string]int{"A": 2, "B": 3, "C": 4}
		var flat, axes []Axis
		for _, g := range groups {
			size := 1
			for _, l := range g {
				flat = append(flat, Axis{l, sizes[l]})
				size *= sizes[l]
			}
			axes = append(axes, Axis{"", size})
		}
		data := random(r, axes...)
		want := tensor(ir.Real, data.Data, flat...)
		got := run1(t, p, stored{"w": data}, nil, Options{}).Outputs["y"]
		same(t, "stored", got, made([]Axis{{"A", 2}, {"B", 3}, {"C", 4}}, want.at))
	}
}

func TestExpand(t *testing.T) {
	env := map[string]int64{"l": 7, "m": 0}
	for in, want := range map[string]string{
		"a.{l}.b": "a.7.b", "{l+1}{l-10}": "8-3", "x": "x", "{m}.{l+01}": "0.8", "": "",
		"{k}": "! {k}: no repeat around has the number k", "{l": "! {l: a brace does not close",
		"{l+}": "! {l+}: {l+} is not a name and a number", "{l+m}": "! {l+m}: {l+m} is not a name and a number",
	} {
		got, err := expand(in, env)
		if err != nil {
			got = "! " + err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// Runs of one machine may overlap: they share the parameters, which each is read once.
func TestOverlappingRuns(t *testing.T) {
	p, w := layers(), counted{layerWeights(), map[string]int{}}
	m, err := New(p.m, w)
	if err != nil {
		t.Fatal(err)
	}
	x := random(source(), Axis{"T", 2}, Axis{"D", 3})
	results := make(chan *Result)
	for range 4 {
		go func() {
			res, err := m.Run(context.Background(), tensors{"x": x}, Options{})
			if err != nil {
				t.Error(err)
			}
			results <- res
		}()
	}
	first := <-results
	for range 3 {
		if res := <-results; first != nil && res != nil {
			same(t, "y", res.Outputs["y"], first.Outputs["y"])
		}
	}
	if w.reads["layers.1.w"] != 1 {
		t.Errorf("read %d times", w.reads["layers.1.w"])
	}
}

// Round makes the plain graph of a narrower type: here every product and every sum of float32, one after the other; and with
// Factors what is multiplied has fewer digits before.
func TestRound(t *testing.T) {
	for _, factors := range []func(float64) float64{nil, func(x float64) float64 { return math.Round(x*8) / 8 }} {
		p, w := layers(), layerWeights()
		m, err := New(p.m, w)
		if err != nil {
			t.Fatal(err)
		}
		x := random(source(), Axis{"T", 2}, Axis{"D", 3})
		narrow := func(t *Tensor) []float32 {
			out := make([]float32, len(t.Data))
			for i, v := range t.Data {
				out[i] = float32(v)
				t.Data[i] = float64(out[i])
			}
			return out
		}
		h := narrow(x)
		for _, t := range w {
			narrow(t)
		}
		res, err := m.Run(context.Background(), tensors{"x": x}, Options{
			Round:   func(x float64) float64 { return float64(float32(x)) },
			Factors: factors,
		})
		if err != nil {
			t.Fatal(err)
		}
		times := func(a, b float32) float32 {
			if factors != nil {
				a, b = float32(factors(float64(a))), float32(factors(float64(b)))
			}
			return float32(a * b)
		}
		for _, l := range []int{1, 3, 5} {
			wl, bl := narrow(w[fmt.Sprintf("layers.%d.w", l)]), narrow(w[fmt.Sprintf("layers.%d.b", l+1)])
			next := make([]float32, 6)
			for r := range 2 {
				u := make([]float32, 2)
				for e := range u {
					for d := range 3 {
						u[e] += times(h[r*3+d], wl[d*2+e])
					}
					u[e] += bl[e]
				}
				for d := range 3 {
					var sum float32
					for e := range u {
						sum += times(u[e], wl[d*2+e])
					}
					next[r*3+d] = h[r*3+d] + sum + 10*float32(l)
				}
			}
			h = next
		}
		for i, v := range res.Outputs["y"].Data {
			if float32(v) != h[i] || v != float64(float32(v)) {
				t.Errorf("element %d is %v, in float32 %v", i, v, h[i])
			}
		}
	}
}
