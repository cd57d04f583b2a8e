package eval

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"archc/ir"
)

// expertsCase is a layer of experts: index [T, H, K], valid [T, K], operands x [T, D], gate [H, T] and a table [D].
// An expert gives gate * sum[D] w_e (x + table) + e * bias, of axis F.
type expertsCase struct {
	number int64
}

func (c expertsCase) build() *program {
	p := newProgram()
	x := p.input("x", ir.Real, free("T"), n("D", 3))
	index := p.input("index", ir.Int, free("T"), n("H", 2), n("K", 2))
	valid := p.input("valid", ir.Bool, n("K", 2), free("T"))
	gate := p.input("gate", ir.Real, n("H", 2), free("T"), n("K", 2))
	table := p.param("table", [][]string{{"D"}}, n("D", 3))
	bias := p.param("bias", [][]string{{"F"}}, n("F", 4))
	operands := []ir.Value{x, gate, table}
	p.Scope = "experts.{e}"
	a := &ir.ExpertsAttr{Var: "e", Of: n("E", c.number), Slot: "K", Rows: "N"}
	body := p.Enter("body")
	e := p.Param(ir.Scalar(ir.Int), "e")
	var in []ir.Value
	for _, v := range operands {
		in = append(in, p.Param(a.Operand(index.Type(), v.Type()), ""))
	}
	w := p.param("experts.{e}.w", [][]string{{"F"}, {"D"}}, n("F", 4), n("D", 3))
	y := named(p.sum([]string{"D"}, w, p.fn("add", in[0], in[2])), "y") // [F, N]
	body.Results = []ir.Value{p.fn("add", p.fn("mul", y, in[1]), p.fn("mul", e, bias))}
	p.Leave()
	node, err := p.Add(ir.Experts, a, append([]ir.Value{index, valid}, operands...), body)
	if err != nil {
		panic(err)
	}
	p.output("y", ir.Value{Node: node})
	return p
}

func expertWeights(number int64) stored {
	r := source()
	w := stored{"table": random(r, Axis{"", 3}), "bias": random(r, Axis{"", 4})}
	for e := range number {
		w[fmt.Sprintf("experts.%d.w", e)] = random(r, Axis{"", 4}, Axis{"", 3})
	}
	return w
}

// direct goes row by row and slot by slot.
func direct(w stored, in tensors, axes []Axis) *Tensor {
	return made(axes, func(c coords) float64 {
		sum := 0.0
		for k := range 2 {
			c["K"] = k
			if in["valid"].at(c) == 0 {
				continue
			}
			e := in["index"].at(c)
			y := 0.0
			for d := range 3 {
				c["D"] = d
				y += float64(w[fmt.Sprintf("experts.%v.w", e)].Data[c["F"]*3+d] * (in["x"].at(c) + w["table"].Data[d]))
			}
			sum += float64(y*in["gate"].at(c)) + float64(e*w["bias"].Data[c["F"]])
		}
		return sum
	})
}

func expertInputs(r *rand.Rand, number, rows int, axes ...Axis) tensors {
	axis := func(label string, size int) Axis { return Axis{label, size} }
	with := func(more ...Axis) []Axis { return append(axes[:len(axes):len(axes)], more...) }
	t, h, k := axis("T", rows), axis("H", 2), axis("K", 2)
	in := tensors{
		"x": random(r, with(t, axis("D", 3))...), "gate": random(r, with(h, t, k)...),
		"index": randomInts(r, number, with(t, h, k)...), "valid": randomInts(r, 4, with(k, t)...),
	}
	in["valid"].Kind = ir.Bool
	for i, x := range in["valid"].Data {
		in["valid"].Data[i] = min(x, 1)
	}
	return in
}

func TestExperts(t *testing.T) {
	r := source()
	for _, c := range []struct{ number, batch, rows int }{{5, 1, 4}, {3, 2, 7}, {1, 2, 3}, {40, 2, 4}, {4, 1, 0}} {
		w := expertWeights(int64(c.number))
		in := expertInputs(r, c.number, c.rows, Axis{Batch, c.batch})
		res := run1(t, expertsCase{number: int64(c.number)}.build(), w, in, Options{})
		axes := []Axis{{Batch, c.batch}, {"T", c.rows}, {"H", 2}, {"F", 4}}
		same(t, "experts", res.Outputs["y"], direct(w, in, axes))
		chosen := uint64(0) // valid holds for both heads
		for _, x := range in["valid"].Data {
			chosen += 2 * uint64(x)
		}
		// A row: x + table is 3, gate * y and the sum 4 each, the scatter 4; an expert: e * bias.
		want := Work{Contraction: 24 * chosen, Elementwise: 15*chosen + 4*uint64(c.number)}
		if res.Counts.Work != want {
			t.Errorf("%+v: counted %+v, want %+v", c, res.Counts.Work, want)
		}
		if got := res.Counts.Sites[Site{"experts.{e}", "experts"}]; got != (Work{Elementwise: 4 * chosen}) {
			t.Errorf("the scatter counted %+v", got)
		}
	}
}

// A batch that only one of the arguments has is one of the result; the others are the same along it.
func TestExpertsOfPartialBatch(t *testing.T) {
	w, axes := expertWeights(3), []Axis{{Batch, 3}, {"T", 4}, {"H", 2}, {"F", 4}}
	for _, name := range []string{"x", "index", "valid", "gate"} {
		in, all := expertInputs(source(), 3, 4), expertInputs(source(), 3, 4, Axis{Batch, 3})
		in[name] = all[name]
		res := run1(t, expertsCase{number: 3}.build(), w, in, Options{})
		wide := tensors{}
		for name, x := range in {
			wide[name] = made(append([]Axis{{Batch, 3}}, without(x.Axes, Batch)...), x.at)
		}
		same(t, name, res.Outputs["y"], direct(w, wide, axes))
	}
}

// The additions go slot by slot: 1e16 + 1 - 1e16 is not 1.
func TestExpertsAddInTheOrderOfSlots(t *testing.T) {
	p := newProgram()
	index := p.input("index", ir.Int, free("T"), n("K", 3))
	value := p.input("value", ir.Real, free("T"), n("K", 3))
	a := &ir.ExpertsAttr{Var: "e", Of: n("E", 3), Slot: "K", Rows: "N"}
	yes := p.Leaf(ir.Constant, &ir.ConstAttr{Value: 1}, ir.Scalar(ir.Bool))
	body := p.Enter("body")
	p.Param(ir.Scalar(ir.Int), "e")
	body.Results = []ir.Value{p.fn("neg", p.Param(a.Operand(index.Type(), value.Type()), "v"))}
	p.Leave()
	node, err := p.Add(ir.Experts, a, []ir.Value{index, yes, value}, body)
	if err != nil {
		t.Fatal(err)
	}
	p.output("y", ir.Value{Node: node})
	rows, slots := Axis{"T", 4}, Axis{"K", 3}
	in := tensors{
		"index": tensor(ir.Int, []float64{0, 1, 2, 2, 1, 0, 1, 1, 1, 2, 0, 2}, rows, slots),
		"value": tensor(ir.Real, []float64{-1e16, -1, 1e16, -1e16, -1, 1e16, -1, -1e16, 1e16, 1e16, -1e16, -1}, rows, slots),
	}
	big := 1e16
	want := []float64{big + 1 - big, big + 1 - big, 1 + big - big, 1}
	same(t, "sums", run1(t, p, nil, in, Options{}).Outputs["y"], tensor(ir.Real, want, rows))
	for at, c := range map[int]struct {
		x    float64
		want string
	}{
		4: {3, "experts: index[T=1, K=1] is 3, there are 3 experts E"},
		0: {-1, "experts: index[T=0, K=0] is -1, there are 3 experts E"},
	} {
		bad := tensor(ir.Int, append([]float64{}, in["index"].Data...), rows, slots)
		bad.Data[at] = c.x
		wantError(t, runErr(t, p, nil, tensors{"index": bad, "value": in["value"]}, Options{}), c.want)
	}
}

// What the verifier refuses is noticed when running too: a value of the batch that is no operand.
func TestExpertsRefuseTheBatchOutside(t *testing.T) {
	p := newProgram()
	x := p.input("x", ir.Real, n("D", 3))
	index := p.input("index", ir.Int, free("T"), n("K", 3))
	a := &ir.ExpertsAttr{Var: "e", Of: n("E", 3), Slot: "K", Rows: "N"}
	yes := p.Leaf(ir.Constant, &ir.ConstAttr{Value: 1}, ir.Scalar(ir.Bool))
	body := p.Enter("body")
	p.Param(ir.Scalar(ir.Int), "e")
	body.Results = []ir.Value{p.fn("add", p.Param(a.Operand(index.Type(), index.Type()), "i"), x)}
	p.Leave()
	node, err := p.Add(ir.Experts, a, []ir.Value{index, yes, index}, body)
	if err != nil {
		t.Fatal(err)
	}
	p.output("y", ir.Value{Node: node})
	in := tensors{"x": random(source(), Axis{"D", 3}), "index": randomInts(source(), 3, Axis{"T", 2}, Axis{"K", 3})}
	run1(t, p, nil, in, Options{})
	in["x"] = batched(2, Axis{"D", 3})
	wantError(t, runErr(t, p, nil, in, Options{}),
		"a value of input from outside the experts differs along the batch, and is no operand")
	if errs := ir.Verify(p.m); len(errs) == 0 {
		t.Error("the verifier takes it")
	}
}

// Without an expert there can be no selection, and every row is 0.
func TestNoExperts(t *testing.T) {
	in := expertInputs(source(), 1, 2)
	wantError(t, runErr(t, expertsCase{number: 0}.build(), expertWeights(0), in, Options{}),
		"experts in experts.{e}: index[T=0, H=0, K=0] is 0, there are 0 experts E")
	res := run1(t, expertsCase{number: 0}.build(), expertWeights(0), expertInputs(source(), 1, 0), Options{})
	same(t, "none", res.Outputs["y"], tensor(ir.Real, nil, Axis{"T", 0}, Axis{"H", 2}, Axis{"F", 4}))
}
