package eval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"archc/ir"
)

// Weights gives stored tensors by their key, in the stored layout: row-major over shape, 0 dims for a
// single number. The machine keeps data and does not write to it; the provider must not either.
type Weights interface {
	Read(key string) (shape []int64, data []float64, err error)
}

// paramKey is one stored tensor in one layout: nodes that see it in the same way share the data.
type paramKey struct {
	key, layout string
}

// param reads a stored tensor and puts its axes in the order of the type.
func param(j *job) ([]*Tensor, error) {
	a := j.node.Attr.(*ir.ParamAttr)
	key, err := expand(a.Key, j.env)
	if err != nil {
		return nil, err
	}
	axes, err := j.sized(j.node.Outs[0].Axes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	stored, shape, err := storedOrder(a.Stored, axes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	t, err := j.stored(key, j.node.Outs[0].Kind, stored, shape, axes)
	if err != nil {
		return nil, err
	}
	return one(&Tensor{t.Kind, axes, t.Data}, nil)
}

// storedOrder lists the axes in stored order and the stored shape, in which each dim merges some of them.
func storedOrder(groups [][]string, axes []Axis) ([]Axis, []int64, error) {
	t := &Tensor{Axes: axes}
	var flat []Axis
	shape := make([]int64, len(groups))
	for i, group := range groups {
		shape[i] = 1
		for _, l := range group {
			at := t.Find(l)
			if at < 0 || slices.Contains(flat, axes[at]) {
				return nil, nil, fmt.Errorf("stored as %v, which is not one of each axis of %v", groups, t.Labels())
			}
			flat = append(flat, axes[at])
			shape[i] *= int64(axes[at].Size)
		}
	}
	if len(flat) != len(axes) {
		return nil, nil, fmt.Errorf("stored as %v, which is not one of each axis of %v", groups, t.Labels())
	}
	return flat, shape, nil
}

// stored gives the tensor from the machine's memory or reads it. The limit is checked before the reading.
func (j *job) stored(key string, kind ir.Kind, stored []Axis, shape []int64, axes []Axis) (*Tensor, error) {
	m, id := j.run.m, paramKey{key, fmt.Sprint(stored, axes)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.params[id]; t != nil {
		return t, nil
	}
	n, err := j.run.affordable(stored)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	got, data, err := m.weights.Read(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if !slices.Equal(got, shape) || int64(len(data)) != n {
		return nil, fmt.Errorf("%s: stored as %v with %d elements, the model has %v, %d",
			key, got, len(data), shape, n)
	}
	labels := (&Tensor{Axes: axes}).Labels()
	t, err := j.run.reorder(&Tensor{kind, stored, data}, labels)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	m.params[id] = t
	m.held.Add(8 * n)
	return t, nil
}

// expand puts numbers in the place of {l}, {l+1} and {l-1}, for every name l of env.
func expand(s string, env map[string]int64) (string, error) {
	var b strings.Builder
	rest := s
	for {
		before, after, open := strings.Cut(rest, "{")
		b.WriteString(before)
		if !open {
			return b.String(), nil
		}
		inner, tail, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("%s: a brace does not close", s)
		}
		name, offset := inner, int64(0)
		if i := strings.IndexAny(inner, "+-"); i > 0 {
			var err error
			name = inner[:i]
			if offset, err = strconv.ParseInt(inner[i:], 10, 64); err != nil {
				return "", fmt.Errorf("%s: {%s} is not a name and a number", s, inner)
			}
		}
		x, ok := env[name]
		if !ok {
			return "", fmt.Errorf("%s: no repeat around has the number %s", s, name)
		}
		b.WriteString(strconv.FormatInt(x+offset, 10))
		rest = tail
	}
}
