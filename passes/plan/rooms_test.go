package plan

import (
	"slices"
	"testing"

	"archc/ir"
)

// TestNormRooms: lines that are needed at once have different rooms, what compares keys shares none, and what nothing
// needs any more leaves its room.
func TestNormRooms(t *testing.T) {
	code := []NormOp{
		{Fn: "score", Along: PerKey},
		{Fn: "exp", Args: []int{0}, Along: PerKey},
		{Fn: "other", Args: []int{1}, Along: PerOther},
		{Fn: "neg", Args: []int{0}, Along: PerKey},
		{Fn: "gt", Args: []int{2, 3}, Along: PerTwo},
		{Fn: "abs", Args: []int{4}, Along: PerTwo},
		{Fn: "sum", Args: []int{5}, Along: PerKey}, // reads 1 and 3 for every key
		{Fn: "sum", Args: []int{6}},
		{Fn: "sin", Args: []int{6}, Along: PerKey},
		{Fn: "cos", Args: []int{8}, Along: PerKey},
		{Fn: "div", Args: []int{9, 7}, Along: PerKey},
	}
	room, vectors, numbers := NormRooms(code)
	if numbers != 1 || room[7] != 0 || room[0] != -1 || room[2] != -1 {
		t.Errorf("rooms %v, %d of numbers", room, numbers)
	}
	apart := []int{room[1], room[3], room[4], room[5], room[6]}
	slices.Sort(apart)
	if !slices.Equal(apart, []int{0, 1, 2, 3, 4}) || vectors != 5 {
		t.Errorf("rooms %v, %d of vectors: what is needed at once", room, vectors)
	}
	for _, k := range []int{8, 9, 10} {
		if room[k] == room[4] || room[k] == room[5] {
			t.Errorf("rooms %v: line %d has one that compares keys", room, k)
		}
	}
	if got := Two(code, 6); !slices.Equal(got, []int{4, 5}) {
		t.Errorf("for each key the lines %v run", got)
	}
	if got := Two(code, 7); got != nil {
		t.Errorf("a plain sum runs the lines %v for each key", got)
	}
}

// TestMatrix: a stored matrix is seen where it is the same for all pairs and one stride runs along its columns.
func TestMatrix(t *testing.T) {
	a := additive()
	if m, ok := a.Matrix(4); !ok || m.X != 2 || m.Rows != nil || !isOne(m.Column.Stride) || len(m.W.Axes) != 0 {
		t.Errorf("%+v %v", m, ok)
	}
	if _, ok := a.Matrix(2); ok {
		t.Error("a sum of two lines is a product with a matrix")
	}
	for name, change := range map[string]func(a *Attention){
		"which differs along the keys": func(a *Attention) {
			a.Score[3].View.Axes = append(a.Score[3].View.Axes, Axis{"S", ir.Free("S"), one()})
		},
		"which lanes differ in": func(a *Attention) {
			a.Score[3].View.Axes = append(a.Score[3].View.Axes, Axis{"T", ir.Free("T"), one()})
		},
		"which is turned around": func(a *Attention) { a.Score[3].View.Axes[0].Stride = ir.Const(-1) },
		"of something else":      func(a *Attention) { a.Score[3].Fn = "lookup" },
	} {
		a := additive()
		change(a)
		if _, ok := a.Matrix(4); ok {
			t.Errorf("a matrix %s", name)
		}
	}
}
