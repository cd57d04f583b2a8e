package eval

import (
	"math"
	"slices"
	"strings"
	"testing"

	"archc/ir"
)

func TestEveryOpHasAKernel(t *testing.T) {
	k := kernels()
	for _, op := range ir.Ops() {
		if k[op] == nil {
			t.Errorf("op %s has no kernel", op.Name)
		}
		delete(k, op)
	}
	for op := range k {
		t.Errorf("kernel of %s, which is not in the table", op.Name)
	}
}

func TestLeaves(t *testing.T) {
	p := newProgram()
	p.input("x", ir.Real, free("T"))
	size := ir.Free("T").Mul(ir.Const(2)).Sub(ir.Const(10))
	p.output("size", p.Must(ir.Extent, &ir.SizeAttr{Size: size}))
	p.output("at", p.Must(ir.Position, &ir.AxisAttr{Axis: free("T")}))
	p.output("c", p.number(2.5))
	res := run1(t, p, nil, tensors{"x": random(source(), Axis{"T", 3})}, Options{})
	same(t, "extent", res.Outputs["size"], Scalar(ir.Int, -4))
	same(t, "index", res.Outputs["at"], tensor(ir.Int, []float64{0, 1, 2}, Axis{"T", 3}))
	same(t, "const", res.Outputs["c"], Scalar(ir.Real, 2.5))
	if res.Counts.Work != (Work{}) {
		t.Errorf("counted %+v", res.Counts)
	}
}

// Every scalar function over axes that broadcast, against one call a point.
func TestMap(t *testing.T) {
	r := source()
	a, b, c := Axis{"A", 2}, Axis{"B", 3}, Axis{"C", 4}
	args := []*Tensor{random(r, a, b), random(r, c, a), random(r, b)}
	types := [][]ir.Axis{{n("A", 2), n("B", 3)}, {n("C", 4), n("A", 2)}, {n("B", 3)}}
	for _, fn := range ir.Fns() {
		p := newProgram()
		in := tensors{}
		var values []ir.Value
		for i := range fn.Arity {
			kind := ir.Real
			for _, k := range []ir.Kind{ir.Real, ir.Bool} {
				kinds := slices.Repeat([]ir.Kind{ir.Real}, fn.Arity)
				if k == ir.Bool {
					kinds = []ir.Kind{ir.Bool, ir.Bool, ir.Real}[:fn.Arity]
				}
				if fn.Name == "select" {
					kinds = []ir.Kind{ir.Bool, ir.Real, ir.Real}
				}
				if _, ok := fn.Rule(kinds); ok {
					kind = kinds[i]
					break
				}
			}
			x := &Tensor{kind, args[i].Axes, slices.Clone(args[i].Data)}
			if kind == ir.Bool {
				for i, v := range x.Data {
					x.Data[i] = 0
					if v > 0 {
						x.Data[i] = 1
					}
				}
			}
			name := string(rune('a' + i))
			in[name] = x
			values = append(values, p.input(name, kind, types[i]...))
		}
		p.output("y", p.Must(ir.Map, &ir.MapAttr{Fn: fn}, values...))
		res := run1(t, p, nil, in, Options{})
		want := made(res.Outputs["y"].Axes, func(c coords) float64 {
			x := make([]float64, fn.Arity)
			for i := range x {
				x[i] = in[string(rune('a'+i))].at(c)
			}
			return fn.Eval(x)
		})
		same(t, fn.Name, res.Outputs["y"], want)
		if got := res.Counts.Elementwise; got != uint64(len(want.Data)) || res.Counts.Contraction != 0 {
			t.Errorf("%s counted %+v for %d elements", fn.Name, res.Counts.Work, len(want.Data))
		}
	}
}

func TestContract(t *testing.T) {
	r := source()
	a := random(r, Axis{"T", 5}, Axis{"H", 2}, Axis{"K", 3})
	b := random(r, Axis{"K", 3}, Axis{"D", 4}, Axis{"H", 2})
	c := random(r, Axis{"H", 2}, Axis{"U", 2})
	ta, tb := []ir.Axis{free("T"), n("H", 2), n("K", 3)}, []ir.Axis{n("K", 3), n("D", 4), n("H", 2)}
	for _, labels := range [][]string{{"K"}, {"H", "K"}, {"K", "H"}, {}, {"U"}, {"T", "H", "K", "D", "U"}} {
		for _, arity := range []int{2, 3} {
			if arity == 2 && slices.Contains(labels, "U") {
				continue
			}
			p := newProgram()
			x := []ir.Value{p.input("a", ir.Real, ta...), p.input("b", ir.Real, tb...)}
			in, all := tensors{"a": a, "b": b}, []*Tensor{a, b}
			if arity == 3 {
				x = append(x, p.input("c", ir.Real, n("H", 2), n("U", 2)))
				in["c"], all = c, append(all, c)
			}
			p.output("y", p.sum(labels, x...))
			res := run1(t, p, nil, in, Options{})
			axes, _ := broadcast(axesOf(all)...)
			ops := uint64(0)
			want := made(without(axes, labels...), func(at coords) float64 {
				sum := 0.0
				points(chosen(axes, labels), at, func(at coords) {
					product := all[0].at(at)
					for _, f := range all[1:] {
						product = float64(product * f.at(at))
						ops++
					}
					sum += product
					ops++
				})
				return sum
			})
			same(t, strings.Join(labels, " "), res.Outputs["y"], want)
			if res.Counts.Contraction != ops || res.Counts.Elementwise != 0 {
				t.Errorf("%v: counted %+v, want %d", labels, res.Counts.Work, ops)
			}
		}
	}
}

// Sizes at which arguments are copied and loops exceed one run; the bits stay those of the direct loop.
func TestContractLarge(t *testing.T) {
	r := source()
	a, b := random(r, Axis{"T", 20}, Axis{"D", 70}), random(r, Axis{"D", 70}, Axis{"F", 90})
	p := newProgram()
	av, bv := p.input("a", ir.Real, free("T"), n("D", 70)), p.input("b", ir.Real, n("D", 70), n("F", 90))
	p.output("y", p.sum([]string{"D"}, av, bv))
	long := int64(3*longestRun + 5)
	lv, mv := p.input("l", ir.Real, n("L", long)), p.input("m", ir.Real, n("L", long))
	p.output("z", p.sum([]string{"L"}, lv, mv))
	l, m := random(r, Axis{"L", int(long)}), random(r, Axis{"L", int(long)})
	res := run1(t, p, nil, tensors{"a": a, "b": b, "l": l, "m": m}, Options{})
	same(t, "y", res.Outputs["y"], made([]Axis{{"T", 20}, {"F", 90}}, func(c coords) float64 {
		sum := 0.0
		for d := range 70 {
			sum += float64(a.Data[c["T"]*70+d] * b.Data[d*90+c["F"]])
		}
		return sum
	}))
	sum := 0.0
	for i := range l.Data {
		sum += float64(l.Data[i] * m.Data[i])
	}
	same(t, "z", res.Outputs["z"], Scalar(ir.Real, sum))
	if want := uint64(2*20*70*90 + 2*long); res.Counts.Contraction != want {
		t.Errorf("counted %d, want %d", res.Counts.Contraction, want)
	}
}

func TestReduce(t *testing.T) {
	x := random(source(), Axis{"A", 3}, Axis{"B", 4}, Axis{"C", 2})
	for name, f := range folds {
		for _, labels := range [][]string{{"B"}, {"A", "C"}, {"C", "A"}, {}, {"A", "B", "C"}} {
			p := newProgram()
			v := p.input("x", ir.Real, n("A", 3), n("B", 4), n("C", 2))
			p.output("y", p.Must(ir.Reduce, &ir.ReduceAttr{Fn: name, Labels: labels}, v))
			res := run1(t, p, nil, tensors{"x": x}, Options{})
			same(t, name, res.Outputs["y"], made(without(x.Axes, labels...), func(c coords) float64 {
				acc := f.start
				points(chosen(x.Axes, labels), c, func(c coords) { acc = f.step(acc, x.at(c)) })
				return acc
			}))
			if res.Counts.Elementwise != 24 {
				t.Errorf("%s %v counted %+v", name, labels, res.Counts.Work)
			}
		}
		for _, label := range []string{"A", "B", "C"} {
			p := newProgram()
			v := p.input("x", ir.Real, n("A", 3), n("B", 4), n("C", 2))
			p.output("y", p.Must(ir.Reduce, &ir.ReduceAttr{Fn: name, Labels: []string{label}, Prefix: true}, v))
			res := run1(t, p, nil, tensors{"x": x}, Options{})
			same(t, name+" prefix", res.Outputs["y"], made(x.Axes, func(c coords) float64 {
				acc, last := f.start, c[label]
				for i := range last + 1 {
					c[label] = i
					acc = f.step(acc, x.at(c))
				}
				return acc
			}))
		}
	}
}

func TestReduceEdges(t *testing.T) {
	p := newProgram()
	x, b := p.input("x", ir.Real, free("T"), n("A", 2)), p.input("b", ir.Bool, free("T"))
	for _, fn := range []string{"sum", "max", "min"} {
		p.output(fn, p.reduce(fn, "T", x))
	}
	p.output("any", p.reduce("max", "T", b))
	p.output("all", p.reduce("min", "T", b))
	two := Axis{"A", 2}
	none := Axis{"T", 0}
	in := tensors{"x": tensor(ir.Real, nil, none, two), "b": tensor(ir.Bool, nil, none)}
	res := run1(t, p, nil, in, Options{})
	same(t, "sum", res.Outputs["sum"], tensor(ir.Real, []float64{0, 0}, two))
	same(t, "max", res.Outputs["max"], tensor(ir.Real, []float64{math.Inf(-1), math.Inf(-1)}, two))
	same(t, "min", res.Outputs["min"], tensor(ir.Real, []float64{math.Inf(1), math.Inf(1)}, two))
	same(t, "any", res.Outputs["any"], Scalar(ir.Bool, 0))
	same(t, "all", res.Outputs["all"], Scalar(ir.Bool, 1))
	nan, inf := math.NaN(), math.Inf(1)
	rows := tensor(ir.Real, []float64{inf, nan, nan, -inf, 1, 2}, Axis{"T", 3}, two)
	res = run1(t, p, nil, tensors{"x": rows, "b": tensor(ir.Bool, []float64{0, 1, 0}, Axis{"T", 3})}, Options{})
	for _, fn := range []string{"sum", "max", "min"} {
		same(t, fn, res.Outputs[fn], tensor(ir.Real, []float64{nan, nan}, two))
	}
	same(t, "any", res.Outputs["any"], Scalar(ir.Bool, 1))
	same(t, "all", res.Outputs["all"], Scalar(ir.Bool, 0))
}

func TestGather(t *testing.T) {
	r := source()
	table := random(r, Axis{"H", 2}, Axis{"V", 5}, Axis{"D", 3})
	index := randomInts(r, 5, Axis{"T", 4}, Axis{"H", 2}, Axis{"V", 3})
	p := newProgram()
	tv := p.input("table", ir.Real, n("H", 2), n("V", 5), n("D", 3))
	iv := p.input("index", ir.Int, free("T"), n("H", 2), n("V", 3))
	p.output("y", p.Must(ir.Gather, &ir.LabelAttr{Label: "V"}, tv, iv))
	res := run1(t, p, nil, tensors{"table": table, "index": index}, Options{})
	axes := []Axis{{"T", 4}, {"H", 2}, {"V", 3}, {"D", 3}}
	same(t, "gather", res.Outputs["y"], made(axes, func(c coords) float64 {
		return table.at(coords{"H": c["H"], "D": c["D"], "V": int(index.at(c))})
	}))
	if res.Counts.Work != (Work{}) {
		t.Errorf("counted %+v", res.Counts.Work)
	}
}

func TestGatherOutOfRange(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want string
	}{
		{512, "tokens[T=1] is 512, outside axis V of size 512"},
		{600, "tokens[T=1] is 600"},
		{-1, "tokens[T=1] is -1"},
	} {
		p := newProgram()
		table := p.param("emb", [][]string{{"V"}, {"D"}}, n("V", 512), n("D", 2))
		p.Scope = "model.embed"
		tokens := p.input("tokens", ir.Int, free("T"))
		p.output("y", named(p.Must(ir.Gather, &ir.LabelAttr{Label: "V"}, table, tokens), "h"))
		w := stored{"emb": random(source(), Axis{"V", 512}, Axis{"D", 2})}
		got := runErr(t, p, w, tensors{"tokens": tensor(ir.Int, []float64{511, c.x}, Axis{"T", 2})}, Options{})
		if !strings.Contains(got, c.want) || !strings.Contains(got, "gather h in model.embed: ") {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// An int that is not whole can only come from a broken program; it is no index all the same.
func TestGatherOfFractions(t *testing.T) {
	p := newProgram()
	p.output("y", p.Must(ir.Gather, &ir.LabelAttr{Label: "V"}, p.input("x", ir.Real, n("V", 4)), p.whole(1.5)))
	in := tensors{"x": random(source(), Axis{"V", 4})}
	wantError(t, runErr(t, p, nil, in, Options{}), "the index [] is 1.5, outside axis V of size 4")
}

func TestCast(t *testing.T) {
	for _, c := range []struct {
		from, to ir.Kind
		x, want  []float64
		err      string
	}{
		{ir.Int, ir.Real, []float64{-3, 7}, []float64{-3, 7}, ""},
		{ir.Bool, ir.Int, []float64{0, 1}, []float64{0, 1}, ""},
		{ir.Real, ir.Bool, []float64{0, -0.5}, []float64{0, 1}, ""},
		{ir.Real, ir.Bool, []float64{math.NaN(), math.Copysign(0, -1)}, []float64{1, 0}, ""},
		{ir.Real, ir.Int, []float64{4, -2}, []float64{4, -2}, ""},
		{ir.Real, ir.Int, []float64{4, 2.5}, nil, "2.5 at [A=1] is not whole"},
	} {
		p := newProgram()
		p.output("y", p.Must(ir.Cast, &ir.KindAttr{Kind: c.to}, p.input("x", c.from, n("A", 2))))
		in := tensors{"x": tensor(c.from, c.x, Axis{"A", 2})}
		if c.err != "" {
			wantError(t, runErr(t, p, nil, in, Options{}), c.err)
			continue
		}
		got := run1(t, p, nil, in, Options{}).Outputs["y"]
		same(t, "cast", got, tensor(c.to, c.want, Axis{"A", 2}))
		if got.Kind != c.to {
			t.Errorf("kind %s", got.Kind)
		}
	}
}

func TestViews(t *testing.T) {
	x := random(source(), Axis{"T", 3}, Axis{"H", 6}, Axis{"K", 2})
	p := newProgram()
	v := p.input("x", ir.Real, free("T"), n("H", 6), n("K", 2))
	halves := p.Must(ir.Split, &ir.SplitAttr{Label: "H", Into: []ir.Axis{n("G", 2), n("R", 3)}}, v)
	p.output("rename", p.Must(ir.Rename, &ir.RenameAttr{From: "T", To: "S"}, v))
	p.output("split", halves)
	p.output("merge", p.Must(ir.Merge, &ir.MergeAttr{Labels: []string{"K", "G"}, Into: n("M", 4)}, halves))
	p.output("slice", p.Must(ir.Slice, &ir.SliceAttr{Label: "H", Start: ir.Const(2), Into: n("E", 3)}, v))
	end := ir.Free("T").Sub(ir.Const(1))
	tail := ir.Axis{Label: "T", Size: end}
	p.output("rest", p.Must(ir.Slice, &ir.SliceAttr{Label: "T", Start: ir.Const(1), Into: tail}, v))
	p.output("pick", p.Must(ir.Pick, &ir.PickAttr{Label: "T", At: end}, v))
	p.output("transpose", p.Must(ir.Transpose, &ir.SumAttr{Labels: []string{"K", "T", "H"}}, v))
	res := run1(t, p, nil, tensors{"x": x}, Options{}).Outputs
	same(t, "transpose", res["transpose"], made([]Axis{{"K", 2}, {"T", 3}, {"H", 6}}, x.at))
	same(t, "rename", res["rename"], tensor(ir.Real, x.Data, Axis{"S", 3}, Axis{"H", 6}, Axis{"K", 2}))
	parts := []Axis{{"T", 3}, {"G", 2}, {"R", 3}, {"K", 2}}
	same(t, "split", res["split"], tensor(ir.Real, x.Data, parts...))
	same(t, "merge", res["merge"], made([]Axis{{"T", 3}, {"R", 3}, {"M", 4}}, func(c coords) float64 {
		k, g := c["M"]/2, c["M"]%2
		return x.at(coords{"T": c["T"], "H": g*3 + c["R"], "K": k})
	}))
	same(t, "slice", res["slice"], made([]Axis{{"T", 3}, {"E", 3}, {"K", 2}}, func(c coords) float64 {
		return x.at(coords{"T": c["T"], "H": c["E"] + 2, "K": c["K"]})
	}))
	same(t, "rest", res["rest"], tensor(ir.Real, x.Data[12:], Axis{"T", 2}, Axis{"H", 6}, Axis{"K", 2}))
	same(t, "pick", res["pick"], tensor(ir.Real, x.Data[24:], Axis{"H", 6}, Axis{"K", 2}))
}

func TestConcatAndStack(t *testing.T) {
	r := source()
	a, b := random(r, Axis{"A", 2}, Axis{"T", 3}), random(r, Axis{"B", 3})
	p := newProgram()
	av, bv := p.input("a", ir.Real, n("A", 2), free("T")), p.input("b", ir.Real, n("B", 3))
	p.output("concat", p.Must(ir.Concat, &ir.ConcatAttr{Labels: []string{"B", "A"}, Into: n("C", 5)}, bv, av))
	p.output("stack", p.Must(ir.Stack, &ir.AxisAttr{Axis: n("W", 2)}, av, bv))
	res := run1(t, p, nil, tensors{"a": a, "b": b}, Options{}).Outputs
	same(t, "concat", res["concat"], made([]Axis{{"C", 5}, {"T", 3}}, func(c coords) float64 {
		if c["C"] < 3 {
			return b.Data[c["C"]]
		}
		return a.at(coords{"A": c["C"] - 3, "T": c["T"]})
	}))
	same(t, "stack", res["stack"], made([]Axis{{"W", 2}, {"A", 2}, {"T", 3}, {"B", 3}}, func(c coords) float64 {
		if c["W"] == 0 {
			return a.at(c)
		}
		return b.at(c)
	}))
}
