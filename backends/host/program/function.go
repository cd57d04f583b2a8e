package program

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"archc/backends/checkpoint"
	"archc/backends/host/arrays"
)

// Function is a model that gives arrays for arrays.
type Function struct {
	Name      string
	Signature string // its inputs and outputs, as messages show them
	Inputs    []Port
	Outputs   []Port
	Weights   bool // it has some: a checkpoint must be given
	// Check and Open are those of a Model; path is empty for a function without weights.
	Check func(path string) error
	Open  func(path string, o Options) (Computer, error)
}

// Port is an input or an output of a function.
type Port struct {
	Name string
	Type string // as messages show it
	Kind Kind
	Axes []Axis
	// Shape gives the sizes of the axes when those of the dims are known.
	Shape   func(dims map[string]int) []int
	Default bool   // the function knows what the input is where it is not given
	Draw    string // how an input is distributed that is a random draw, else empty
	Batch   bool   // an output differs from one element of a batch to another
}

// Axis is an axis of a port. Of Dim and Size one is set where the size is a dim or a number; other sizes follow from dims.
type Axis struct {
	Label string
	Dim   string
	Size  int64
}

// Kind is what the numbers of an input are.
type Kind int

// The kinds.
const (
	Real Kind = iota
	Int       // whole numbers
	Bool      // 0 or 1
)

// Computer is a function that is ready to run.
type Computer interface {
	// Run computes the outputs, in the order of the function's, for one element of a batch: of inputs by name, row-major.
	// An input with a default may lack. The next call overwrites the outputs.
	Run(dims map[string]int, inputs map[string][]float32) ([][]float32, error)
	Close() error
}

// Compute runs the program around a function and gives its exit code. Errors are told as by Main.
func Compute(f Function, args []string, stdout, stderr io.Writer) int {
	out := bufio.NewWriter(stdout)
	return finish(f.compute(args, out, stderr), out, stderr)
}

func (f Function) compute(args []string, out *bufio.Writer, stderr io.Writer) error {
	flags, err := f.parse(args, stderr)
	if err != nil {
		return err
	}
	if err := f.Check(flags.checkpoint); err != nil {
		return err
	}
	given, err := f.read(flags.inputs)
	if err != nil {
		return err
	}
	b, err := f.bind(given, flags.seed)
	if err != nil {
		return err
	}
	c, err := f.Open(flags.checkpoint, Options{Threads: flags.threads, NonFinite: flags.nonFinite})
	if err != nil {
		return err
	}
	defer c.Close()
	results, err := b.run(c)
	switch {
	case err != nil:
		return err
	case flags.output != "":
		return checkpoint.Write(flags.output, results, map[string]string{"model": f.Name})
	}
	b.show(out, results)
	return nil
}

// read reads the files of --input.
func (f Function) read(list []string) (map[string]arrays.Array, error) {
	given := map[string]arrays.Array{}
	for _, text := range list {
		name, file, ok := strings.Cut(text, "=")
		if !ok || name == "" || file == "" {
			return nil, fail(exitUsage, "", "--input takes NAME=FILE, not %q", text)
		}
		p, ok := f.input(name)
		if !ok {
			return nil, fail(exitWrong, "", "the model has no input %s: %s", name, f.Signature)
		}
		want := arrays.Want{Name: name, Axes: len(p.Axes)}
		if want.Axes == 3 {
			want.Channels = p.Axes[0].Size
		}
		a, err := arrays.Read(file, want)
		var bad *arrays.Error
		switch {
		case errors.As(err, &bad) && bad.Fault == arrays.UnknownType:
			return nil, fail(exitUsage, "", "--input %s=%s: %s", name, file, bad.Msg)
		case errors.As(err, &bad):
			return nil, fail(exitUnreadable, "", "%s", bad.Msg)
		case err != nil:
			return nil, err
		}
		if n := len(a.Shape); n != len(p.Axes) && n != len(p.Axes)+1 {
			return nil, fail(exitWrong, "its axes in order, or these behind a batch",
				"input %s : %s has %d axes, %s has shape %v", name, p.Type, len(p.Axes), file, a.Shape)
		}
		given[name] = a
	}
	return given, nil
}

func (f Function) input(name string) (Port, bool) {
	for _, p := range f.Inputs {
		if p.Name == name {
			return p, true
		}
	}
	return Port{}, false
}

// show prints the first numbers of each output.
func (b *binding) show(out io.Writer, results []checkpoint.Named) {
	for i, x := range results {
		p := b.f.Outputs[i]
		var axes []string
		labels := p.labels(len(x.Shape) > len(p.Axes))
		for k, n := range x.Shape {
			axes = append(axes, fmt.Sprintf("%s=%d", labels[k], n))
		}
		wide := make([]float64, len(x.Float32))
		for k, v := range x.Float32 {
			wide[k] = float64(v)
		}
		width := 1
		if n := len(x.Shape); n > 0 {
			width = int(x.Shape[n-1])
		}
		fmt.Fprintf(out, "%s : %s[%s]\n%s", p.Name, p.Kind, strings.Join(axes, ", "), arrays.Shorten(wide, width))
	}
}

// String is the kind in front of a type: nothing for real numbers.
func (k Kind) String() string { return [...]string{"", "int", "bool"}[k] }

// labels are those of the axes, the batch in front if there is one.
func (p Port) labels(batch bool) []string {
	var out []string
	if batch {
		out = append(out, "*")
	}
	for _, a := range p.Axes {
		out = append(out, a.Label)
	}
	return out
}

// Whole makes whole numbers of an input; what is not given stays so.
func Whole(x []float32) []int {
	if x == nil {
		return nil
	}
	out := make([]int, len(x))
	for i, v := range x {
		out[i] = int(v)
	}
	return out
}
