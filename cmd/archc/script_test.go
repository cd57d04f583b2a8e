package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"archc/backends/checkpoint"
	"archc/ir/eval"
)

// TestMain makes this test binary the archc that scripts and tests run.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"archc": main})
}

// TestScripts runs testdata/script: every verb and every exit code, as a user's shell sees them.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	archc, err := exec.LookPath("archc")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": demandExit, "json": demandJSON, "tensors": writeTensors, "repeat": writeRepeated,
			"bytes": writeBytes, "png": writePNG,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			env.Setenv("ARCHC", archc) // for scripts that empty the path
			return nil
		},
		RequireExplicitExec: true,
	})
}

// exits CODE archc ARGS... demands the exit code.
func demandExit(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	switch {
	case err == nil && want != 0:
		ts.Fatalf("exit code 0, want %d", want)
	case errors.As(err, &failed) && failed.ExitCode() != want:
		ts.Fatalf("exit code %d, want %d", failed.ExitCode(), want)
	case err != nil && failed == nil:
		ts.Fatalf("%v", err)
	}
}

// tensors FILE NAME=2x3[:VALUE]... writes a safetensors file with stated pseudo-random values, or with
// one value.
func writeTensors(ts *testscript.TestScript, neg bool, args []string) {
	var all []checkpoint.Named
	for _, arg := range args[1:] {
		name, dims, _ := strings.Cut(arg, "=")
		dims, value, fixed := strings.Cut(dims, ":")
		t := checkpoint.Named{Name: name, Shape: []int64{}}
		n := 1
		for d := range strings.SplitSeq(dims, "x") {
			size, err := strconv.Atoi(d)
			ts.Check(err)
			t.Shape = append(t.Shape, int64(size))
			n *= size
		}
		for i := range n {
			x := eval.Hash(name, i)
			if fixed {
				var err error
				x, err = strconv.ParseFloat(value, 64)
				ts.Check(err)
			}
			t.Float32 = append(t.Float32, float32(x))
		}
		all = append(all, t)
	}
	ts.Check(checkpoint.Write(ts.MkAbs(args[0]), all, nil))
}

// repeat FILE TEXT COUNT TEXT COUNT... writes texts over and over.
func writeRepeated(ts *testscript.TestScript, neg bool, args []string) {
	var b bytes.Buffer
	for i := 1; i+1 < len(args); i += 2 {
		n, err := strconv.Atoi(args[i+1])
		ts.Check(err)
		b.WriteString(strings.Repeat(args[i], n))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// bytes FILE GOSTRING writes the bytes of a quoted Go string.
func writeBytes(ts *testscript.TestScript, neg bool, args []string) {
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// png FILE writes a picture of 3 x 2 pixels: grey values 0, 51, 102 over 153, 204, 255.
func writePNG(ts *testscript.TestScript, neg bool, args []string) {
	img := image.NewGray(image.Rect(0, 0, 3, 2))
	for i := range 6 {
		img.SetGray(i%3, i/3, color.Gray{Y: uint8(51 * i)})
	}
	var b bytes.Buffer
	ts.Check(png.Encode(&b, img))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// json stdout|stderr PATH WANT demands that a stream is one JSON value with this text at a dotted path; !
// json that it has nothing there.
func demandJSON(ts *testscript.TestScript, neg bool, args []string) {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.UseNumber()
	var v any
	ts.Check(d.Decode(&v))
	if d.More() {
		ts.Fatalf("more than one JSON value")
	}
	for key := range strings.SplitSeq(args[1], "/") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			ts.Check(err)
			if v = nil; i < len(x) {
				v = x[i]
			}
		default:
			v = nil
		}
	}
	text, err := json.Marshal(v)
	ts.Check(err)
	if got := strings.Trim(string(text), `"`); got != args[2] && !neg || got == args[2] && neg {
		ts.Fatalf("%s is %s, want %s", args[1], got, args[2])
	}
}
