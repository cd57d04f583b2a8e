package spec_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"archc/backends/cudasource"
	"archc/ir/eval"
	"archc/passes/plan"
)

// cudaPlant is a mistake in generated CUDA: in a file of a model, old becomes new. It stands there exactly so many times, once
// where nothing else is said.
type cudaPlant struct {
	model, name, file string
	old, new          string
	times             int
	few               bool // in steps whose kernels for few rows compute any number of them
}

// alwaysFew is no mistake: kernels are right for more rows than they take at once.
var alwaysFew = cudaPlant{file: "model.cu", old: "bool few() const { return ", new: "bool few() const { return true || "}

// in gives the file with the mistake.
func (p cudaPlant) in(files map[string][]byte) (string, error) {
	text, ok := files[p.file]
	if !ok {
		return "", fmt.Errorf("there is no file %s", p.file)
	}
	if n := strings.Count(string(text), p.old); n != max(p.times, 1) {
		return "", fmt.Errorf("its text stands %d times in %s, not %d:\n%s", n, p.file, max(p.times, 1), text)
	}
	return strings.ReplaceAll(string(text), p.old, p.new), nil
}

// within is a file of a model as it stands in a namespace, whose headers were read before it.
func within(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#include") && !strings.HasPrefix(line, "#pragma once") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// plant writes the model of a case once more, with a mistake: what is not changed is that of the honest one.
func (g *cudaModels) plant(honest int, files map[string][]byte, p cudaPlant) (int, error) {
	text, err := p.in(files)
	if err != nil {
		return 0, err
	}
	if p.file != "model.cu" {
		host := string(files["model.cu"])
		if p.few {
			if host, err = alwaysFew.in(files); err != nil {
				return 0, err
			}
		}
		text += host
	}
	return g.put(fmt.Sprintf("using namespace case%d;\n%s", honest, within(text))), nil
}

// withFew is a case whose steps of few rows have kernels of their own, as archc build writes them.
func (c *engineCase) withFew(t *testing.T) *engineCase {
	t.Helper()
	if c.plans.program == nil {
		return c
	}
	few, err := plan.FewOfSteps(c.plans.steps, false)
	if err != nil {
		t.Fatal(err)
	}
	out, plans, program := *c, *c.plans, *c.plans.program
	program.Few = few
	out.plans, plans.program = &plans, &program
	return &out
}

// plantedCase is a model of plantedModels with weights of a hash and 40 rows, or the first oracle case of that name.
func plantedCase(t *testing.T, name string) *engineCase {
	t.Helper()
	for _, c := range allOracleCases() {
		if c.name == name {
			return newEngineCase(t, c)
		}
	}
	c := &engineCase{name: name, m: compile(t, "form.arch", formText(plantedModels[name]), nil)}
	hash, err := eval.NewHashWeights(c.m)
	if err != nil {
		t.Fatal(err)
	}
	c.stored, c.w, c.inputs = hash, newRounded(hash), random(rand.New(rand.NewPCG(11, 12)), c.m, 40)
	if ids := c.inputs["ids"]; ids != nil {
		for i := range ids.Data {
			ids.Data[i] = float64(i * 5 % 7)
		}
	}
	roundInputs(c.inputs)
	if c.plans, err = plansOf(c.m); err == nil {
		c.truth, err = newJudge(t.Context(), c.m, c.w, c.inputs)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fewBlocks lets a block of the shim do what many do on a device: only then is it seen that it waits between two items.
const fewBlocks = "static const bool few_blocks = (most_blocks = 1, true);\n"

// farOff is how far beyond the contract a result is where no further draw is asked for.
const farOff = 100

// holds runs a model on its case in an order of threads, and holds it to the contract.
func (c *cudaCase) holds(ctx context.Context, t *testing.T, g *cudaModels, model int, order string) error {
	t.Setenv("SHIM_ORDER", order)
	job := *c.job
	job.model = model
	x := &cudaCase{c.engineCase, &job}
	_, _, err := onDraws(func(draws int) (*judge, error) {
		j, err := c.judged(ctx, draws, func(w *rounded, j *judge) error { return x.sees(ctx, t, g, w, j) })
		if j != nil && j.fault == nil && j.worst().Share > farOff {
			j.fault = err
		}
		return j, err
	})
	return err
}

// TestCUDAPlanted: every mistake that is planted in the text of a generated kernel, or of the host that launches them, is
// noticed by what holds the honest engine to the reference: in pieces and in one, in any order of threads.
func TestCUDAPlanted(t *testing.T) {
	g := &cudaModels{dir: t.TempDir(), headers: map[string]bool{"grid.cuh": true}}
	cases, honest, mistakes := map[string]*cudaCase{}, map[string][]int{}, make([]int, len(cudaPlants))
	for _, name := range plantedCUDA() {
		g.apart() // a program for each model, and what is planted in it
		c, err := g.queue(plantedCase(t, name).withFew(t), false)
		if err != nil {
			t.Fatal(err)
		}
		files, err := cudasource.Files(cudasource.Source{Name: c.m.Name, File: "x.arch", Module: c.m, Program: c.job.program})
		if err != nil {
			t.Fatal(err)
		}
		few, err := g.plant(c.job.model, files, alwaysFew)
		if err != nil {
			t.Fatal(err)
		}
		cases[name], honest[name] = c, []int{c.job.model, few}
		for k, p := range cudaPlants {
			if p.model != name {
				continue
			}
			if mistakes[k], err = g.plant(c.job.model, files, p); err != nil {
				t.Errorf("%s, %s: %v", name, p.name, err)
			}
		}
	}
	if t.Failed() {
		return
	}
	g.also = fewBlocks
	g.compile(t)
	orders := []string{"rising", "falling", "mixed"}
	for name, c := range cases {
		for _, order := range orders {
			for _, model := range honest[name] {
				if err := c.holds(t.Context(), t, g, model, order); err != nil {
					t.Errorf("%s without a mistake, %s order: %v", name, order, err)
				}
			}
		}
	}
	for k, p := range cudaPlants {
		t.Run(p.model+"/"+p.name, func(t *testing.T) {
			for _, order := range orders {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a mistake may go on for ever
				err := cases[p.model].holds(ctx, t, g, mistakes[k], order)
				cancel()
				if err != nil {
					t.Logf("%s order: %v", order, err)
					return
				}
			}
			t.Error("nothing shows it")
		})
	}
}

// plantedCUDA are the models that mistakes are planted in.
func plantedCUDA() (names []string) {
	for _, p := range cudaPlants {
		if !slices.Contains(names, p.model) {
			names = append(names, p.model)
		}
	}
	return names
}
