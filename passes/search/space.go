package search

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"archc/ir/diag"
)

// Limits of a space.
const (
	MaxPoints = 4096
	MaxBytes  = 256 << 10 // of the text of a space
)

// Space is what is searched.
type Space struct {
	File, Model string // as written; File is relative to the space's own
	Parameters  []Parameter
	Constraints []*Expr
	Objectives  []Objective
	Batch       int64  // sequences; 0 where it is not said
	Seq         string // 1024, or S=30,T=20; "" where it is not said
	Context     int64  // tokens read before; 0 where it is not said
	Dtype       string // "" where it is not said
}

// Parameter is a parameter of the model with the values that it takes, as texts.
type Parameter struct {
	Name   string
	Values []string
	At     diag.Span
}

// Objective is a number that should be small, or large.
type Objective struct {
	*Expr
	Max bool
}

// String is the objective as it is written.
func (o Objective) String() string {
	if o.Max {
		return "max " + o.Text
	}
	return "min " + o.Text
}

// Set puts a parameter into the space, in the place of one with that name.
func (s *Space) Set(p Parameter) {
	i := slices.IndexFunc(s.Parameters, func(q Parameter) bool { return q.Name == p.Name })
	if i < 0 {
		s.Parameters = append(s.Parameters, p)
		return
	}
	s.Parameters[i] = p
}

// Size is the number of points.
func (s *Space) Size() *big.Int {
	n := big.NewInt(1)
	for _, p := range s.Parameters {
		n.Mul(n, big.NewInt(int64(len(p.Values))))
	}
	return n
}

// check refuses a space with too many points, and one whose names mean two things.
func (s *Space) check() error {
	list := &diag.List{}
	for _, p := range s.Parameters {
		if _, is := FigureNamed(p.Name); is {
			list.Add(diag.New(badValues, p.At, "parameter %s has the name of a figure", p.Name).
				Suggest("rename the parameter in the model"))
		}
	}
	if n := s.Size(); n.Cmp(big.NewInt(MaxPoints)) > 0 {
		factors := make([]string, len(s.Parameters))
		last := s.Parameters[len(s.Parameters)-1]
		for i, p := range s.Parameters {
			factors[i] = fmt.Sprintf("%d of %s", len(p.Values), p.Name)
		}
		list.Add(diag.New(tooMany, last.At, "the space has %s points (%s), and at most %d are counted", n,
			strings.Join(factors, " x "), MaxPoints).Suggest("leave values out, or search coarsely first"))
	}
	return list.Err()
}

// values is the point with a number, counted from 0: the last parameter changes fastest.
func (s *Space) values(number int) []string {
	out := make([]string, len(s.Parameters))
	for i := len(out) - 1; i >= 0; i-- {
		all := s.Parameters[i].Values
		out[i] = all[number%len(all)]
		number /= len(all)
	}
	return out
}

// parameter finds the place of a parameter, -1 for none.
func (s *Space) parameter(name string) int {
	return slices.IndexFunc(s.Parameters, func(p Parameter) bool { return p.Name == name })
}
