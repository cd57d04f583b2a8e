package spec_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"archc/backends/gograph"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes/plan"
)

// plantedModels are what mistakes are planted in: together their plans have every kind of instruction.
var plantedModels = map[string]string{
	"layers": `layers : M * Layer
head : D -> V
(x: [T, D]) -> [T, V] = head(layers(x))
block Layer {
  norm, norm2 : RMSNorm(D)
  q, k, v : D -> H K
  o : H K -> D
  channel : SwiGLU(D, W)
  (x: [T, D]) -> [T, D] {
    y = norm(x)
    x += o(attend(rope(q(y)); rope(k(y)), v(y)) { score = sum[K](q*k) / sqrt(K) * 3;  mask = causal & window(6) })
    x + channel(norm2(x))
  }
}`,
	"strided": `rel : [8]
(x: [T, D]) -> [T, D] = attend(x; tanh(x), x) { score = sum[D](q*k) + rel[min(i - j, 7)];  mask = strided(3) }`,
	"talking": "q, k, v : D -> H K\nspeak : H -> H\n(x: [T, D]) -> [T, H, K] = attend(q(x); k(x), v(x)) { score = speak(3 * sum[K](q*k));  mask = causal }",
	"experts": `gate : D -> M
experts : M * SwiGLU(D, W)
(x: [T, D]) -> [T, D] {
  p = softmax[M](3 * gate(x))
  r = top[M](p, 2)
  sum[e in r](p[M: e] * experts[e](x))
}`,
	"recurrence": recurs,
	"latent":     latent,
	"started":    "h0 : [D]\n(x: [T, D]) -> [T, D] {\n  last, ys = scan(y in x; h = h0 + 1) { h = tanh(y + h);  yield h }\n  ys\n}",
	"filtered":   filtered,
	"windowed":   windowed,
	"summed":     summed,
	"words":      "e : int V -> D\nhead : D -> V = e\n(ids: int[T]) -> [T, V] = head(cumsum[T](e(ids)))",
}

// these are the instructions of a kind in a plan, outer ones first.
func these[I plan.Instruction](p *plan.Plan) []I {
	var out []I
	p.Body.Walk(func(i plan.Instruction) {
		if x, ok := i.(I); ok {
			out = append(out, x)
		}
	})
	return out
}

// blockOf is the block that an instruction stands in, and where.
func blockOf(p *plan.Plan, of plan.Instruction) (*plan.Block, int) {
	blocks := []*plan.Block{p.Body}
	p.Body.Walk(func(i plan.Instruction) {
		if b := plan.Inside(i); b != nil {
			blocks = append(blocks, b)
		}
	})
	for _, b := range blocks {
		if at := slices.Index(b.Code, of); at >= 0 {
			return b, at
		}
	}
	return nil, -1
}

func without(p *plan.Plan, of plan.Instruction) {
	b, at := blockOf(p, of)
	b.Code = slices.Delete(b.Code, at, at+1)
}

// line is the first line of a rows program with a function, -1 without.
func line(r *plan.Rows, fn string) int {
	return slices.IndexFunc(r.Code, func(o plan.Op) bool { return o.Fn == fn })
}

// rowsWith is the first rows program with a function, and its line.
func rowsWith(p *plan.Plan, fn string) (*plan.Rows, *plan.Op) {
	for _, r := range these[*plan.Rows](p) {
		if k := line(r, fn); k >= 0 {
			return r, &r.Code[k]
		}
	}
	panic("no rows program with " + fn)
}

func product(p *plan.Plan, k int) *plan.Product {
	list := these[*plan.Product](p)
	for _, x := range these[*plan.Products](p) {
		list = append(list, x.List...)
	}
	return list[k]
}

func less(s ir.Size) ir.Size { return s.Sub(ir.Const(1)) }
func more(s ir.Size) ir.Size { return s.Add(ir.Const(1)) }

// number is an expression plus a number.
func plus(e *plan.Expr, n float64) *plan.Expr {
	return &plan.Expr{Fn: "add", Args: []*plan.Expr{e, {Fn: "const", Const: n}}}
}

type plantedInPlan struct {
	group, name, model string
	plant              func(p *plan.Plan)
}

// plantedInPlans are mistakes of fusion, of attention in lanes, of products, of choices, and of loops and memory.
var plantedInPlans = []plantedInPlan{
	{"rows", "another function", "layers", func(p *plan.Plan) { _, o := rowsWith(p, "rsqrt"); o.Fn = "sqrt" }},
	{"rows", "arguments the other way round", "layers", func(p *plan.Plan) { _, o := rowsWith(p, "div"); slices.Reverse(o.Args) }},
	{"rows", "the sum of another line", "layers", func(p *plan.Plan) { _, o := rowsWith(p, "sum"); o.Args[0]-- }},
	{"rows", "the largest for the sum", "layers", func(p *plan.Plan) { _, o := rowsWith(p, "sum"); o.Fn = "max_of" }},
	{"rows", "a number a thousandth too large", "layers", func(p *plan.Plan) {
		for _, r := range these[*plan.Rows](p) {
			for k := range r.Code {
				if r.Code[k].Fn == "imm" && r.Code[k].Imm != 0 {
					r.Code[k].Imm *= 1.001
				}
			}
		}
	}},
	{"rows", "written one element farther", "layers", func(p *plan.Plan) { r, _ := rowsWith(p, "rsqrt"); r.Out[0].To.Base = more(r.Out[0].To.Base) }},
	{"rows", "read one element farther", "layers", func(p *plan.Plan) { _, o := rowsWith(p, "load"); o.Load.Base = more(o.Load.Base) }},
	{"rows", "a result that is not stored", "layers", func(p *plan.Plan) { r, _ := rowsWith(p, "rsqrt"); r.Out = r.Out[:len(r.Out)-1] }},
	{"rows", "every row reads the first", "layers", func(p *plan.Plan) {
		r, o := rowsWith(p, "load")
		k := o.Load.Find(r.Outer[len(r.Outer)-1].Label)
		o.Load.Axes = slices.Clone(o.Load.Axes)
		o.Load.Axes[k].Stride = ir.Const(0)
	}},
	{"rows", "one element of each row too few", "layers", func(p *plan.Plan) { r, _ := rowsWith(p, "rsqrt"); r.Inner.Size = less(r.Inner.Size) }},
	{"rows", "one row too few", "layers", func(p *plan.Plan) {
		r, _ := rowsWith(p, "rsqrt")
		r.Outer = slices.Clone(r.Outer)
		r.Outer[len(r.Outer)-1].Size = less(r.Outer[len(r.Outer)-1].Size)
	}},
	{"rows", "a program is left out", "layers", func(p *plan.Plan) { r, _ := rowsWith(p, "rsqrt"); without(p, r) }},
	{"rows", "a program runs before what it reads", "layers", func(p *plan.Plan) {
		l := these[*plan.Loop](p)[0]
		slices.Reverse(l.Body.Code)
	}},
	{"rows", "a running sum of the wrong rows", "words", func(p *plan.Plan) { _, o := rowsWith(p, "cumsum"); o.Fn = "cummax" }},

	{"lanes", "scores without their factor", "layers", func(p *plan.Plan) {
		for i, o := range these[*plan.Attention](p)[0].Score {
			if o.Fn == "imm" {
				these[*plan.Attention](p)[0].Score[i].Imm = 1
			}
		}
	}},
	{"lanes", "the window one shorter", "layers", func(p *plan.Plan) { a := these[*plan.Attention](p)[0]; a.First = plus(a.First, 1) }},
	{"lanes", "the window one longer", "layers", func(p *plan.Plan) { a := these[*plan.Attention](p)[0]; a.First = plus(a.First, -1) }},
	{"lanes", "no window", "layers", func(p *plan.Plan) { these[*plan.Attention](p)[0].First = nil }},
	{"lanes", "the next key is seen", "layers", func(p *plan.Plan) { a := these[*plan.Attention](p)[0]; a.End = plus(a.End, 1) }},
	{"lanes", "the own key is not seen", "layers", func(p *plan.Plan) { a := these[*plan.Attention](p)[0]; a.End = plus(a.End, -1) }},
	{"lanes", "all keys are seen", "strided", func(p *plan.Plan) { these[*plan.Attention](p)[0].Admits = nil }},
	{"lanes", "a table of distances one off", "strided", func(p *plan.Plan) {
		a := these[*plan.Attention](p)[0]
		for i, o := range a.Score {
			if o.Fn == "lookup" {
				a.Score[i].Expr = &plan.Expr{Fn: "max", Args: []*plan.Expr{plus(o.Expr, -1), {Fn: "const"}}}
			}
		}
	}},
	{"lanes", "heads share the first one's keys", "layers", func(p *plan.Plan) {
		d := &these[*plan.Attention](p)[0].Dots[0]
		d.Key.Axes = slices.Clone(d.Key.Axes)
		d.Key.Axes[d.Key.Find("H")].Stride = ir.Const(0)
	}},
	{"lanes", "lanes read the first query", "layers", func(p *plan.Plan) {
		a := these[*plan.Attention](p)[0]
		q := &a.Dots[0].Query
		q.Axes = slices.Clone(q.Axes)
		q.Axes[q.Find(a.Lane[0].Label)].Stride = ir.Const(0)
	}},
	{"lanes", "values one row farther", "layers", func(p *plan.Plan) {
		a := these[*plan.Attention](p)[0]
		v := &a.Values[0].Value
		v.Base = v.Base.Add(v.Stride(a.Key.Label))
	}},
	{"lanes", "the last key is left out", "layers", func(p *plan.Plan) { a := these[*plan.Attention](p)[0]; a.Key.Size = less(a.Key.Size) }},
	{"lanes", "a product one element short", "layers", func(p *plan.Plan) {
		d := &these[*plan.Attention](p)[0].Dots[0]
		d.Sum = slices.Clone(d.Sum)
		d.Sum[0].Size = less(d.Sum[0].Size)
	}},

	{"products", "another map's weights", "layers", func(p *plan.Plan) {
		list := these[*plan.Products](p)[0].List
		list[0].Weights, list[1].Weights = list[1].Weights, list[0].Weights
	}},
	{"products", "one product of a dispatch is lost", "layers", func(p *plan.Plan) { x := these[*plan.Products](p)[0]; x.List = x.List[1:] }},
	{"products", "one row too few", "layers", func(p *plan.Plan) { x := product(p, 0); x.Rows = less(x.Rows) }},
	{"products", "written one element farther", "layers", func(p *plan.Plan) { x := product(p, 0); x.Out.Base = more(x.Out.Base) }},
	{"products", "rows read closer together", "layers", func(p *plan.Plan) {
		x := product(p, 0)
		x.In.Axes = slices.Clone(x.In.Axes)
		x.In.Axes[0].Stride = less(x.In.Axes[0].Stride)
	}},
	{"products", "weights transposed", "layers", func(p *plan.Plan) {
		for _, x := range p.Panels {
			if a, b := x.Rows(), x.Columns(); a.Equal(b) {
				x.N, x.K = x.K, x.N
			}
		}
	}},
	{"products", "weights one element farther", "layers", func(p *plan.Plan) {
		for _, x := range p.Panels {
			if k, _ := x.K[len(x.K)-1].Stride.Int(); k == 1 {
				x.K = slices.Clone(x.K)
				x.K[len(x.K)-1].Size = less(x.K[len(x.K)-1].Size)
			}
		}
	}},
	{"products", "every layer has the first one's weights", "layers", func(p *plan.Plan) {
		product(p, 0).Weights.Param.Key = strings.ReplaceAll(product(p, 0).Weights.Param.Key, "{l}", "0")
	}},
	{"products", "an absorbed map of the next head", "latent", func(p *plan.Plan) {
		for _, x := range append(these[*plan.Product](p), product(p, 0)) {
			for i := range x.Over {
				x.Over[i].Panel = ir.Const(0)
			}
		}
	}},
	{"products", "a sum over keys one short", "talking", func(p *plan.Plan) { c := these[*plan.Contract](p)[0]; c.K.Size = less(c.K.Size) }},
	{"products", "a product of tensors written farther", "talking", func(p *plan.Plan) { c := these[*plan.Contract](p)[0]; c.Out.Base = more(c.Out.Base) }},
	{"products", "a tensor read with another stride", "talking", func(p *plan.Plan) { c := these[*plan.Contract](p)[0]; c.K.A = c.K.A.Add(c.K.A) }},

	{"choices", "one expert fewer is chosen", "experts", func(p *plan.Plan) {
		k := these[*plan.TopK](p)[0]
		k.Out.Axes = slices.Clone(k.Out.Axes)
		k.Out.Axes[len(k.Out.Axes)-1].Size = ir.Const(1)
	}},
	{"choices", "the largest of other numbers", "experts", func(p *plan.Plan) {
		k := these[*plan.TopK](p)[0]
		k.In.Axes = slices.Clone(k.In.Axes)
		k.In.Axes[len(k.In.Axes)-2].Stride = ir.Const(0)
	}},
	{"choices", "an expert without its rows", "experts", func(p *plan.Plan) { without(p, these[*plan.Collect](p)[0]) }},
	{"choices", "an expert's result is lost", "experts", func(p *plan.Plan) {
		list := these[*plan.Collect](p)
		without(p, list[len(list)-1])
	}},
	{"choices", "rows in another order of axes", "experts", func(p *plan.Plan) { slices.Reverse(these[*plan.Collect](p)[0].Points) }},
	{"choices", "rows read one element farther", "experts", func(p *plan.Plan) { c := these[*plan.Collect](p)[0]; c.From.Base = more(c.From.Base) }},
	{"choices", "validity is read as the number", "experts", func(p *plan.Plan) { s := these[*plan.Select](p)[0]; s.Valid = s.Index }},
	{"choices", "another expert's selections", "experts", func(p *plan.Plan) { s := these[*plan.Select](p)[0]; s.Index.Base = more(s.Index.Base) }},
	{"choices", "a word's neighbour", "words", func(p *plan.Plan) { g := these[*plan.Gather](p)[0]; g.Index.Base = more(g.Index.Base) }},
	{"choices", "a table that is short of its last row", "words", func(p *plan.Plan) {
		g := these[*plan.Gather](p)[0]
		if g.Panels != nil {
			x := *g.Panels
			x.N = slices.Clone(x.N)
			x.N[0].Size = ir.Const(3)
			g.Panels = &x
			p.Panels = append(p.Panels, &x)
		} else {
			g.Size = ir.Const(3)
		}
	}},
	{"choices", "the last key is not looked at", "talking", func(p *plan.Plan) { a := these[*plan.Admit](p)[0]; a.Mask.Axes[0].Size = less(a.Mask.Axes[0].Size) }},
	{"choices", "padding that is not empty", "filtered", func(p *plan.Plan) {
		for _, f := range these[*plan.Fill](p) {
			f.Value = 1
		}
	}},

	{"loops", "one layer too few", "layers", func(p *plan.Plan) { l := these[*plan.Loop](p)[0]; l.Count = less(l.Count) }},
	{"loops", "layers counted from 1", "layers", func(p *plan.Plan) { these[*plan.Loop](p)[0].First = 1 }},
	{"loops", "every second layer", "layers", func(p *plan.Plan) { these[*plan.Loop](p)[0].Stride = 2 }},
	{"loops", "nothing is carried", "layers", func(p *plan.Plan) { these[*plan.Loop](p)[0].Carries = nil }},
	{"loops", "nothing is carried from step to step", "recurrence", func(p *plan.Plan) { these[*plan.Loop](p)[0].Carries = nil }},
	{"loops", "every step reads the first row", "recurrence", func(p *plan.Plan) {
		for _, r := range these[*plan.Rows](p) {
			for k := range r.Code {
				r.Code[k].Load.Steps = nil
			}
		}
	}},
	{"loops", "every step writes the first row", "recurrence", func(p *plan.Plan) {
		for _, x := range these[*plan.Move](p) {
			x.To.Steps = nil
		}
	}},
	{"loops", "what stands in front of a loop is left out", "layers", func(p *plan.Plan) {
		b, at := blockOf(p, these[*plan.Loop](p)[0])
		b.Code = slices.Delete(b.Code, at-1, at)
	}},
	{"loops", "positions one too high", "layers", func(p *plan.Plan) {
		for _, x := range these[*plan.Table](p) {
			x.Expr = plus(x.Expr, 0.01)
		}
	}},
	{"loops", "two stores that are needed at once in one place", "layers", func(p *plan.Plan) {
		for i, a := range p.Stores {
			for _, b := range p.Stores[i+1:] {
				if a.Slot != b.Slot && a.First <= b.Last && b.First <= a.Last {
					b.Slot = a.Slot
					return
				}
			}
		}
	}},
	{"loops", "a store ends before it is read last", "layers", func(p *plan.Plan) {
		for _, s := range p.Stores {
			for _, o := range p.Stores {
				if s != o && s.Last > o.First && s.First < o.First && o.Slot != s.Slot {
					o.Slot = s.Slot
					return
				}
			}
		}
	}},
	{"loops", "an output one element farther", "layers", func(p *plan.Plan) { p.Outputs[0].View.Base = more(p.Outputs[0].View.Base) }},
}

// runPlanted runs a plan that may be wrong in any way; a panic is noticed too.
func runPlanted(t *testing.T, p *plan.Plan, w *rounded, inputs map[string]*eval.Tensor, j *judge) (err error) {
	t.Helper()
	crew := gograph.Crew(1)
	defer crew.Close()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	if errs := plan.Verify(p); len(errs) > 0 {
		return errs[0]
	}
	if err := engineWhole(context.Background(), p, w, inputs, crew, j); err != nil {
		return err
	}
	return j.broken()
}

// TestPlantedPlans asks every mistake that is planted in a plan to be noticed: by the verifier, or by the contract.
func TestPlantedPlans(t *testing.T) {
	groups := map[string]int{}
	for _, c := range plantedInPlans {
		m := compile(t, "form.arch", formText(plantedModels[c.model]), nil)
		hash, err := eval.NewHashWeights(m)
		if err != nil {
			t.Fatal(err)
		}
		w, inputs := newRounded(hash), random(rand.New(rand.NewPCG(11, 12)), m, 21)
		if ids := inputs["ids"]; ids != nil {
			for i := range ids.Data {
				ids.Data[i] = float64(i * 5 % 7)
			}
		}
		roundInputs(inputs)
		truth, err := newJudge(t.Context(), m, w, inputs)
		if err != nil {
			t.Fatal(err)
		}
		again := func() (*plan.Plan, *judge) {
			p, err := plan.Of(behind(t, m), plan.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return p, &judge{full: truth.full, naive: truth.naive}
		}
		p, j := again()
		if err := runPlanted(t, p, w, inputs, j); err != nil {
			t.Fatalf("%s: without a mistake: %v", c.model, err)
		}
		p, j = again()
		func() {
			defer func() {
				if r := recover(); r != nil {
					var b strings.Builder
					_ = p.Print(&b)
					t.Errorf("%s, %s cannot be planted: %v\n%s", c.group, c.name, r, b.String())
				}
			}()
			c.plant(p)
		}()
		err = runPlanted(t, p, w, inputs, j)
		if err == nil {
			var b strings.Builder
			_ = p.Print(&b)
			t.Errorf("%s, %s: goes unnoticed\n%s", c.group, c.name, b.String())
		}
		groups[c.group]++
		t.Logf("%-9s %-50s %v", c.group, c.name, err)
	}
	for g, n := range groups {
		if n < 10 {
			t.Errorf("%d mistakes are planted in %s", n, g)
		}
	}
}

// plantedInSteps are mistakes in what goes from step to step.
var plantedInSteps = []struct {
	name, model string
	plant       func(p *plan.Program)
}{
	{"a state that is read one element farther", "layers", func(p *plan.Program) { s := &p.Step.States[0]; shift(p, s, ir.Const(1)) }},
	{"a recurrence that keeps what it began with", "recurrence", func(p *plan.Program) {
		for _, x := range these[*plan.Move](p.Step) {
			if x.To.Store.Role == plan.Kept {
				without(p.Step, x)
			}
		}
	}},
	{"a window that moves too far", "layers", func(p *plan.Program) { l := slides(p); l.By = more(l.By) }},
	{"a window that stands still", "layers", func(p *plan.Program) { l := slides(p); l.By = ir.Const(0) }},
	{"room for too few rows", "layers", func(p *plan.Program) { l := slides(p); l.Need = ir.Const(1) }},
	{"a state that starts with zeros", "started", func(p *plan.Program) { p.States[0].Start = "" }},
	{"a running sum that is forgotten", "summed", func(p *plan.Program) {
		for _, x := range these[*plan.Move](p.Step) {
			if x.To.Store.Role == plan.Kept {
				x.To = x.From
			}
		}
		for _, r := range these[*plan.Rows](p.Step) {
			r.Out = slices.DeleteFunc(r.Out, func(x plan.Put) bool { return x.To.Store.Role == plan.Kept })
		}
	}},
	{"last inputs one row off", "filtered", func(p *plan.Program) { s := &p.Step.States[0]; shift(p, s, s.View.Stride("T")) }},
	{"sinks that are written over", "windowed", func(p *plan.Program) { shift(p, &p.Step.States[0], p.Step.States[0].View.Stride("T'")) }},
	{"layers share the first one's states", "layers", func(p *plan.Program) {
		p.Step.Body.Walk(func(i plan.Instruction) {
			if a, ok := i.(*plan.Attention); ok {
				a.Dots[0].Key.Steps = nil
			}
		})
	}},
	{"positions counted anew in each step", "layers", func(p *plan.Program) {
		for _, x := range these[*plan.Table](p.Step) {
			x.Expr = past(x.Expr, p.Past)
		}
	}},
}

// shift moves what the instructions of a step read of a state.
func shift(p *plan.Program, s *plan.State, by ir.Size) {
	store := s.View.Store
	p.Step.Body.Walk(func(i plan.Instruction) {
		switch i := i.(type) {
		case *plan.Rows:
			for k := range i.Code {
				if i.Code[k].Load.Store == store {
					i.Code[k].Load.Base = i.Code[k].Load.Base.Add(by)
				}
			}
		case *plan.Move:
			if i.From.Store == store {
				i.From.Base = i.From.Base.Add(by)
			}
		case *plan.Contract:
			if i.A.Store == store {
				i.A.Base = i.A.Base.Add(by)
			}
		case *plan.Product:
			if i.In.Store == store {
				i.In.Base = i.In.Base.Add(by)
			}
		case *plan.Attention:
			for k := range i.Dots {
				if i.Dots[k].Key.Store == store {
					i.Dots[k].Key.Base = i.Dots[k].Key.Base.Add(by)
				}
			}
		}
	})
}

// slides is the first window of a program's states.
func slides(p *plan.Program) *plan.Slide {
	for _, s := range p.Step.States {
		if s.Slide != nil {
			return s.Slide
		}
	}
	panic("no state slides")
}

// past is an expression in which no rows came before.
func past(e *plan.Expr, name string) *plan.Expr {
	out := *e
	if e.Fn == "size" {
		out.Size = e.Size.Substitute(map[string]ir.Size{name: ir.Const(0)})
	}
	out.Args = nil
	for _, a := range e.Args {
		out.Args = append(out.Args, past(a, name))
	}
	return &out
}

// TestPlantedEngineSteps asks every mistake that is planted in the plan of a step to be noticed.
func TestPlantedEngineSteps(t *testing.T) {
	crew := gograph.Crew(1)
	defer crew.Close()
	for k, c := range plantedInSteps {
		m := compile(t, "form.arch", formText(plantedModels[c.model]), nil)
		hash, err := eval.NewHashWeights(m)
		if err != nil {
			t.Fatal(err)
		}
		w, inputs := newRounded(hash), random(rand.New(rand.NewPCG(13, 14)), m, 33)
		roundInputs(inputs)
		truth, err := newJudge(t.Context(), m, w, inputs)
		if err != nil {
			t.Fatal(err)
		}
		try := func(plant func(p *plan.Program)) (err error) {
			plans, err := plansOf(m)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if r := recover(); r != nil {
					err = fmt.Errorf("panic: %v", r)
				}
			}()
			plant(plans.program)
			j := &judge{full: truth.full, naive: truth.naive}
			if err := engineStepwise(t.Context(), m, plans, w, inputs, crew, uint64(k), j); err != nil {
				return err
			}
			return j.broken()
		}
		if err := try(func(*plan.Program) {}); err != nil {
			t.Fatalf("%s: without a mistake: %v", c.model, err)
		}
		if err = try(c.plant); err == nil {
			plans, _ := plansOf(m)
			var b strings.Builder
			_ = plans.program.Step.Print(&b)
			t.Errorf("%s: goes unnoticed in\n%s", c.name, b.String())
		}
		t.Logf("%-60s %v", c.name, err)
	}
}
