package program

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"archc/backends/checkpoint"
)

// doubling gives twice x, [T, 2], and, whatever the input, its width.
type doubling struct{ calls int }

func (d *doubling) Run(dims map[string]int, in map[string][]float32) ([][]float32, error) {
	d.calls++
	var y []float32
	for i, v := range in["x"] {
		y = append(y, 2*v+in["noise"][i/2])
	}
	return [][]float32{y, {2}}, nil
}

func (*doubling) Close() error { return nil }

// double is a function of x : [T, 2], of a draw and of ids with a default.
func double(d *doubling) Function {
	rows := func(d map[string]int) []int { return []int{d["T"]} }
	table := func(d map[string]int) []int { return []int{d["T"], 2} }
	t := Axis{Label: "T", Dim: "T"}
	return Function{
		Name: "Double", Signature: "Double(x: [T, D]) -> y: [T, D], width: []",
		Inputs: []Port{
			{Name: "x", Type: "[T, D]", Axes: []Axis{t, {Label: "D", Size: 2}}, Shape: table},
			{Name: "noise", Type: "[T]", Axes: []Axis{t}, Shape: rows, Draw: "uniform"},
			{Name: "ids", Type: "int[T]", Kind: Int, Axes: []Axis{t}, Shape: rows, Default: true},
			{Name: "valid", Type: "bool[T]", Kind: Bool, Axes: []Axis{t}, Shape: rows, Default: true},
		},
		Outputs: []Port{
			{Name: "y", Type: "[T, D]", Axes: []Axis{t, {Label: "D", Size: 2}}, Shape: table, Batch: true},
			{Name: "width", Shape: func(map[string]int) []int { return []int{} }},
		},
		Check: func(string) error { return nil },
		Open:  func(string, Options) (Computer, error) { return d, nil },
	}
}

// saved writes arrays to a file each, and gives their paths.
func saved(t *testing.T, all ...checkpoint.Named) string {
	t.Helper()
	dir := t.TempDir()
	for _, x := range all {
		if err := checkpoint.Write(filepath.Join(dir, x.Name+".safetensors"), []checkpoint.Named{x}, nil); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestComputesBatches: each element of a batch is computed alone, and what no element changes is written once.
func TestComputesBatches(t *testing.T) {
	dir := saved(t, checkpoint.Named{Name: "batch", Shape: []int64{2, 1, 2}, Float32: []float32{1, 2, 3, 4}},
		checkpoint.Named{Name: "noise", Shape: []int64{1}, Float32: []float32{0.5}})
	d := &doubling{}
	out := filepath.Join(dir, "out.safetensors")
	var stdout, stderr bytes.Buffer
	args := []string{"--input", "x=" + dir + "/batch.safetensors", "--input", "noise=" + dir + "/noise.safetensors", "--output", out}
	if code := Compute(double(d), args, &stdout, &stderr); code != 0 || stdout.Len()+stderr.Len() > 0 {
		t.Fatalf("code %d, %s%s", code, &stdout, &stderr)
	}
	c, err := checkpoint.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	y, _ := c.Float64s("y", nil)
	shape, _ := c.Lookup("y")
	width, _ := c.Float64s("width", nil)
	if !slices.Equal(y, []float64{2.5, 4.5, 6.5, 8.5}) || !slices.Equal(shape.Shape, []int64{2, 1, 2}) || !slices.Equal(width, []float64{2}) || d.calls != 2 {
		t.Errorf("y %v of shape %v, width %v, %d calls", y, shape.Shape, width, d.calls)
	}
}

// TestShows: without --output the numbers are printed; a seed draws the same ones each time, for each element its own.
func TestShows(t *testing.T) {
	dir := saved(t, checkpoint.Named{Name: "x", Shape: []int64{2, 1, 2}, Float32: []float32{1, 2, 1, 2}})
	show := func(seed string) string {
		var stdout, stderr bytes.Buffer
		if code := Compute(double(&doubling{}), []string{"--input", "x=" + dir + "/x.safetensors", "--seed", seed}, &stdout, &stderr); code != 0 {
			t.Fatal(&stderr)
		}
		return stdout.String()
	}
	got := show("1")
	if got != show("1") || got == show("2") || !strings.HasPrefix(got, "y : [*=2, T=1, D=2]\n") || !strings.Contains(got, "\nwidth : []\n           2\n") {
		t.Errorf("it prints\n%s", got)
	}
	if lines := strings.Split(got, "\n"); lines[1] == lines[2] {
		t.Error("two elements of a batch have one draw")
	}
}

// TestRefusesArrays: each mistake has its exit code and says what is wrong.
func TestRefusesArrays(t *testing.T) {
	dir := saved(t,
		checkpoint.Named{Name: "x", Shape: []int64{3, 2}, Float32: make([]float32, 6)},
		checkpoint.Named{Name: "wide", Shape: []int64{3, 4}, Float32: make([]float32, 12)},
		checkpoint.Named{Name: "flat", Shape: []int64{6}, Float32: make([]float32, 6)},
		checkpoint.Named{Name: "two", Shape: []int64{2}, Float32: []float32{0, 1}},
		checkpoint.Named{Name: "half", Shape: []int64{3}, Float32: []float32{0, 0.5, 1}},
		checkpoint.Named{Name: "huge", Shape: []int64{3}, Float32: []float32{0, 1 << 25, 1}},
		checkpoint.Named{Name: "many", Shape: []int64{2, 3}, Float32: make([]float32, 6)},
		checkpoint.Named{Name: "more", Shape: []int64{4, 3, 2}, Float32: make([]float32, 24)},
		checkpoint.Named{Name: "none", Shape: []int64{0, 3, 2}, Float32: []float32{}})
	file := func(name, of string) []string {
		return []string{"--input", name + "=" + dir + "/" + of + ".safetensors"}
	}
	x, seed := file("x", "x"), []string{"--seed", "1"}
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitWrong, "input x : [T, D] is not given\n  help: give it with --input x=FILE", nil},
		{exitWrong, "it is a random draw: draw it with --seed N", x},
		{exitWrong, "the model has no input z: Double(x", file("z", "x")},
		{exitWrong, "has 2 axes", file("x", "flat")},
		{exitWrong, "its shape is [T=3, D=4], not [T=3, D=2]", slices.Concat(file("x", "wide"), seed)},
		{exitWrong, "input ids: T is 2 here and 3 in input x", slices.Concat(x, seed, file("ids", "two"))},
		{exitWrong, "input ids: 0.5, of element 1, is no whole number", slices.Concat(x, seed, file("ids", "half"))},
		{exitWrong, "input ids: 33554432 is above 2^24", slices.Concat(x, seed, file("ids", "huge"))},
		{exitWrong, "input valid: 0.5, of element 1, is no truth value", slices.Concat(x, seed, file("valid", "half"))},
		{exitWrong, "input ids: the batch is 2 here and 4 in input x", slices.Concat(file("x", "more"), seed, file("ids", "many"))},
		{exitWrong, "a batch has an element or more", slices.Concat(file("x", "none"), seed)},
		{exitUsage, "--input takes NAME=FILE", []string{"--input", "x"}},
		{exitUsage, "x.csv is none of .safetensors, .npy, .png", []string{"--input", "x=x.csv"}},
		{exitUsage, "the model has no weights", []string{"-m", dir}},
		{exitUsage, "not defined", []string{"--tokens", "1"}},
		{exitUnreadable, "C003", []string{"--input", "x=nosuch.npy"}},
		{exitUnreadable, "nosuch.png: no such file", []string{"--input", "x=nosuch.png"}},
		{exitUnreadable, "no temporary file beside it", slices.Concat(x, seed, []string{"--output", dir + "/no/such/place.safetensors"})},
	} {
		var stdout, stderr bytes.Buffer
		code := Compute(double(&doubling{}), c.args, &stdout, &stderr)
		if code != c.code || stdout.Len() > 0 || !strings.HasPrefix(stderr.String(), "engine: ") || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%q: code %d, want %d; %q does not say %q", c.args, code, c.code, stderr.String(), c.want)
		}
	}
	weighty := double(&doubling{})
	weighty.Weights, weighty.Inputs = true, weighty.Inputs[:1]
	for _, c := range []struct{ args, want string }{{"", "give a checkpoint with -m"}, {"-m=x --seed=1", "--seed needs a model with random draws"}, {"-m=x --threads=-1", "--threads"}} {
		var stdout, stderr bytes.Buffer
		if code := Compute(weighty, strings.Fields(c.args), &stdout, &stderr); code != exitUsage || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%q: code %d, %q", c.args, code, &stderr)
		}
	}
}
