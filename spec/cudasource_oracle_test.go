package spec_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"archc/backends/cuda"
	"archc/backends/cudasource"
	"archc/backends/gograph"
	"archc/ir/eval"
	"archc/passes/plan"
)

// cudaJobs runs generated CUDA models on jobs, with the shim: requests come as bytes, answers go out as bytes.
const cudaJobs = `
static long whole(FILE* f) {
  long n;
  if (fread(&n, 8, 1, f) != 1) _Exit(8);
  return n;
}
static std::string word(FILE* f) {
  std::string s(size_t(whole(f)), ' ');
  if (!s.empty() && fread(&s[0], 1, s.size(), f) != s.size()) _Exit(8);
  return s;
}
static void tell(long n) { fwrite(&n, 8, 1, stdout); }
static void tell(const std::string& s) { tell(long(s.size())), fwrite(s.data(), 1, s.size(), stdout); }

static int piece(Runtime& m, FILE* f) {
  int wrong = whole(f) ? m.reset() : 0;  // a first piece begins anew
  for (long n = whole(f); n > 0; n--) {
    const std::string name = word(f);
    std::vector<long> shape(size_t(whole(f)));
    size_t all = 1;
    for (long& s : shape) all *= size_t(s = whole(f));
    std::vector<float> data(all);
    if (fread(data.data(), 4, all, f) != all) _Exit(8);
    if (!wrong) wrong = m.set(name, data.data(), shape.data(), int(shape.size()));
  }
  return wrong ? wrong : m.run();
}

int main(int, char** argv) {
  FILE* f = fopen(argv[1], "rb");
  if (!f) return 8;
  for (long jobs = whole(f); jobs > 0; jobs--) {
    std::unique_ptr<Runtime> m(models[whole(f)]());
    const std::string path = word(f);
    const long batch = whole(f), room = whole(f), pieces = whole(f);
    int wrong = m->open(path.c_str(), batch, room);
    tell(pieces);
    for (long k = 0; k < pieces; k++) {
      const int failed = piece(*m, f);
      if (!wrong) wrong = failed;
      tell(wrong ? Runtime::said() : "");
      tell(long(wrong ? 0 : m->facts.outputs.size()));
      if (wrong) continue;
      for (const Port& p : m->facts.outputs) {
        const float* data;
        long shape[8], n = 1;
        int rank;
        if (m->get(p.name, &data, shape, &rank)) return 7;
        tell(std::string(p.name));
        tell(long(rank));
        for (int i = 0; i < rank; i++) tell(shape[i]), n *= shape[i];
        fwrite(data, 4, size_t(n), stdout);
      }
    }
    fflush(stdout);
  }
}
`

// cudaModels are generated models, some in one translation unit each beside one copy of what they all include.
type cudaModels struct {
	dir     string
	units   []string // texts of the models
	headers map[string]bool
	count   int
	jobs    []*cudaJob
}

// cudaJob is a run in pieces: their inputs, and what came out.
type cudaJob struct {
	model       int
	path        string
	batch, room int
	pieces      []map[string]*eval.Tensor
	again       int // the piece that a second run begins with
	program     *plan.Program
	out         map[string][]gograph.Array
}

// perUnit is how many models are compiled as one: the headers are read once for them, and units are compiled side by side.
const perUnit = 10

// add writes a model into a namespace of its own.
func (g *cudaModels) add(s cudasource.Source) (int, error) {
	files, err := cudasource.Files(s)
	if err != nil {
		return 0, err
	}
	if g.count%perUnit == 0 {
		g.units = append(g.units, "")
	}
	var b strings.Builder
	done := map[string]bool{}
	var put func(name string)
	put = func(name string) { // a file behind those that it includes
		text, own := files[name]
		if done[name] || !own {
			return
		}
		done[name] = true
		if bytes.HasPrefix(text, []byte("// SPDX")) { // of the library
			g.headers[filepath.Base(name)] = true
			return
		}
		for line := range strings.Lines(string(text)) {
			if header, ok := strings.CutPrefix(line, "#include \""); ok {
				put("kernels/" + filepath.Base(strings.TrimSuffix(header, "\"\n")))
			}
		}
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, "#include") && !strings.HasPrefix(line, "#pragma once") {
				b.WriteString(line)
			}
		}
	}
	put("model.cu")
	g.units[len(g.units)-1] += fmt.Sprintf("namespace case%d {\n%s}\nRuntime* new_case%d() { return case%d::new_model(); }\n", g.count, b.String(), g.count, g.count)
	g.count++
	return g.count - 1, nil
}

// compile makes the program of all models.
func (g *cudaModels) compile(t *testing.T) {
	t.Helper()
	gxx, err := exec.LookPath("g++")
	if err != nil {
		if os.Getenv("ARCHC_COMPILERS") != "" {
			t.Fatal("ARCHC_COMPILERS is set and there is no g++")
		}
		t.Skip("no g++: CUDA sources are not compiled")
	}
	for _, dir := range []string{"runtime", "kernels", "engine"} {
		files, err := cuda.Source(dir)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			write(t, filepath.Join(g.dir, name), string(text))
		}
	}
	head := "#include \"runtime.h\"\n"
	for _, h := range slices.Sorted(maps.Keys(g.headers)) {
		head += "#include \"" + h + "\"\n"
	}
	last, list := head, ""
	for k := range g.count {
		last += fmt.Sprintf("Runtime* new_case%d();\n", k)
		list += fmt.Sprintf("new_case%d, ", k)
	}
	units := append(slices.Clone(g.units), last+"static Runtime* (*const models[])() = {"+list+"};\n"+cudaJobs)
	failures := make([]error, len(units))
	objects := make([]string, len(units))
	places := make(chan bool, 2)
	var all sync.WaitGroup
	for k, text := range units {
		if k < len(g.units) {
			text = head + text
		}
		source := filepath.Join(g.dir, fmt.Sprint("unit", k, ".cpp"))
		objects[k] = filepath.Join(g.dir, fmt.Sprint("unit", k, ".o"))
		write(t, source, text)
		all.Add(1)
		go func() {
			defer all.Done()
			places <- true
			defer func() { <-places }()
			cmd := exec.CommandContext(t.Context(), gxx, "-std=c++17", "-O0", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused-variable",
				"-Wno-unused-parameter", "-Wno-unused-function", "-I"+g.dir, "-c", source, "-o", objects[k])
			if said, err := cmd.CombinedOutput(); err != nil {
				failures[k] = fmt.Errorf("%w\n%.4000s", err, said)
			}
		}()
	}
	all.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(gxx, append(objects, "-o", filepath.Join(g.dir, "driver"))...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// run runs a job on a program of its own, so that one that ends badly ends alone.
func (g *cudaModels) run(ctx context.Context, j *cudaJob) error {
	var in bytes.Buffer
	put := func(list ...int) {
		for _, n := range list {
			binary.Write(&in, binary.LittleEndian, int64(n))
		}
	}
	word := func(s string) {
		put(len(s))
		in.WriteString(s)
	}
	put(1, j.model)
	word(j.path)
	put(j.batch, j.room, len(j.pieces))
	ports := slices.Concat(j.program.Init.Inputs, j.program.Step.Inputs)
	for k, p := range j.pieces {
		again := 0
		if k > 0 && k == j.again {
			again = 1
		}
		put(again, len(p))
		for _, name := range slices.Sorted(maps.Keys(p)) {
			at := slices.IndexFunc(ports, func(x plan.Port) bool { return x.Name == name })
			if at < 0 {
				return fmt.Errorf("the model has no input %s", name)
			}
			shape, data := inOrder(p[name], ports[at].View.Labels(), j.batch)
			word(name)
			put(len(shape))
			put(shape...)
			binary.Write(&in, binary.LittleEndian, data)
		}
	}
	request := filepath.Join(g.dir, fmt.Sprint("job", j.model))
	if err := os.WriteFile(request, in.Bytes(), 0o666); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(g.dir, "driver"), request)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return j.read(&out)
}

// read takes what a run gave.
func (j *cudaJob) read(from *bytes.Buffer) error {
	number := func() int {
		var n int64
		if binary.Read(from, binary.LittleEndian, &n) != nil {
			return 0
		}
		return int(n)
	}
	word := func() string { return string(from.Next(number())) }
	labels := map[string][]string{}
	for _, p := range slices.Concat(j.program.Step.Outputs, j.program.Init.Outputs) {
		labels[p.Name] = p.View.Labels()
	}
	j.out = map[string][]gograph.Array{}
	for range number() {
		if wrong := word(); wrong != "" {
			return errors.New(wrong)
		}
		for range number() {
			name := word()
			var a gograph.Array
			n := 1
			for i := range number() {
				a.Axes = append(a.Axes, gograph.Axis{Label: labels[name][i], Size: number()})
				n *= a.Axes[i].Size
			}
			a.Data = make([]float32, n)
			if err := binary.Read(from, binary.LittleEndian, a.Data); err != nil {
				return err
			}
			j.out[name] = append(j.out[name], a)
		}
	}
	return nil
}

// inOrder gives a tensor with its axes in the order of labels; it is repeated along the batch where it has none.
func inOrder(x *eval.Tensor, labels []string, batch int) (shape []int, data []float32) {
	strides := map[string]int{}
	sizes := map[string]int{eval.Batch: batch}
	n := 1
	for i := len(x.Axes) - 1; i >= 0; i-- {
		strides[x.Axes[i].Label], sizes[x.Axes[i].Label] = n, x.Axes[i].Size
		n *= x.Axes[i].Size
	}
	at := []int{0}
	for _, l := range labels {
		if l == plan.Batch {
			l = eval.Batch
		}
		shape = append(shape, sizes[l])
		var next []int
		for _, from := range at {
			for i := range sizes[l] {
				next = append(next, from+i*strides[l])
			}
		}
		at = next
	}
	for _, i := range at {
		data = append(data, float32(x.Data[i]))
	}
	return shape, data
}

// cudaCase is an oracle case on generated CUDA: in pieces, and then in one, where it has steps, else whole.
type cudaCase struct {
	*engineCase
	job *cudaJob
}

// queue writes the model of a case, and what it is to compute.
func (g *cudaModels) queue(t *testing.T, c *engineCase, bf16 bool) (*cudaCase, error) {
	t.Helper()
	j := &cudaJob{path: filepath.Join(g.dir, fmt.Sprint("weights", g.count, ".safetensors")), batch: 1, room: 1}
	c.w.save(t, c.m, j.path)
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
	g.jobs = append(g.jobs, j)
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

var cudaSlow = flag.Bool("cuda-slow", false, "run also the cases of generated CUDA that take minutes on a CPU")

// TestCUDAOracle writes every oracle case as CUDA C++, whole and step by step, runs it on the shim, and holds it to the
// contract that engines in this process keep.
func TestCUDAOracle(t *testing.T) {
	g := &cudaModels{dir: t.TempDir(), headers: map[string]bool{"grid.cuh": true}}
	var all []*cudaCase
	for _, c := range allEngineCases(t) {
		if slices.Contains(slowOnShim, c.name) && !*cudaSlow {
			continue
		}
		x, err := g.queue(t, c, false)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		all = append(all, x)
	}
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
