package ir

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"archc/ir/diag"
)

// everyOp is a module in canonical text that has every op, scalar function and form of an attribute.
const everyOp = "testdata/every_op.ir"

func readText(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

func parseText(t testing.TB, text string) *Module {
	t.Helper()
	m, err := Parse(diag.NewSource("test.ir", text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m
}

func TestEveryOpRoundTrip(t *testing.T) {
	text := readText(t, everyOp)
	m := parseText(t, text)
	if errs := Verify(m); len(errs) > 0 {
		t.Error(errs[0])
	}
	if got := Text(m); got != text {
		t.Errorf("printed is not what was read; first difference:\n%s", firstDifference(got, text))
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d\n%s\n%s", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

func TestEveryOpIsCovered(t *testing.T) {
	ops, fns, attrs, regions := map[*Op]bool{}, map[*Fn]bool{}, map[string]bool{}, map[string]bool{}
	parseText(t, readText(t, everyOp)).Body.Walk(func(n *Node, _ int) {
		ops[n.Op] = true
		if a, ok := n.Attr.(*MapAttr); ok {
			fns[a.Fn] = true
		}
		for _, r := range n.Regions {
			regions[n.Op.Name+" "+r.Name] = true
		}
		if n.Attr != nil {
			attrFields(attrs, reflect.ValueOf(n.Attr).Elem())
		}
	})
	for _, op := range Ops() {
		if !ops[op] {
			t.Errorf("%s lacks op %s", everyOp, op.Name)
		}
		for _, r := range op.Regions {
			if !regions[op.Name+" "+strings.TrimSuffix(r, "?")] {
				t.Errorf("%s lacks region %s of %s", everyOp, r, op.Name)
			}
		}
		if op.Attr == nil {
			continue
		}
		typ := reflect.TypeOf(op.Attr()).Elem()
		for i := range typ.NumField() {
			for _, is := range []string{"zero", "set"} {
				what := typ.Name() + "." + typ.Field(i).Name + " " + is
				if !attrs[what] && !neverZero[what] {
					t.Errorf("%s lacks a node with %s", everyOp, what)
				}
			}
		}
	}
	for _, f := range Fns() {
		if !fns[f] {
			t.Errorf("%s lacks function %s", everyOp, f.Name)
		}
	}
}

// neverZero are fields that always say something.
var neverZero = map[string]bool{
	"ParamAttr.Key zero": true, "InputAttr.Name zero": true, "AxisAttr.Axis zero": true, "MapAttr.Fn zero": true,
	"ReduceAttr.Fn zero": true, "LabelAttr.Label zero": true, "RenameAttr.From zero": true, "RenameAttr.To zero": true,
	"SplitAttr.Label zero": true, "SplitAttr.Into zero": true, "MergeAttr.Labels zero": true, "MergeAttr.Into zero": true,
	"SliceAttr.Label zero": true, "SliceAttr.Into zero": true, "PickAttr.Label zero": true,
	"ConcatAttr.Labels zero": true, "ConcatAttr.Into zero": true, "ReduceAttr.Labels zero": true,
	"RepeatAttr.Var zero": true, "RepeatAttr.Step zero": true, "AttendAttr.Key zero": true,
	"SizeAttr.Size zero": true, "WindowsAttr.Label zero": true, "WindowsAttr.Out zero": true,
	"WindowsAttr.Window zero": true, "WindowsAttr.Stride zero": true, "WindowsAttr.Dilate zero": true,
	"TopKAttr.Label zero": true, "TopKAttr.Into zero": true, "ExpertsAttr.Var zero": true, "ExpertsAttr.Of zero": true,
	"ExpertsAttr.Slot zero": true, "ExpertsAttr.Rows zero": true,
}

// attrFields notes which fields are set and which are not: each must occur in both ways.
func attrFields(into map[string]bool, v reflect.Value) {
	for i := range v.NumField() {
		is := "set"
		f := v.Field(i)
		if s, ok := f.Interface().(Size); ok && s.IsZero() || f.IsZero() || f.Kind() == reflect.Slice && f.Len() == 0 {
			is = "zero"
		}
		into[v.Type().Name()+"."+v.Type().Field(i).Name+" "+is] = true
	}
}

// TestBuilderRoundTrip prints a module that no text was the source of.
func TestBuilderRoundTrip(t *testing.T) {
	m := twoLayers()
	text := Text(m)
	const want = `model "two layers"

dim D = 8
dim H = 4 = G 2
dim G = 2
dim T

%0 = input x : [T, D] @ "m" x
%1 = repeat l = 3..5 %0 : [T, D] @ "m.layers.{l}"
  body(%2 : int[], %3 : [T, D]) {
    %4 = param "layers.{l}.w" stored [D "H K+H K"] : ["H K+H K"=16, D]
    %5 = contract sum[D] %3, %4 : [T, "H K+H K"=16]
    %6 = slice "H K+H K" from 8 -> D %5 : [T, D] @ "m" half
    give %6
  }

output y = %1
`
	if text != want {
		t.Errorf("printed:\n%s\nnot:\n%s", text, want)
	}
	if err := Equal(m, parseText(t, text)); err != nil {
		t.Error(err)
	}
	for _, e := range Verify(m) {
		t.Error(e)
	}
}

func twoLayers() *Module {
	T, D, HK := Axis{"T", Free("T")}, Axis{"D", Const(8)}, Axis{"H K+H K", Const(16)}
	b := &Builder{Scope: "m"}
	m := &Module{Name: "two layers", Body: b.Enter("body"), Dims: []Dim{
		{Label: "D", Size: Const(8)}, {Label: "H", Size: Const(4), Factors: []string{"G", "2"}},
		{Label: "G", Size: Const(2)}, {Label: "T", Size: Free("T")},
	}}
	x := b.Leaf(Input, &InputAttr{Name: "x"}, Type{Axes: []Axis{T, D}})
	x.Node.Name = "x"
	b.Scope = "m.layers.{l}"
	body := b.Enter("body")
	b.Param(Scalar(Int), "")
	carry := b.Param(x.Type(), "")
	w := b.Leaf(Param, &ParamAttr{Key: "layers.{l}.w", Stored: [][]string{{"D", "H K+H K"}}},
		Type{Axes: []Axis{HK, D}})
	y := b.Must(Contract, &SumAttr{[]string{"D"}}, carry, w)
	b.Scope = "m"
	y = b.Must(Slice, &SliceAttr{"H K+H K", Const(8), D}, y)
	y.Node.Name = "half"
	body.Results = []Value{y}
	b.Leave()
	b.Scope = "m.layers.{l}"
	n, err := b.Add(Repeat, &RepeatAttr{Var: "l", First: 3, Step: 1, Count: Const(2)}, []Value{x}, body)
	if err != nil {
		panic(err)
	}
	m.Inputs, m.Outputs = []Port{{"x", x}}, []Port{{"y", Value{n, 0}}}
	m.Body.Results = []Value{{n, 0}}
	return m
}

func TestPrintPositions(t *testing.T) {
	m := parseText(t, "model M\ndim T\n%0 = input x : [T]\noutput x = %0\n")
	var b strings.Builder
	if err := (Format{Positions: true}).Print(&b, m); err != nil {
		t.Fatal(err)
	}
	want := "model M\n\ndim T // test.ir:2:1\n\n%0 = input x : [T] // test.ir:3:1\n\noutput x = %0\n"
	if b.String() != want {
		t.Errorf("%s\nnot\n%s", b.String(), want)
	}
	if err := Equal(m, parseText(t, b.String())); err != nil {
		t.Error(err)
	}
}

func TestTypesMayBeLeftOut(t *testing.T) {
	a := parseText(t, "model M %0 = input x : [T, D=4] %1 = map exp %0 output y = %1")
	b := parseText(t, "model M %0 = input x : [T, D=4] %1 = map exp %0 : [T, D=4] output y = %1")
	if err := Equal(a, b); err != nil {
		t.Error(err)
	}
}

// TestDepthIsOneNumber: modules of 8 and of 80 layers print the same but for the numbers of layers.
func TestDepthIsOneNumber(t *testing.T) {
	text := Text(twoLayers())
	deep := twoLayers()
	deep.Body.Nodes[1].Attr.(*RepeatAttr).Count = Const(80)
	if got := Text(deep); got != strings.Replace(text, "3..5", "3..83", 1) {
		t.Error(got)
	}
}

func TestPrintRefusesWhatHasNoText(t *testing.T) {
	m := twoLayers()
	m.Body.Nodes[1].Args[0].Out = 7
	if err := Print(&strings.Builder{}, m); err == nil || !strings.HasPrefix(err.Error(), "V04 %1 repeat: ") {
		t.Errorf("%v", err)
	}
	if got := Text(m); !strings.HasPrefix(got, "// V04 ") {
		t.Error(got)
	}
}

func TestNoNameMeansTwoThings(t *testing.T) {
	known := map[string]string{}
	for _, op := range Ops() {
		for _, r := range op.Regions {
			known[strings.TrimSuffix(r, "?")] = "a region"
		}
	}
	for _, op := range Ops() {
		if what := known[op.Name]; what != "" || op.Name == "output" || op.Name == "give" || !plain(op.Name) {
			t.Errorf("op %s is %s too", op.Name, what)
		}
	}
}
