package search

import (
	"fmt"
	"math/big"

	"archc/ir/diag"
)

// Expr is an expression over the names of a point, computed exactly in rationals.
type Expr struct {
	Text string
	root *node
}

type node struct {
	op     string // of operators; "" for a number or a name
	at     diag.Span
	number *big.Rat
	name   string
	args   []*node
	fit    *Fit // a question to a device
	truth  bool // a condition, not a number
}

// gap is a value that a point does not have, for a reason that belongs to the point alone.
type gap struct{ reason string }

func (g *gap) Error() string { return g.reason }

// lookup gives the value of a name, or 1 or 0 for a question; a *gap where the point has none.
type lookup func(n *node) (*big.Rat, error)

// names are the names that the expression reads, and its questions.
func (e *Expr) names() []*node {
	var out []*node
	var walk func(n *node)
	walk = func(n *node) {
		if n.name != "" || n.fit != nil {
			out = append(out, n)
		}
		for _, a := range n.args {
			walk(a)
		}
	}
	walk(e.root)
	return out
}

// value computes a node that is a number.
func (n *node) value(of lookup) (*big.Rat, error) {
	switch {
	case n.number != nil:
		return n.number, nil
	case n.name != "":
		return of(n)
	}
	a, err := n.args[0].value(of)
	if err != nil {
		return nil, err
	}
	if len(n.args) == 1 { // the sign
		return new(big.Rat).Neg(a), nil
	}
	b, err := n.args[1].value(of)
	if err != nil {
		return nil, err
	}
	switch n.op {
	case "+":
		return new(big.Rat).Add(a, b), nil
	case "-":
		return new(big.Rat).Sub(a, b), nil
	case "*":
		return new(big.Rat).Mul(a, b), nil
	}
	if b.Sign() == 0 {
		return nil, &gap{fmt.Sprintf("%s divides by 0", n.at.Text())}
	}
	q := new(big.Rat).Quo(a, b)
	if n.op == "/" {
		return q, nil
	}
	floor := new(big.Int).Div(q.Num(), q.Denom()) // Euclidean, which is the floor for a positive denominator
	return new(big.Rat).Sub(a, new(big.Rat).Mul(b, new(big.Rat).SetInt(floor))), nil
}

// holds computes a node that is a condition. The second side of & and | is left alone where the first decides, so a
// condition can guard another one.
func (n *node) holds(of lookup) (bool, error) {
	switch n.op {
	case "!":
		x, err := n.args[0].holds(of)
		return !x, err
	case "&", "|":
		x, err := n.args[0].holds(of)
		if err != nil || x == (n.op == "|") {
			return x, err
		}
		return n.args[1].holds(of)
	}
	if n.fit != nil {
		x, err := of(n)
		return err == nil && x.Sign() > 0, err
	}
	a, err := n.args[0].value(of)
	if err != nil {
		return false, err
	}
	b, err := n.args[1].value(of)
	if err != nil {
		return false, err
	}
	c := a.Cmp(b)
	switch n.op {
	case "<":
		return c < 0, nil
	case "<=":
		return c <= 0, nil
	case ">":
		return c > 0, nil
	case ">=":
		return c >= 0, nil
	case "==":
		return c == 0, nil
	}
	return c != 0, nil
}
