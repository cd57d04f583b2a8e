package main

import (
	"fmt"
	"math/big"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"archc/ir"
	"archc/ir/diag"
	"archc/passes/cost"
)

// cacheTable tells each state, what it grows by, and the number of new tokens at which two forms of a step cost the
// same.
func (t *tally) cacheTable() string {
	c := t.figures.Cache
	if c == nil {
		return t.figures.NoSteps + "\n"
	}
	w := newTable("kept from token to token, one sequence", "", "numbers a token", "numbers in all", "")
	right := table.ColumnConfig{Align: text.AlignRight, AlignHeader: text.AlignRight}
	third, fourth := right, right
	third.Number, fourth.Number = 3, 4
	w.SetColumnConfigs([]table.ColumnConfig{third, fourth})
	at := func(s ir.Size, n int64) ir.Size { return s.Substitute(map[string]ir.Size{c.Past: ir.Const(n)}) }
	for _, x := range c.States {
		grows := at(x.Elements(), 1).Sub(at(x.Elements(), 0))
		w.AppendRow(table.Row{diag.Clean(x.In), x.Kind, count(grows), cost.Pretty(x.Elements()), x.Why})
	}
	total := "total"
	if !c.Marks.IsZero() {
		total = "total of real numbers"
	}
	w.AppendRow(table.Row{total, "", count(c.PerToken), cost.Pretty(c.All), ""})
	out := w.Render() + "\n"
	if len(c.States) == 0 {
		out = "kept from token to token: nothing, each row is computed from itself\n"
	}
	for _, a := range t.figures.Steps.Attends {
		if x, ok := a.Crossover(); ok {
			out += fmt.Sprintf("%s: with fewer than %s new tokens the queries take the map from the latents, with more the latents are "+
				"widened\n", place(a), x.FloatString(2))
		}
	}
	return out
}

// count is a size that is a number with its thousands apart, else its formula.
func count(s ir.Size) string {
	if r, ok := s.Rat(); ok && r.IsInt() {
		return grouped(r.Num())
	}
	return cost.Pretty(s)
}

// cacheJSON is what one sequence keeps, as JSON: null, with a reason, of a model that is not computed token by token.
type cacheJSON struct {
	PerToken  *big.Int      `json:"elements_per_token"` // below every window
	Bytes     *big.Int      `json:"bytes_per_token"`
	Constant  *big.Int      `json:"constant"`         // numbers that do not grow with the tokens
	PerSource *big.Int      `json:"per_source_token"` // numbers for each token of a source
	AtContext *big.Int      `json:"at_context"`       // numbers behind so many tokens
	BytesAt   *big.Int      `json:"bytes_at_context"`
	States    []stateReport `json:"states"`
}

func (t *tally) cacheReport() cacheJSON {
	v := t.values
	out := cacheJSON{v.CachePerToken, v.CacheBytesPerToken, v.CacheConstant, v.CachePerSource, v.CacheAtContext,
		v.CacheBytesAtContext, []stateReport{}}
	if t.figures.Steps != nil {
		out.States = statesReport(t.figures.Steps)
	}
	return out
}
