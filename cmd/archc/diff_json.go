package main

import (
	"encoding/json"
	"math/big"

	"archc/passes/compare"
)

// The JSON of diff. Integers are exact; null is what is not known, or, without sizes, only a formula.
type (
	diffJSON struct {
		Designs    []diffDesignJSON `json:"designs"`
		Sizes      diffSizesJSON    `json:"sizes"`
		Figures    []diffFigureJSON `json:"figures"`
		Compared   []diffPairJSON   `json:"compared"` // each design but the first, with the first
		Thresholds []diffRuleJSON   `json:"thresholds"`
	}
	diffDesignJSON struct {
		Letter string   `json:"letter"`
		Model  string   `json:"model"`
		File   string   `json:"file"`
		Set    []string `json:"set"`
	}
	diffSizesJSON struct {
		Batch   int64            `json:"batch"`
		Lengths map[string]int64 `json:"lengths"`
		Context *int64           `json:"context"`
	}
	diffFigureJSON struct {
		Key         string          `json:"key"`
		Name        string          `json:"name"`
		Values      []diffValueJSON `json:"values"`      // by design
		Differences []diffValueJSON `json:"differences"` // by design, from the second on
	}
	diffValueJSON struct {
		Number  *big.Int    `json:"number"`
		Formula *string     `json:"formula"`
		Percent json.Number `json:"percent,omitempty"` // of a difference, by the first figure
		Reason  string      `json:"reason,omitempty"`
	}
	diffPairJSON struct {
		Design    string          `json:"design"`
		Dims      []diffDimJSON   `json:"dims"`
		Structure []diffEntryJSON `json:"structure"`
		By        string          `json:"by"`               // change or part
		Reason    string          `json:"reason,omitempty"` // why it is by part, of designs of one model
		Why       []diffWhyJSON   `json:"why"`
	}
	diffDimJSON struct {
		Dim  string `json:"dim"`
		From string `json:"from"`
		To   string `json:"to"`
	}
	diffEntryJSON struct {
		Mark string          `json:"mark"`
		Path string          `json:"path"`
		As   string          `json:"as,omitempty"`
		From *diffStoredJSON `json:"from"`
		To   *diffStoredJSON `json:"to"`
	}
	diffStoredJSON struct {
		Tensors  *big.Int `json:"tensors"`
		Elements *big.Int `json:"elements"`
		Shape    string   `json:"shape,omitempty"` // of one tensor
	}
	diffWhyJSON struct {
		Figure     string          `json:"figure"`
		Difference diffValueJSON   `json:"difference"`
		Parts      []diffShareJSON `json:"parts"` // null where the figure is not known
	}
	diffShareJSON struct {
		Kind       string        `json:"kind,omitempty"`
		Name       string        `json:"name"`
		From       diffValueJSON `json:"from"`
		To         diffValueJSON `json:"to"`
		Difference diffValueJSON `json:"difference"`
	}
	diffRuleJSON struct {
		Threshold string `json:"threshold"`
		Figure    string `json:"figure"`
		Design    string `json:"design"`
		Says      string `json:"says"`
		Passed    bool   `json:"passed"`
	}
)

func valueJSON(v compare.Value) diffValueJSON {
	out := diffValueJSON{Number: v.Number, Reason: v.Why}
	if v.Formula != nil {
		text := compare.Formula(*v.Formula)
		out.Formula = &text
	}
	return out
}

// deltaJSON is a difference with its percentage.
func deltaJSON(from, delta compare.Value) diffValueJSON {
	out := valueJSON(delta)
	if from.Number != nil && delta.Number != nil && from.Number.Sign() != 0 {
		out.Percent = json.Number(hundredths(delta.Number, from.Number, 4))
	}
	return out
}

func storedJSON(x *compare.Stored) *diffStoredJSON {
	if x == nil {
		return nil
	}
	return &diffStoredJSON{x.Tensors, x.Elements, x.Shape}
}

func (c *comparison) printJSON(s *session) error {
	out := diffJSON{Sizes: diffSizesJSON{Batch: max(1, c.sizes.Batch), Lengths: c.sizes.Lengths}, Thresholds: []diffRuleJSON{}}
	if c.sizes.Context > 0 {
		out.Sizes.Context = &c.sizes.Context
	}
	for _, d := range c.designs {
		out.Designs = append(out.Designs, diffDesignJSON{d.letter, d.Module.Name, shown(d.path), append([]string{}, d.set...)})
	}
	for _, r := range c.rows {
		f := diffFigureJSON{Key: r.Key, Name: r.Name}
		for i, v := range r.Values {
			f.Values = append(f.Values, valueJSON(v))
			if i > 0 {
				f.Differences = append(f.Differences, deltaJSON(r.Values[0], compare.Delta(r.Values[0], v)))
			}
		}
		out.Figures = append(out.Figures, f)
	}
	for _, p := range c.pairs {
		out.Compared = append(out.Compared, c.pairJSON(p))
	}
	for _, j := range c.rules {
		out.Thresholds = append(out.Thresholds, diffRuleJSON{j.rule.text, j.figure, j.design.letter, j.says, j.passed})
	}
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func (c *comparison) pairJSON(p *against) diffPairJSON {
	out := diffPairJSON{Design: p.to.letter, Dims: []diffDimJSON{}, Structure: []diffEntryJSON{}, By: "change"}
	if p.changes == nil {
		out.By, out.Reason = "part", p.noChanges
	}
	for _, d := range p.dims {
		out.Dims = append(out.Dims, diffDimJSON{d.Name, d.From, d.To})
	}
	for _, e := range p.structure {
		out.Structure = append(out.Structure, diffEntryJSON{string(e.Mark), e.Path, e.As, storedJSON(e.From), storedJSON(e.To)})
	}
	for _, w := range p.why {
		r := c.rows[w.row]
		y := diffWhyJSON{Figure: r.Key, Difference: deltaJSON(r.Values[0], w.delta)}
		for _, x := range w.shares {
			y.Parts = append(y.Parts, diffShareJSON{string(x.Kind), x.Name, valueJSON(x.From), valueJSON(x.To),
				deltaJSON(x.From, x.Delta)})
		}
		out.Why = append(out.Why, y)
	}
	return out
}
