package figures

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/cost"
)

// Preset is how one tool or paper counts, over what the module itself says.
type Preset struct {
	Name, Doc, Source string
	Attention         cost.Attention
	Macs              bool // it counts pairs of a multiply and an add
	count             func(c counted) *big.Int
}

// counted is what a preset's formula reads: one forward pass of a batch under its convention for attention.
type counted struct {
	cost.Numbers
	params cost.Parameters
	tokens *big.Int
}

// Presets are those that --as names. Their formulas give one forward pass; training is three times it for all of them,
// with what is computed again on top.
var Presets = []Preset{
	{"palm", "2 N tokens and all T*T pairs; N without learned positions", "Chowdhery et al. 2022, appendix B", cost.Full, false,
		func(c counted) *big.Int { return plus(c.linear(c.active(positions)), c.Attending) }},
	{"megatron", "products with all pairs; recompute full repeats the layers, not the head", "Narayanan et al. 2021, equation 3",
		cost.Full, false, func(c counted) *big.Int { return c.Contraction }},
	{"chinchilla", "all pairs, the embedding as a product, 3 for each score", "Hoffmann et al. 2022, appendix F", cost.Full, false,
		func(c counted) *big.Int { return c.chinchilla() }},
	{"kaplan", "2 N tokens; N without tables that are looked up, tied heads among them", "Kaplan et al. 2020, equation 2.2",
		cost.Full, false, func(c counted) *big.Int {
			return c.linear(c.active(func(t cost.Tensor) bool { return t.Table }))
		}},
	{"gpt3", "2 N tokens; N is all that one token uses", "Brown et al. 2020, appendix D", cost.Full, false,
		func(c counted) *big.Int { return c.linear(c.params.Active) }},
	{"deepseek", "2 N tokens and half the pairs; N is what one token uses without the input embedding",
		"DeepSeek-AI 2025, arXiv:2505.09343, table 2", cost.Half, false,
		func(c counted) *big.Int { return plus(c.linear(c.params.ActiveWithoutInputEmbedding), c.Attending) }},
	{"maxtext", "products with half the pairs", "AI-Hypercomputer/maxtext, pull request 1988", cost.Half, false,
		func(c counted) *big.Int { return c.Contraction }},
	{"nanogpt", "products with all pairs", "karpathy/nanoGPT at 3adf61e, transformer_sizing.ipynb", cost.Full, false,
		func(c counted) *big.Int { return c.Contraction }},
	{"torch", "products with all pairs", "torch.utils.flop_counter", cost.Full, false,
		func(c counted) *big.Int { return c.Contraction }},
	{"fvcore", "products with all pairs, a multiply and an add as one", "facebookresearch/fvcore, flop_count", cost.Full, true,
		func(c counted) *big.Int { return c.Contraction }},
	{"thop", "products with all pairs, a multiply and an add as one", "Lyken17/pytorch-OpCounter", cost.Full, true,
		func(c counted) *big.Int { return c.Contraction }},
}

// PresetOf finds a preset by name.
func PresetOf(name string) (*Preset, error) {
	i := slices.IndexFunc(Presets, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		var names []string
		for _, p := range Presets {
			names = append(names, p.Name)
		}
		return nil, fmt.Errorf("nothing counts as %q: there are %s", name, strings.Join(names, ", "))
	}
	return &Presets[i], nil
}

// Count is the preset's figure for one forward pass and for a step of training. axis is the label of the free dim whose
// elements are tokens.
func (x *Preset) Count(m *ir.Module, axis string, p Point) (forward, train *big.Int, err error) {
	r, err := cost.Of(m, cost.Options{Attention: x.Attention})
	if err != nil {
		return nil, nil, err
	}
	n, why, err := numbers(r, env(r, p))
	if err == nil && why != "" {
		err = fmt.Errorf("%s: %s", x.Name, why)
	}
	if err == nil && r.Parameters.Active == nil {
		err = fmt.Errorf("%s: %s", x.Name, r.Parameters.ActiveUnknown)
	}
	if err != nil {
		return nil, nil, err
	}
	tokens := big.NewInt(p.Batch)
	if length, ok := p.Dims[axis]; ok {
		tokens.Mul(tokens, big.NewInt(length))
	}
	c := counted{n, r.Parameters, tokens}
	n.Contraction = x.count(c)
	forward, train = n.Contraction, Train(n, p.Recompute)
	if x.Macs {
		forward, train = half(forward), half(train)
	}
	return forward, train, nil
}

// half is the multiply-adds of so many FLOPs. A product of three factors has an odd one at times: rounded up.
func half(n *big.Int) *big.Int { return above(n, 2) }

// linear is 2 N tokens.
func (c counted) linear(n *big.Int) *big.Int {
	out := new(big.Int).Mul(n, c.tokens)
	return out.Lsh(out, 1)
}

func plus(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }

func positions(t cost.Tensor) bool { return t.LookedUp && !t.AtInput }

// active is the parameters that one token uses, without some.
func (c counted) active(without func(cost.Tensor) bool) *big.Int {
	out := new(big.Int).Set(c.params.Active)
	for _, t := range c.params.Tensors {
		if !t.Buffer && without(t) {
			out.Sub(out, t.All())
		}
	}
	return out
}

// chinchilla charges a table that is looked up at an input as if it were multiplied.
func (c counted) chinchilla() *big.Int {
	tables := new(big.Int)
	for _, t := range c.params.Tensors {
		if t.AtInput {
			tables.Add(tables, t.All())
		}
	}
	scores := new(big.Int).Mul(c.Scores, big.NewInt(3))
	return plus(c.linear(tables), plus(scores, c.Contraction))
}
