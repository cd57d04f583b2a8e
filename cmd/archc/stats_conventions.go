package main

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/cost"
	"archc/passes/figures"
)

// conventionFlags say how to count: one spelling each, as in spec/cost.md.
type conventionFlags struct {
	Attention string `enum:"exact,full,half" default:"exact" help:"Pairs: exact (the mask's), full or half."`
	Unit      string `enum:"flop,mac" default:"flop" help:"Products in FLOPs, or in multiply-adds (mac): half as many."`
	Moe       string `name:"moe" default:"active" placeholder:"ROWS" help:"Rows of experts: active, capacity=FACTOR or total; ${default} unless given."`
	Mla       string `name:"mla" placeholder:"FORM" help:"Form of a step where there are two: naive or absorbed; else the cheaper."`
	CacheType string `name:"cache-dtype" placeholder:"TYPE" help:"Precision of caches and activations; that of --dtype, bf16 where it has fewer bits."`
	Recompute string `enum:"none,selective,full" default:"none" help:"What training computes again: none, selective (attention) or full (layers)."`
	As        string `placeholder:"TOOL" help:"Count also as palm, megatron, chinchilla, kaplan, gpt3, deepseek, maxtext, nanogpt, torch, fvcore or thop does."`
}

// conventions are the flags, understood.
type conventions struct {
	options   figures.Options
	unit      string
	moe       string
	dtype     figures.DType
	cacheType *figures.DType // nil: by dtype
	recompute cost.Recompute
	preset    *figures.Preset // nil without --as
}

func (v *conventionFlags) conventions(of deviceFlags) (conventions, error) {
	out := conventions{unit: v.Unit, moe: v.Moe, recompute: cost.Recompute(v.Recompute)}
	out.options.Attention = cost.Attention(v.Attention)
	out.options.Form = figures.Form(v.Mla)
	var err error
	if out.options.Experts, err = experts(v.Moe); err != nil {
		return out, err
	}
	if !slices.Contains([]figures.Form{figures.Cheapest, figures.Naive, figures.Absorbed}, out.options.Form) {
		return out, usage("--mla %q: there are naive and absorbed", v.Mla)
	}
	weights, err := of.precision()
	if err != nil {
		return out, err
	}
	out.dtype = weights.DType
	if v.CacheType != "" {
		d, err := figures.DTypeOf(v.CacheType)
		if err != nil {
			return out, usage("--cache-dtype: %v", err)
		}
		out.cacheType = &d
	}
	if v.As != "" {
		if out.preset, err = figures.PresetOf(v.As); err != nil {
			return out, usage("--as: %v", err)
		}
	}
	return out, nil
}

// experts reads active, total and capacity=1.25.
func experts(text string) (cost.Experts, error) {
	what, factor, has := strings.Cut(text, "=")
	out := cost.Experts{What: cost.Rows(what)}
	switch {
	case out.What == cost.Capacity && has:
		f, ok := new(big.Rat).SetString(factor)
		if !ok || f.Sign() <= 0 {
			return out, usage("--moe %s: a capacity factor is more than 0, as capacity=1.25", text)
		}
		out.Factor = f
	case has || out.What != cost.Active && out.What != cost.All:
		return out, usage("--moe %s: there are active, capacity=1.25 and total", text)
	}
	return out, nil
}

// otherCount is what another tool counts.
type otherCount struct {
	Name    string   `json:"name"`
	Unit    string   `json:"unit"`
	Forward *big.Int `json:"forward"`
	Train   *big.Int `json:"train"`
	How     string   `json:"how"`
	Source  string   `json:"source"`
}

// countAs counts as a preset says. Tokens are what the model is decoded along, or its only free dim.
func (t *tally) countAs(m *ir.Module, p figures.Point) (*otherCount, error) {
	if t.env == nil {
		return nil, usage("--as %s: it counts at sizes: give --seq", t.preset.Name)
	}
	axis := t.figures.Axis
	if axis == "" && len(p.Dims) == 1 {
		for axis = range p.Dims {
		}
	}
	out := &otherCount{Name: t.preset.Name, Unit: "flop", How: t.preset.Doc, Source: t.preset.Source}
	if t.preset.Macs {
		out.Unit = "mac"
	}
	var err error
	if out.Forward, out.Train, err = t.preset.Count(m, axis, p); err != nil {
		return nil, wrong(codeNotWhole, "--as %v", err)
	}
	return out, nil
}

// inUnit turns products into multiply-adds where these are asked for. What is elementwise stays.
func (t *tally) inUnit() error {
	if t.unit != "mac" {
		return nil
	}
	for _, x := range []struct {
		name string
		n    **big.Int
	}{
		{"flops.forward", &t.values.Forward}, {"flops.prefill", &t.values.Prefill},
		{"flops.decode", &t.values.Decode}, {"flops.train", &t.values.Train},
	} {
		switch n := *x.n; {
		case n == nil:
		case n.Bit(0) == 1:
			return wrong(codeNotWhole, "%s: %s FLOPs are no whole number of multiply-adds: some product has three factors",
				x.name, n)
		default:
			*x.n = new(big.Int).Rsh(n, 1)
		}
	}
	return nil
}

// products is the heading of a column.
func products(unit string) string {
	if unit == "mac" {
		return "multiply-adds"
	}
	return "FLOPs"
}

// text is the conventions that are not the default, for a heading.
func (c *conventions) text() string {
	parts := []string{string(c.options.Attention) + " attention"}
	if c.moe != string(cost.Active) {
		parts = append(parts, "experts "+c.moe)
	}
	return strings.Join(parts, ", ")
}

// trainText says what training computes again.
func (c *conventions) trainText() string {
	if c.recompute == cost.Nothing {
		return "step of training"
	}
	return fmt.Sprintf("step of training, recompute %s", c.recompute)
}
