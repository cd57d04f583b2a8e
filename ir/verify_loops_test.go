package ir

import (
	"math"
	"testing"
)

// loopsBase is a module with windows, a scan, a stack and experts that breaks no rule.
const loopsBase = `model M
dim D = 4
dim E = 8
dim T
%0 = input x : [T, D]
%1 = input valid = true : bool[T]
%2 = param "table" : [E, D]
%3 = index T
%4 = windows T -> [T, 3] pad 2, 0 %1
%5 = topk D -> 2 %0
%6, %7 = repeat t = 0..T over [T] stack [T] (%2; %0)
  body(%8 : int[], %9 : [E, D], %10 : [D]) {
    %11 = param "w" : [D]
    %12 = contract sum[D] %10, %11
    give %9, %12
  }
%13 = repeat l = 0..3 %0
  body(%14 : int[], %15 : [T, D]) {
    %16 = experts e of E over [2] rows N (%5; %1; %15, %3)
      body(%17 : int[], %18 : [N, D], %19 : int[N]) {
        %20 = param "layers.{l}.experts.{e}.w" : [D, F=4]
        %21 = contract sum[D] %18, %20
        %22 = rename F -> D %21
        %23 = gather [E] %2, %17
        %24 = map mul %22, %23
        %25 = repeat k = 0..2 %24
          body(%26 : int[], %27 : [N, D]) {
            %28 = map neg %27
            give %28
          }
        give %25
      }
    give %16
  }
output y = %13
output z = %7
`

// before puts a node in front of the stack, types it, and gives its value.
func before(m *Module, n *Node) Value {
	m.Body.Nodes = append(m.Body.Nodes[:6:6], append([]*Node{n}, m.Body.Nodes[6:]...)...)
	retypeAll(m)
	return Value{n, 0}
}

func retypeAll(m *Module) {
	for _, n := range m.Body.Nodes {
		retype(n)
	}
}

var loopsCases = []verifyCase{
	{"V01: a nil region", func(m *Module) { in(m, Experts, 0).Regions[0] = nil }},
	{"V03 %16 experts: lacks its region body", func(m *Module) { in(m, Experts, 0).Regions = nil }},
	{"V03 %16 experts: takes 2 or more arguments, not 1", func(m *Module) {
		n := in(m, Experts, 0)
		n.Args = n.Args[:1]
	}},
	{"V03 %4 windows: steps of 1 and 0 between 2 and 0", func(m *Module) {
		in(m, Windows, 0).Attr.(*WindowsAttr).Dilate = 0
	}},
	{"V03 %6 repeat: 2 arguments are not 3 slices", func(m *Module) {
		in(m, Repeat, 0).Attr.(*RepeatAttr).Slices = []string{"T", "T", "T"}
	}},
	{"V03 %13 repeat: runs 2147483648 times from 0 by 1", func(m *Module) {
		in(m, Repeat, 1).Attr.(*RepeatAttr).Count = Const(1 << 31)
	}},
	{"V04 %23 gather: an argument is not defined here", func(m *Module) {
		in(m, Gather, 0).Args[1] = Value{in(m, Arg, 0), 0}
	}},
	{`V07 %6 repeat: the number of runs has a size over "a b", no plain name`, func(m *Module) {
		in(m, Repeat, 0).Attr.(*RepeatAttr).Count = Free("a b")
	}},
	{`V07 %16 experts: axis a b has a size over "a b", no plain name`, func(m *Module) {
		in(m, Experts, 0).Attr.(*ExpertsAttr).Rows = "a b"
	}},
	{"V07 %5 topk: axis 2 has size -2", func(m *Module) { in(m, TopK, 0).Attr.(*TopKAttr).Into.Size = Const(-2) }},
	{"V09 %4 windows: axis T of size T has T + 1 windows, not T", func(m *Module) {
		in(m, Windows, 0).Attr.(*WindowsAttr).High = 1
	}},
	{"V09 %5 topk: 5 of the 4 elements along D", func(m *Module) {
		in(m, TopK, 0).Attr.(*TopKAttr).Into.Size = Const(5)
	}},
	{"V09 %6 repeat: stacked value 1: axis T has size 7, there are T runs", func(m *Module) {
		in(m, Repeat, 0).Attr.(*RepeatAttr).Stacked[0].Size = Const(7)
	}},
	{"V09 %6 repeat: slice 1: axis T has size T, there are 7 runs", func(m *Module) {
		in(m, Repeat, 0).Attr.(*RepeatAttr).Count = Const(7)
	}},
	{"V09 %16 experts: the index has no axis K", func(m *Module) { in(m, Experts, 0).Attr.(*ExpertsAttr).Slot = "K" }},
	{"V09 %16 experts: the index is real, not int", func(m *Module) { in(m, Experts, 0).Args[0] = m.Inputs[0].Value }},
	{"V09 %16 experts: valid is real, not bool", func(m *Module) { in(m, Experts, 0).Args[1] = m.Inputs[0].Value }},
	{"V09 %16 experts: the body gives [E=8, D=4], not numbers along its rows N", func(m *Module) {
		in(m, Experts, 0).Regions[0].Results[0] = Value{m.Body.Nodes[2], 0}
	}},
	{"V11 %29 param: axis N has size 3, not N", func(m *Module) {
		body := in(m, Experts, 0).Regions[0]
		body.Nodes = append(body.Nodes, &Node{Op: Param, Attr: &ParamAttr{Key: "n", Stored: [][]string{{"N"}}},
			Outs: []Type{{Axes: []Axis{{"N", Const(3)}}}}})
	}},
	{"V13 %4 windows: 0.5 is no bool", func(m *Module) { in(m, Windows, 0).Attr.(*WindowsAttr).Fill = 0.5 }},
	{`V14 %11 param: key "w.{t}": t runs T times, which is no number`, func(m *Module) {
		in(m, Param, 1).Attr.(*ParamAttr).Key = "w.{t}"
	}},
	{`V14 %20 param: key "{n}": no repeat around has the variable n`, func(m *Module) {
		in(m, Param, 2).Attr.(*ParamAttr).Key = "{n}"
	}},
	{`V14 %20 param: key "layers.{l}.experts.{e}.w": e runs E times, which is no number`, func(m *Module) {
		m.Dims[1].Size = Free("E")
		in(m, Experts, 0).Attr.(*ExpertsAttr).Of.Size = Free("E")
		for _, n := range []*Node{in(m, Param, 0), in(m, Repeat, 0), in(m, Arg, 1)} {
			n.Outs[0].Axes[0].Size = Free("E")
		}
	}},
	{`V16 %20 param: key "layers.{l}.experts.{e}.w" is [D=4, F=4] here, and [E=8, D=4] at %2 param`, func(m *Module) {
		in(m, Param, 0).Attr.(*ParamAttr).Key = "layers.2.experts.7.w"
	}},
	{"V17 %16 experts: the variable \"a b\" is no plain name", func(m *Module) { revar(m, "a b") }},
	{"V17 %16 experts: a repeat around has the variable l too", func(m *Module) { revar(m, "l") }},
	{"V17 %25 repeat: a repeat around has the variable k too", func(m *Module) { revar(m, "k") }},
	{"V17 %16 experts: the variable T is a dim of the inputs", func(m *Module) { revar(m, "T") }},
	{"V17 %16 experts: the first parameter of the body is bool[], not int[]", func(m *Module) {
		in(m, Experts, 0).Regions[0].Params[0].Outs[0].Kind = Bool
		in(m, Gather, 0).Args[1] = Value{in(m, Repeat, 1).Regions[0].Params[0], 0}
	}},
	{"V22 %25 map: a value from outside the experts depends on an input, and is no operand", func(m *Module) {
		pick := &Node{Op: Pick, Attr: &PickAttr{"T", Const(0)}, Args: []Value{m.Inputs[0].Value}}
		in(m, Map, 0).Args[1] = before(m, pick)
	}},
	{"V22 %17 experts: a value from outside the experts has a size over N, which counts rows inside", func(m *Module) {
		numbers := &Node{Op: Position, Attr: &AxisAttr{Axis{"N", Free("N")}}}
		stack := in(m, Repeat, 1).Regions[0]
		stack.Results[0] = Value{stack.Params[1], 0}
		in(m, Experts, 0).Regions[0].Results[0] = before(m, numbers)
		retypeAll(m)
	}},
	{"V23 %24 reduce: works along N, the rows of an experts", func(m *Module) {
		n := in(m, Map, 0)
		n.Op, n.Attr, n.Args = Reduce, &ReduceAttr{"sum", []string{"N"}, true}, n.Args[:1]
	}},
	{"V23 %24 reverse: works along N, the rows of an experts", func(m *Module) {
		n := in(m, Map, 0)
		n.Op, n.Attr, n.Args = Reverse, &LabelAttr{"N"}, n.Args[:1]
	}},
	{"V23 %28 reverse: works along N, the rows of an experts", func(m *Module) {
		n := in(m, Map, 1)
		n.Op, n.Attr, n.Args = Reverse, &LabelAttr{"N"}, n.Args[:1]
	}},
	{"V23 %25 repeat: has the size N, over the rows of an experts", func(m *Module) {
		in(m, Repeat, 2).Attr.(*RepeatAttr).Count = Free("N")
	}},
	{"V23 %24 extent: has the size 2*N, over the rows of an experts", func(m *Module) {
		n := in(m, Map, 0)
		n.Op, n.Attr, n.Args = Extent, &SizeAttr{Free("N").Mul(Const(2))}, nil
		n.Outs = []Type{Scalar(Int)}
		in(m, Experts, 0).Regions[0].Results[0] = Value{in(m, Rename, 0), 0}
		in(m, Experts, 0).Regions[0].Nodes = in(m, Experts, 0).Regions[0].Nodes[:5]
	}},
	{"V23 %23 index: axis X has the size N, over the rows of an experts", func(m *Module) {
		n := in(m, Gather, 0)
		n.Op, n.Attr, n.Args, n.Outs = Position, &AxisAttr{Axis{"X", Free("N")}}, nil, []Type{{Int, []Axis{{"X", Free("N")}}}}
		in(m, Map, 0).Args[1] = in(m, Map, 0).Args[0]
	}},
}

// revar gives the experts another variable, and the key inside none.
func revar(m *Module, name string) {
	in(m, Experts, 0).Attr.(*ExpertsAttr).Var = name
	in(m, Param, 2).Attr.(*ParamAttr).Key = "w2"
}

// TestEveryAttributeSaysWhereItWorks: an op whose attribute names a label that an argument has is known to work
// along it.
func TestEveryAttributeSaysWhereItWorks(t *testing.T) {
	m := parseText(t, readText(t, everyOp))
	goesByElement := map[*Op]bool{Param: true, Input: true, Constant: true, Extent: true, Map: true, Cast: true,
		Transpose: true, Arg: true, Repeat: true, Attend: true, Experts: true, Stack: true, Contract: true, Stop: true}
	m.Body.Walk(func(n *Node, _ int) {
		if !goesByElement[n.Op] && len(Along(n)) == 0 {
			t.Errorf("%s is said to go by element", n.Op.Name)
		}
	})
}

// TestFillOfEachKind: a fill is of the kind of what it fills.
func TestFillOfEachKind(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		fill float64
		ok   bool
	}{
		{Real, math.Inf(-1), true}, {Real, math.NaN(), true}, {Int, -3, true}, {Int, math.Inf(-1), false},
		{Int, math.NaN(), false}, {Bool, 1, true}, {Bool, -1, false},
	} {
		m := parseText(t, "model M %0 = input x : "+c.kind.String()+"[T] %1 = windows T -> [T, 2] pad 1, 0 %0 output y = %1")
		m.Body.Nodes[1].Attr.(*WindowsAttr).Fill = c.fill
		if errs := Verify(m); (len(errs) == 0) != c.ok {
			t.Errorf("%s filled with %v: %v", c.kind, c.fill, errs)
		}
		if again := parseText(t, Text(m)); Equal(m, again) != nil {
			t.Errorf("%v is read back as %v", c.fill, again.Body.Nodes[1].Attr.(*WindowsAttr).Fill)
		}
	}
}
