package main

import (
	"encoding/json"
	"go/format"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"archc/backends/checkpoint"
	"archc/ir/eval"
)

const datesDir = "../../examples/checkpoints/dates"

// command runs a program, and gives both streams and its exit code.
func command(t *testing.T, dir, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "CGO_ENABLED=0")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// built runs archc build and then Go, without a network, and gives the directory.
func built(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "module")
	_, errs, code := command(t, "", "archc", append([]string{"build", "-o", dir}, args...)...)
	if code != 0 {
		t.Fatalf("archc build: code %d\n%s", code, errs)
	}
	if out, errs, code := command(t, dir, "go", "build", "-trimpath", "-o", "engine", "."); code != 0 {
		t.Fatalf("go build: code %d\n%s%s", code, out, errs)
	}
	return dir
}

// tree reads all files of a directory but the program.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == "engine" {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestBuild: the module is what Go asks for, the same every time, and its program speaks as archc run does.
func TestBuild(t *testing.T) {
	llama := "../../examples/llama.arch"
	dir := built(t, llama, "--config", datesDir)
	files := tree(t, dir)
	for name, text := range files {
		if strings.HasSuffix(name, ".go") {
			if out, err := format.Source([]byte(text)); err != nil || string(out) != text {
				t.Errorf("%s is not as gofmt has it: %v", name, err)
			}
		}
		generated := strings.HasPrefix(name, "model/") || name == "main.go" || name == "go.mod" || name == ".archc"
		if licensed := strings.Contains(text, "SPDX-License-Identifier: Apache-2.0\n"); licensed == generated {
			t.Errorf("%s: has the line of a license: %v", name, licensed)
		}
		if strings.Contains(text, `"archc/`) || strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s belongs to archc", name)
		}
	}
	if out, errs, code := command(t, dir, "go", "vet", "./..."); code != 0 {
		t.Errorf("go vet: %s%s", out, errs)
	}
	if out, _, _ := command(t, dir, "go", "list", "-m", "all"); strings.Count(out, "\n") != 1 {
		t.Errorf("the module needs others: %s", out)
	}
	again := filepath.Join(t.TempDir(), "again")
	command(t, "", "archc", "build", llama, "--config", datesDir, "-o", again)
	for name, text := range tree(t, again) {
		if files[name] != text {
			t.Errorf("%s is another file the second time", name)
		}
	}
	// The program stands in the directory and does not hinder the next run; a changed file does.
	if _, errs, code := command(t, "", "archc", "build", llama, "--config", datesDir, "-o", dir); code != 0 {
		t.Errorf("building again: code %d, %s", code, errs)
	}

	engine := filepath.Join(t.TempDir(), "engine")
	if _, errs, code := command(t, again, "go", "build", "-trimpath", "-o", engine, "."); code != 0 {
		t.Fatal(errs)
	}
	for _, args := range [][]string{
		{"-m", datesDir, "-p", "March 5, 1987 =", "-n", "20"},
		{"-m", datesDir, "--tokens", "0,22,319,291,222,18,26,25,24,308"},
		{"-m", datesDir, "--tokens", "0", "-n", "12", "--temperature", "2", "--seed", "7"},
	} {
		got, errs, code := command(t, "", engine, args...)
		want, _, _ := command(t, "", "archc", append([]string{"run", llama}, args...)...)
		if code != 0 || errs != "" || got != want {
			t.Errorf("%q: code %d, %q, errors %q; archc run prints %q", args, code, got, errs, want)
		}
	}
	demandOneAnswer(t, engine)
}

// demandOneAnswer: the bits of the scores hang neither on threads nor on how the prompt is divided.
func demandOneAnswer(t *testing.T, engine string) {
	t.Helper()
	var first []float32
	for _, args := range [][]string{{}, {"--threads", "1"}, {"--threads", "2"}, {"--threads", "3"}, {"--chunk", "1"}, {"--chunk", "7", "--threads", "2"}, {"--chunk", "64"}} {
		out, errs, code := command(t, "", engine, append([]string{"-m", datesDir, "--logits", "-p", "Sunday the 3rd of December, 2017 = 2017-12-0"}, args...)...)
		var got struct{ Logits []float32 }
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
			t.Fatal(err, code, errs)
		}
		if first == nil {
			first = got.Logits
		}
		if len(first) != 334 || !slices.Equal(got.Logits, first) {
			t.Errorf("%q: other scores", args)
		}
	}
}

// TestBuildRefusesOtherSizes: an engine takes checkpoints of its own sizes alone, and says both.
func TestBuildRefusesOtherSizes(t *testing.T) {
	dir := built(t, "../../examples/llama.arch", "--config", datesDir, "--set", "F=100", "--dtype", "bf16")
	_, errs, code := command(t, "", filepath.Join(dir, "engine"), "-m", datesDir, "--tokens", "1")
	for _, want := range []string{"not one of Llama", "6 of 20 tensors", "[112, 64]", "[100, 64]", "help: the sizes are fixed"} {
		if code != 3 || !strings.Contains(errs, want) {
			t.Errorf("code %d: %q does not say %q", code, errs, want)
		}
	}
	if len(errs) > 600 || strings.Count(errs, "\n") != 2 {
		t.Errorf("the message is long: %q", errs)
	}
}

// TestBuildStories: the trained Llama of the test data, as a module of its own, tells the golden story, and its scores have
// the bits of the engine that archc run uses.
func TestBuildStories(t *testing.T) {
	root := os.Getenv("ARCHC_TESTDATA")
	if root == "" {
		t.Skip("ARCHC_TESTDATA is not set: no trained checkpoint of others")
	}
	ckpt := filepath.Join(root, "stories260k")
	var golden struct {
		Prompt string
		Text   string `json:"greedy_text"`
		IDs    []int  `json:"greedy_ids"`
	}
	readGolden(t, filepath.Join(ckpt, "golden.json"), &golden)
	engine := filepath.Join(built(t, "../../examples/llama.arch", "--config", ckpt), "engine")
	out, errs, code := command(t, "", engine, "-m", ckpt, "-p", golden.Prompt, "-n", "60")
	if code != 0 || out != golden.Text+"\n" {
		t.Errorf("code %d, %q, errors %q; want %q", code, out, errs, golden.Text)
	}
	var scores [2]struct{ Logits []float64 }
	ids := strings.Trim(strings.ReplaceAll(strings.Trim(jsonText(t, golden.IDs), "[]"), " ", ""), "\n")
	for i, args := range [][]string{{engine}, {"archc", "run", "../../examples/llama.arch"}} {
		out, errs, code := command(t, "", args[0], append(args[1:], "-m", ckpt, "--tokens", ids, "--logits")...)
		if err := json.Unmarshal([]byte(out), &scores[i]); err != nil || code != 0 {
			t.Fatal(err, code, errs)
		}
	}
	same := func(a, b float64) bool { return math.Float32bits(float32(a)) == math.Float32bits(float32(b)) }
	if len(scores[0].Logits) != 512 || !slices.EqualFunc(scores[0].Logits, scores[1].Logits, same) {
		t.Errorf("the scores differ from those of archc run:\n%v\n%v", scores[0].Logits, scores[1].Logits)
	}
}

func jsonText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// BenchmarkBuildLlama3 compiles the module of Llama 3 8B anew each time, with the standard library compiled before:
//
//	go test ./cmd/archc -run XXX -bench BuildLlama3 -benchtime 3x
func BenchmarkBuildLlama3(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "module")
	if out, err := exec.Command("archc", "build", "../../examples/llama3-8b.arch", "-o", dir).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	lines := 0
	for _, f := range []string{"model.go", "session.go", "start.go", "step.go", "weights.go", "functions.go"} {
		text, err := os.ReadFile(filepath.Join(dir, "model", f))
		if err != nil {
			b.Fatal(err)
		}
		lines += strings.Count(string(text), "\n")
	}
	for i := 0; b.Loop(); i++ {
		// A name of the module that no cache knows, so that every package is compiled.
		path := "engine/run" + strconv.Itoa(os.Getpid()) + "x" + strconv.Itoa(i)
		b.StopTimer()
		renameModule(b, dir, path)
		b.StartTimer()
		cmd := exec.Command("go", "build", "-o", "engine", ".")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		b.ReportMetric(cmd.ProcessState.UserTime().Seconds(), "CPU-s/op")
	}
	b.ReportMetric(float64(lines), "generated-lines")
}

// renameModule gives a module another path.
func renameModule(b *testing.B, dir, path string) {
	b.Helper()
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		b.Fatal(err)
	}
	old := strings.TrimPrefix(strings.SplitN(string(mod), "\n", 2)[0], "module ")
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") && d.Name() != "go.mod" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		changed := strings.NewReplacer(`"`+old+"/", `"`+path+"/", "module "+old+"\n", "module "+path+"\n").Replace(string(text))
		return os.WriteFile(name, []byte(changed), 0o666)
	})
	if err != nil {
		b.Fatal(err)
	}
}

// hostileModel has names that mean something in Go, and strings that would end one, or a comment, or be a format.
const hostileModel = `// */ //go:embed /etc/passwd
model Session(D=4, V=7, L=2) {
  embed, kernel : int V -> D
  layers : L * func(l)
  len, nil, s, a, tensor, worker, tile : D -> D
  main : D -> V
  block func(l) {
    append : D -> D
    (x: [T, D]) {
      range = append(x)
      x + attend(range; range, x) { score = sum[D](q*k) + l;  mask = causal }
    }
  }
  (init: int[T]) -> [T, V] {
    range = len(layers(embed(init)))
    print = nil(s(range)) + kernel(init)
    main(tile(worker(tensor(a(print)))))
  }
  checkpoint { prefix = "` + "`" + `*/ //go:embed %d%s {l}.";  ignore = ["` + "`" + `);panic(1);//.*", "%!(EXTRA)"] }
}
`

// TestBuildHostile: names and strings of a file are names and strings of the module, and nothing else.
func TestBuildHostile(t *testing.T) {
	work := t.TempDir()
	file := filepath.Join(work, "a\"`*;b.arch")
	if err := os.WriteFile(file, []byte(hostileModel), 0o666); err != nil {
		t.Fatal(err)
	}
	prefix := "`*/ //go:embed %d%s {l}."
	tensors := []checkpoint.Named{{Name: "`);panic(1);//.x", Shape: []int64{}, Float32: []float32{1}}}
	add := func(key string, shape ...int64) {
		x := checkpoint.Named{Name: prefix + key, Shape: shape}
		for i := range shape[0] * shape[1] {
			x.Float32 = append(x.Float32, float32(eval.Hash(key, int(i))))
		}
		tensors = append(tensors, x)
	}
	add("embed.weight", 7, 4)
	add("kernel.weight", 7, 4)
	add("main.weight", 7, 4)
	for _, key := range []string{"len", "nil", "s", "a", "tensor", "worker", "tile", "layers.0.append", "layers.1.append"} {
		add(key+".weight", 4, 4)
	}
	ckpt := filepath.Join(work, "model.safetensors")
	if err := checkpoint.Write(ckpt, tensors, nil); err != nil {
		t.Fatal(err)
	}
	dir := built(t, file)
	if out, errs, code := command(t, dir, "go", "vet", "./model", "."); code != 0 {
		t.Errorf("go vet: %s%s", out, errs)
	}
	got, errs, code := command(t, "", filepath.Join(dir, "engine"), "-m", ckpt, "--tokens", "1,2,3", "-n", "5")
	want, wantErrs, _ := command(t, "", "archc", "run", file, "-m", ckpt, "--tokens", "1,2,3", "-n", "5")
	if code != 0 || errs != "" || got != want || got == "" {
		t.Errorf("code %d, %q, errors %q; archc run prints %q, %q", code, got, errs, want, wantErrs)
	}
}
