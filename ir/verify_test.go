package ir

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// verifyBase is a module that breaks no rule. The cases below break it in one place each.
const verifyBase = `model M
dim D = 4 = 2 2
dim H = 8
dim T
%0 = input x : [T, D]
%1 = input valid = true : bool[T]
%2 = param "scale" : [D]
%3 = const 2 : int[]
%4 = repeat l = 0..3 %0
  body(%5 : int[], %6 : [T, D]) {
    %7 = param "layers.{l}.w" stored [H D] : [D, H]
    %8 = contract sum[] %6, %2
    give %8
  }
%9 = rename T -> T' %0
%10 = attend [T] over [T'] (%0; %9; %9) : [T, D]
  score(%11 : int[], %12 : int[T'], %13 : [D], %14 : [T', D]) {
    %15 = contract sum[D] %13, %14 : [T']
    give %15
  }
  mask(%16 : int[], %17 : int[T']) {
    %18 = map le %17, %16 : bool[T']
    %19 = gather [T] %1, %16 : bool[]
    %20 = map and %18, %19 : bool[T']
    give %20
  }
  norm(%21 : [T']) {
    %22 = map exp %21 : [T']
    give %22
  }
  weight(%23 : [T']) {
    give %23
  }
output y = %4
output z = %10
`

func verifyModule(t testing.TB) *Module { return parseText(t, verifyBase) }

// in finds a node of the base by its op, counted from 0 in the order of the text.
func in(m *Module, op *Op, k int) *Node {
	var found *Node
	m.Body.Walk(func(n *Node, _ int) {
		if n.Op == op {
			if k == 0 {
				found = n
			}
			k--
		}
	})
	return found
}

var free = func(label string) Axis { return Axis{label, Free(label)} }

// verifyCase breaks one rule. The error wanted begins with the rule's number.
type verifyCase struct {
	want  string
	wreck func(m *Module)
}

var verifyCases = []verifyCase{
	{"V01: the module has no body", func(m *Module) { m.Body = nil }},
	{"V01: a nil node", func(m *Module) { m.Body.Nodes[3] = nil }},
	{"V01: a nil region", func(m *Module) { in(m, Repeat, 0).Regions[0] = nil }},
	{"V01 const: the node stands in two places", func(m *Module) {
		body := in(m, Repeat, 0).Regions[0]
		body.Nodes = append(body.Nodes, m.Body.Nodes[3])
	}},
	{"V01: region body stands in two places", func(m *Module) {
		m.Body.Nodes = append(m.Body.Nodes, &Node{Op: Repeat, Regions: in(m, Repeat, 0).Regions})
	}},
	{"V01: region body stands in two places", func(m *Module) { // a region inside itself
		body := in(m, Repeat, 0).Regions[0]
		body.Nodes = append(body.Nodes, &Node{Op: Repeat, Regions: []*Region{body}})
	}},
	{"V01: regions nest more than 64 deep", func(m *Module) {
		for range MaxNest + 1 {
			m.Body = &Region{Nodes: []*Node{{Op: Repeat, Regions: []*Region{m.Body}}}}
		}
	}},
	{"V02 node without an op: the op is no row of the table", func(m *Module) {
		m.Body.Nodes = append(m.Body.Nodes, &Node{})
	}},
	{"V02 %3 const: the op is no row of the table", func(m *Module) {
		row := *Constant
		m.Body.Nodes[3].Op = &row
	}},
	{"V02 %11 const: a parameter of region score is no arg node", func(m *Module) {
		in(m, Attend, 0).Regions[0].Params[0].Op = Constant
	}},
	{"V02 %3 arg: an arg node is no parameter of region body", func(m *Module) { m.Body.Nodes[3].Op = Arg }},
	{"V02 arg: a parameter of region body has 0 results", func(m *Module) {
		in(m, Repeat, 0).Regions[0].Params[0].Outs = nil
	}},
	{"V03 %3 const: lacks its attribute", func(m *Module) { m.Body.Nodes[3].Attr = nil }},
	{"V03 %0 input: has an attribute of another op: *ir.ConstAttr", func(m *Module) {
		m.Body.Nodes[0].Attr = &ConstAttr{}
	}},
	{"V03 %5 arg: takes no attribute", func(m *Module) { in(m, Arg, 0).Attr = &ConstAttr{} }},
	{"V03 %9 rename: takes 1 argument, not 2", func(m *Module) {
		n := in(m, Rename, 0)
		n.Args = append(n.Args, n.Args...)
	}},
	{"V03 %10 attend: lacks its region mask", func(m *Module) {
		n := in(m, Attend, 0)
		n.Regions = n.Regions[:1]
	}},
	{"V03 %10 attend: has 5 regions, its op takes score, mask, norm, weight?", func(m *Module) {
		n := in(m, Attend, 0)
		n.Regions = append(n.Regions, &Region{Name: "weight"})
	}},
	{"V03 %9 rename: has 1 regions, its op takes ", func(m *Module) { in(m, Rename, 0).Regions = []*Region{{}} }},
	{"V03 %18 map: applies a function that is not of the table", func(m *Module) {
		in(m, Map, 0).Attr = &MapAttr{&Fn{Name: "le", Arity: 2}}
	}},
	{"V03 %4 repeat: runs 3 times from 0 by -1: not steps of 1 or more", func(m *Module) {
		in(m, Repeat, 0).Attr.(*RepeatAttr).Step = -1
	}},
	{"V03 %10 attend: 3 arguments are not 1 queries, -1 keys and a value", func(m *Module) {
		in(m, Attend, 0).Attr.(*AttendAttr).Keys = -1
	}},
	{"V04 %9 rename: an argument is not defined here", func(m *Module) { // a value of a region that has ended
		in(m, Rename, 0).Args[0] = Value{in(m, Contract, 0), 0}
	}},
	{"V04 %4 rename: an argument is not defined here", func(m *Module) { // before its definition
		m.Body.Nodes[4], m.Body.Nodes[5] = m.Body.Nodes[5], m.Body.Nodes[4]
		m.Body.Nodes[4].Args[0] = Value{m.Body.Nodes[5], 0}
	}},
	{"V04 %9 rename: an argument is not defined here", func(m *Module) { in(m, Rename, 0).Args[0] = Value{} }},
	{"V04 %9 rename: an argument is not defined here", func(m *Module) { in(m, Rename, 0).Args[0].Out = 1 }},
	{"V04 %9 rename: an argument is not defined here", func(m *Module) { in(m, Rename, 0).Args[0].Out = -1 }},
	{"V04 %4 repeat: a result of region body is not defined here", func(m *Module) {
		in(m, Repeat, 0).Regions[0].Results[0] = Value{in(m, Repeat, 0), 0}
	}},
	{"V04: output y is not defined here", func(m *Module) { m.Outputs[0].Value = Value{in(m, Contract, 0), 0} }},
	{"V05 %0 input: a kind of number 3", func(m *Module) { m.Body.Nodes[0].Outs[0].Kind = 3 }},
	{"V05 %24 cast: a kind of number -1", func(m *Module) {
		n := &Node{Op: Cast, Attr: &KindAttr{-1}, Args: []Value{m.Inputs[0].Value}, Outs: []Type{Scalar(Real)}}
		m.Body.Nodes = append(m.Body.Nodes, n)
	}},
	{"V06 %2 param: axis D would stand twice in [D, D]", func(m *Module) {
		t := &m.Body.Nodes[2].Outs[0]
		t.Axes = append(t.Axes, t.Axes...)
	}},
	{"V06 %2 param: an axis has no label", func(m *Module) { m.Body.Nodes[2].Outs[0].Axes[0].Label = "" }},
	{"V07 %2 param: axis D has size -4", func(m *Module) { m.Body.Nodes[2].Outs[0].Axes[0].Size = Const(-4) }},
	{`V07 %2 param: axis D has a size over "a b", no plain name`, func(m *Module) {
		m.Body.Nodes[2].Outs[0].Axes[0].Size = Free("a b").Mul(Const(2))
	}},
	{"V07: dim H has size -1", func(m *Module) { m.Dims[1].Size = Const(-1) }},
	{"V08: the body has parameters", func(m *Module) {
		m.Body.Params = append(m.Body.Params, &Node{Op: Arg, Outs: []Type{Scalar(Real)}})
	}},
	{"V08: 1 inputs, 2 input nodes", func(m *Module) { m.Inputs = m.Inputs[1:] }},
	{"V08 %0 input: input 1 of the module is valid, the body's is x", func(m *Module) {
		m.Inputs[0], m.Inputs[1] = m.Inputs[1], m.Inputs[0]
	}},
	{"V08 %0 input: input 1 of the module is y, the body's is x", func(m *Module) { m.Inputs[0].Name = "y" }},
	{"V08 %7 input: an input stands in region body", func(m *Module) {
		body := in(m, Repeat, 0).Regions[0]
		body.Nodes[0].Op, body.Nodes[0].Attr = Input, &InputAttr{Name: "w"}
		m.Inputs = append(m.Inputs, Port{"w", Value{body.Nodes[0], 0}})
	}},
	{"V09 %8 contract: it has [T], its rule gives [T, D=4]", func(m *Module) {
		in(m, Contract, 0).Outs[0] = Type{Axes: []Axis{free("T")}}
	}},
	{"V09 %9 rename: the argument has no axis K", func(m *Module) { in(m, Rename, 0).Attr.(*RenameAttr).From = "K" }},
	{"V09 %9 rename: 2 results, its rule gives 1", func(m *Module) {
		n := in(m, Rename, 0)
		n.Outs = append(n.Outs, n.Outs...)
	}},
	{"V09 %10 attend: region norm gives 0 values, not one", func(m *Module) {
		in(m, Attend, 0).RegionNamed("norm").Results = nil
	}},
	{"V09 %10 attend: the mask is real, not bool", func(m *Module) {
		in(m, Attend, 0).RegionNamed("mask").Results[0] = m.Inputs[0].Value
	}},
	{"V10: dim H has two rows", func(m *Module) { m.Dims = append(m.Dims, m.Dims[1]) }},
	{"V10: dim D = 4, its factors [2, H] make 16", func(m *Module) { m.Dims[0].Factors[1] = "H" }},
	{"V10: dim D has the factor a b, which is no dim", func(m *Module) { m.Dims[0].Factors[1] = "a b" }},
	{"V11 %7 param: axis H has size 9, not 8", func(m *Module) { in(m, Param, 1).Outs[0].Axes[1].Size = Const(9) }},
	{"V11 %12 arg: axis T' has size 7, not T'", func(m *Module) {
		in(m, Attend, 0).Regions[0].Params[1].Outs[0].Axes[0].Size = Const(7)
	}},
	{"V12: two inputs are named x", func(m *Module) {
		m.Inputs[1].Name, m.Body.Nodes[1].Attr.(*InputAttr).Name = "x", "x"
	}},
	{"V12: two outputs are named y", func(m *Module) { m.Outputs[1].Name = "y" }},
	{"V12: the body gives other values than the outputs", func(m *Module) { m.Body.Results = m.Body.Results[:1] }},
	{"V24 %1 input: the output x is bool[T], the input of that name [T, D=4]", func(m *Module) {
		m.Outputs[0] = Port{"x", m.Inputs[1].Value}
		m.Body.Results[0] = m.Inputs[1].Value
	}},
	{"V25 %0 input: the state x is used 3 times, not once", func(m *Module) { m.Outputs[0].Name = "x'" }},
	{"V13 %3 const: a constant has axes [T]", func(m *Module) { m.Body.Nodes[3].Outs[0].Axes = []Axis{free("T")} }},
	{"V13 %3 const: 0.5 is no int", func(m *Module) { m.Body.Nodes[3].Attr.(*ConstAttr).Value = 0.5 }},
	{"V13 %3 const: +Inf is no int", func(m *Module) { m.Body.Nodes[3].Attr.(*ConstAttr).Value = math.Inf(1) }},
	{"V13 %0 input: poisson is no distribution", func(m *Module) { m.Body.Nodes[0].Attr.(*InputAttr).Draw = "poisson" }},
	{"V13 %1 input: a random draw is bool, with a default true", func(m *Module) {
		m.Body.Nodes[1].Attr.(*InputAttr).Draw = Uniform
	}},
	{"V13 %1 input: 2 is no bool", func(m *Module) { *m.Body.Nodes[1].Attr.(*InputAttr).Default = 2 }},
	{`V14 %7 param: key "layers.{i}.w": no repeat around has the variable i`, func(m *Module) { rekey(m, "layers.{i}.w") }},
	{`V14 %7 param: key "{l*2}": {l*2} does not name a variable`, func(m *Module) { rekey(m, "{l*2}") }},
	{`V14 %7 param: key "{l+x}": {l+x} is not a name and a number`, func(m *Module) { rekey(m, "{l+x}") }},
	{`V14 %7 param: key "{l": a brace does not close`, func(m *Module) { rekey(m, "{l") }},
	{`V14 %7 param: key "l}": a brace closes that did not open`, func(m *Module) { rekey(m, "l}") }},
	{`V14 %2 param: key "{l}": no repeat around has the variable l`, func(m *Module) { in(m, Param, 0).Attr.(*ParamAttr).Key = "{l}" }},
	{`V15 %7 param: key "layers.{l}.w" is stored as [[H]], its axes are [D, H]`, func(m *Module) { store(m, "H") }},
	{`V15 %7 param: key "layers.{l}.w" is stored as [[H D D]], its axes are [D, H]`, func(m *Module) { store(m, "H", "D", "D") }},
	{`V15 %7 param: key "layers.{l}.w" is stored as [[H T]], its axes are [D, H]`, func(m *Module) { store(m, "H", "T") }},
	{`V16 %7 param: key "scale" is [D=4, H=8] stored [[H D]] here, and [D=4] at %2 param`, func(m *Module) { rekey(m, "scale") }},
	{`V16 %7 param: key "w.{l+1}" is [D=4, H=8] stored [[H D]] here, and [D=4] at %2 param`, func(m *Module) {
		rekey(m, "w.{l+1}")
		in(m, Param, 0).Attr.(*ParamAttr).Key = "w.3"
	}},
	{"V17 %4 repeat: the variable \"a b\" is no plain name", func(m *Module) { rename(m, "a b") }},
	{"V17 %4 repeat: the first parameter of the body is bool[], not int[]", func(m *Module) {
		in(m, Repeat, 0).Regions[0].Params[0].Outs[0].Kind = Bool
	}},
	{"V17 repeat: a repeat around has the variable l too", func(m *Module) {
		body := in(m, Repeat, 0).Regions[0]
		inner := &Region{Name: "body", Params: []*Node{{Op: Arg, Outs: []Type{Scalar(Int)}}}}
		n := &Node{Op: Repeat, Attr: &RepeatAttr{Var: "l", Step: 1, Count: Const(1)}, Regions: []*Region{inner}}
		body.Nodes = append(body.Nodes[:1:1], append([]*Node{n}, body.Nodes[1:]...)...)
		n.Outs = []Type{}
		n.Op.Infer(n)
	}},
	{"V19 %10 attend: region score takes 5 values, not 4", func(m *Module) {
		score := in(m, Attend, 0).Regions[0]
		score.Params = append(score.Params, &Node{Op: Arg, Outs: []Type{Scalar(Real)}})
	}},
	{"V19 %10 attend: parameter 1 of region mask is [], not int[]", func(m *Module) {
		in(m, Attend, 0).Regions[1].Params[0].Outs[0].Kind = Real
		in(m, Gather, 0).Args[1] = Value{m.Body.Nodes[3], 0}
	}},
	{"V19 %10 attend: parameter 1 of region norm is bool[T'], not [T']", func(m *Module) {
		norm := in(m, Attend, 0).Regions[2]
		norm.Nodes, norm.Results = nil, []Value{{norm.Params[0], 0}}
		norm.Params[0].Outs[0].Kind = Bool
	}},
	{"V18 %10 attend: query and key axis are both T'", func(m *Module) { requery(m, "T'") }},
	{"V18 %10 attend: no query has the axis S", func(m *Module) { requery(m, "S") }},
	{"V18 %11 attend: a key or value has the query axis T", func(m *Module) {
		v := in(m, Attend, 0)
		v.Args[2] = Value{joined(m), 0}
	}},
	{"V20 %19 map: a value in a region of the attend has its query axis T", func(m *Module) {
		not := in(m, Gather, 0)
		not.Op, not.Attr, not.Args = Map, &MapAttr{FnNamed("not")}, not.Args[:1]
		not.Outs[0] = m.Inputs[1].Type()
		mask := in(m, Attend, 0).Regions[1]
		mask.Nodes[2].Outs[0].Axes = append(mask.Nodes[2].Outs[0].Axes, not.Outs[0].Axes...)
	}},
	{"V20 %19 reduce: a value from outside the attend brings its axis T into a region", func(m *Module) {
		use := in(m, Gather, 0)
		use.Op, use.Attr, use.Args = Reduce, &ReduceAttr{"max", []string{"T"}, false}, use.Args[:1]
	}},
	{"V20 %19 reduce: a value from outside the attend brings its axis T' into a region", func(m *Module) {
		use := in(m, Gather, 0)
		use.Op, use.Attr = Reduce, &ReduceAttr{"max", []string{"T'", "D"}, false}
		use.Args = []Value{{in(m, Rename, 0), 0}}
		use.Outs[0].Kind = Real
		mask := in(m, Attend, 0).Regions[1]
		mask.Results[0] = Value{mask.Nodes[0], 0}
		mask.Nodes = mask.Nodes[:2]
	}},
	{"V21 %10 attend: region norm gives bool[T'], not numbers along T'", func(m *Module) {
		norm := in(m, Attend, 0).Regions[2]
		norm.Nodes[0].Attr = &MapAttr{FnNamed("lt")}
		norm.Nodes[0].Args = append(norm.Nodes[0].Args, norm.Nodes[0].Args...)
		norm.Nodes[0].Outs[0].Kind = Bool
		in(m, Attend, 0).Regions = in(m, Attend, 0).Regions[:3]
	}},
	{"V21 %10 attend: region norm gives [], not numbers along T'", func(m *Module) {
		norm := in(m, Attend, 0).Regions[2]
		norm.Nodes[0].Op, norm.Nodes[0].Attr = Reduce, &ReduceAttr{"sum", []string{"T'"}, false}
		norm.Nodes[0].Outs[0].Axes = nil
		in(m, Attend, 0).Regions = in(m, Attend, 0).Regions[:3]
	}},
}

func rekey(m *Module, key string) { in(m, Param, 1).Attr.(*ParamAttr).Key = key }

func store(m *Module, labels ...string) {
	in(m, Param, 1).Attr.(*ParamAttr).Stored = [][]string{labels}
}

func rename(m *Module, v string) {
	in(m, Repeat, 0).Attr.(*RepeatAttr).Var = v
	rekey(m, "w")
}

// requery changes the query axis of the attend, and its type to what the rule then gives.
func requery(m *Module, label string) {
	n := in(m, Attend, 0)
	n.Attr.(*AttendAttr).Query = label
	n.Outs[0].Axes = n.Outs[0].Axes[1:]
}

// joined puts a value with both axes of the attend in front of it.
func joined(m *Module) *Node {
	n := &Node{Op: Contract, Attr: &SumAttr{}, Args: []Value{m.Inputs[0].Value, {in(m, Rename, 0), 0}}}
	n.Outs, _ = n.infer()
	m.Body.Nodes = append(m.Body.Nodes[:6:6], append([]*Node{n}, m.Body.Nodes[6:]...)...)
	return n
}

func TestEveryRuleIsBroken(t *testing.T) {
	broken := map[string]bool{}
	breaks(t, verifyBase, verifyCases, broken)
	breaks(t, loopsBase, loopsCases, broken)
	for i, r := range Rules() {
		if !broken[r.ID] {
			t.Errorf("no case breaks %s", r.ID)
		}
		if i > 0 && (r.ID <= Rules()[i-1].ID || r.Structural && !Rules()[i-1].Structural) {
			t.Errorf("%s is out of order", r.ID)
		}
	}
}

// breaks runs cases over a module that breaks no rule, and notes which rules they break.
func breaks(t *testing.T, base string, cases []verifyCase, broken map[string]bool) {
	t.Helper()
	if errs := Verify(parseText(t, base)); len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, c := range cases {
		m := parseText(t, base)
		c.wreck(m)
		errs := Verify(m)
		if len(errs) == 0 {
			t.Errorf("nothing is broken, wanted %s", c.want)
			continue
		}
		if !hasError(errs, c.want) {
			t.Errorf("wanted %s, got %v", c.want, errs)
		}
		var v *Violation
		if !errors.As(errs[0], &v) || v.Rule != c.want[:3] {
			t.Errorf("wanted %s first, got %v", c.want, errs)
		}
		broken[c.want[:3]] = true
	}
}

// hasError looks for the message, with the position behind it left out.
func hasError(errs []error, want string) bool {
	for _, err := range errs {
		if text, _, _ := strings.Cut(err.Error(), " (test.ir:"); strings.HasPrefix(text, want) {
			return true
		}
	}
	return false
}

func TestViolationNamesThePlace(t *testing.T) {
	m := verifyModule(t)
	m.Body.Nodes[3].Attr.(*ConstAttr).Value = 0.5
	if errs := Verify(m); len(errs) != 1 || errs[0].Error() != "V13 %3 const: 0.5 is no int (test.ir:8:1)" {
		t.Error(errs)
	}
}

// TestKeysOfDifferentRuns: the same form of key in two repeats is two tensors where the runs do not meet.
func TestKeysOfDifferentRuns(t *testing.T) {
	const text = `model M
repeat l = 0..6 step 2
  body(%0 : int[]) {
    %1 = param "layers.{l}.w" : [D]
    give
  }
repeat k = FIRST
  body(%2 : int[]) {
    %3 = param "layers.{kOFFSET}.w" : [D, F]
    give
  }
`
	for run, meets := range map[string]bool{
		"6..9 ": false, "1..7 step 2 ": false, "4..5 ": true, "1..7 step 3 ": true, "0..0 ": false, "4..5 +1": false,
		"5..6 -1": true,
	} {
		first, offset := run[:len(run)-2], strings.TrimSpace(run[len(run)-2:])
		if offset == "" || offset[0] != '+' && offset[0] != '-' {
			first, offset = strings.TrimSpace(run), ""
		}
		m := parseText(t, strings.NewReplacer("FIRST", first, "OFFSET", offset).Replace(text))
		if errs := Verify(m); (len(errs) > 0) != meets {
			t.Errorf("%s: %v", run, errs)
		}
	}
}

func TestNumbersMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) numbers {
			return numbers{rapid.Int64Range(-9, 20).Draw(t, name+" first"), rapid.Int64Range(1, 12).Draw(t, name+" step"),
				rapid.Int64Range(0, 8).Draw(t, name+" count"), true}
		}
		a, b, want := draw("a"), draw("b"), false
		for i := range a.count {
			for k := range b.count {
				want = want || a.first+i*a.step == b.first+k*b.step
			}
		}
		if a.meets(b) != want {
			t.Fatalf("%v and %v: %v", a, b, !want)
		}
	})
}
