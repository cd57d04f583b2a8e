package main

import (
	"context"
	"math"
	"strings"

	"archc/ir"
	"archc/ir/eval"
)

// speaker is a model that continues token ids: one required input int[T], and a result [T, V].
type speaker struct {
	*runnable
	input     string
	label     string // of the axis of tokens
	output    string
	vocab     int64 // ids that the table of the input has, or the result if there is none
	positions int64 // rows of the smallest table of positions; 0 without one
	decoder   decoder
}

// speaks finds out whether the model is one that continues tokens.
func (r *runnable) speaks() (*speaker, error) {
	sp := &speaker{runnable: r}
	no := func(why string) error {
		return wrong(codeNotText, "%s, so it continues no text: %s", why, signature(r.module)).
			help("give its inputs with --input NAME=FILE")
	}
	var in *ir.Node
	for _, p := range r.module.Inputs {
		a := p.Node.Attr.(*ir.InputAttr)
		if a.Default != nil || a.Draw != "" {
			continue
		}
		if t := p.Type(); in != nil || t.Kind != ir.Int || len(t.Axes) != 1 {
			return nil, no("the model's required inputs are not token ids alone")
		}
		in, sp.input, sp.label = p.Node, a.Name, p.Type().Axes[0].Label
	}
	if in == nil {
		return nil, no("the model takes no tokens")
	}
	for _, p := range r.module.Outputs {
		t := p.Type()
		if sp.output == "" && t.Kind == ir.Real && len(t.Axes) == 2 && t.Axes[0].Label == sp.label {
			sp.output = p.Name
			sp.vocab, _ = t.Axes[1].Size.Int()
		}
	}
	if sp.output == "" {
		return nil, no("the model gives no scores for each token")
	}
	sp.tables(in)
	return sp, nil
}

// tables finds how many rows the tables have that the tokens, and their positions, are looked up in.
func (sp *speaker) tables(in *ir.Node) {
	rows := int64(math.MaxInt64)
	sp.module.Body.Walk(func(n *ir.Node, _ int) {
		if n.Op != ir.Gather {
			return
		}
		table, index := n.Args[0].Type(), n.Args[1].Node
		size, ok := table.Axes[table.Find(n.Attr.(*ir.LabelAttr).Label)].Size.Int()
		switch {
		case !ok:
		case index == in:
			rows = min(rows, size)
		case index.Op == ir.Position && index.Attr.(*ir.AxisAttr).Axis.Label == sp.label:
			if sp.positions == 0 || size < sp.positions {
				sp.positions = size
			}
		}
	})
	if rows != math.MaxInt64 {
		sp.vocab = rows
	}
}

// accepts checks a prompt before anything runs.
func (sp *speaker) accepts(ids []int) error {
	if len(ids) == 0 {
		return wrong(codeNoTokens, "the prompt has no tokens")
	}
	for i, id := range ids {
		if id < 0 || int64(id) >= sp.vocab {
			return wrong(codeBadToken, "token %d of the prompt has id %d, the model has ids 0 to %d",
				i+1, id, sp.vocab-1)
		}
	}
	if n := int64(len(ids)); sp.positions > 0 && n > sp.positions {
		return wrong(codeTooLong, "the prompt has %d tokens, the model %d positions", n, sp.positions)
	}
	return nil
}

// prepare derives the steps by which the model continues a prompt of so many tokens, to at most rows in all.
func (sp *speaker) prepare(s *session, prompt, rows int) error {
	if sp.positions > 0 {
		rows = int(min(int64(rows), sp.positions))
	}
	steps, err := s.steps(sp.module, sp.label, false)
	if err != nil {
		return err
	}
	draws, err := sp.draws(s.ctx, rows)
	if err != nil {
		return err
	}
	sp.decoder, err = sp.backend.decode(s, sp.runnable, &decoding{steps, sp.input, sp.output, draws, prompt, rows})
	return sp.about(s.ctx, err)
}

// draws are the random draws of a sequence of so many rows.
func (sp *speaker) draws(ctx context.Context, rows int) (arrays, error) {
	out := arrays{}
	var all arrays
	for _, p := range sp.module.Inputs {
		if !isDrawn(p) {
			continue
		}
		if sp.seed == nil {
			return nil, wrong(codeBadInput, "input %s : %s is a random draw", p.Name, p.Type()).help("draw it with --seed N")
		}
		if all == nil {
			var err error
			given := arrays{sp.input: sp.tensor(make([]int, rows))}
			if all, _, err = eval.Bind(ctx, sp.module, given, eval.Options{Seed: sp.seed, MaxBytes: sp.limit}); err != nil {
				return nil, sp.about(ctx, err)
			}
		}
		out[p.Name] = all[p.Name]
	}
	return out, nil
}

// scores computes the tokens that are new since the last call and gives the row behind the last one.
func (sp *speaker) scores(ctx context.Context, ids []int) ([]float64, error) {
	row, err := sp.decoder.scores(ctx, sp.tensor(ids[sp.decoder.past():]))
	return row, sp.about(ctx, err)
}

func (sp *speaker) tensor(ids []int) *eval.Tensor {
	t := &eval.Tensor{Kind: ir.Int, Axes: []eval.Axis{{Label: sp.label, Size: len(ids)}}}
	for _, id := range ids {
		t.Data = append(t.Data, float64(id))
	}
	return t
}

// about says whose error it is that an evaluation ended with. What is not about a place is about the inputs.
func (*runnable) about(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if _, known := asFailure(err); known {
		return err
	}
	return wrong(codeBadInput, "%s", strings.TrimPrefix(err.Error(), "eval: "))
}
