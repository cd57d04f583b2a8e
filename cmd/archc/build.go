package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"path/filepath"
	"slices"

	"archc/backends/cudasource"
	"archc/backends/folder"
	"archc/backends/gosource"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes"
	"archc/passes/hardware"
	"archc/passes/plan"
)

// buildVerb writes an engine out as source.
type buildVerb struct {
	File   string `arg:"" optional:"" help:"File with the model, or - for standard input; else the family of the configuration."`
	Output string `short:"o" required:"" placeholder:"DIR" help:"Directory to write: a new one, or one that archc wrote."`
	Target string `default:"go" enum:"go,cuda" help:"What to write: go, a Go module; cuda, CUDA C++."`
	DType  string `name:"dtype" default:"f32" enum:"f32,bf16,int8,int4,fp8,int8+f32,int4+f32,fp8+f32" placeholder:"TYPE" help:"How packed weights are held: f32 (default) or bf16; in CUDA also int8, int4 or fp8, the rest in bf16, or with +f32 in float32."`
	Fast   bool   `help:"Write also the form of the step that is cheapest for few new rows, where the model has two."`
	Device string `default:"h200" placeholder:"NAME" help:"Comments of CUDA C++ say how long a kernel takes there at the least: h200 unless given; archc devices lists others."`
	Force  bool   `help:"Replace also what was changed or added in a directory that archc wrote."`

	modelFlags `embed:""`
}

// Help is the verb's longer help.
func (*buildVerb) Help() string {
	return `The source stands alone. A Go module is generated code in which every kernel call is a line, the
kernels, the readers of checkpoints and tokenizers, and a program. Go alone builds it, without a
network:

    cd DIR && go build -o engine . && ./engine -m CHECKPOINT -p TEXT

A model that continues no token ids takes arrays, as archc run does: ./engine -m CHECKPOINT
--input NAME=FILE --output FILE.

CUDA C++ is a kernel for each step of the plan, a host that launches them, and a program that
continues token ids. nvcc builds it for a device; any C++17 compiler builds it for tests:

    make -C DIR && DIR/engine -m CHECKPOINT --tokens 1,2,3
    make -C DIR cpu && DIR/engine-cpu -m CHECKPOINT --tokens 1,2,3

In int8, int4 and fp8 a checkpoint is quantized when it is read: the matrices that products multiply
by, where they are not narrow, with a scale for each block of them. What stays is bf16, and products
of many rows run in bf16 on tensor cores; with +f32 what stays is f32, and they are computed exactly.

With --fast a Go module computes few new rows in the form that is cheapest for few, as archc run
--fast does.

The dims are fixed when building: by --config, --set and the file's defaults. A checkpoint of
another size is refused with both sizes named. The generated code is yours to use and change;
copied files keep their license line. A directory that archc wrote is replaced as long as
nothing in it was changed.`
}

// Run compiles the model, plans its steps and writes the module.
func (v *buildVerb) Run(s *session) error {
	if v.Fast && v.Target != "go" {
		return usage("--fast is of the kernels in Go: it does not go with --target %s", v.Target)
	}
	if dtypes[v.DType].format != nil && v.Target != "cuda" {
		return usage("--dtype %s is of generated CUDA: add --target cuda, or take f32 or bf16", v.DType)
	}
	c, err := s.compile(v.File, v.modelFlags)
	if err != nil {
		return err
	}
	source := gosource.Source{
		Name: c.module.Name, File: v.origin(), Module: c.module, Element: dtypes[v.DType].element,
		Rules: c.keys.Rules, Copies: c.copies(),
	}
	if source.Program, source.Text, err = s.engineOf(c, v.Fast); err != nil {
		return err
	}
	s.enter("writing the source")
	device, err := s.device(v.Device)
	if err != nil {
		return err
	}
	made := v.target(source, device)
	files, err := made.files()
	if err != nil {
		return withoutKernel(err)
	}
	if err := v.place(s, files, made.made); err != nil {
		return err
	}
	bytes := 0
	for _, text := range files {
		bytes += len(text)
	}
	fmt.Fprintf(s.out, "%s: %s as %s, %d files with %s bytes\n", diag.Clean(v.Output), c.module.Name, made.what, len(files), grouped(big.NewInt(int64(bytes))))
	if format := dtypes[v.DType].format; format != nil {
		w, err := cudasource.WeightsOf(v.cuda(source, device))
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "weights on the device: %s bytes, %s of them in %s with its scales\n", grouped(big.NewInt(w.Bytes)),
			grouped(big.NewInt(w.Coded)), format.Name)
	}
	return nil
}

// withoutKernel is an error of writing CUDA C++ as the user is told it.
func withoutKernel(err error) error {
	var refused *cudasource.Refused
	if !errors.As(err, &refused) {
		return err
	}
	d := diag.New(codeNoKernel, refused.At, "%s", refused.Why)
	return &failure{exitDiagnostics, []*diag.Diagnostic{d.Suggest("`archc run`, and `archc build --target go`, compute it row by row")}}
}

// engineOf plans the kernels of a model: step by step where it continues token ids, else at once.
func (s *session) engineOf(c *compiled, fast bool) (*plan.Program, gosource.Text, error) {
	sp, err := (&runnable{compiled: c}).speaks()
	if _, known := asFailure(err); err != nil && !known {
		return nil, gosource.Text{}, err
	}
	if err == nil && tokensAlone(c.module, sp.label) {
		s.enter("deriving the steps")
		steps, fault, err := passes.StepsOf(c.module.Clone(), sp.label, false)
		switch {
		case err != nil:
			return nil, gosource.Text{}, err
		case fault == nil:
			s.enter("planning the kernels")
			program, err := programOf(steps, fast)
			if err == nil {
				program.Few, err = plan.FewOfSteps(steps, true)
			}
			return program, gosource.Text{Input: sp.input, Output: sp.output, Vocab: sp.vocab, Positions: sp.positions}, err
		}
		s.warn("the engine takes arrays: %v", fault)
	}
	s.enter("planning the kernels")
	behind, err := passes.Run(c.module.Clone(), false)
	if err != nil {
		return nil, gosource.Text{}, err
	}
	p, err := plan.Of(behind, plan.Options{})
	if err != nil {
		return nil, gosource.Text{}, err
	}
	return gosource.AtOnce(p), gosource.Text{}, nil
}

// tokensAlone reports whether token ids are all that a run needs to be given: there are no draws, and the ids settle the
// sizes of all inputs.
func tokensAlone(m *ir.Module, label string) bool {
	return !slices.ContainsFunc(m.Inputs, func(p ir.Port) bool {
		return isDrawn(p) || slices.ContainsFunc(p.Type().Axes, func(a ir.Axis) bool {
			return slices.ContainsFunc(a.Size.Frees(), func(name string) bool { return name != label })
		})
	})
}

// target is what a build writes: the files, what it is called, and what building it makes in its directory.
type target struct {
	what  string
	made  []string
	files func() (map[string][]byte, error)
}

func (v *buildVerb) target(s gosource.Source, d *hardware.Device) target {
	if v.Target == "cuda" {
		return target{"CUDA C++", cudasource.Made, func() (map[string][]byte, error) { return cudasource.Files(v.cuda(s, d)) }}
	}
	return target{"a Go module", []string{gosource.Made}, func() (map[string][]byte, error) { return gosource.Files(s) }}
}

// cuda is the source of an engine in CUDA C++.
func (v *buildVerb) cuda(s gosource.Source, on *hardware.Device) cudasource.Source {
	d := dtypes[v.DType]
	device := cudasource.Device{Name: on.Name, Bytes: on.BytesPerSecond()}
	device.Float32, _ = on.Peak("fp32")
	device.BFloat16, _ = on.Peak("bf16", "fp32")
	return cudasource.Source{
		Name: s.Name, File: s.File, Module: s.Module, Program: s.Program, BFloat16: d.element == kernel.BFloat16, Matrices: d.format,
		Rules: s.Rules, Copies: s.Copies, Text: s.Text, Device: device,
	}
}

// origin is where the model is written, for a comment: no path, so that the module is the same wherever it is built.
func (v *buildVerb) origin() string {
	switch v.File {
	case "":
		return "the models that come with archc"
	case stdin:
		return "standard input"
	}
	return filepath.Base(v.File)
}

// place puts the files into the directory.
func (v *buildVerb) place(s *session, files map[string][]byte, made []string) error {
	err := folder.Write(s.ctx, v.Output, files, folder.Options{Made: made, Force: v.Force})
	var refused *folder.Refused
	switch {
	case err == nil || s.ctx.Err() != nil:
		return err
	case errors.As(err, &refused):
		return unreadable(codeForeignFolder, "%s", refused.Error()).help("%s", refused.Help)
	case errors.Is(err, fs.ErrNotExist):
		return unreadable(codeCannotWrite, "%s: there is no directory %s to write it in", diag.Clean(v.Output), diag.Clean(filepath.Dir(v.Output)))
	}
	return unreadable(codeCannotWrite, "%s: %v", v.Output, bareError(err))
}
