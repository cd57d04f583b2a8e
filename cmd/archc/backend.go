package main

import (
	"context"

	"archc/backends/cudarun"
	"archc/backends/kernel"
	"archc/ir/eval"
	"archc/passes"
)

// backendFlags choose what computes a model.
type backendFlags struct {
	Backend string `group:"Engine" enum:",go,cuda,cuda-cpu,reference" default:"" placeholder:"NAME" help:"What computes: go, kernels in float32 (default); cuda, the same plan as CUDA C++ on a device; cuda-cpu, that on the CPU, for tests; reference, float64 op by op."`
	Threads int    `group:"Engine" placeholder:"N" help:"Workers of the kernels; all cores without."`
	DType   string `group:"Engine" name:"dtype" enum:"f32,bf16,int8,int4,fp8,int8+f32,int4+f32,fp8+f32" default:"f32" placeholder:"TYPE" help:"How packed weights are held: f32 (default) or bf16; on cuda also int8, int4 or fp8, the rest in bf16, or with +f32 in float32. Sums are float32."`
	Fast    bool   `group:"Engine" help:"Compute few new rows in the form that is cheapest for few; bits then hang on the pieces."`
}

const (
	onGo        = "go"
	onCUDA      = "cuda"
	onCUDACPU   = "cuda-cpu"
	onReference = "reference"
	maxThreads  = 1024
)

// contradiction finds flags that do not go together. A trace is the reference's work.
func (v *backendFlags) contradiction(trace bool) error {
	switch {
	case trace && v.Backend != "" && v.Backend != onReference:
		return usage("--trace is written by the reference: leave --backend out")
	case v.Threads < 0 || v.Threads > maxThreads:
		return usage("--threads is from 1 to %d, or 0 for all cores", maxThreads)
	case v.onCUDA() && (v.Threads != 0 || v.Fast):
		return usage("--threads and --fast are of the kernels in Go: they do not go with --backend %s", v.Backend)
	case dtypes[v.DType].format != nil && !v.onCUDA():
		return usage("--dtype %s is of generated CUDA: add --backend cuda, or take f32 or bf16", v.DType)
	case v.Backend == onReference && v.ofKernels():
		return usage("--threads, --dtype and --fast are of the kernels: they do not go with --backend reference")
	case trace && v.ofKernels():
		return usage("--threads, --dtype and --fast are of the kernels: --trace is written by the reference")
	}
	return nil
}

// onCUDA reports whether generated CUDA is to compute.
func (v *backendFlags) onCUDA() bool { return v.Backend == onCUDA || v.Backend == onCUDACPU }

// ofKernels reports whether a flag was given that only kernels know.
func (v *backendFlags) ofKernels() bool { return v.Threads != 0 || v.DType != "f32" || v.Fast }

// backend computes models.
type backend interface {
	// whole computes the outputs of inputs in one pass. A trace gets every named intermediate.
	whole(s *session, r *runnable, inputs arrays, tr *trace) (*computed, error)
	// decode prepares to continue rows.
	decode(s *session, r *runnable, d *decoding) (decoder, error)
	single() bool // results are float32
	close()
}

// decoding is how a sequence of rows is going to be computed.
type decoding struct {
	steps         *passes.Steps
	input, output string
	draws         arrays // of all rows
	prompt, rows  int    // rows that are computed at first, and in all
}

// decoder is a sequence that is being computed.
type decoder interface {
	past() int // rows so far
	// scores computes the next rows and gives the output of the last one.
	scores(ctx context.Context, rows *eval.Tensor) ([]float64, error)
}

// with adds to the next rows their part of the draws.
func (d *decoding) with(rows *eval.Tensor, past int) arrays {
	axis := d.steps.Axis
	out := arrays{d.input: rows}
	for _, p := range d.steps.Step.Inputs {
		if t, ok := d.draws[p.Name]; ok {
			out[p.Name] = sliced(t, axis, past, rows.Axes[0].Size)
		}
	}
	return out
}

// before are the draws that the part before the first row takes.
func (d *decoding) before() arrays {
	out := arrays{}
	for _, p := range d.steps.Init.Inputs {
		if t, ok := d.draws[p.Name]; ok {
			out[p.Name] = t
		}
	}
	return out
}

// sliced takes n elements from number first on along an axis; what lacks it is taken as it is.
func sliced(t *eval.Tensor, label string, first, n int) *eval.Tensor {
	at := t.Find(label)
	if at < 0 {
		return t
	}
	out := &eval.Tensor{Kind: t.Kind, Axes: append([]eval.Axis{}, t.Axes...)}
	size, inner := t.Axes[at].Size, 1
	for _, a := range t.Axes[at+1:] {
		inner *= a.Size
	}
	for block := 0; block < len(t.Data); block += size * inner {
		out.Data = append(out.Data, t.Data[block+first*inner:block+(first+n)*inner]...)
	}
	out.Axes[at].Size = n
	return out
}

// backend makes the chosen one.
func (v *backendFlags) backend(trace bool) backend {
	if v.Backend == onReference || trace {
		return &floats64{}
	}
	switch v.Backend {
	case onCUDA:
		return &generated{kind: cudarun.Device, dtype: dtypes[v.DType]}
	case onCUDACPU:
		return &generated{kind: cudarun.CPU, dtype: dtypes[v.DType]}
	}
	return v.engine()
}

func (v *backendFlags) element() kernel.Element { return dtypes[v.DType].element }
