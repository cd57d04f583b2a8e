package spec_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes"
	"archc/passes/plan"
)

// bitsCases are examples of each way of carrying the past, at sizes that fill tiles and leave some over.
var bitsCases = []struct {
	file, model string
	dims        map[string]string
}{
	{"llama", "", map[string]string{"D": "64", "L": "2", "H": "4", "G": "2", "F": "88", "V": "97"}},
	{"gpt2", "", map[string]string{"D": "48", "L": "2", "H": "4", "V": "53", "P": "128"}},
	{"mixtral-8x7b", "", map[string]string{"D": "32", "L": "2", "H": "4", "G": "2", "F": "40", "V": "53", "E": "4"}},
	{"deepseek-v3", "", map[string]string{"D": "32", "L": "3", "H": "4", "Q": "12", "C": "16", "N": "8", "R": "4", "W": "8", "F": "40",
		"Fe": "24", "V": "53", "E": "8", "G": "4", "top_k": "2", "top_groups": "2", "dense": "1"}},
	{"gemma-2-9b", "", map[string]string{"D": "32", "L": "2", "H": "4", "G": "2", "K": "8", "F": "40", "V": "53", "span": "16"}},
	{"bloom-176b", "", map[string]string{"D": "32", "L": "2", "H": "4", "V": "53"}}, // scores that rise by 35: references move
	{"recurrent", "LSTMs", map[string]string{"I": "24", "U": "20"}},
	{"ptb-lstm-small", "", map[string]string{"U": "24", "V": "53"}},
}

// engineProgram derives and plans the steps of a module.
func engineProgram(m *ir.Module, last bool) (*plan.Program, error) {
	steps, fault, err := passes.StepsOf(m.Clone(), "", false)
	if fault != nil {
		return nil, fmt.Errorf("%v", fault)
	}
	if err != nil {
		return nil, err
	}
	return plan.OfSteps(steps, last)
}

// drawnInputs are inputs of n rows for each of a batch; whole numbers lie below the size of the table that they look up.
func drawnInputs(m *ir.Module, r *rand.Rand, batch, n int) map[string]*eval.Tensor {
	below := map[string]int64{}
	m.Body.Walk(func(x *ir.Node, _ int) {
		if x.Op != ir.Gather || x.Args[1].Node.Op != ir.Input {
			return
		}
		t, name := x.Args[0].Type(), x.Args[1].Node.Attr.(*ir.InputAttr).Name
		below[name], _ = t.Axes[t.Find(x.Attr.(*ir.LabelAttr).Label)].Size.Int()
	})
	out := map[string]*eval.Tensor{}
	for _, in := range m.Inputs {
		a := in.Node.Attr.(*ir.InputAttr)
		if a.Default != nil {
			continue
		}
		x := &eval.Tensor{Kind: in.Type().Kind, Axes: []eval.Axis{{Label: eval.Batch, Size: batch}}}
		for _, axis := range in.Type().Axes {
			size, ok := axis.Size.Int()
			if !ok {
				size = int64(n)
			}
			x.Axes = append(x.Axes, eval.Axis{Label: axis.Label, Size: int(size)})
		}
		total := 1
		for _, axis := range x.Axes {
			total *= axis.Size
		}
		for range total {
			if x.Kind == ir.Int {
				x.Data = append(x.Data, float64(r.Int64N(max(below[a.Name], 2))))
			} else {
				x.Data = append(x.Data, single(r.Float64()*2-1))
			}
		}
		out[a.Name] = x
	}
	return out
}

// hashOf is a hash of all bits of the outputs that have the rows.
func hashOf(m *ir.Module, axis string, list map[string][]gograph.Array) string {
	h := sha256.New()
	var word [4]byte
	for _, o := range m.Outputs {
		if !o.Type().Has(axis) {
			continue // what hangs on all rows is a state here, of recurrences, or adds a piece at a time
		}
		for _, v := range joined(list[o.Name], axis).Data {
			if math.IsNaN(float64(v)) {
				return "NaN"
			}
			binary.LittleEndian.PutUint32(word[:], math.Float32bits(v))
			_, _ = h.Write(word[:]) // never fails
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// alone is one sequence of a batch.
func alone(list map[string][]gograph.Array, k int) map[string][]gograph.Array {
	out := map[string][]gograph.Array{}
	for name, pieces := range list {
		for _, p := range pieces {
			if p.Axes[0].Label != plan.Batch {
				out[name] = append(out[name], p)
				continue
			}
			n := len(p.Data) / p.Axes[0].Size
			out[name] = append(out[name], gograph.Array{Axes: p.Axes[1:], Data: p.Data[k*n : (k+1)*n]})
		}
	}
	return out
}

// inChunks are pieces of one size that add up to n.
func inChunks(n, size int) []int {
	out := slices.Repeat([]int{size}, n/size)
	if n%size > 0 {
		out = append(out, n%size)
	}
	return out
}

// TestEngineBits asks for one hash of all logits of a sequence: over numbers of threads, alone and among seven neighbours,
// for every size of the pieces of a prompt, in turns with another session; decoding is pieces of 1. The whole module in
// one run gives them too.
func TestEngineBits(t *testing.T) {
	const rows, batch = 70, 8
	crews := []*kernel.Crew{gograph.Crew(1), gograph.Crew(2), gograph.Crew(3)}
	for _, c := range crews {
		defer c.Close()
	}
	ctx := context.Background()
	for _, c := range bitsCases {
		t.Run(c.file, func(t *testing.T) {
			m, list := lower.Lower(program(t, c.file), lower.Options{Model: c.model, Settings: c.dims})
			if err := list.Err(); err != nil {
				t.Fatal(err)
			}
			hash, err := eval.NewHashWeights(m)
			if err != nil {
				t.Fatal(err)
			}
			weights := gograph.NewWeights(newRounded(hash), kernel.Float32)
			p, err := engineProgram(m, false)
			if err != nil {
				t.Fatal(err)
			}
			many := drawnInputs(m, rand.New(rand.NewPCG(3, 4)), batch, rows)
			one := map[string]*eval.Tensor{}
			for name, x := range many {
				one[name] = rowsOf(x, eval.Batch, 5, 6)
			}
			hashes := map[string][]string{}
			for threads, crew := range crews {
				model, err := gograph.NewModel(p, weights, crew)
				if err != nil {
					t.Fatal(err)
				}
				for _, size := range []int{1, 7, 64, rows} {
					name := fmt.Sprintf("%d threads, pieces of %d", threads+1, size)
					got, err := enginePieces(ctx, model, p.Axis, one, 1, inChunks(rows, size))
					if err != nil {
						t.Fatal(err)
					}
					h := hashOf(m, p.Axis, alone(got, 0))
					hashes[h] = append(hashes[h], name+", alone")
					if got, err = enginePieces(ctx, model, p.Axis, many, batch, inChunks(rows, size)); err != nil {
						t.Fatal(err)
					}
					h = hashOf(m, p.Axis, alone(got, 5))
					hashes[h] = append(hashes[h], name+", among 8")
				}
				got, err := inTurns(ctx, model, p.Axis, []map[string]*eval.Tensor{one, many}, []int{1, batch}, inChunks(rows, 9))
				if err != nil {
					t.Fatal(err)
				}
				for k, pieces := range got {
					h := hashOf(m, p.Axis, alone(pieces, 5*k))
					hashes[h] = append(hashes[h], fmt.Sprintf("%d threads, session %d of two in turns", threads+1, k+1))
				}
				whole, err := plan.Of(behind(t, m), plan.Options{})
				if err != nil {
					t.Fatal(err)
				}
				engine, err := gograph.New(whole, weights, crew)
				if err != nil {
					t.Fatal(err)
				}
				res, err := engine.Run(ctx, arrays(one), nil)
				if err != nil {
					t.Fatal(err)
				}
				pieces := map[string][]gograph.Array{}
				for name, x := range res {
					pieces[name] = []gograph.Array{x}
				}
				h := hashOf(m, p.Axis, alone(pieces, 0))
				hashes[h] = append(hashes[h], fmt.Sprintf("%d threads, the whole module", threads+1))
			}
			if len(hashes) != 1 {
				t.Errorf("%d different results: %v", len(hashes), hashes)
			}
			for h := range hashes {
				if t.Log(h); h == "NaN" {
					t.Error("there is no result")
				}
			}
		})
	}
}

// inTurns computes several sessions of one model, a piece of each in turn.
func inTurns(ctx context.Context, model *gograph.Model, axis string, inputs []map[string]*eval.Tensor, batch, sizes []int) ([]map[string][]gograph.Array, error) {
	var sessions []*gograph.Session
	for k := range inputs {
		s, err := model.Start(ctx, nil, batch[k])
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, s)
	}
	out := make([]map[string][]gograph.Array, len(inputs))
	at := 0
	for _, n := range sizes {
		for k, s := range sessions {
			in := map[string]*eval.Tensor{}
			for name, x := range inputs[k] {
				in[name] = rowsOf(x, axis, at, at+n)
			}
			res, err := s.Step(ctx, arrays(in))
			if err != nil {
				return nil, err
			}
			if out[k] == nil {
				out[k] = map[string][]gograph.Array{}
			}
			for name, x := range kept(res) {
				out[k][name] = append(out[k][name], x)
			}
		}
		at += n
	}
	return out, nil
}

// behind is a copy of a module behind the passes.
func behind(t *testing.T, m *ir.Module) *ir.Module {
	t.Helper()
	out, err := passes.Run(m.Clone(), false)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
