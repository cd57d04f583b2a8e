package cudasource

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"archc/backends/cuda"
	"archc/backends/host/weights"
	"archc/backends/source"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/plan"
)

// Source is what an engine is written from.
type Source struct {
	Name     string        // of the model
	File     string        // that it is written in, for a comment
	Module   *ir.Module    // the whole model, as its checkpoint stores it
	Program  *plan.Program // as it is computed
	BFloat16 bool          // packed weights are bf16, else float
	Matrices *Format       // of those that products multiply by, where it may be (see quantize); nil: as the others
	Rules    weights.Rules // of names in a checkpoint
	// Copies lists, by the key of a second copy that a file may have, the keys that it may be one of.
	Copies map[string][]string
	Text   Text
	Device Device // for comments
}

// Text says how a model continues token ids.
type Text = source.Text

// Made are what the targets of the Makefile make in the directory.
var Made = []string{"engine", "engine-cpu", "engine.so", "engine-cpu.so", "test", "test-cpu"}

// Files gives the files of an engine by their paths. The same source gives the same bytes.
func Files(s Source) (map[string][]byte, error) {
	m, text, err := written(s)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"model.cu": []byte(text), "Makefile": []byte(makefile), "kernels/dims.cuh": []byte(m.dimsHeader()), "shapes.h": []byte(m.shapesHeader())}
	for _, k := range m.kernels {
		files["kernels/"+k.name+".cuh"] = []byte(k.text)
	}
	for _, dir := range []string{"runtime", "engine"} {
		texts, err := cuda.Source(dir)
		if err != nil {
			return nil, err
		}
		for name, text := range texts {
			if name != quantizing || m.quantizes() {
				files[name] = licensed(text)
			}
		}
	}
	library, err := m.headers()
	if err != nil {
		return nil, err
	}
	for name, text := range library {
		files["kernels/"+name] = licensed(text)
	}
	return files, nil
}

const license = "// SPDX-License-Identifier: Apache-2.0\n"

// licensed is a copied file with its license.
func licensed(text []byte) []byte {
	if bytes.Contains(text, []byte("SPDX-License-Identifier")) {
		return text
	}
	return append([]byte(license), text...)
}

var includes = regexp.MustCompile(`(?m)^#include "([a-z0-9_]+\.cuh)"`)

// headers are the files of the library that the kernels use, and those that these use.
func (m *model) headers() (map[string][]byte, error) {
	all, err := cuda.Source("kernels")
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	var add func(name string) error
	add = func(name string) error {
		if out[name] != nil || name == "dims.cuh" || name == "ptx.cuh" {
			return nil
		}
		text, ok := all[name]
		if !ok {
			return fmt.Errorf("the CUDA library has no %s", name)
		}
		out[name] = text
		for _, x := range includes.FindAllSubmatch(text, -1) {
			if err := add(string(x[1])); err != nil {
				return err
			}
		}
		return nil
	}
	for _, name := range slices.Concat(sorted(m.library), checkedHeaders, []string{"grid.cuh"}) {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Refused is what a model needs and this package does not write: where it stands, and why.
type Refused struct {
	At  diag.Span
	Why string
}

// Error is the reason.
func (r *Refused) Error() string { return r.Why }

// written is the model's own text.
func written(s Source) (m *model, text string, err error) {
	defer told(&err)
	m = newModel(s)
	return m, m.text(), nil
}

// told makes an error of what stopped this package; a plan that it cannot write out is a bug.
func told(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Refused:
		*err = r
	case string:
		if !strings.HasPrefix(r, "cudasource: ") && !strings.HasPrefix(r, "source: ") {
			panic(r)
		}
		*err = errors.New(r)
	default:
		panic(r)
	}
}

// AtOnce is the program of a model that is not computed piece by piece.
func AtOnce(p *plan.Plan) *plan.Program {
	return &plan.Program{Init: &plan.Plan{Body: &plan.Block{}}, Step: p}
}

var makefile = `# make: engine, for devices of compute capability 8.0 and 9.0, with NVIDIA's nvcc.
# make cpu: engine-cpu, the same sources with any C++17 compiler; a shim runs the kernels, for tests.
# make library, make cpu-library: engine.so and engine-cpu.so, the functions of engine.h.
# make test, make test-cpu: test and test-cpu, which say whether all of it computes rightly here.
# make CUBLASLT=1: products of many rows in bf16 are NVIDIA's cuBLASLt and not our kernels (behind make clean).
NVCC ?= nvcc
GENCODE ?= -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90a,code=sm_90a
CXX ?= c++
CXXFLAGS ?= -O2
ifeq ($(CUBLASLT),1)
CUBLAS = -DCUBLASLT -lcublasLt
endif
SOURCES = model.cu engine.cu main.cu
TESTS = model.cu engine.cu test.cu
HEADERS = $(wildcard *.h *.cuh kernels/*.cuh)

engine: $(SOURCES) $(HEADERS)
	$(NVCC) -std=c++17 -O3 -I. -Ikernels $(GENCODE) $(SOURCES) $(CUBLAS) -o $@

test: $(TESTS) $(HEADERS)
	$(NVCC) -std=c++17 -O3 -I. -Ikernels $(GENCODE) $(TESTS) $(CUBLAS) -o $@

cpu: engine-cpu
engine-cpu: $(SOURCES) $(HEADERS)
	$(CXX) -std=c++17 $(CXXFLAGS) -Wno-unknown-pragmas -I. -Ikernels -x c++ $(SOURCES) -o $@
test-cpu: $(TESTS) $(HEADERS)
	$(CXX) -std=c++17 $(CXXFLAGS) -Wno-unknown-pragmas -I. -Ikernels -x c++ $(TESTS) -o $@

library: engine.so
engine.so: $(SOURCES) $(HEADERS)
	$(NVCC) ` + strings.Join(LibraryArguments(false, "$(GENCODE)"), " ") + ` $(CUBLAS) -o $@

cpu-library: engine-cpu.so
engine-cpu.so: $(SOURCES) $(HEADERS)
	$(CXX) ` + strings.Join(LibraryArguments(true, "$(CXXFLAGS)"), " ") + ` -o $@

clean:
	rm -f engine engine-cpu engine.so engine-cpu.so test test-cpu
.PHONY: cpu library cpu-library clean
`
