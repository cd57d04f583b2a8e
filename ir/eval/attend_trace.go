package eval

import (
	"math"

	"archc/ir"
)

// collect writes the scores and weights of one row into the full matrices, where these are asked for.
func (p *attention) collect(s, w *Tensor, at map[string]int, admitted []int, differs []Axis) error {
	if !p.traced {
		return nil
	}
	var err error
	if p.scores == nil {
		if p.scores, err = p.matrix(s.Axes, differs, math.Inf(-1)); err != nil {
			return err
		}
	}
	if p.weights == nil {
		if p.weights, err = p.matrix(w.Axes, differs, 0); err != nil {
			return err
		}
	}
	for k, j := range admitted {
		to := with(at, p.key, j)
		if err := p.entry(p.scores, s, k, to); err != nil {
			return err
		}
		if err := p.entry(p.weights, w, k, to); err != nil {
			return err
		}
	}
	return nil
}

// entry writes element k of a row's line of keys to its place in the matrix.
func (p *attention) entry(matrix, line *Tensor, k int, to map[string]int) error {
	part, err := p.run.elect(line, elect{fixed: map[string]int{p.key: k}})
	if err != nil {
		return err
	}
	return p.run.place(matrix, part, to)
}

// matrix is [query, heads, key] for a row of the given axes: Batch in front, then the query, then the row's
// axes and those of the mask, the key last.
func (p *attention) matrix(row, differs []Axis, fill float64) (*Tensor, error) {
	var query []Axis
	if p.query != "" {
		query = []Axis{{p.query, p.rows}}
	}
	axes, err := broadcast(query, without(row, p.key), differs, []Axis{{p.key, p.size}})
	if err != nil {
		return nil, err
	}
	return p.run.filled(ir.Real, axes, fill)
}

// emit hands the matrices to the tracer. Without a row that has keys their heads are those of the types.
func (p *attention) emit() error {
	if !p.traced {
		return nil
	}
	var err error
	if p.scores == nil {
		if p.scores, err = p.emptyMatrix(p.score.Results[0].Type(), math.Inf(-1)); err != nil {
			return err
		}
		if p.weights, err = p.emptyMatrix(p.node.Weights(), 0); err != nil {
			return err
		}
	}
	scope, name := p.scope(p.node.Scope), ""
	if p.node.Name != "" {
		name = p.node.Name + "."
	}
	p.run.opt.Trace(scope, name+"score", p.scores)
	p.run.opt.Trace(scope, name+"weights", p.weights)
	return nil
}

func (p *attention) emptyMatrix(t ir.Type, fill float64) (*Tensor, error) {
	axes, err := p.emptyAxes(t.Without(p.key))
	if err != nil {
		return nil, err
	}
	return p.matrix(axes, nil, fill)
}
