package cudasource

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// kernel is a function of the device that is being written, and what the host gives it.
type kernel struct {
	*printer
	name    string
	ids     *names
	params  []param
	byStore map[*plan.Store]int // numbers of params
	byPart  map[string]int      // of weights and runs of loops, by what the host gives
	local   map[string]string   // identifiers, by free dim
	dimUses []string            // identifiers of Dims that are read
	head    []string            // lines of the comment
	uses    []string            // headers of the library
	body    strings.Builder
	faults  bool
	parted  bool // goes over the experts that have rows itself

	work        func(c *plan.Counter) plan.Work // of a launch, for the comment; nil: nothing is said of it
	tensor, few bool                            // on tensor cores; of few rows among kernels for many
	weightBytes float64                         // of a weight

	readBytes, writtenBytes int64 // of a number
}

// param is what a kernel is given: a type, a name, and the host's expression. written says that memory is written.
type param struct {
	kind, name, given string
	written           bool
	element           string // of memory
}

// kernel begins one. Its name is made of where its instruction comes from and of what it does.
func (w *printer) kernel(does string) *kernel { return w.kernelOf(lastWord(w.scope), does) }

func (w *printer) kernelOf(subject, does string) *kernel {
	k := &kernel{
		printer: w, ids: kernelNames(), byStore: map[*plan.Store]int{}, byPart: map[string]int{}, local: map[string]string{},
		uses: []string{"dims.cuh", "grid.cuh"},
	}
	k.ids.Take(w.model.dimIDs()...)
	if w.at != nil {
		k.does(w.at)
	}
	k.choose()
	for k.name == "" || w.names.Taken(k.name) { // a name that hides no memory of the host
		k.name = w.model.kernelIDs.of(subject + "_" + does)
	}
	w.names.Take(k.name)
	return k
}

// libraryNames are what the library, and what is written around it, calls things.
const libraryNames = `
kept n i x top base d count point mine fault at rest row threadIdx blockIdx blockDim gridDim my_item all_items least most floor_div element
Fault Dims truth larger smaller sign choose power exponential logarithm sine cosine tangent_h error_function root
root_inverse floor_of ceil_of round_of magnitude quotient remainder_of not_a_number block_reduce warp_reduce room topk place
Add Larger Smaller block_sync warp_sync lane_xor lane_get float_of bf16 bf16_of ex2 lg2 rcp rsq widen uint4 dim3 score key y
j value dots over overs lane lanes tile tiles data sides parts keys count query S N P Range Maybe Place Lines Shape Parts
Softmax SoftmaxSink WarpRow digit whole_min whole_max whole_abs whole_quo whole_mod exp_of tanh_of sigmoid silu fetch_lines
attend_threads attend_shared few_shared few_parts rows_shared value_column everywhere shifted spare from end first total high
shrink Stream launch m e col row0 col0 item down across teams team weights sum stream given StridedRows Stored SameRow Close
Across Loose Once Terms product_tile product_exact stream_part stream_elements stream_threads product_threads terms terms_of
some c expert count begin share which with_rows share_of route active number route_threads route_shared TensorMap eight
narrow_rows product_sm90 product_sm90_parts Part part part_of product_sm90_threads product_sm90_shared product_sm90_tiles sm90_tile sm90_k warpgroups
widened int8_weights int4_weights fp8_weights
`

// numbered are the identifiers that the lines of programs have.
var numbered = regexp.MustCompile(`^(v|s|n|i|k|o|p|dot|sum)_[0-9_]+$`)

// kernelNames is the scope of a kernel: what the library calls things is taken.
func kernelNames() *names {
	return &names{source.NewNames(reservedWord, strings.Fields(libraryNames)...), numbered}
}

// named is the size that stands for an identifier of the kernel.
func (k *kernel) named(id string) ir.Size {
	k.local["#in."+id] = id
	return ir.Free("#in." + id)
}

func (k *kernel) put(format string, args ...any) { fmt.Fprintf(&k.body, format+"\n", args...) }

// say adds a line to the comment in front.
func (k *kernel) say(format string, args ...any) {
	k.head = append(k.head, comment(fmt.Sprintf(format, args...)))
}

func (k *kernel) use(header string) {
	if !slices.Contains(k.uses, header) {
		k.uses = append(k.uses, header)
	}
}

// fresh is an identifier of the kernel, and the size that stands for it.
func (k *kernel) fresh(text string) (string, ir.Size) {
	id := k.ids.of(text)
	symbol := "#in." + id
	k.local[symbol] = id
	return id, ir.Free(symbol)
}

// text is a size as an expression of the kernel.
func (k *kernel) text(s ir.Size) string {
	return cSize(k.size(s), func(name string) string {
		if id, ok := k.local[name]; ok {
			return id
		}
		if host, ok := k.dims[name]; ok { // a run of a loop of the host
			return k.given("long", host, host)
		}
		id, ok := k.model.dim(name)
		if !ok {
			panic(fmt.Sprintf("cudasource: the size %s has the unknown dim %s", s, name))
		}
		if !slices.Contains(k.dimUses, id) {
			k.dimUses = append(k.dimUses, id)
		}
		return id
	})
}

// given is a parameter for what the host gives.
func (k *kernel) given(kind, name, what string) string {
	if i, ok := k.byPart[kind+what]; ok {
		return k.params[i].name
	}
	k.byPart[kind+what] = len(k.params)
	k.params = append(k.params, param{kind: kind, name: k.ids.of(name), given: what})
	return k.params[len(k.params)-1].name
}

// data is the memory that a view is in: a store, or a weight as it is stored.
func (k *kernel) data(v plan.View, written bool) string {
	if v.Store.Role == plan.Weight {
		f := k.model.weights.Raw(v.Store.Param)
		return k.given("const float*", f.Name, "w."+f.Name+k.offset(f, v.Store.Param.Loops, v.Ahead))
	}
	i, ok := k.byStore[v.Store]
	if !ok {
		host := k.store(v.Store)
		i = len(k.params)
		k.byStore[v.Store] = i
		_, word, dotted := strings.Cut(host, ".")
		if !dotted {
			word = host
		}
		k.params = append(k.params, param{name: k.ids.of(word), given: host, element: k.printer.element(v.Store)})
	}
	k.params[i].written = k.params[i].written || written
	return k.params[i].name
}

// offset is how far into a weight the run that is on begins.
func (k *kernel) offset(f *source.Weight, loops []*plan.Loop, ahead *plan.Loop) string {
	n := k.size(k.runsBefore(loops, ahead).Mul(ir.Const(each(f))))
	if n.IsZero() {
		return ""
	}
	return " + " + k.printer.text(n)
}

// runsBefore is how many runs of loops come before the one that is on; of the loop ahead it is its next run, or its last. An
// expert's matrices lie further: see shift.
func (w *printer) runsBefore(loops []*plan.Loop, ahead *plan.Loop) ir.Size {
	return source.RunsBefore(loops, w.runOf, ahead)
}

// place is an element of a view: its axes stand where `at` says; those that it does not name are at 0.
func (k *kernel) place(v plan.View, at map[string]ir.Size) string {
	sum := k.base(v)
	for _, a := range v.Axes {
		if i, ok := at[a.Label]; ok {
			sum = sum.Add(a.Stride.Mul(i))
		}
	}
	return k.text(sum)
}

// load is an element of a view as it is read.
func (k *kernel) load(v plan.View, at map[string]ir.Size) string {
	return fmt.Sprintf("%s[%s]", k.data(v, false), k.place(v, at))
}

// each writes a loop over all elements of axes, shared by the threads of the grid, around what stands in it.
func (k *kernel) each(axes []source.Axis, write func(at map[string]ir.Size)) {
	k.put("for (long at = my_item(); at < %s; at += all_items()) {", k.text(elements(axes)))
	write(k.parts(axes))
	k.put("}")
}

// parts says where number `at` stands along axes, the last one fastest.
func (k *kernel) parts(axes []source.Axis) map[string]ir.Size {
	at := map[string]ir.Size{}
	if len(axes) == 0 {
		return at
	}
	ids := make([]string, len(axes))
	for i, a := range axes {
		label := a.Label
		if label == plan.Batch {
			label = "b"
		}
		ids[i], at[a.Label] = k.fresh(label)
	}
	if len(axes) == 1 {
		k.put("const long %s = at;", ids[0])
		return at
	}
	k.put("long rest = at;")
	for i := len(axes) - 1; i > 0; i-- {
		size := paren(k.text(axes[i].Size))
		k.put("const long %s = rest %% %s;", ids[i], size)
		if i > 1 {
			k.put("rest /= %s;", size)
		} else {
			k.put("const long %s = rest / %s;", ids[0], size)
		}
	}
	return at
}

// faultNumber is the number of the place that a kernel tells when it finds a number that is no element.
func (k *kernel) faultNumber() int {
	k.faults = true
	return k.model.place(k.note)
}

// launch ends the kernel: its text becomes a file, and the host starts it on that grid.
func (k *kernel) launch(grid, bounds string) {
	k.line("run(%s, %s, %s);", k.name, grid, k.end("", bounds))
}

// end makes the kernel's text a file, a template where it has parameters, and gives what the host gives it.
func (k *kernel) end(template, bounds string) string {
	args := []string{"d"}
	decls := []string{"const Dims* d"}
	if k.faults {
		args, decls = append(args, "fault"), append(decls, "Fault* fault")
	}
	for _, p := range k.params {
		kind := p.kind
		switch {
		case kind != "":
		case p.written:
			kind = p.element + "*"
		default:
			kind = "const " + p.element + "*"
		}
		space := " "
		decls, args = append(decls, kind+space+p.name), append(args, p.given)
	}
	k.sayFloors()
	var b strings.Builder
	b.WriteString(preface(k.name, k.head, k.uses))
	fmt.Fprintf(&b, "\n%s__global__ void %s%s(%s) {\n", template, bounds, k.name, strings.Join(decls, ", "))
	for i, id := range k.dimUses {
		k.dimUses[i] = id + " = d->" + id
	}
	if len(k.dimUses) > 0 {
		fmt.Fprintf(&b, "const long %s;\n", strings.Join(k.dimUses, ", "))
	}
	b.WriteString(k.chosen(k.body.String()))
	b.WriteString("}\n")
	k.model.kernels = append(k.model.kernels, file{k.name, laid(b.String())})
	for _, h := range k.uses {
		k.model.library[h] = true
	}
	return strings.Join(args, ", ")
}

// preface is the comment that a kernel's file begins with, and its headers.
func preface(name string, head, uses []string) string {
	var b strings.Builder
	for i, h := range head {
		if i == 0 {
			h = name + ".cuh: " + h
		}
		b.WriteString("// " + h + "\n")
	}
	b.WriteString("#pragma once\n")
	for _, h := range uses {
		b.WriteString("#include \"" + h + "\"\n")
	}
	return b.String()
}
