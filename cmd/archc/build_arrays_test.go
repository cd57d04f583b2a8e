package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"archc/backends/checkpoint"
	"archc/ir/eval"
)

// onceCase is a model that is computed at once, at small sizes.
type onceCase struct {
	name, file string
	flags      []string           // of archc build and archc run
	inputs     map[string]tensors // by name
	more       []string           // flags of the engine and of archc run
}

// tensors is the shape of an input; of whole numbers, those below a bound.
type tensors struct {
	shape []int64
	below int
}

var onceCases = []onceCase{
	{name: "bert", file: "bert.arch", flags: []string{"--model", "Bert", "--set", "D=24", "--set", "H=4", "--set", "L=3", "--set", "V=53", "--set", "P=16"},
		inputs: map[string]tensors{"tokens": {[]int64{2, 9}, 53}, "valid": {[]int64{9}, 2}}}, // a batch of tokens, one mask
	{name: "vit", file: "vit.arch", flags: []string{"--model", "ViT", "--set", "D=24", "--set", "H=4", "--set", "L=2", "--set", "Y=12", "--set", "X=12", "--set", "P=4"},
		inputs: map[string]tensors{"image": {[]int64{3, 12, 12}, 0}}},
	{name: "t5", file: "t5.arch", flags: []string{"--model", "T5", "--set", "D=24", "--set", "H=4", "--set", "K=6", "--set", "F=40", "--set", "L=2", "--set", "V=53"},
		inputs: map[string]tensors{"source": {[]int64{7}, 53}, "target": {[]int64{5}, 53}}},
	{name: "lstm", file: "recurrent.arch", flags: []string{"--model", "LSTMs", "--set", "I=5", "--set", "U=6"},
		inputs: map[string]tensors{"x": {[]int64{3, 8, 5}, 0}, "h": {[]int64{3, 2, 6}, 0}}},
	{name: "alexnet", file: "alexnet.arch", flags: []string{"--set", "A=4", "--set", "B=12", "--set", "M=24", "--set", "N=16", "--set", "Z=576", "--set", "F=256", "--set", "V=10"},
		inputs: map[string]tensors{"image": {[]int64{3, 224, 224}, 0}}},
	{name: "noisy", file: "noisy.arch", inputs: map[string]tensors{"x": {[]int64{2, 4}, 0}}, more: []string{"--seed", "7"}},
}

// noisy has random draws and no weights.
const noisy = `model Noisy() {
  (x: [T]) -> y: [T], z: [T] = x + normal([T]), x * uniform([T])
}
`

// write writes the inputs of a family, and gives the flags that name them.
func (f onceCase) write(t *testing.T, dir string) []string {
	t.Helper()
	var flags []string
	for _, name := range slices.Sorted(maps.Keys(f.inputs)) {
		x := checkpoint.Named{Name: name, Shape: f.inputs[name].shape}
		n := int64(1)
		for _, k := range x.Shape {
			n *= k
		}
		for i := range int(n) {
			v := eval.Hash(f.name+name, i)
			if k := f.inputs[name].below; k > 0 {
				v = float64(int((v + 0.5) * float64(k)))
			}
			x.Float32 = append(x.Float32, float32(v))
		}
		file := filepath.Join(dir, f.name+"-"+name+".safetensors")
		if err := checkpoint.Write(file, []checkpoint.Named{x}, nil); err != nil {
			t.Fatal(err)
		}
		flags = append(flags, "--input", name+"="+file)
	}
	return append(flags, f.more...)
}

// weigh writes a checkpoint of small numbers for a model, and gives the flags that name it: none without weights.
func weigh(t *testing.T, file string, flags []string, to string) []string {
	t.Helper()
	var v modelFlags
	for i := 0; i < len(flags); i += 2 {
		if flags[i] == "--model" {
			v.Model = flags[i+1]
		} else {
			v.Set = append(v.Set, flags[i+1])
		}
	}
	c, err := newSession(t.Context()).compile(file, v)
	if err != nil {
		t.Fatal(err)
	}
	shapes, err := eval.StoredShapes(c.module)
	if err != nil {
		t.Fatal(err)
	}
	if len(shapes) == 0 {
		return nil
	}
	var all []checkpoint.Named
	for key, shape := range shapes {
		n := int64(1)
		for _, k := range shape {
			n *= k
		}
		x := checkpoint.Named{Name: key, Shape: shape, Float32: make([]float32, n)}
		eval.HashRange(key, 0, 0.5, x.Float32)
		all = append(all, x)
	}
	if err := checkpoint.Write(to, all, nil); err != nil {
		t.Fatal(err)
	}
	return []string{"-m", to}
}

// putBeside puts the code of a module, without what it carries, into a directory of another one.
func putBeside(t *testing.T, module, into, name string) {
	t.Helper()
	path := func(dir string) string {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		return strings.TrimPrefix(first, "module ")
	}
	from, to := `"`+path(module)+"/", `"`+path(into)+"/"
	own := strings.NewReplacer(from+`model"`, to+name+`/model"`, from, to)
	for file, text := range tree(t, module) {
		if file != "main.go" && !strings.HasPrefix(file, "model/") {
			continue
		}
		place := filepath.Join(into, name, file)
		if err := os.MkdirAll(filepath.Dir(place), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(place, []byte(own.Replace(text)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBuildArrays: engines of models that continue no text write the very files that archc run writes, and print what it
// prints. The first is built as the module that it is, the others beside it, so that the kernels are compiled once.
func TestBuildArrays(t *testing.T) {
	work := t.TempDir()
	base, file := "", func(f onceCase) string { return "../../examples/" + f.file }
	for k, f := range onceCases {
		path := file(f)
		if f.name == "noisy" {
			path = filepath.Join(work, f.file)
			if err := os.WriteFile(path, []byte(noisy), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		onceCases[k].file = path
		dir := filepath.Join(work, f.name)
		_, errs, code := command(t, "", "archc", slices.Concat([]string{"build", path, "-o", dir}, f.flags)...)
		if looksAhead := f.name == "bert"; code != 0 || (errs == "") == looksAhead {
			t.Fatalf("archc build %s: code %d, %s", f.name, code, errs)
		}
		if k == 0 {
			base = dir
		} else {
			putBeside(t, dir, base, f.name)
		}
	}
	if out, errs, code := command(t, base, "go", "vet", "."); code != 0 {
		t.Fatalf("go vet: %s%s", out, errs)
	}
	if out, errs, code := command(t, base, "go", "build", "-o", "bin/", "./..."); code != 0 {
		t.Fatalf("go build: %s%s", out, errs)
	}
	for k, f := range onceCases {
		engine := filepath.Join(base, "bin", f.name)
		args := slices.Concat(weigh(t, f.file, f.flags, filepath.Join(work, f.name+".safetensors")), f.write(t, work))
		var files, prints [2]string
		for i, call := range [][]string{{engine}, slices.Concat([]string{"archc", "run", f.file}, f.flags)} {
			out := filepath.Join(work, fmt.Sprint(k, i, ".safetensors"))
			_, errs, code := command(t, "", call[0], slices.Concat(call[1:], args, []string{"--output", out})...)
			text, err := os.ReadFile(out)
			if err != nil || code != 0 || errs != "" {
				t.Fatalf("%s: code %d, %v, %s", f.name, code, err, errs)
			}
			files[i] = string(text)
			prints[i], _, _ = command(t, "", call[0], slices.Concat(call[1:], args)...)
		}
		if files[0] != files[1] || prints[0] != prints[1] || prints[0] == "" {
			t.Errorf("%s: the engine has other bits than archc run, or prints\n%s\nand not\n%s", f.name, prints[0], prints[1])
		}
	}
}
