package spec_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/format"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
	"archc/stdlib"
)

// TestLibraryIsExplained: the comment of every declaration of the library has all its parts (stdlib.Doc), each of its
// parameters is told, and its example compiles in the canonical form, uses it and runs.
func TestLibraryIsExplained(t *testing.T) {
	scope, list := check.Library()
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	names := scope.Names()
	if len(names) < 40 {
		t.Errorf("the library has %d names", len(names))
	}
	known := map[string]string{}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			d := scope.Lookup(name)
			comment, file := "", ""
			if d.Block != nil {
				comment, file = d.Block.Doc, d.Block.At.Src.Name
			} else {
				comment, file = d.Func.Doc, d.Func.At.Src.Name
			}
			doc, err := stdlib.ParseDoc(comment)
			if err != nil {
				t.Fatal(err)
			}
			if doc.PartOf != "" {
				for whole := range strings.SplitSeq(doc.PartOf, ", ") {
					if scope.Lookup(whole) == nil {
						t.Errorf("it is a part of %s, which is not there", whole)
					}
				}
				return
			}
			for part, text := range map[string]string{"summary": doc.Summary, "Formula": doc.Formula, "Paper": doc.Paper,
				"Example": doc.Example} {
				if text == "" {
					t.Errorf("the comment has no %s", part)
				}
			}
			full := stdlib.Family(file) + "." + name
			if doc.Name != "" {
				full = stdlib.Family(file) + "." + doc.Name
			}
			if other := known[full]; other != "" {
				t.Errorf("%s is %s too", other, full)
			}
			known[full] = name
			var told []string
			for _, p := range doc.Parameters {
				told = append(told, p.Names...)
			}
			if want := parameters(d); !slices.Equal(slices.Sorted(slices.Values(told)), slices.Sorted(slices.Values(want))) {
				t.Errorf("the comment tells of the parameters %v, declared are %v", told, want)
			}
			if doc.Example != "" {
				runLibraryExample(t, name, doc.Example)
			}
		})
	}
}

// parameters lists the names that a caller gives: dims in brackets, parameters, those behind `;`.
func parameters(d *check.Decl) []string {
	var out []string
	add := func(list []*syntax.Param) {
		for _, p := range list {
			out = append(out, p.Name.Name)
		}
	}
	if d.Block != nil {
		add(d.Block.Params)
		return out
	}
	for _, a := range d.Func.Axes {
		out = append(out, a.Name)
	}
	add(d.Func.Params)
	add(d.Func.Carry)
	return out
}

func runLibraryExample(t *testing.T, name, text string) {
	t.Helper()
	src := diag.NewSource("example.arch", text+"\n")
	used := false
	tokens, _ := syntax.Tokens(src)
	for _, tok := range tokens {
		used = used || tok.Text == name
	}
	if !used {
		t.Errorf("the example does not use %s:\n%s", name, text)
	}
	if out, list := format.Source(src); !list.Empty() || string(out) != src.Text {
		t.Errorf("the example is not in the canonical form:\n%s\nbut\n%s", text, out)
	}
	m := compile(t, "example.arch", src.Text, nil)
	w, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	for out, x := range run(t, m, positive{w}, smallInputs(m, nil), eval.Options{}).Outputs {
		if slices.ContainsFunc(x.Data, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) || len(x.Data) == 0 {
			t.Errorf("the example gives %s = %v", out, x.Data)
		}
	}
}

// positive moves hashed weights to between 1/2 and 3/2: a stored variance is above 0.
type positive struct{ eval.Weights }

func (w positive) Read(key string) ([]int64, []float64, error) {
	shape, data, err := w.Weights.Read(key)
	data = slices.Clone(data)
	for i := range data {
		data[i]++
	}
	return shape, data, err
}

// smallInputs makes inputs for a module: free dims have the sizes given, or 5, 6, ... in order; real elements are
// hashed, truth values mostly true, ids 0, 1, 2 in turn.
func smallInputs(m *ir.Module, free map[string]int) map[string]*eval.Tensor {
	sizes := map[string]int{}
	for name, n := range free {
		sizes[name] = n
	}
	out := map[string]*eval.Tensor{}
	for _, p := range m.Inputs {
		typ := p.Type()
		x := &eval.Tensor{Kind: typ.Kind}
		n := 1
		for _, a := range typ.Axes {
			size, known := a.Size.Int()
			if !known {
				label := fmt.Sprint(a.Size)
				if sizes[label] == 0 {
					sizes[label] = 5 + len(sizes)
				}
				size = int64(sizes[label])
			}
			x.Axes = append(x.Axes, eval.Axis{Label: a.Label, Size: int(size)})
			n *= int(size)
		}
		for i := range n {
			switch typ.Kind {
			case ir.Int:
				x.Data = append(x.Data, float64(i%3))
			case ir.Bool:
				x.Data = append(x.Data, float64(min(1, i%4)))
			default:
				x.Data = append(x.Data, eval.Hash(p.Name, i))
			}
		}
		out[p.Name] = x
	}
	return out
}
