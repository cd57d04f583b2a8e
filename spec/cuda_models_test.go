package spec_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
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
extern Runtime* (*const models[])();

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

// cudaModels are generated models that become programs, some in each.
type cudaModels struct {
	dir     string
	headers map[string]bool // of the library, that they use
	units   []*cudaUnit
	count   int    // of models
	also    string // stands in each program
	texts   int    // of kernels that models have
	once    int    // of them that are compiled
}

// cudaUnit is a program of some models, with one copy of what they have in common.
type cudaUnit struct {
	text   strings.Builder
	spaces map[string]string // the namespace of a text
	models []int             // their numbers
	path   string
	begin  func()    // to make the program
	ready  chan bool // closed when it is there, or failed
	failed error
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

// perUnit is how many models are compiled as one program.
const perUnit = 8

// room makes sure that so many models come into one program.
func (g *cudaModels) room(models int) *cudaUnit {
	if n := len(g.units); n == 0 || len(g.units[n-1].models)+models > perUnit {
		g.apart()
	}
	return g.units[len(g.units)-1]
}

// apart begins another program.
func (g *cudaModels) apart() {
	path := filepath.Join(g.dir, fmt.Sprint("unit", len(g.units)))
	g.units = append(g.units, &cudaUnit{spaces: map[string]string{}, path: path, ready: make(chan bool)})
}

// put writes what stands in a model's namespace into the last program, and gives the model's number.
func (g *cudaModels) put(text string) int {
	u := g.units[len(g.units)-1]
	fmt.Fprintf(&u.text, "namespace case%d {\n%s}\n", g.count, text)
	u.models = append(u.models, g.count)
	g.count++
	return g.count - 1
}

// once puts a text into a namespace, the first time that it comes, and gives the namespace.
func (u *cudaUnit) once(kind, text string) (space string, first bool) {
	if space, ok := u.spaces[text]; ok {
		return space, false
	}
	space = fmt.Sprint(kind, len(u.spaces))
	u.spaces[text] = space
	fmt.Fprintf(&u.text, "namespace %s {\n%s}\n", space, text)
	return space, true
}

// add writes a model: its kernels into namespaces of their own, so that equal texts compile once.
func (g *cudaModels) add(s cudasource.Source) (int, error) {
	files, err := cudasource.Files(s)
	if err != nil {
		return 0, err
	}
	u := g.room(1)
	bare := func(name string) string { return within(string(files[name])) }
	dims, _ := u.once("dims", bare("kernels/dims.cuh"))
	use := "using " + dims + "::Dims;\n"
	model := use
	for line := range strings.Lines(string(files["model.cu"])) {
		header, ok := strings.CutPrefix(line, "#include \"kernels/")
		name := "kernels/" + strings.TrimSuffix(header, "\"\n")
		switch {
		case !ok || name == "kernels/dims.cuh" || bytes.HasPrefix(files[name], []byte("// SPDX")):
			continue
		}
		space, first := u.once("kernel", use+bare(name))
		model += "using namespace " + space + ";\n"
		g.texts++
		if first {
			g.once++
		}
	}
	for name, text := range files { // of the library
		if header, ok := strings.CutPrefix(name, "kernels/"); ok && bytes.HasPrefix(text, []byte("// SPDX")) {
			g.headers[header] = true
		}
	}
	return g.put(model + bare("model.cu")), nil
}

// cudaFlags are how tests compile generated CUDA: without optimization, which costs more than it saves here.
var cudaFlags = []string{"-std=c++17", "-O0", "-fno-exceptions", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused-variable",
	"-Wno-unused-parameter", "-Wno-unused-function"}

// compile makes ready for programs, two at a time.
func (g *cudaModels) compile(t *testing.T) {
	t.Helper()
	gxx := needsCompiler(t, "g++")
	for _, dir := range []string{"runtime", "kernels", "engine"} {
		files, err := cuda.Source(dir)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			write(t, filepath.Join(g.dir, name), string(text))
		}
	}
	// What all units include is read once, as the compiler keeps it.
	head := "#include \"runtime.h\"\n"
	for _, h := range slices.Sorted(maps.Keys(g.headers)) {
		head += "#include \"" + h + "\"\n"
	}
	run := func(args ...string) error {
		cmd := exec.CommandContext(t.Context(), gxx, slices.Concat(cudaFlags, []string{"-I" + g.dir}, args)...)
		if said, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%.4000s", err, said)
		}
		return nil
	}
	// The shim takes most of the time of a run and few lines: it is compiled with optimization, all of it, and linked first,
	// so that a program takes its functions and not the same ones of a unit.
	at := func(name string) string { return filepath.Join(g.dir, name) }
	write(t, at("all.h"), head)
	write(t, at("driver.cpp"), cudaJobs)
	write(t, at("shim.cpp"), "#include \"launch.h\"\n")
	if err := errors.Join(
		run("-x", "c++-header", at("all.h")),
		run("-include", at("all.h"), "-c", at("driver.cpp"), "-o", at("driver.o")),
		run("-O1", "-fkeep-inline-functions", "-c", at("shim.cpp"), "-o", at("shim.o")),
	); err != nil {
		t.Fatal(err)
	}
	places := make(chan bool, 2)
	var all sync.WaitGroup
	t.Cleanup(all.Wait) // nothing is written behind the test
	for _, u := range g.units {
		u.begin = sync.OnceFunc(func() {
			all.Add(1)
			go func() {
				defer all.Done()
				defer close(u.ready)
				places <- true
				defer func() { <-places }()
				list := ""
				for _, k := range u.models {
					list += fmt.Sprintf("case%d::new_model, ", k)
				}
				text := u.text.String() + g.also + "extern Runtime* (*const models[])();\nRuntime* (*const models[])() = {" + list + "};\n"
				u.failed = os.WriteFile(u.path+".cpp", []byte(text), 0o666)
				if u.failed == nil {
					u.failed = run("-include", at("all.h"), at("shim.o"), at("driver.o"), u.path+".cpp", "-o", u.path)
				}
			}()
		})
	}
}

// made is the program of a model, and the model's number in it. The programs that come next are made meanwhile.
func (g *cudaModels) made(model int) (path string, number int, err error) {
	at := slices.IndexFunc(g.units, func(u *cudaUnit) bool { return slices.Contains(u.models, model) })
	u := g.units[at]
	for _, x := range g.units[at:min(at+3, len(g.units))] {
		x.begin()
	}
	<-u.ready
	return u.path, slices.Index(u.models, model), u.failed
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
	program, number, err := g.made(j.model)
	if err != nil {
		return err
	}
	put(1, number)
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
	cmd := exec.CommandContext(ctx, program, request)
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
