package spec_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/format"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"archc/backends/checkpoint"
	"archc/backends/gograph"
	"archc/backends/gosource"
	"archc/backends/kernel"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes"
	"archc/passes/plan"
	"archc/spec/arbitrary"
)

// driver runs generated models on jobs: their inputs come as JSON, the bits of their outputs go out as JSON. It knows the
// models by reflection, so that it is one program for all.
const driver = `package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
IMPORTS
)

type job struct {
	Case   int
	Path   string
	Room   int
	Given  map[string][]float64
	Pieces []map[string][]float64
	Fixed  []string // outputs that hang on no row
	Counts bool     // also count what steps like the last piece allocate
}

var open = []any{OPENS}
var options = []any{OPTIONS}

// steps do one step, without reflection, which allocates.
var steps = []func(s, in any) error{STEPS}

func plain(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s))
}

// fill sets the fields of a struct: dims have one number.
func fill(to reflect.Value, values map[string][]float64) {
	for name, x := range values {
		want, dim := strings.CutPrefix(name, "dim ")
		for i := range to.NumField() {
			f := to.Field(i)
			if plain(to.Type().Field(i).Name) != plain(want) || (f.Kind() == reflect.Int) != dim {
				continue
			}
			switch f.Interface().(type) {
			case int:
				f.SetInt(int64(x[0]))
			case []int:
				y := make([]int, len(x))
				for k, v := range x {
					y[k] = int(v)
				}
				f.Set(reflect.ValueOf(y))
			case []float32:
				y := make([]float32, len(x))
				for k, v := range x {
					y[k] = float32(v)
				}
				f.Set(reflect.ValueOf(y))
			}
		}
	}
}

func listed(x reflect.Value) []uint32 {
	list := []uint32{}
	for _, x := range x.Interface().([]float32) {
		list = append(list, math.Float32bits(x))
	}
	return list
}

func bits(out reflect.Value) map[string][]uint32 {
	all := map[string][]uint32{}
	for i := range out.NumField() {
		all[plain(out.Type().Field(i).Name)] = listed(out.Field(i))
	}
	return all
}

// fixed calls the methods of a session that give outputs which hang on no row.
func fixed(s reflect.Value, names []string) map[string][]uint32 {
	all := map[string][]uint32{}
	for i := range s.NumMethod() {
		for _, n := range names {
			if m := s.Type().Method(i); plain(m.Name) == plain(n) && m.Type.NumIn() == 1 {
				all[plain(n)] = listed(s.Method(i).Call(nil)[0])
			}
		}
	}
	return all
}

func run(j job) (out []map[string][]uint32, unchanged map[string][]uint32, objects float64, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	check := func(v reflect.Value) {
		if e, _ := v.Interface().(error); e != nil {
			panic(e)
		}
	}
	o := reflect.New(reflect.TypeOf(options[j.Case])).Elem()
	o.FieldByName("Threads").SetInt(2)
	res := reflect.ValueOf(open[j.Case]).Call([]reflect.Value{reflect.ValueOf(j.Path), o})
	check(res[1])
	m := res[0]
	defer m.MethodByName("Close").Call(nil)
	start := m.MethodByName("NewSession")
	var args []reflect.Value
	for i := range start.Type().NumIn() {
		if start.Type().In(i).Kind() == reflect.Int {
			args = append(args, reflect.ValueOf(j.Room))
			continue
		}
		given := reflect.New(start.Type().In(i)).Elem()
		fill(given, j.Given)
		args = append(args, given)
	}
	res = start.Call(args)
	if len(res) > 1 {
		check(res[1])
	}
	session := res[0]
	step := session.MethodByName("Step")
	var last any
	if !step.IsValid() { // it is computed at once
		step = session.MethodByName("Run")
	}
	for _, p := range j.Pieces {
		in := reflect.New(step.Type().In(0)).Elem()
		fill(in, p)
		res := step.Call([]reflect.Value{in})
		check(res[1])
		out = append(out, bits(res[0]))
		last = in.Interface()
	}
	unchanged = fixed(session, j.Fixed)
	if j.Counts {
		s := session.Interface()
		more := func() {
			if err := steps[j.Case](s, last); err != nil {
				panic(err)
			}
		}
		for range 40 {
			more()
		}
		// Which worker computes what is chance, and so is when the last of them has its buffers: the best of some tries.
		objects = testing.AllocsPerRun(20, more)
		for try := 0; try < 20 && objects > 0; try++ {
			objects = min(objects, testing.AllocsPerRun(20, more))
		}
	}
	return out, unchanged, objects, nil
}

func main() {
	var jobs []job
	if err := json.NewDecoder(os.Stdin).Decode(&jobs); err != nil {
		panic(err)
	}
	type result struct {
		Err    string
		Pieces []map[string][]uint32
		Fixed  map[string][]uint32
		Objects float64
	}
	var all []result
	for _, j := range jobs {
		pieces, unchanged, objects, err := run(j)
		r := result{Pieces: pieces, Fixed: unchanged, Objects: objects}
		if err != nil {
			r.Err = err.Error()
		}
		all = append(all, r)
	}
	if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
		panic(err)
	}
}
`

type driverJob struct {
	Case   int
	Path   string
	Room   int
	Given  map[string][]float64
	Pieces []map[string][]float64
	Fixed  []string
	Counts bool
}

type driverResult struct {
	Err     string
	Pieces  []map[string][]uint32
	Fixed   map[string][]uint32
	Objects float64
}

// generatedModels are models that are built into one program, beside one copy of the packages that they carry.
type generatedModels struct {
	dir   string
	names []string
	steps []string // of each, what a session does
	jobs  []driverJob
}

// add writes a model and gives its number.
func (g *generatedModels) add(t *testing.T, s gosource.Source) int {
	t.Helper()
	files, err := gosource.Files(s)
	if err != nil {
		t.Fatal(err)
	}
	k := len(g.names)
	name := fmt.Sprint("case", k)
	g.names = append(g.names, name)
	if s.Program.Axis == "" {
		g.steps = append(g.steps, "Run")
	} else {
		g.steps = append(g.steps, "Step")
	}
	path := strings.TrimSpace(strings.TrimPrefix(strings.Split(string(files["go.mod"]), "\n")[0], "module "))
	for file, text := range files {
		to := file
		switch {
		case file == "go.mod" || file == "main.go" || file == ".archc":
			continue
		case strings.HasPrefix(file, "model/"):
			to = name + "/" + file
		case k > 0:
			continue
		}
		if strings.HasSuffix(file, ".go") {
			if out, err := format.Source(text); err != nil || string(out) != string(text) {
				t.Errorf("%s %s is not as gofmt has it: %v", s.Name, file, err)
			}
		}
		write(t, filepath.Join(g.dir, to), strings.ReplaceAll(string(text), `"`+path+`/`, `"engine/`))
	}
	return k
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// run builds the program, without a network, and runs the jobs.
func (g *generatedModels) run(t *testing.T) []driverResult {
	t.Helper()
	imports, opens, options, steps := "", "", "", ""
	for k, n := range g.names {
		steps += fmt.Sprintf("\n\tfunc(s, in any) error { _, err := s.(*%[1]s.Session).%[2]s(in.(%[1]s.Inputs)); return err },", n, g.steps[k])
		imports += fmt.Sprintf("\n\t%s %q", n, "engine/"+n+"/model")
		opens += n + ".Open, "
		options += n + ".Options{}, "
	}
	text := strings.NewReplacer("IMPORTS", imports, "OPENS", opens, "OPTIONS", options, "STEPS", steps+"\n").Replace(driver)
	write(t, filepath.Join(g.dir, "main.go"), text)
	write(t, filepath.Join(g.dir, "go.mod"), "module engine\n\ngo 1.26\n")
	g.command(t, "go", "vet", "./...")
	g.command(t, "go", "build", "-o", "driver", ".")
	in, err := json.Marshal(g.jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(g.dir, "driver"))
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(in)), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var results []driverResult
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatal(err)
	}
	return results
}

func (g *generatedModels) command(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = g.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// lone is the first element of the batch, as an array without one.
func lone(x *eval.Tensor) *eval.Tensor {
	at := x.Find(eval.Batch)
	if at < 0 {
		return x
	}
	out := &eval.Tensor{Kind: x.Kind, Axes: slices.Delete(slices.Clone(x.Axes), at, at+1)}
	outer, inner := 1, 1
	for _, a := range x.Axes[:at] {
		outer *= a.Size
	}
	for _, a := range x.Axes[at+1:] {
		inner *= a.Size
	}
	for o := range outer {
		out.Data = append(out.Data, x.Data[o*x.Axes[at].Size*inner:][:inner]...)
	}
	return out
}

// values are inputs as the driver takes them: the arrays, and the dims that they settle.
func values(inputs map[string]*eval.Tensor, m *ir.Module) map[string][]float64 {
	out := map[string][]float64{}
	for _, in := range m.Inputs {
		x, ok := inputs[in.Name]
		if !ok {
			continue
		}
		out[in.Name] = x.Data
		for i, a := range in.Type().Axes {
			if f := a.Size.Frees(); len(f) == 1 && a.Size.Equal(ir.Free(f[0])) {
				out["dim "+f[0]] = []float64{float64(x.Axes[i].Size)}
			}
		}
	}
	return out
}

// save writes the tensors of a module as float32.
func (r *rounded) save(t *testing.T, m *ir.Module, path string) {
	t.Helper()
	shapes, err := eval.StoredShapes(m)
	if err != nil {
		t.Fatal(err)
	}
	var all []checkpoint.Named
	for _, key := range slices.Sorted(maps.Keys(shapes)) {
		_, data, err := r.Read(key)
		if err != nil {
			t.Fatal(err)
		}
		x := checkpoint.Named{Name: key, Shape: shapes[key]}
		for _, v := range data {
			x.Float32 = append(x.Float32, float32(v))
		}
		all = append(all, x)
	}
	if err := checkpoint.Write(path, all, nil); err != nil {
		t.Fatal(err)
	}
}

// moduleCase is a model that is compared: what the engine in this process gives, piece by piece.
type moduleCase struct {
	name  string
	want  []map[string]gograph.Array
	fixed map[string]gograph.Array // what hangs on no row
}

// TestGoSourceOracle builds the module of every oracle case, piece by piece where the model allows it, and asks for the
// bits of the in-process engine.
func TestGoSourceOracle(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	dir := t.TempDir()
	models := &generatedModels{dir: filepath.Join(dir, "engine")}
	var all []moduleCase
	for _, c := range allOracleCases() {
		f := c.read(t)
		m := c.module(t, f)
		io, err := checkpoint.Open("oracle/cases/" + c.name + "/io.safetensors")
		if err != nil {
			t.Fatal(err)
		}
		inputs := c.feed(t, m, f, io)
		io.Close()
		roundInputs(inputs)
		for name, x := range inputs {
			inputs[name] = lone(x)
		}
		w := newRounded(hashed{f, c.prefix})
		g, err := models.compare(t, dir, c.name+" "+c.model, m, w, inputs, crew, oneForm)
		if err != nil {
			t.Errorf("%s %s: %v", c.name, c.model, err)
			continue
		}
		if all = append(all, g); c.name != "deepseek-v2" {
			continue
		}
		both, err := models.compare(t, dir, c.name+" in both forms", m, w, inputs, crew, bothForms)
		if err != nil {
			t.Error(err)
			continue
		}
		if all = append(all, both); !both.differs(g) {
			t.Error("the form for few rows has no bits of its own: the test sees nothing")
		}
	}
	for i, r := range models.run(t) {
		all[i].check(t, r)
	}
}

// oneForm plans the step in its form for any number of rows.
func oneForm(s *passes.Steps) (*plan.Program, error) { return plan.OfSteps(s, false) }

// bothForms plans the form for few rows too. Below is small in it, so that the pieces take both.
func bothForms(s *passes.Steps) (*plan.Program, error) {
	p, err := plan.OfForms(s, false)
	if err == nil && p.Short == nil {
		err = fmt.Errorf("%s has one form", p.Step.Name)
	}
	p.Below = fewBelow
	return p, err
}

// differs reports whether an output has other bits.
func (g *moduleCase) differs(o moduleCase) bool {
	for i, piece := range g.want {
		for name, x := range piece {
			if !slices.Equal(x.Data, o.want[i][name].Data) {
				return true
			}
		}
	}
	return false
}

// compare adds a module, and computes what it must give.
func (g *generatedModels) compare(t *testing.T, dir, name string, m *ir.Module, w *rounded, inputs map[string]*eval.Tensor, crew *kernel.Crew,
	planned func(*passes.Steps) (*plan.Program, error)) (moduleCase, error) {
	t.Helper()
	out := moduleCase{name: name}
	s := gosource.Source{Name: m.Name, File: "x.arch", Module: m}
	job := driverJob{Path: filepath.Join(dir, fmt.Sprint(len(g.names), ".safetensors"))}
	steps, fault, err := passes.StepsOf(m.Clone(), "", false)
	if err != nil {
		return out, err
	}
	if fault != nil {
		behind, err := passes.Run(m.Clone(), false)
		if err != nil {
			return out, err
		}
		p, err := plan.Of(behind, plan.Options{})
		if err != nil {
			return out, err
		}
		s.Program = gosource.AtOnce(p)
		job.Room, job.Pieces = 1, []map[string][]float64{values(inputs, m)}
		engine, err := gograph.New(p, gograph.NewWeights(w, kernel.Float32), crew)
		if err != nil {
			return out, err
		}
		res, err := engine.Run(t.Context(), arrays(inputs), nil)
		if err != nil {
			return out, err
		}
		out.want = []map[string]gograph.Array{res}
	} else {
		if s.Program, err = planned(steps); err != nil {
			return out, err
		}
		if err := out.pieces(t.Context(), steps, s.Program, m, w, inputs, crew, &job); err != nil {
			return out, err
		}
	}
	w.save(t, m, job.Path)
	job.Case = g.add(t, s)
	g.jobs = append(g.jobs, job)
	return out, nil
}

// pieces runs the steps in process, in pieces of 1, 2, 3, ... rows.
func (g *moduleCase) pieces(ctx context.Context, steps *passes.Steps, p *plan.Program, m *ir.Module, w *rounded, inputs map[string]*eval.Tensor, crew *kernel.Crew, job *driverJob) error {
	model, err := gograph.NewModel(p, gograph.NewWeights(w, kernel.Float32), crew)
	if err != nil {
		return err
	}
	static, rows := map[string]*eval.Tensor{}, map[string]*eval.Tensor{}
	n := 0
	for name, x := range inputs {
		if at := x.Find(p.Axis); at >= 0 {
			rows[name], n = x, x.Axes[at].Size
		} else {
			static[name] = x
		}
	}
	job.Given, job.Room = values(static, m), 1 // it grows
	session, err := model.Start(ctx, arrays(static), 1)
	if err != nil {
		return err
	}
	g.fixed = session.Outputs
	job.Fixed = slices.Sorted(maps.Keys(session.Outputs))
	for at, size := 0, 1; at < n; size++ {
		size := min(size, n-at)
		in := map[string]*eval.Tensor{}
		for name, x := range rows {
			in[name] = rowsOf(x, p.Axis, at, at+size)
		}
		at += size
		job.Pieces = append(job.Pieces, values(in, m))
		res, err := session.Step(ctx, arrays(in))
		if err != nil {
			return err
		}
		g.want = append(g.want, kept(res))
	}
	return nil
}

// check compares bits.
func (g moduleCase) check(t *testing.T, r driverResult) {
	t.Helper()
	if r.Err != "" || len(r.Pieces) != len(g.want) {
		t.Errorf("%s: %d pieces of %d: %s", g.name, len(r.Pieces), len(g.want), r.Err)
		return
	}
	same := func(a uint32, b float32) bool { return a == math.Float32bits(b) }
	for i, want := range g.want {
		for name, x := range want {
			if got := r.Pieces[i][plainName(name)]; !slices.EqualFunc(got, x.Data, same) {
				t.Errorf("%s: output %s of piece %d has other bits (%d and %d numbers)", g.name, name, i+1, len(got), len(x.Data))
				return
			}
		}
	}
	for name, x := range g.fixed {
		if got := r.Fixed[plainName(name)]; !slices.EqualFunc(got, x.Data, same) {
			t.Errorf("%s: output %s has other bits (%d and %d numbers)", g.name, name, len(got), len(x.Data))
		}
	}
}

// TestGoSourceStepsAllocateNothing: a step of a generated module leaves nothing to the garbage collector, but where its
// memory grows with the past, some of many steps.
func TestGoSourceStepsAllocateNothing(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	dir := t.TempDir()
	models := &generatedModels{dir: filepath.Join(dir, "engine")}
	var all []moduleCase
	for _, c := range bitsCases {
		m, list := lower.Lower(program(t, c.file), lower.Options{Model: c.model, Settings: c.dims})
		if err := list.Err(); err != nil {
			t.Fatal(err)
		}
		hash, err := eval.NewHashWeights(m)
		if err != nil {
			t.Fatal(err)
		}
		inputs := drawnInputs(m, rand.New(rand.NewPCG(1, 2)), 1, 4) // pieces of 1, 2 and 1
		for name, x := range inputs {
			inputs[name] = lone(x)
		}
		g, err := models.compare(t, dir, c.file, m, newRounded(hash), inputs, crew, oneForm)
		if err != nil {
			t.Fatal(err)
		}
		models.jobs[len(models.jobs)-1].Counts = true
		all = append(all, g)
	}
	for i, r := range models.run(t) {
		all[i].check(t, r)
		if r.Objects != 0 {
			t.Errorf("%s: a step allocates %v objects", all[i].name, r.Objects)
		}
	}
}

// plainName is a name without what an identifier cannot have.
func plainName(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r < 128 && (r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return -1
	}, s))
}

// How many random architectures are written out, and from which seed on: `go test ./spec -run GoSourceRandom -module-seeds 400`.
var (
	moduleSeeds = flag.Int("module-seeds", 12, "how many random architectures are built as modules")
	moduleFrom  = flag.Uint64("module-from", 1, "the first of their seeds")
)

// TestGoSourceRandom builds random architectures, in pieces and, of those that look ahead, at once.
func TestGoSourceRandom(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	dir := t.TempDir()
	models := &generatedModels{dir: filepath.Join(dir, "engine")}
	var all []moduleCase
	for k := range uint64(*moduleSeeds) {
		seed := *moduleFrom + k
		a := arbitrary.Options{Future: seed%4 == 0}.New(seed)
		m := compile(t, "arbitrary.arch", a.Text, a.Settings)
		hash, err := eval.NewHashWeights(m)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(seed, 9))
		n := 5 + r.IntN(6)
		if a.Longest > 0 {
			n = min(n, a.Longest)
		}
		inputs := someInputs(a, r, n)
		roundInputs(inputs)
		for name, x := range inputs {
			inputs[name] = lone(x)
		}
		g, err := models.compare(t, dir, fmt.Sprint("seed ", seed), m, newRounded(hash), inputs, crew, oneForm)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			continue
		}
		all = append(all, g)
	}
	for i, r := range models.run(t) {
		all[i].check(t, r)
	}
}
