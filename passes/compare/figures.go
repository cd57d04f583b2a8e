package compare

import (
	"math/big"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/cost"
)

// Part is a summand of a figure.
type Part struct {
	Kind Kind
	Path string
	Size ir.Size
}

// Figure is one row of the table of figures.
type Figure struct {
	Key  string // as --only and --threshold name it: parameters.total
	Name string // in words, with the unit
	// total gives the figure, or the reason why there is none; it is empty where the model has no such thing.
	total func(*Design) (s ir.Size, ok bool, why string)
	parts func(*Design) []Part // they add up to the total
	at    func(*Design, Sizes) (*cost.Report, map[string]int64)
}

// Figures is the table of all figures that are compared: a further one is a further row.
func Figures() []Figure {
	return []Figure{
		{"parameters.total", "parameters", storedTotal, storedParts, forward},
		{"parameters.active", "parameters of one token", activeTotal(activeAll), activeParts(all), forward},
		{"parameters.active_without_embedding", "... without the input embedding", activeTotal(activeRead), activeParts(read), forward},
		{"parameters.buffers", "elements of buffers", bufferTotal, bufferParts, forward},
		{"flops.forward", "forward pass, FLOPs of contractions", workTotal(contraction), workParts(contraction), forward},
		{"flops.elementwise", "forward pass, elementwise FLOPs", workTotal(elementwise), workParts(elementwise), forward},
		{"flops.prefill", "a prompt, FLOPs of contractions", promptTotal, promptParts, prompt},
		{"flops.decode", "one step of one token, FLOPs of contractions", stepTotal(contraction), stepParts(contraction), step},
		{"flops.train", "a step of training, FLOPs of contractions", trainTotal, trainParts, forward},
		{"pairs", "pairs of query and key, all layers", pairsTotal, pairsParts, forward},
		{"cache.elements_per_token", "numbers kept a token", keptTotal(sumPerToken), keptParts(perToken), step},
		{"cache.constant", "numbers kept before the first token", keptTotal(sumConstant), keptParts(constant), step},
		{"cache.per_source_token", "numbers kept a token of the source", keptTotal(sumPerSource), keptParts(perSource), step},
		{"cache.at_context", "numbers kept at the context", keptTotal(sumAtContext), keptParts(atContext), step},
		{"cache.bytes_at_context", "... in bytes", inBytes(keptTotal(sumAtContext)), partsInBytes(keptParts(atContext)), step},
		{"memory.weights", "bytes of the weights", weightTotal, weightParts, forward},
		{"memory.decode_moved", "bytes moved by one step, at least", movedTotal, movedParts, step},
		{"memory.activations", "bytes of activations kept in training (estimate)", activationTotal, activationParts, forward},
		{"memory.training", "bytes of training (estimate)", trainingTotal, trainingParts, forward},
	}
}

func forward(d *Design, s Sizes) (*cost.Report, map[string]int64) { return d.Forward, s.forward(d) }

func step(d *Design, s Sizes) (*cost.Report, map[string]int64) { return d.Decode, s.step(d) }

func prompt(d *Design, s Sizes) (*cost.Report, map[string]int64) { return d.Prefill, s.forward(d) }

func whole(n *big.Int) ir.Size { return ir.Rational(new(big.Rat).SetInt(n)) }

func storedTotal(d *Design) (ir.Size, bool, string) {
	return whole(d.Forward.Parameters.Total), true, ""
}

func bufferTotal(d *Design) (ir.Size, bool, string) {
	return whole(d.Forward.Parameters.Buffers), true, ""
}

func storedParts(d *Design) []Part {
	return d.leaves(func(t *cost.Tree) *big.Int { return t.Parameters })
}

func bufferParts(d *Design) []Part {
	return d.leaves(func(t *cost.Tree) *big.Int { return t.Buffers })
}

// leaves are the stored tensors by key. A key that is the beginning of another one has what is not below it.
func (d *Design) leaves(count func(*cost.Tree) *big.Int) []Part {
	var out []Part
	var walk func(t *cost.Tree, path string)
	walk = func(t *cost.Tree, path string) {
		own := new(big.Int).Set(count(t))
		for _, c := range t.Children {
			own.Sub(own, count(c))
			walk(c, strings.TrimPrefix(path+"."+c.Name, "."))
		}
		if own.Sign() != 0 {
			out = append(out, Part{d.kinds.key[path], path, whole(own)})
		}
	}
	walk(d.Forward.Parameters.Tree, "")
	return out
}

// all and read choose what is active.
func all(k cost.ActiveKey) *big.Rat  { return k.All }
func read(k cost.ActiveKey) *big.Rat { return k.WithoutInputEmbedding }

func activeAll(p cost.Parameters) *big.Int  { return p.Active }
func activeRead(p cost.Parameters) *big.Int { return p.ActiveWithoutInputEmbedding }

func activeTotal(which func(cost.Parameters) *big.Int) func(*Design) (ir.Size, bool, string) {
	return func(d *Design) (ir.Size, bool, string) {
		if n := which(d.Forward.Parameters); n != nil {
			return whole(n), true, ""
		}
		return ir.Size{}, false, d.Forward.Parameters.ActiveUnknown
	}
}

func activeParts(which func(cost.ActiveKey) *big.Rat) func(*Design) []Part {
	return func(d *Design) []Part {
		var out []Part
		for _, p := range storedParts(d) { // in the order of the tree
			if k, ok := d.Forward.Parameters.ActiveKeys[p.Path]; ok {
				out = append(out, Part{p.Kind, p.Path, ir.Rational(which(k))})
			}
		}
		return out
	}
}

func contraction(w ir.Work) ir.Size { return w.Contraction }
func elementwise(w ir.Work) ir.Size { return w.Elementwise }

func workTotal(which func(ir.Work) ir.Size) func(*Design) (ir.Size, bool, string) {
	return func(d *Design) (ir.Size, bool, string) {
		return which(d.Forward.Forward), len(d.Forward.Unknown) == 0, strings.Join(d.Forward.Unknown, "; ")
	}
}

// trainTotal is three times the forward pass: see figures.Train.
func trainTotal(d *Design) (ir.Size, bool, string) {
	s, ok, why := workTotal(contraction)(d)
	return s.Mul(ir.Const(3)), ok, why
}

func trainParts(d *Design) []Part { return scaled(d.kinds.works(d.Forward, contraction), ir.Const(3)) }

// scaled multiplies the size of each part.
func scaled(list []Part, by ir.Size) []Part {
	for i := range list {
		list[i].Size = list[i].Size.Mul(by)
	}
	return list
}

func workParts(which func(ir.Work) ir.Size) func(*Design) []Part {
	return func(d *Design) []Part { return d.kinds.works(d.Forward, which) }
}

// promptTotal is of the forms that the passes give, with all scores.
func promptTotal(d *Design) (ir.Size, bool, string) {
	if d.Steps == nil {
		return ir.Size{}, false, d.NoSteps
	}
	return d.Prefill.Forward.Contraction, len(d.Prefill.Unknown) == 0, strings.Join(d.Prefill.Unknown, "; ")
}

func promptParts(d *Design) []Part { return d.inPrompt.works(d.Prefill, contraction) }

// stepTotal is of one new token.
func stepTotal(which func(ir.Work) ir.Size) func(*Design) (ir.Size, bool, string) {
	return func(d *Design) (ir.Size, bool, string) {
		if d.Steps == nil {
			return ir.Size{}, false, d.NoSteps
		}
		return d.OneRow(which(d.Decode.Forward)), len(d.Decode.Unknown) == 0, strings.Join(d.Decode.Unknown, "; ")
	}
}

func stepParts(which func(ir.Work) ir.Size) func(*Design) []Part {
	return func(d *Design) []Part {
		out := d.inStep.works(d.Decode, which)
		for i := range out {
			out[i].Size = d.OneRow(out[i].Size)
		}
		return out
	}
}

// works are the parts of what the nodes do, in the order of the kinds and then of the paths.
func (k *kinds) works(r *cost.Report, which func(ir.Work) ir.Size) []Part {
	sizes := map[*ir.Node]ir.Size{}
	for n, w := range r.Nodes {
		sizes[n] = which(w)
	}
	return k.byNode(sizes)
}

// byNode adds up what belongs to nodes.
func (k *kinds) byNode(sizes map[*ir.Node]ir.Size) []Part {
	type part struct {
		kind Kind
		path string
	}
	sum := map[part]ir.Size{}
	for n, s := range sizes {
		if !s.IsZero() {
			p := part{k.node[n], k.path[n]}
			sum[p] = sum[p].Add(s)
		}
	}
	var out []Part
	for p, s := range sum {
		out = append(out, Part{p.kind, p.path, s})
	}
	sortParts(out)
	return out
}

func sortParts(list []Part) {
	slices.SortFunc(list, func(a, b Part) int {
		if a.Kind != b.Kind {
			return rank(a.Kind) - rank(b.Kind)
		}
		return strings.Compare(a.Path, b.Path)
	})
}

func rank(k Kind) int { return slices.Index(Kinds, k) }
