package main

import (
	"os"
	"path/filepath"
	"slices"

	"archc/backends/checkpoint"
	"archc/ir"
)

// runVerb runs a model on a checkpoint.
type runVerb struct {
	File       string `arg:"" optional:"" help:"File with the model, or - for standard input; else the family of the configuration."`
	Checkpoint string `short:"m" placeholder:"DIR" help:"Checkpoint: its directory or .safetensors file."`

	Prompt *string `short:"p" group:"Text" placeholder:"TEXT" help:"Text to continue, or - for standard input."`
	Tokens string  `group:"Text" placeholder:"1,2,3" help:"Ids to continue; nothing is added. Prints all ids."`
	New    int     `short:"n" group:"Text" default:"64" placeholder:"N" help:"New tokens at most: ${default}."`
	Logits bool    `group:"Text" help:"Print the scores behind the prompt's last token as JSON, and no text."`

	Temperature float64 `group:"Text" placeholder:"X" help:"Choose at random at this temperature; 0 is greedy."`
	TopK        int     `group:"Text" placeholder:"K" help:"Choose among the K best tokens."`
	TopP        float64 `default:"1" group:"Text" help:"Choose among the best tokens of this probability."`
	Seed        *uint64 `group:"Text" placeholder:"N" help:"Seed of the choice, and of the model's random draws."`

	Input  []string `group:"Arrays" sep:"none" placeholder:"NAME=FILE" help:"Input: .safetensors, .npy, .png."`
	Output string   `group:"Arrays" placeholder:"FILE" help:"Write the outputs as .safetensors."`
	Trace  string   `group:"Arrays" placeholder:"FILE" help:"Write every named intermediate as .safetensors, computed by the reference."`

	AllowNonfinite bool  `help:"Accept NaN and infinities in the checkpoint."`
	MaxMemory      int64 `default:"8" placeholder:"GIB" help:"Refuse to hold more than this: ${default} GiB."`
	backendFlags   `embed:""`
	modelFlags     `embed:""`
}

// Help is the verb's longer help.
func (*runVerb) Help() string {
	return `The checkpoint's config.json sets the model's dims if the file has a binding for it. Every
tensor that the model has must be in the checkpoint with its shape, and every tensor of the
checkpoint must be used, or listed in the model's checkpoint section.

With -p the prompt and its continuation are printed; with --tokens their ids, separated by
commas. The end token ends the text, and --tokens prints it. With --output or --trace a prompt
is run once and not continued.

Kernels of this machine compute in float32 (--backend go). The reference evaluates the program
in float64, op by op, much slower (--backend reference); --trace is its work alone. What the
kernels will hold is computed first, and refused above --max-memory.

--backend cuda compiles the plan as CUDA C++ with nvcc ($NVCC, or the one on the path) and runs it on an
NVIDIA device, on Linux. The library is kept in the user's directory for caches and compiled once for
each model, its sizes and the compiler. --backend cuda-cpu compiles the same source with a C++ compiler
($CXX, g++, c++ or clang++; $CXXFLAGS, else -O2) and runs every thread of it on the CPU, slowly, for tests.
For both, --max-memory is held against what the same plan holds on the CPU: an engine pads weights otherwise.

A row has the same bits in a prompt as token by token. With --fast few new rows are computed in the
form that is cheapest for few, where the model has two, as models with latent attention do: within
the same bounds of error, but the bits of a row hang on the rows beside it.

An input with one more axis than its type, in front, is a batch. A trace names values
scope/name, a second value of the same name scope/name#2; each attend adds its score and
weights.`
}

// Run loads the model and its checkpoint and does what the flags ask for.
func (v *runVerb) Run(s *session) error {
	if err := v.contradiction(); err != nil {
		return err
	}
	r, err := v.load(s)
	if err != nil {
		return err
	}
	if r.ckpt != nil {
		defer r.ckpt.Close()
	}
	if err := v.seeds(r); err != nil {
		return err
	}
	r.backend = v.backend(v.Trace != "")
	defer r.backend.close()
	switch {
	case v.Prompt == nil && v.Tokens == "":
		return v.runArrays(s, r)
	default:
		return v.runText(s, r)
	}
}

// contradiction finds flags that do not go together.
func (v *runVerb) contradiction() error {
	text := v.Prompt != nil || v.Tokens != ""
	switch {
	case v.Prompt != nil && v.Tokens != "":
		return usage("-p and --tokens are two ways to give the same thing")
	case text && len(v.Input) > 0:
		return usage("--input does not go with -p or --tokens")
	case v.Prompt != nil && *v.Prompt == stdin && v.File == stdin:
		return usage("the file and the prompt cannot both be standard input")
	case v.Logits && !text:
		return usage("--logits needs -p or --tokens")
	case v.New < 0:
		return usage("-n is 0 or more")
	case v.Temperature == 0 && (v.TopK != 0 || v.TopP != 1):
		return usage("--top-k and --top-p need --temperature: without it the best token is taken")
	case v.MaxMemory < 1 || v.MaxMemory > 1<<20:
		return usage("--max-memory is from 1 to %d GiB", 1<<20)
	}
	if err := v.backendFlags.contradiction(v.Trace != ""); err != nil {
		return err
	}
	_, err := v.chooser()
	return err
}

// seeds refuses a seed that nothing would use, and hands it to the model's draws.
func (v *runVerb) seeds(r *runnable) error {
	draws := slices.ContainsFunc(r.module.Inputs, isDrawn)
	if v.Seed != nil && v.Temperature == 0 && !draws {
		return usage("--seed needs --temperature, or a model with random draws: without one nothing is chosen at random")
	}
	r.seed = v.Seed
	return nil
}

func isDrawn(p ir.Port) bool { return p.Node.Attr.(*ir.InputAttr).Draw != "" }

// runnable is a model with its weights.
type runnable struct {
	*compiled
	ckpt    *checkpoint.Checkpoint // nil for a model without parameters
	path    string                 // of the checkpoint, as it was given
	base    string                 // directory of the checkpoint, for what stands beside the weights
	weights *boundWeights          // nil for a model without parameters
	finite  bool                   // numbers that are none are refused in weights
	random  bool                   // weights are made, by a stated function
	backend backend
	limit   int64   // bytes
	seed    *uint64 // of random draws that are not given
	params  []param // made when a message needs them
}

// load compiles the model with the checkpoint's own configuration, unless the flags give another, and
// binds the weights.
func (v *runVerb) load(s *session) (*runnable, error) {
	r := &runnable{path: v.Checkpoint, base: v.Checkpoint, limit: v.MaxMemory << 30, finite: !v.AllowNonfinite}
	if info, err := os.Stat(v.Checkpoint); err == nil && !info.IsDir() {
		r.base = filepath.Dir(v.Checkpoint)
	}
	var err error
	if r.compiled, err = v.compiled(s, r.base); err != nil {
		return nil, err
	}
	switch {
	case v.Checkpoint != "":
		s.enter("opening the checkpoint")
		if r.ckpt, err = checkpoint.Open(v.Checkpoint); err != nil {
			return nil, err
		}
		if r.weights, err = s.bindWeights(r); err != nil {
			r.ckpt.Close()
			return nil, err
		}
	case hasParams(r.module):
		return nil, usage("model %s has parameters: give their checkpoint with -m", r.module.Name)
	}
	return r, nil
}

// compiled is the file's model, or without a file the one that the configuration is of. The checkpoint's own
// configuration is read if there is a binding for it.
func (v *runVerb) compiled(s *session, base string) (*compiled, error) {
	flags := v.modelFlags
	own := v.Checkpoint != "" && flags.Config == "" && exists(base, checkpoint.ConfigFile)
	if v.File == "" {
		if own {
			flags.Config = base
		}
		return s.compile("", flags)
	}
	prog, err := s.program(v.File)
	if err != nil {
		return nil, err
	}
	if own && len(prog.Bindings) > 0 {
		flags.Config = base
	}
	return s.lower(prog, flags)
}

func exists(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, name))
	return err == nil
}

func hasParams(m *ir.Module) bool {
	found := false
	m.Body.Walk(func(n *ir.Node, _ int) { found = found || n.Op == ir.Param })
	return found
}
