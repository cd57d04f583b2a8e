package order

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"archc/ir"
	"archc/ir/eval"
)

// maker builds random modules with one attend: operands that are chains of maps, scores with work for each pair that
// one side decides, masks and normalizers of every shape. They are well typed by construction.
type maker struct {
	*ir.Builder
	r     *rand.Rand
	m     *ir.Module
	sizes map[string]ir.Axis
	made  int
	// What a score may look up at its row and its key.
	byRow, byKey ir.Value
	seen         map[string]int // how often each construct came up
}

func newMaker(seed uint64, seen map[string]int) *maker {
	m := &maker{Builder: &ir.Builder{}, r: rand.New(rand.NewPCG(seed, 7)), m: &ir.Module{Name: "Random"}, seen: seen}
	m.m.Body = m.Enter("body")
	m.sizes = map[string]ir.Axis{}
	for _, l := range []string{"H", "D", "N", "E", "M"} {
		m.sizes[l] = ir.Axis{Label: l, Size: ir.Const(1 + m.r.Int64N(4))}
	}
	m.sizes["T"] = ir.Axis{Label: "T", Size: ir.Free("T")}
	return m
}

// one takes one of several, and counts it.
func (m *maker) one(of string, names ...string) string {
	x := names[m.r.IntN(len(names))]
	m.seen[of+" "+x]++
	return x
}

func (m *maker) axes(labels ...string) []ir.Axis {
	out := make([]ir.Axis, len(labels))
	for i, l := range labels {
		out[i] = m.sizes[l]
	}
	return out
}

func (m *maker) input(labels ...string) ir.Value {
	m.made++
	v := m.Leaf(ir.Input, &ir.InputAttr{Name: fmt.Sprintf("x%d", m.made)}, ir.Type{Axes: m.axes(labels...)})
	m.m.Inputs = append(m.m.Inputs, ir.Port{Name: fmt.Sprintf("x%d", m.made), Value: v})
	return v
}

func (m *maker) param(axes ...ir.Axis) ir.Value {
	m.made++
	t := ir.Type{Axes: axes}
	var stored [][]string
	for _, l := range t.Labels() {
		stored = append(stored, []string{l})
	}
	return m.LeafAt(0, ir.Param, &ir.ParamAttr{Key: fmt.Sprintf("w%d", m.made), Stored: stored}, t)
}

func (m *maker) fn(name string, args ...ir.Value) ir.Value {
	return m.Must(ir.Map, &ir.MapAttr{Fn: ir.FnNamed(name)}, args...)
}

func (m *maker) number(x float64) ir.Value {
	return m.Leaf(ir.Constant, &ir.ConstAttr{Value: x}, ir.Scalar(ir.Real))
}

func (m *maker) sum(labels []string, args ...ir.Value) ir.Value {
	if m.r.IntN(2) == 0 && len(args) == 2 {
		args[0], args[1] = args[1], args[0]
	}
	return m.Must(ir.Contract, &ir.SumAttr{Labels: labels}, args...)
}

// fresh is a new axis of a random size.
func (m *maker) fresh() ir.Axis {
	m.made++
	return ir.Axis{Label: fmt.Sprintf("F%d", m.made), Size: ir.Const(1 + m.r.Int64N(5))}
}

// mapped takes a value from an axis to others by a stored map, through one of the ways to write that.
func (m *maker) mapped(v ir.Value, from ir.Axis, to []ir.Axis) ir.Value {
	switch m.one("map", "plain", "plain", "sliced", "merged", "reused label") {
	case "sliced":
		wide := m.fresh()
		last := to[len(to)-1]
		at := m.r.Int64N(3)
		wide.Size = last.Size.Add(ir.Const(at + m.r.Int64N(2)))
		w := m.param(append(append([]ir.Axis{}, to[:len(to)-1]...), wide, from)...)
		v = m.sum([]string{from.Label}, v, w)
		return m.Must(ir.Slice, &ir.SliceAttr{Label: wide.Label, Start: ir.Const(at), Into: last}, v)
	case "merged":
		whole := m.fresh()
		whole.Size = ir.Type{Axes: to}.Elements()
		v = m.sum([]string{from.Label}, v, m.param(whole, from))
		return m.Must(ir.Split, &ir.SplitAttr{Label: whole.Label, Into: to}, v)
	case "reused label":
		// The label that is summed comes up again in the result.
		if len(to) == 1 {
			mid := m.fresh()
			v = m.sum([]string{from.Label}, v, m.param(mid, from))
			v = m.sum([]string{mid.Label}, v, m.param(from, mid))
		}
	}
	return m.sum([]string{from.Label}, v, m.param(append(append([]ir.Axis{}, to...), from)...))
}

// chain makes an operand of an input.
func (m *maker) chain(v ir.Value, to ...string) ir.Value {
	from := m.sizes["D"]
	for range m.r.IntN(3) {
		mid := m.fresh()
		v = m.mapped(v, from, []ir.Axis{mid})
		from = mid
		switch m.one("between", "nothing", "scale", "quotient", "negative", "tanh", "bias") {
		case "scale":
			v = m.fn("mul", m.number(0.3), v)
		case "quotient":
			v = m.fn("div", v, m.number(1.7))
		case "negative":
			v = m.fn("neg", v)
		case "tanh":
			v = m.fn("tanh", v)
		case "bias":
			v = m.fn("add", v, m.param(from))
		}
	}
	return m.mapped(v, from, m.axes(to...))
}

// score is the score of q [H, N] or [N] and k [J, ...].
func (m *maker) score(i, j, q, k ir.Value) ir.Value {
	n := m.sizes["N"]
	switch m.one("score", "dot", "dot", "three", "additive", "features", "two", "cosine", "of the admitted", "places",
		"looked up", "key alone") {
	case "key alone":
		return m.fn("tanh", m.sum([]string{"N"}, k, m.param(n)))
	case "three":
		return m.sum([]string{"N"}, q, k, m.param(n))
	case "additive":
		mid := m.sizes["M"]
		wq, wk := m.param(mid, n), m.param(mid, n)
		h := m.fn("tanh", m.fn("add", m.sum([]string{"N"}, q, wq), m.sum([]string{"N"}, k, wk)))
		return m.sum([]string{"M"}, h, m.param(mid))
	case "features":
		w := m.param(m.sizes["M"], n)
		return m.sum([]string{"M"}, m.fn("exp", m.sum([]string{"N"}, q, w)), m.fn("exp", m.sum([]string{"N"}, k, w)))
	case "two":
		w := m.param(n)
		return m.fn("add", m.sum([]string{"N"}, q, k), m.sum([]string{"N"}, m.fn("mul", k, w), m.fn("exp", q)))
	case "of the admitted":
		of := m.sum([]string{"N"}, k, m.param(n))
		most := m.Must(ir.Reduce, &ir.ReduceAttr{Fn: "max", Labels: []string{"J"}}, of)
		all := m.sum([]string{"J", "N"}, k, m.param(n))
		return m.fn("add", m.fn("sub", m.sum([]string{"N"}, q, k), most), m.fn("tanh", all))
	case "places":
		near := m.fn("mul", m.fn("sub", i, j), m.number(0.1))
		own := m.fn("mul", m.fn("exp", m.fn("neg", j)), m.fn("sqrt", i))
		return m.fn("add", m.fn("add", m.sum([]string{"N"}, q, k), near), own)
	case "looked up":
		return m.fn("add", m.sum([]string{"N"}, q, k), m.fn("mul", m.lookup(m.byKey, "J", j), m.fn("exp", m.lookup(m.byRow, "T", i))))
	case "cosine":
		return m.fn("div", m.sum([]string{"N"}, q, k), m.fn("sqrt", m.sum([]string{"N"}, k, k)))
	}
	return m.sum([]string{"N"}, q, k)
}

// lookup is a value from outside at the row's or the key's own place.
func (m *maker) lookup(table ir.Value, label string, at ir.Value) ir.Value {
	return m.Must(ir.Gather, &ir.LabelAttr{Label: label}, table, at)
}

func (m *maker) mask(i, j ir.Value, behind int64, heads bool) ir.Value {
	past := m.fn("add", i, m.Leaf(ir.Constant, &ir.ConstAttr{Value: float64(behind)}, ir.Scalar(ir.Int)))
	switch m.one("mask", "full", "causal", "causal", "window", "strict", "odd", "by head", "ahead") {
	case "by head":
		if heads {
			h := m.Must(ir.Position, &ir.AxisAttr{Axis: m.sizes["H"]})
			return m.fn("le", j, m.fn("add", i, h))
		}
	case "ahead": // as many pairs as causal, and not those
		return m.fn("ge", j, i)
	case "causal":
		return m.fn("le", j, past)
	case "window":
		two := m.Leaf(ir.Constant, &ir.ConstAttr{Value: 2}, ir.Scalar(ir.Int))
		return m.fn("and", m.fn("le", j, past), m.fn("lt", m.fn("sub", past, j), two))
	case "strict":
		return m.fn("lt", j, past)
	case "odd":
		two := m.Leaf(ir.Constant, &ir.ConstAttr{Value: 2}, ir.Scalar(ir.Int))
		return m.fn("eq", m.fn("mod", m.fn("add", i, j), two), m.Leaf(ir.Constant, &ir.ConstAttr{}, ir.Scalar(ir.Int)))
	}
	return m.Leaf(ir.Constant, &ir.ConstAttr{Value: 1}, ir.Scalar(ir.Bool))
}

func (m *maker) norm(s ir.Value) ir.Value {
	total := func(v ir.Value) ir.Value {
		return m.Must(ir.Reduce, &ir.ReduceAttr{Fn: "sum", Labels: []string{"J"}}, v)
	}
	switch m.one("norm", "softmax", "softmax", "linear", "none", "scaled", "relu") {
	case "softmax":
		e := m.fn("exp", m.fn("sub", s, m.Must(ir.Reduce, &ir.ReduceAttr{Fn: "max", Labels: []string{"J"}}, s)))
		return m.fn("div", e, total(e))
	case "linear":
		return m.fn("div", s, m.fn("add", m.fn("abs", total(s)), m.number(0.5)))
	case "scaled":
		return m.fn("neg", m.fn("div", m.fn("mul", m.number(3), s), m.fn("add", m.number(2), m.fn("abs", total(m.fn("neg", s))))))
	case "relu":
		return m.fn("max", s, m.number(0))
	}
	return m.fn("mul", s, m.number(0.5))
}

// module is a random module: self-attention, cross-attention, or over a past.
func (m *maker) module() *ir.Module {
	x := m.input("T", "D")
	y, behind, keys := x, int64(0), m.sizes["T"]
	switch m.one("keys", "own", "other", "past") {
	case "other":
		m.sizes["S"] = ir.Axis{Label: "S", Size: ir.Free("S")}
		keys, y = m.sizes["S"], m.input("S", "D")
	case "past":
		behind = 1 + m.r.Int64N(3)
		m.sizes["S"] = ir.Axis{Label: "S", Size: ir.Free("T").Add(ir.Const(behind))}
		keys, y = m.sizes["S"], m.input("S", "D")
	}
	heads := map[string][]string{"heads": {"H"}, "one": nil}[m.one("heads", "heads", "one")]
	shared := heads
	if m.one("keys' heads", "own", "shared") == "shared" {
		shared = nil
	}
	q, k, v := m.chain(x, append(heads, "N")...), m.chain(y, append(shared, "N")...), m.chain(y, append(shared, "E")...)
	if m.one("values", "own", "the keys") == "the keys" {
		v = k
	}
	m.byRow = m.sum([]string{"D"}, x, m.param(m.sizes["D"]))
	byKey := m.sum([]string{"D"}, y, m.param(m.sizes["D"]))
	if m.one("values", "plain", "gated") == "gated" {
		v = m.sum(nil, v, byKey)
	}
	rename := func(v ir.Value) ir.Value {
		return m.Must(ir.Rename, &ir.RenameAttr{From: keys.Label, To: "J"}, v)
	}
	m.byKey = rename(byKey)
	k, v = rename(k), rename(v)
	out := m.attend(q, k, v, behind)
	if m.one("after", "map", "nothing") == "map" {
		label := "E"
		if v.Type().Has("N") {
			label = "N"
		}
		out = m.mapped(out, m.sizes[label], []ir.Axis{m.fresh()})
	}
	m.m.Outputs = []ir.Port{{Name: "y", Value: out}}
	if m.one("others", "none", "the key too") == "the key too" {
		m.m.Outputs = append(m.m.Outputs, ir.Port{Name: "k", Value: k})
	}
	for _, o := range m.m.Outputs {
		m.m.Body.Results = append(m.m.Body.Results, o.Value)
	}
	return m.m
}

func (m *maker) attend(q, k, v ir.Value, behind int64) ir.Value {
	j := ir.Type{Kind: ir.Int, Axes: []ir.Axis{{Label: "J", Size: ir.Free("J")}}}
	inner := ir.Type{Axes: append([]ir.Axis{}, k.Type().Axes...)}
	inner.Axes[inner.Find("J")].Size = ir.Free("J")
	score := m.Enter("score")
	i, at := m.Param(ir.Scalar(ir.Int), "i"), m.Param(j, "j")
	s := m.score(i, at, m.Param(q.Type().Without("T"), "q"), m.Param(inner, "k"))
	if m.one("scores", "as they are", "scaled") == "scaled" {
		s = m.fn("mul", s, m.number(0.7))
	}
	score.Results = []ir.Value{s}
	m.Leave()
	mask := m.Enter("mask")
	mask.Results = []ir.Value{m.mask(m.Param(ir.Scalar(ir.Int), "i"), m.Param(j, "j"), behind, q.Type().Has("H"))}
	m.Leave()
	norm := m.Enter("norm")
	norm.Results = []ir.Value{m.norm(m.Param(s.Type(), "s"))}
	m.Leave()
	regions := []*ir.Region{score, mask, norm}
	if m.one("weight", "none", "none", "scaled") == "scaled" {
		weight := m.Enter("weight")
		w := m.Param(norm.Results[0].Type(), "w")
		weight.Results = []ir.Value{m.fn("mul", w, m.number(1.5))}
		m.Leave()
		regions = append(regions, weight)
	}
	n, err := m.Add(ir.Attend, &ir.AttendAttr{Query: "T", Key: "J", Queries: 1, Keys: 1}, []ir.Value{q, k, v}, regions...)
	if err != nil {
		panic(err)
	}
	return ir.Value{Node: n}
}

// TestRandomModulesStayTheSame compares both forms of random modules with what was written: equal to 1e-12, and the long
// one no dearer as the free dims grow.
func TestRandomModulesStayTheSame(t *testing.T) {
	seen, changed, two, linear := map[string]int{}, 0, 0, 0
	const modules = 120
	for seed := uint64(0); seed < modules && !t.Failed(); seed++ {
		m := newMaker(seed, seen).module()
		if errs := ir.Verify(m); len(errs) > 0 {
			t.Fatalf("%v\n%s", errs, ir.Text(m))
		}
		before := ir.Text(m)
		c := choice(t, m)
		if ir.Text(m) != before {
			t.Fatalf("Forms changes the module that it is given")
		}
		points := []map[string]int64{{"T": 1, "S": 1}, {"T": 4, "S": 5}, {"T": 3, "S": 2, eval.Batch: 2}}
		same(t, fmt.Sprint("long, seed ", seed), m, c.Long, points...)
		if c.Short != nil {
			same(t, fmt.Sprint("short, seed ", seed), m, c.Short, points...)
			two++
		}
		text := ir.Text(c.Long)
		if text != before {
			changed++
		}
		if !hasAttend(c.Long) {
			linear++
		}
		if a, b := total(t, m), total(t, c.Long); b.Cmp(a) > 0 {
			t.Errorf("seed %d: dearer than before: %s, was %s\n%s\n%s", seed, b.FloatString(0), a.FloatString(0), before, text)
		}
	}
	t.Logf("%d modules: %d changed, %d with two forms, %d linear; %v", modules, changed, two, linear, seen)
	if changed < modules/2 || two < modules/20 || linear < modules/40 {
		t.Error("too few modules are rewritten for the test to mean something")
	}
}
