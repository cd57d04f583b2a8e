package main

import (
	"encoding/json"
	"math/big"

	"archc/passes/cost"
)

// The JSON of stats, as stats.schema.json says. *big.Int prints as an exact JSON number of any length; nil prints null.
type (
	statsJSON struct {
		Model       string            `json:"model"`
		Sizes       map[string]int64  `json:"sizes"`   // of the batch and the free dims; null without --seq
		Context     *int64            `json:"context"` // tokens before the one that is decoded; null without
		Conventions conventionsJSON   `json:"conventions"`
		Parameters  paramsJSON        `json:"parameters"`
		Flops       flopsJSON         `json:"flops"`
		Cache       cacheJSON         `json:"cache"`
		Memory      memoryJSON        `json:"memory"`
		Formulas    map[string]string `json:"formulas"`
		Attention   attentionJSON     `json:"attention"`
		Blocks      blockJSON         `json:"blocks"`
		Reasons     map[string]string `json:"reasons"`           // why a figure is null, by its name
		Bounds      []string          `json:"bounds,omitempty"`  // reasons why the counts are upper bounds
		Unknown     []string          `json:"unknown,omitempty"` // reasons why a count is null
	}
	conventionsJSON struct {
		Unit      string `json:"unit"` // of flops but elementwise
		Attention string `json:"attention"`
		Experts   string `json:"moe"`
		Form      string `json:"mla"`
		DType     string `json:"dtype"`
		CacheType string `json:"cache_dtype"` // of activations too
		Recompute string `json:"recompute"`
	}
	paramsJSON struct {
		Total   *big.Int `json:"total"`
		Active  *big.Int `json:"active"` // of one token; null where that is no number
		Read    *big.Int `json:"active_without_embedding"`
		Buffers *big.Int `json:"buffers"`
		Tree    treeJSON `json:"tree"`
	}
	treeJSON struct {
		Name       string     `json:"name"`
		Parameters *big.Int   `json:"parameters"`
		Buffers    *big.Int   `json:"buffers"`
		Tensors    *big.Int   `json:"tensors"`
		Children   []treeJSON `json:"children,omitempty"`
	}
	flopsJSON struct {
		Forward     *big.Int    `json:"forward"`
		Elementwise *big.Int    `json:"elementwise"`
		Prefill     *big.Int    `json:"prefill"`
		Decode      *big.Int    `json:"decode"`
		Train       *big.Int    `json:"train"`
		As          *otherCount `json:"as,omitempty"`
	}
	memoryJSON struct { // bytes
		Weights     *big.Int `json:"weights"`
		Activations *big.Int `json:"activations"` // an estimate, as is training
		Training    *big.Int `json:"training"`
		Moved       *big.Int `json:"decode_moved"` // by one step, at least
	}
	attentionJSON struct {
		Convention string       `json:"convention"`
		Layers     []attendJSON `json:"layers"`
	}
	attendJSON struct {
		Scope   string   `json:"scope"`
		Queries string   `json:"queries"`
		Keys    string   `json:"keys"`
		Formula *string  `json:"formula"`           // of the pairs; null when there is none
		Pairs   *big.Int `json:"pairs"`             // of one sequence and head, in one layer
		Pattern string   `json:"pattern,omitempty"` // what is found about the mask, in words
		Reason  string   `json:"reason,omitempty"`
	}
)

func (t *tally) printJSON(s *session) error {
	v := t.values
	out := statsJSON{
		Model: t.Model, Sizes: t.env, Formulas: t.formulas, Bounds: t.Bounds, Unknown: t.unknown(), Reasons: v.Reasons,
		Conventions: conventionsJSON{t.unit, string(t.options.Attention), t.moe, string(t.options.Form), t.dtype.Name,
			t.point.Else().Name, string(t.recompute)},
		Parameters: paramsJSON{v.Total, v.Active, v.ActiveWithoutEmbedding, v.Buffers, treeOf(t.Parameters.Tree)},
		Flops:      flopsJSON{v.Forward, v.Elementwise, v.Prefill, v.Decode, v.Train, t.as},
		Memory:     memoryJSON{v.Weights, v.Activations, v.Training, v.DecodeMoved},
		Attention:  attentionJSON{Convention: string(t.options.Attention), Layers: []attendJSON{}},
		Cache:      t.cacheReport(),
		Blocks:     t.blocksJSON(),
	}
	if t.context > 0 {
		out.Context = &t.context
	}
	for i, a := range t.Report.Attention {
		x := attendJSON{Scope: a.Scope, Queries: a.Queries.String(), Keys: a.Keys.String(), Pairs: t.pairs(i),
			Reason: a.Pairs.Reason}
		if a.Pairs.Formula != nil {
			text := cost.Pretty(*a.Pairs.Formula)
			x.Formula = &text
		}
		if a.Pairs.Pattern != nil {
			x.Pattern = a.Pairs.Pattern.Describe()
		}
		out.Attention.Layers = append(out.Attention.Layers, x)
	}
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func (t *tally) pairs(i int) *big.Int {
	if i >= len(t.numbers.Pairs) {
		return nil
	}
	return t.numbers.Pairs[i]
}

// unknown are the reasons for counts without a value: those of the sizes where there are any.
func (t *tally) unknown() []string {
	if t.env != nil {
		return t.numbers.Unknown
	}
	return t.Unknown
}

func treeOf(t *cost.Tree) treeJSON {
	out := treeJSON{Name: t.Name, Parameters: t.Parameters, Buffers: t.Buffers, Tensors: t.Tensors}
	for _, c := range t.Children {
		out.Children = append(out.Children, treeOf(c))
	}
	return out
}
