package ir

import (
	"fmt"
	"math/big"

	"archc/ir/diag"
)

// The text form of the ops with regions.

// grouped is an attribute that divides a node's arguments into groups.
type grouped interface {
	// groups are the numbers of arguments in each group; nil when they stand in one plain list.
	groups(args int) []int
	// regroup takes over the numbers that the text has, as many as groups has.
	regroup(sizes []int) error
}

// The end of the range is exclusive, as in the language.
func (a *RepeatAttr) write(p *printer, _ *Node) {
	p.word("%s = %d..%s", quote(a.Var), a.First, a.Count.Mul(Const(a.Step)).Add(Const(a.First)))
	if a.Step != 1 {
		p.word(" step %d", a.Step)
	}
	if len(a.Slices) > 0 {
		p.word(" over [%s]", p.labels(a.Slices, ", "))
	}
	if len(a.Stacked) > 0 {
		p.word(" stack %s", p.axes(a.Stacked))
	}
}

func (a *RepeatAttr) read(p *parser) {
	a.Var = p.name()
	p.expect("=")
	from := p.tok
	a.First, a.Step = p.integer(), 1
	p.expect("..")
	end := p.size()
	if p.accept("step") {
		a.Step = p.integer()
	}
	if p.err != nil {
		return
	}
	a.count(p, from, end)
	if p.accept("over") {
		a.Slices = p.labelList()
	}
	if p.accept("stack") {
		p.list("[", "]", func() { a.Stacked = append(a.Stacked, p.axis()) }) // values may stand along one axis
	}
}

// count takes the number of runs from the end of the range.
func (a *RepeatAttr) count(p *parser, from token, end Size) {
	if a.Step >= 1 {
		a.Count = end.Sub(Const(a.First)).Mul(Rational(big.NewRat(1, a.Step)))
	}
	if r, number := a.Count.Rat(); a.Step < 1 || number && (r.Sign() < 0 || !r.IsInt()) {
		p.fail(diag.IRSyntax, from, "steps of %d do not lead from %d to %s", a.Step, a.First, end)
		return
	}
	if !a.bounded() {
		p.fail(diag.IRLimit, from, "the numbers of a repeat are below 2^31")
	}
}

// groups are the carries and what is sliced; without slices there is one list.
func (a *RepeatAttr) groups(args int) []int {
	if len(a.Slices) == 0 {
		return nil
	}
	return []int{a.Carries(args), len(a.Slices)}
}

func (a *RepeatAttr) regroup(sizes []int) error {
	if sizes[1] != len(a.Slices) {
		return fmt.Errorf("%d arguments are sliced along %d axes", sizes[1], len(a.Slices))
	}
	return nil
}

func (a *AttendAttr) write(p *printer, _ *Node) {
	query := ""
	if a.Query != "" {
		query = p.label(a.Query)
	}
	p.word("[%s] over [%s]", query, p.label(a.Key))
}

func (a *AttendAttr) read(p *parser) {
	at := p.tok
	if ls := p.labelList(); len(ls) == 1 {
		a.Query = ls[0]
	} else if len(ls) > 1 {
		p.fail(diag.IRSyntax, at, "one query axis, or none")
	}
	p.expect("over")
	p.expect("[")
	a.Key = p.label()
	p.expect("]")
}

func (a *AttendAttr) groups(args int) []int {
	return []int{a.Queries, a.Keys, args - a.Queries - a.Keys}
}

func (a *AttendAttr) regroup(n []int) error {
	a.Queries, a.Keys = n[0], n[1]
	return nil
}

func (a *ExpertsAttr) write(p *printer, _ *Node) {
	p.word("%s of %s over [%s] rows %s", quote(a.Var), p.axis(a.Of), p.label(a.Slot), p.label(a.Rows))
}

func (a *ExpertsAttr) read(p *parser) {
	a.Var = p.name()
	p.expect("of")
	a.Of = p.axis()
	p.expect("over")
	p.expect("[")
	a.Slot = p.label()
	p.expect("]")
	p.expect("rows")
	a.Rows = p.label()
}

// groups are the index, which selections are valid, and the operands.
func (a *ExpertsAttr) groups(args int) []int { return []int{1, 1, args - 2} }

func (a *ExpertsAttr) regroup(n []int) error {
	if n[0] != 1 || n[1] != 1 {
		return fmt.Errorf("%d indices and %d values of which are valid, not one of each", n[0], n[1])
	}
	return nil
}
