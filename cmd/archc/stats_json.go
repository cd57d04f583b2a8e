package main

import (
	"encoding/json"
	"math/big"

	"archc/ir"
	"archc/passes/cost"
)

// The JSON of stats. *big.Int prints as an exact JSON number of any length; nil prints null.
type (
	statsJSON struct {
		Model      string            `json:"model"`
		Sizes      map[string]int64  `json:"sizes"` // of the batch and the free dims; null without --seq
		Parameters paramsJSON        `json:"parameters"`
		Flops      flopsJSON         `json:"flops"`
		Formulas   map[string]string `json:"formulas"`
		Attention  attentionJSON     `json:"attention"`
		Cache      *cacheJSON        `json:"cache"`             // null for a model without a sequence
		Bounds     []string          `json:"bounds,omitempty"`  // reasons why the counts are upper bounds
		Unknown    []string          `json:"unknown,omitempty"` // reasons why a count is null
	}
	paramsJSON struct {
		Total   *big.Int `json:"total"`
		Active  *big.Int `json:"active"` // of one token; null where that is no number
		Read    *big.Int `json:"active_without_input_embedding"`
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
		Forward     *big.Int `json:"forward"`
		Elementwise *big.Int `json:"elementwise"`
	}
	attentionJSON struct {
		Convention string       `json:"convention"`
		Layers     []attendJSON `json:"layers"`
	}
	attendJSON struct {
		Scope   string   `json:"scope"`
		Queries string   `json:"queries"`
		Keys    string   `json:"keys"`
		Formula *string  `json:"formula"` // of the pairs; null when there is none
		Pairs   *big.Int `json:"pairs"`   // of one sequence and head, in one layer
		Reason  string   `json:"reason,omitempty"`
	}
)

func (t *tally) printJSON(s *session) error {
	out := statsJSON{
		Model: t.Model, Sizes: t.env, Formulas: t.Formulas, Bounds: t.Bounds, Unknown: t.unknown(),
		Parameters: paramsJSON{t.Parameters.Total, t.Parameters.Active, t.Parameters.ActiveWithoutInputEmbedding,
			t.Parameters.Buffers, treeOf(t.Parameters.Tree)},
		Flops:     flopsJSON{t.numbers.Contraction, t.numbers.Elementwise},
		Attention: attentionJSON{Convention: t.convention, Layers: []attendJSON{}},
		Cache:     t.kept.report(),
	}
	for i, a := range t.Attention {
		x := attendJSON{Scope: a.Scope, Queries: a.Queries.String(), Keys: a.Keys.String(), Pairs: t.pairs(i),
			Formula: formula(a.Pairs.Formula), Reason: a.Pairs.Reason}
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

func formula(size *ir.Size) *string {
	if size == nil {
		return nil
	}
	text := cost.Pretty(*size)
	return &text
}

func treeOf(t *cost.Tree) treeJSON {
	out := treeJSON{Name: t.Name, Parameters: t.Parameters, Buffers: t.Buffers, Tensors: t.Tensors}
	for _, c := range t.Children {
		out.Children = append(out.Children, treeOf(c))
	}
	return out
}
