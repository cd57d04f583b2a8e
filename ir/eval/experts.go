package eval

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"archc/ir"
)

// selections is one execution of an experts. A selection is a point of the row axes and the slot axis; its number
// counts them, slots innermost.
type selections struct {
	*job
	*ir.ExpertsAttr
	all    []Axis  // the row axes, a batch in front, then the slots
	of     [][]int // for each expert the numbers of its valid selections
	expert []int   // for each selection its expert, -1 where it is not valid
	place  []int   // and where it stands among those of its expert
}

// experts gathers for each expert the rows that select it, runs the body on them, and adds up what the selections of
// a row gave.
func experts(j *job) ([]*Tensor, error) {
	s := &selections{job: j, ExpertsAttr: j.node.Attr.(*ir.ExpertsAttr)}
	if err := s.sort(); err != nil {
		return nil, err
	}
	given := make([]*Tensor, len(s.of))
	defer func() {
		for _, t := range given {
			if t != nil {
				s.run.live -= 8 * int64(len(t.Data))
			}
		}
	}()
	for e := range given {
		if err := s.run.tick(longestRun); err != nil {
			return nil, err
		}
		t, err := s.body(e)
		if err != nil {
			return nil, err
		}
		given[e] = t
		s.run.live += 8 * int64(len(t.Data))
	}
	return one(s.add(given))
}

// sort reads index and valid. The rows are those of the index; along a batch that an argument has they differ.
func (s *selections) sort() error {
	index, valid := s.args[0], s.args[1]
	slot, err := s.axis(index, s.Slot)
	if err != nil {
		return err
	}
	lists := [][]Axis{without(index.Axes, s.Slot)}
	for _, t := range s.args[1:] {
		lists = append(lists, chosen(t.Axes, []string{Batch}))
	}
	if s.all, err = broadcast(append(lists, index.Axes[slot:slot+1])...); err != nil {
		return err
	}
	number, err := s.size(s.Of.Size)
	if err != nil {
		return err
	}
	if _, err := s.run.affordable([]Axis{{s.Of.Label, number}}); err != nil {
		return err
	}
	total, err := s.run.affordable(s.all)
	if err != nil {
		return err
	}
	s.of = make([][]int, number)
	s.expert, s.place = make([]int, total), make([]int, total)
	l := nestOf(s.all, [][]int{index.along(s.all), valid.along(s.all), (&Tensor{Axes: s.all}).strides()})
	return l.each(s.run, nil, func(at []int, n int) error {
		for k := range n {
			where := at[0] + k*l.last[0]
			x := index.Data[where]
			if !(x >= 0 && x < float64(number)) || x != math.Trunc(x) {
				return fmt.Errorf("%s%s is %v, there are %d experts %s",
					s.nameOf(0), index.position(where), x, number, s.Of.Label)
			}
			s.choose(at[2]+k*l.last[2], int(x), valid.Data[at[1]+k*l.last[1]] != 0)
		}
		return nil
	})
}

func (s *selections) choose(selection, expert int, valid bool) {
	if !valid {
		s.expert[selection] = -1
		return
	}
	s.expert[selection], s.place[selection] = expert, len(s.of[expert])
	s.of[expert] = append(s.of[expert], selection)
}

// body runs one expert on its rows.
func (s *selections) body(e int) (*Tensor, error) {
	args := []*Tensor{Scalar(ir.Int, float64(e))}
	for _, t := range s.args[2:] {
		rows, err := s.rows(t, s.of[e])
		if err != nil {
			return nil, err
		}
		args = append(args, rows)
	}
	f := s.inside(s.Var, int64(e))
	f.env[s.Rows], f.apart = int64(len(s.of[e])), true
	out, err := f.region(s.node.Regions[0], args)
	if err != nil {
		return nil, err
	}
	t := out[0]
	if at := t.Find(s.Rows); at < 0 || t.Axes[at].Size != len(s.of[e]) {
		return nil, fmt.Errorf("expert %d gives %s for %d rows %s", e, t, len(s.of[e]), s.Rows)
	}
	return t, nil
}

// rows is what the listed selections see of an operand.
func (s *selections) rows(t *Tensor, list []int) (*Tensor, error) {
	rest := without(t.Axes, (&Tensor{Axes: s.all}).Labels()...)
	out, err := s.run.alloc(t.Kind, slices.Concat([]Axis{{s.Rows, len(list)}}, rest))
	if err != nil {
		return nil, err
	}
	l, to, steps := newNest(rest, out, t), out.strides()[0], t.along(s.all)
	for i, selection := range list {
		from := 0
		for d, k := range point(s.all, selection) {
			from += k * steps[d]
		}
		if err := s.run.copy(l, out, t, []int{i * to, from}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// point gives the coordinates of a number that counts the points of axes, the last axis innermost.
func point(axes []Axis, number int) []int {
	at := make([]int, len(axes))
	for d := len(axes) - 1; d >= 0; d-- {
		at[d], number = number%axes[d].Size, number/axes[d].Size
	}
	return at
}

// add sums for each row what its selections gave, from 0 and slot by slot. Selections are numbered with the slots
// innermost, so their order is that of the rows and then of the slots.
func (s *selections) add(given []*Tensor) (*Tensor, error) {
	rest, err := s.rest(given)
	if err != nil {
		return nil, err
	}
	rows, slots := s.all[:len(s.all)-1], s.all[len(s.all)-1].Size
	out, err := s.fresh(slices.Concat(rows, rest))
	if err != nil {
		return nil, err
	}
	block, _ := elements(rest)
	nests := make([]*nest, len(given))
	for e, t := range given {
		nests[e] = newNest(rest, out, t)
	}
	for selection, e := range s.expert {
		if e < 0 {
			continue
		}
		t, l := given[e], nests[e]
		row := t.along([]Axis{{s.Rows, len(s.of[e])}})[0]
		base := []int{selection / slots * int(block), s.place[selection] * row}
		err := l.each(s.run, base, func(at []int, n int) error {
			for k := range n {
				sum := &out.Data[at[0]+k*l.last[0]]
				*sum = s.narrow(*sum + t.Data[at[1]+k*l.last[1]])
				s.work.Elementwise++
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rest are the axes that the experts give beside the rows, the same for all; without experts those of the type.
func (s *selections) rest(given []*Tensor) ([]Axis, error) {
	var out []Axis
	for e, t := range given {
		switch axes := without(t.Axes, s.Rows); {
		case e == 0:
			out = axes
		case !slices.Equal(out, axes):
			return nil, fmt.Errorf("expert 0 gives %s for a row, expert %d gives %s", shape(out), e, shape(axes))
		}
	}
	if len(given) == 0 {
		return s.sized(s.free(s.node.Regions[0].Results[0].Type().Without(s.Rows)).Axes)
	}
	return out, nil
}

// free is a type without the axes that an attend around is at one element of.
func (f *frame) free(t ir.Type) ir.Type { return t.Without(slices.Collect(maps.Keys(f.fixed))...) }
