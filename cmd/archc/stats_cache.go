package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"archc/ir"
	"archc/ir/diag"
	"archc/passes"
	"archc/passes/cost"
)

// kept is what a model keeps from token to token, or why it keeps nothing.
type kept struct {
	steps  *passes.Steps
	reason string // of a model that is not computed token by token
}

// keeps derives the steps. A model without a sequence in its outputs has none, and that is no news.
func (s *session) keeps(m *ir.Module) (*kept, error) {
	steps, err := s.steps(m, "", false)
	var why *diag.Diagnostic
	switch {
	case errors.As(err, &why) && why.Span.IsZero():
		return nil, nil
	case errors.As(err, &why):
		return &kept{reason: fmt.Sprintf("%s: %s", why.Span, why.Msg)}, nil
	}
	return &kept{steps: steps}, err
}

// table tells each state, what it grows by, and the number of new tokens at which two forms of a step cost the same.
func (k *kept) table() string {
	if k.steps == nil {
		return k.reason + "\n"
	}
	w := newTable("kept from token to token", "", "numbers a token", "numbers in all", "")
	right := table.ColumnConfig{Align: text.AlignRight, AlignHeader: text.AlignRight}
	third, fourth := right, right
	third.Number, fourth.Number = 3, 4
	w.SetColumnConfigs([]table.ColumnConfig{third, fourth})
	for _, x := range k.steps.States {
		grows := x.Elements().Substitute(past(k.steps, 1)).Sub(x.Elements().Substitute(past(k.steps, 0)))
		w.AppendRow(table.Row{diag.Clean(x.In), x.Kind, count(grows), cost.Pretty(x.Elements()), x.Why})
	}
	total := k.steps.At(ir.Free(k.steps.Past))
	w.AppendRow(table.Row{"total", "", count(k.steps.PerToken()), cost.Pretty(total), ""})
	out := w.Render() + "\n"
	if len(k.steps.States) == 0 {
		out = "kept from token to token: nothing, each row is computed from itself\n"
	}
	for _, a := range k.steps.Attends {
		if x, ok := a.Crossover(); ok {
			out += fmt.Sprintf("%s: with fewer than %s new tokens the queries take the map from the latents, with more the latents are "+
				"widened\n", place(a), x.FloatString(2))
		}
	}
	return out
}

func past(p *passes.Steps, n int64) map[string]ir.Size {
	return map[string]ir.Size{p.Past: ir.Const(n)}
}

// count is a size that is a number with its thousands apart, else its formula.
func count(s ir.Size) string {
	if r, ok := s.Rat(); ok && r.IsInt() {
		return grouped(r.Num())
	}
	return cost.Pretty(s)
}

// cacheJSON is what is kept, as JSON.
type cacheJSON struct {
	PerToken *string       `json:"elements_per_token"` // null with a reason where the model is not computed token by token
	Constant *string       `json:"constant"`           // numbers that do not grow with the tokens
	Formula  *string       `json:"formula"`            // of all numbers, over the past tokens
	Reason   string        `json:"reason,omitempty"`
	States   []stateReport `json:"states,omitempty"`
}

func (k *kept) report() *cacheJSON {
	if k == nil {
		return nil
	}
	if k.steps == nil {
		return &cacheJSON{Reason: strings.TrimSpace(k.reason)}
	}
	all, per, fixed := k.steps.At(ir.Free(k.steps.Past)), k.steps.PerToken(), k.steps.Fixed()
	return &cacheJSON{PerToken: formula(&per), Constant: formula(&fixed), Formula: formula(&all), States: statesReport(k.steps)}
}
