package ir

import (
	"math/big"
	"strings"
	"testing"

	"archc/ir/diag"
)

// What the type rules refuse, by op: a line of text over the values of inferHead, and the message.
var inferErrors = map[string][][2]string{
	"param":  {{`param "w"`, "its type must be stated"}},
	"input":  {{`input y`, "its type must be stated"}},
	"const":  {{`const 1 : [], []`, "its type must be stated"}},
	"extent": {{`extent T %0`, "takes no arguments, not 1"}},
	"index":  {{`index T %0, %0`, "takes no arguments, not 2"}},
	"map": {
		{`map exp %0, %1`, "the function does not take 2 arguments"},
		{`map add %0`, "the function does not take 1 arguments"},
		{`map add %0, %1, %0, %1`, "takes 1 to 3 arguments, not 4"},
		{`map add %0, %2`, "add does not take [real bool]"},
		{`map and %0, %2`, "and does not take [real bool]"},
		{`map eq %0, %2`, "eq does not take [real bool]"},
		{`map select %0, %0, %0`, "select does not take [real real real]"},
		{`map select %2, %2, %0`, "select does not take [bool bool real]"},
		{`map add %0, %3`, "axis T has size T and 7"},
	},
	"contract": {
		{`contract sum[D] %0`, "takes 2 or more arguments, not 1"},
		{`contract sum[D] %0, %2`, "takes numbers, not [real bool]"},
		{`contract sum[D] %0, %3`, "axis T has size T and 7"},
		{`contract sum[K] %0, %0`, "no argument has axis K"},
		{`contract sum[D, D] %0, %0`, "axis D is named twice"},
	},
	"reduce": {
		{`reduce sum[D] %0, %0`, "takes 1 argument, not 2"},
		{`reduce mean[D] %0`, "unknown reduction mean"},
		{`reduce sum[K] %0`, "the argument has no axis K"},
		{`reduce max[T, T] %0`, "axis T is named twice"},
		{`reduce prefix sum[T, D] %0`, "a prefix runs along one axis"},
	},
	"gather": {
		{`gather [T] %0`, "takes 2 arguments, not 1"},
		{`gather [K] %0, %1`, "the table has no axis K"},
		{`gather [D] %0, %0`, "the index is real, not int"},
		{`gather [T] %0, %4`, "axis D has size 5 and 4"},
	},
	"cast":   {{`cast int`, "takes 1 argument, not 0"}},
	"rename": {{`rename K -> J %0`, "the argument has no axis K"}, {`rename T -> D %0`, "axis D would stand twice"}},
	"split": {
		{`split K -> [A, B] %0`, "the argument has no axis K"},
		{`split D -> [3, 2] %0`, "axis D has size 4, its parts 6"},
		{`split D -> [2, T=2] %0`, "axis T would stand twice"},
		{`split T -> [] %0`, "axis T has size T, its parts 1"},
	},
	"merge": {
		{`merge [] -> 1 %0`, "needs an axis"},
		{`merge [D, K] -> K %0`, "the argument has no axis K"},
		{`merge [D, D] -> 16 %0`, "axis D is named twice"},
		{`merge [T, D] -> 16 %0`, "parts of size 4*T make no axis of size 16"},
		{`merge [D] -> T=4 %0`, "axis T would stand twice"},
	},
	"slice": {
		{`slice K from 0 -> 2 %0`, "the argument has no axis K"},
		{`slice D from 3 -> 2 %0`, "range of 2 from 3 leaves axis D of size 4"},
		{`slice T from 1 -> T %0`, "range of T from 1 leaves axis T of size T"},
		{`slice D from 0 -> T=2 %0`, "axis T would stand twice"},
	},
	"pick": {
		{`pick K at 0 %0`, "the argument has no axis K"},
		{`pick D at 4 %0`, "element 4 is outside axis D of size 4"},
		{`pick T at T %0`, "element T is outside axis T of size T"},
	},
	"concat": {
		{`concat [] -> 4`, "takes 1 or more arguments, not 0"},
		{`concat [D] -> 8 %0, %0`, "1 labels for 2 arguments"},
		{`concat [D, K] -> 8 %0, %0`, "argument 2 has no axis K"},
		{`concat [T, T] -> X=2*T %0, %2`, "kinds differ"},
		{`concat [D, D] -> 9 %0, %0`, "parts of size 8 make no axis of size 9"},
		{`concat [D, D] -> X=9 %0, %3`, "axis T has size T and 7"},
		{`concat [D] -> T=4 %0`, "axis T would stand twice"},
	},
	"stack": {
		{`stack 0`, "takes 1 or more arguments, not 0"},
		{`stack 2 %0, %2`, "kinds differ"},
		{`stack 2 %0, %3`, "axis T has size T and 7"},
		{`stack 3 %0, %0`, "axis 3 does not fit 2 arguments"},
		{`stack D=2 %0, %0`, "axis D does not fit 2 arguments"},
	},
	"transpose": {
		{`transpose [D] %0`, "[D] is no order of the axes [T D]"},
		{`transpose [D, D] %0`, "[D D] is no order of the axes [T D]"},
		{`transpose [D, K] %0`, "[D K] is no order of the axes [T D]"},
	},
	"repeat": {
		{`repeat l = 0..2 %0`, "lacks its region body"},
		{`repeat l = 0..2 %0 body(%10 : int[]) { give }`, "1 carries, 1 parameters, 0 results"},
		{`repeat l = 0..2 %0 body(%10 : int[], %11 : [T]) { give %0 }`, "carry 1 is [T, D] before and [T, D] after"},
		{`repeat l = 0..2 %0 body(%10 : int[], %11 : [T, D]) { give %2 }`, "carry 1 is [T, D] before and bool[T] after"},
		{`repeat l = 0..T over [T] stack [T] (%1; %0) body(%10 : int[], %11 : int[T]) { give %11 }`,
			"1 carries, 1 slices and 1 stacked values: 2 parameters, 1 results"},
		{`repeat l = 0..T over [K] (; %0) body(%10 : int[], %11 : [D]) { give }`, "slice 1: the argument has no axis K"},
		{`repeat l = 0..T over [D] (; %0) body(%10 : int[], %11 : [T]) { give }`,
			"slice 1: axis D has size 4, there are T runs"},
		{`repeat l = 0..T over [T] (; %0) body(%10 : int[], %11 : [T, D]) { give }`,
			"slice 1: an element is [D=4], the body takes [T, D=4]"},
		{`repeat l = 0..T stack [D] body(%10 : int[]) { give %10 }`,
			"stacked value 1: axis D has size 4, there are T runs"},
		{`repeat l = 0..T stack [T] body(%10 : int[]) { give %0 }`, "stacked value 1: axis T would stand twice"},
	},
	"topk": {
		{`topk D -> 2`, "takes 1 argument, not 0"},
		{`topk K -> 2 %0`, "the argument has no axis K"},
		{`topk T -> 2 %2`, "takes numbers, not bool"},
		{`topk D -> 5 %0`, "5 of the 4 elements along D"},
		{`topk T -> X=T + 1 %1`, "T + 1 of the T elements along T"},
		{`topk D -> T=2 %0`, "axis T would stand twice"},
	},
	"reverse": {{`reverse [K] %0`, "the argument has no axis K"}, {`reverse [T] %0, %0`, "takes 1 argument, not 2"}},
	"stop":    {{`stop %0, %0`, "takes 1 argument, not 2"}},
	"windows": {
		{`windows K -> [X=1, 2] %0`, "the argument has no axis K"},
		{`windows D -> [3, X=0] %0`, "a window of 0 elements"},
		{`windows D -> [X=4, 2] %0`, "axis D of size 4 has 3 windows, not 4"},
		{`windows D -> [X=2, 2] stride 2 pad 1, 1 %0`, "axis D of size 4 has 3 windows, not 2"},
		{`windows T -> [X=T, 3] pad 2, 1 %0`, "axis T of size T has T + 1 windows, not T"},
		{`windows T -> [X=T, 3] stride 2 %0`, "axis T of size T has floor(1/2*T - 3/2) + 1 windows, not T"},
		{`windows D -> [X=0, 7] dilate 2 pad 1, 2 %0`,
			"no window of 7 by steps of 2 fits axis D of size 4 between 1 and 2"},
		{`windows D -> [T=3, 2] %0`, "axis T would stand twice"},
		{`windows D -> [3, 2] stride 0 %0`,
			"steps of 0 and 1 between 0 and 0: not steps of 1 or more, pads of 0 or more, below 2^31"},
		{`windows D -> [3, 2] dilate 3000000000 %0`,
			"steps of 1 and 3000000000 between 0 and 0: not steps of 1 or more, pads of 0 or more, below 2^31"},
		{`windows D -> [3, 2] pad -1, 0 %0`,
			"steps of 1 and 1 between -1 and 0: not steps of 1 or more, pads of 0 or more, below 2^31"},
	},
	"experts": {
		{`experts e of 4 over [T] rows N (%1; %2; %0)`, "lacks its region body"},
		{`experts e of 4 over [T] rows N (%0; %2; %0) body(%10 : int[], %11 : [N]) { give %11 }`,
			"the index is real, not int"},
		{`experts e of 4 over [K] rows N (%1; %2; %0) body(%10 : int[], %11 : [N]) { give %11 }`,
			"the index has no axis K"},
		{`experts e of 4 over [T] rows T (%1; %2; %0) body(%10 : int[], %11 : [T]) { give %11 }`,
			"the index has the axis T, which is that of the rows in the body"},
		{`experts e of 4 over [T] rows N (%1; %0; %0) body(%10 : int[], %11 : [N]) { give %11 }`,
			"valid is real, not bool"},
		{`experts e of 4 over [D] rows N (%4; %2; ) body(%10 : int[]) { give %10 }`,
			"valid has the axis T, which the index has not"},
		{`experts e of 4 over [T] rows N (%1; %2; %3) body(%10 : int[], %11 : [N, D=5]) { give %11 }`,
			"operand 1: axis T has size T and 7"},
		{`experts e of 4 over [T] rows N (%1; %2; %0) body(%10 : int[]) { give %10 }`,
			"1 operands, 1 parameters, 1 results"},
		{`experts e of 4 over [T] rows N (%1; %2; ) body(%10 : int[]) { give }`, "0 operands, 1 parameters, 0 results"},
		{`experts e of 4 over [T] rows N (%1; %2; %0) body(%10 : int[], %11 : [N]) { give %11 }`,
			"operand 1 is [N, D=4] in the body, which takes [N]"},
		{`experts e of 4 over [T] rows D (%1; %2; %0) body(%10 : int[], %11 : [D]) { give %11 }`,
			"operand 1: axis D would stand twice"},
		{`experts e of 4 over [T] rows N (%1; %2; %0) body(%10 : int[], %11 : [N, D]) { give %10 }`,
			"the body gives int[], not numbers along its rows N"},
	},
	"attend": {
		{`attend [T] over [S] (%0; %0; )`, "2 arguments are not 1 queries, 1 keys and a value"},
		{`attend [T] over [S] (%0; ; %0) score() { give %0 }`, "lacks its region mask"},
		{`attend [T] over [S] (%0; ; %0) score() { give } mask() { give %2 } norm() { give %0 }`,
			"region score gives 0 values, not one"},
		{`attend [T] over [S] (%0; ; %0) score() { give %0 } mask() { give %0 } norm() { give %0 }`,
			"the mask is real, not bool"},
		{`attend [T] over [S] (%0; ; %0) score() { give %0 } mask() { give %2 } norm() { give %0 }`,
			"a value has no axis S"},
		{`attend [T] over [S] (%0; ; %5) score() { give %0 } mask() { give %2 } norm() { give %4 }`,
			"axis D has size 5 and 4"},
	},
}

const inferHead = `model M dim D = 4
%0 = input a : [T, D]
%1 = input b : int[T]
%2 = input c : bool[T]
%3 = input d : [T=7, D=5]
%4 = input e : int[D=5]
%5 = input f : [S, D]
%9 = `

func TestInferErrors(t *testing.T) {
	for _, op := range Ops() {
		if len(inferErrors[op.Name]) == 0 && op != Arg {
			t.Errorf("no case for op %s", op.Name)
		}
	}
	for name, cases := range inferErrors {
		for _, c := range cases {
			m, err := Parse(diag.NewSource("e.ir", inferHead+c[0]))
			switch {
			case err == nil:
				t.Errorf("%s is read as\n%s", c[0], Text(m))
			case !strings.HasSuffix(err.Error(), ": "+name+": "+c[1]+" [E703]"):
				t.Errorf("%s\n got %v\nwant %s: %s", c[0], err, name, c[1])
			}
		}
	}
}

// TestInferTypes: the types of one line, in the text form.
func TestInferTypes(t *testing.T) {
	for line, want := range map[string]string{
		`map add %0, %1`:                    "[T, D]",
		`map mul %1, %0`:                    "[T, D]",
		`map quo %1, %1`:                    "int[T]",
		`map div %1, %1`:                    "[T]",
		`map select %2, %1, %1`:             "int[T]",
		`map select %2, %2, %2`:             "bool[T]",
		`map ceil %0`:                       "int[T, D]",
		`contract sum[T] %1, %1`:            "int[]",
		`contract sum[] %1, %0, %5`:         "[T, D, S]",
		`reduce max[T] %2`:                  "bool[]",
		`reduce sum[T] %2`:                  "int[]",
		`reduce prefix sum[T] %2`:           "int[T]",
		`topk D -> 3 %0`:                    "int[T, 3]",
		`topk T -> X=T %1`:                  "int[X=T]",
		`topk S -> 3 %5`:                    "int[D, 3]",
		`reverse [T] %2`:                    "bool[T]",
		`windows T -> [T, K=3] pad 2, 0 %0`: "[T, K=3, D]",
		`windows T -> [X=floor(1/2*T - 1/2) + 1, K=3] stride 2 pad 1, 1 %1`: "int[X=floor(1/2*T - 1/2) + 1, K=3]",
		`windows T -> [X=1, T] %0`:            "[X=1, T, D]",
		`windows D -> [X=0, 9] stride 8 %0`:   "[T, X=0, 9]",
		`gather [T] %0, %4`:                   "",
		`gather [D] %0, %1`:                   "[T]",
		`merge [D, T] -> "D T"=4*T %0`:        `["D T"=4*T]`,
		`concat [D, S] -> X=S + 4 %0, %5`:     "[T, X=S + 4, D]",
		`concat [T, S] -> X=S + T %0, %5`:     "[X=S + T, D]",
		`concat [T, T] -> T=2*T %1, %1`:       "int[T=2*T]",
		`stack P=3 %1, %0, %5`:                "[P=3, T, D, S]",
		`pick T at T - 1 %1`:                  "int[]",
		`slice T from S -> X=floor(1/2*T) %1`: "int[X=floor(1/2*T)]",
	} {
		m, err := Parse(diag.NewSource("e.ir", inferHead+line))
		if want == "" {
			if err == nil {
				t.Errorf("%s has a type", line)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		nodes := m.Body.Nodes
		p := &printer{dims: dimSizes(m.Dims)}
		if got := p.typ(nodes[len(nodes)-1].Outs[0]); got != want {
			t.Errorf("%s : %s, not %s", line, got, want)
		}
	}
}

func TestBuilderReportsBrokenRules(t *testing.T) {
	b := &Builder{}
	b.Enter("body")
	x := b.Leaf(Input, &InputAttr{Name: "x"}, Scalar(Real))
	d := b.Leaf(Input, &InputAttr{Name: "d"}, Type{Axes: []Axis{{"D", Const(4)}}})
	for _, c := range []struct {
		op   *Op
		attr Attr
		args []Value
		want string
	}{
		{Map, nil, []Value{x}, "map: lacks its attribute"},
		{Map, (*MapAttr)(nil), []Value{x}, "map: lacks its attribute"},
		{Map, &SumAttr{}, []Value{x}, "map: has an attribute of another op: *ir.SumAttr"},
		{Map, &MapAttr{}, []Value{x}, "map: applies a function that is not of the table"},
		{Pick, &PickAttr{"D", Const(-1)}, []Value{d}, "pick: element -1 is outside axis D of size 4"},
		{Slice, &SliceAttr{"D", Const(-1), Axis{"2", Const(2)}}, []Value{d},
			"slice: range of 2 from -1 leaves axis D of size 4"},
		{Reduce, &ReduceAttr{Fn: "sum"}, nil, "reduce: takes 1 argument, not 0"},
		{Repeat, &RepeatAttr{Var: "l", Step: 1, Slices: []string{"D"}}, nil, "repeat: 0 arguments are not 1 slices"},
		{Repeat, &RepeatAttr{Var: "l", Step: 1, Count: Rational(big.NewRat(1, 2))}, nil,
			"repeat: runs 1/2 times from 0 by 1: not steps of 1 or more with numbers below 2^31"},
		{Windows, &WindowsAttr{Label: "D"}, []Value{d},
			"windows: steps of 0 and 0 between 0 and 0: not steps of 1 or more, pads of 0 or more, below 2^31"},
		{Repeat, &RepeatAttr{Var: "l"}, nil, "repeat: runs 0 times from 0 by 0: not steps of 1 or more with numbers below 2^31"},
	} {
		if _, err := b.Add(c.op, c.attr, c.args); err == nil || err.Error() != c.want {
			t.Errorf("%v, not %s", err, c.want)
		}
	}
	if b.Count() != 2 {
		t.Error("a broken node was added")
	}
}
