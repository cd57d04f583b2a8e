package spec_test

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"archc/backends/cudasource"
	"archc/ir/eval"
	"archc/passes/plan"
)

// cudaCase is an oracle case on generated CUDA: in pieces, and then in one, where it has steps, else whole.
type cudaCase struct {
	*engineCase
	job *cudaJob
}

// queue writes the model of a case, and what it is to compute.
func (g *cudaModels) queue(c *engineCase, bf16 bool) (*cudaCase, error) {
	j := &cudaJob{path: filepath.Join(g.dir, fmt.Sprint("weights", g.count, ".safetensors")), batch: 1, room: 1}
	for _, x := range c.inputs {
		if at := x.Find(eval.Batch); at >= 0 {
			j.batch = x.Axes[at].Size
		}
	}
	n := 0
	if j.program = c.plans.program; j.program != nil {
		n = int(c.truth.full.Dims[j.program.Axis])
	}
	if n == 0 {
		j.program = cudasource.AtOnce(c.plans.whole)
		j.pieces = []map[string]*eval.Tensor{c.inputs}
	} else {
		if bf16 { // as archc build writes it
			var err error
			with := *j.program
			if with.Few, err = plan.FewOfSteps(c.plans.steps, false); err != nil {
				return nil, err
			}
			j.program = &with
		}
		j.room = n
		for at, size := 0, 1; at < n; size++ {
			size := min(size, n-at)
			j.pieces = append(j.pieces, c.rows(at, at+size))
			at += size
		}
		j.again = len(j.pieces)
		j.pieces = append(j.pieces, c.rows(0, n))
	}
	var err error
	j.model, err = g.add(cudasource.Source{Name: c.m.Name, File: "x.arch", Module: c.m, Program: j.program, BFloat16: bf16})
	return &cudaCase{c, j}, err
}

// rows are the inputs of some rows; what has no rows is given with the first ones.
func (c *engineCase) rows(from, to int) map[string]*eval.Tensor {
	in := map[string]*eval.Tensor{}
	for name, x := range c.inputs {
		if x.Find(c.plans.program.Axis) >= 0 || from == 0 {
			in[name] = rowsOf(x, c.plans.program.Axis, from, to)
		}
	}
	return in
}

// sees runs the case on weights and shows what comes out, in pieces and in one, to a judge.
func (c *cudaCase) sees(ctx context.Context, t *testing.T, g *cudaModels, w *rounded, j *judge) error {
	w.save(t, c.m, c.job.path)
	if err := g.run(ctx, c.job); err != nil {
		return err
	}
	runs := [][2]int{{0, len(c.job.pieces)}}
	if c.job.again > 0 {
		runs = [][2]int{{0, c.job.again}, {c.job.again, len(c.job.pieces)}}
	}
	for _, r := range runs {
		for name := range j.full.Outputs {
			if len(c.job.out[name]) < r[1] {
				return fmt.Errorf("there is no output %s", name)
			}
			j.sees(name, joined(c.job.out[name][r[0]:r[1]], c.job.program.Axis))
		}
	}
	return nil
}

// slowOnShim are cases whose convolutions take the shim, thread by thread, minutes.
var slowOnShim = []string{"vgg16-narrow "}

var (
	cudaSlow = flag.Bool("cuda-slow", false, "run also the cases of generated CUDA that take minutes on a CPU")
	cudaBF16 = flag.String("cuda-bf16", "some", "the cases of generated CUDA that are run in bf16 too: some, or all")
)

// TestCUDAOracle writes every oracle case as CUDA C++, whole and step by step, runs it on the shim, and holds it to the
// contract that engines in this process keep; some of them in bf16 too, to that of bf16.
func TestCUDAOracle(t *testing.T) {
	g := &cudaModels{dir: t.TempDir(), headers: map[string]bool{"grid.cuh": true}}
	type engine struct {
		name string
		*cudaCase
	}
	var all []engine
	for _, name := range briefCases {
		if !slices.ContainsFunc(allEngineCases(t), func(c *engineCase) bool { return c.name == name }) {
			t.Errorf("no case is called %q", name)
		}
	}
	for _, c := range allEngineCases(t) {
		if slices.Contains(slowOnShim, c.name) && !*cudaSlow {
			continue
		}
		types := []bool{false}
		if *cudaBF16 == "all" || slices.Contains(briefCases, c.name) {
			types = []bool{false, true}
		}
		g.room(len(types)) // the two have most texts in common
		for _, bf16 := range types {
			name := c.name
			if bf16 {
				c, name = c.briefly(t), strings.TrimSpace(name)+" bf16"
			}
			x, err := g.queue(c, bf16)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			all = append(all, engine{name, x})
		}
	}
	t.Logf("%d texts of kernels, %d of them compiled, in %d programs", g.texts, g.once, len(g.units))
	g.compile(t)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			j, again, err := onDraws(func(draws int) (*judge, error) {
				return c.judged(t.Context(), draws, func(w *rounded, j *judge) error { return c.sees(t.Context(), t, g, w, j) })
			})
			if err != nil {
				t.Fatal(err)
			}
			if t.Log(j.worst()); again {
				t.Logf("judged on %d draws of weights", manyDraws)
			}
		})
	}
}
