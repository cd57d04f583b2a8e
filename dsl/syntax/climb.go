package syntax

import "archc/ir/diag"

// The binding strength of operators, loosest first. Unary minus stands between `*` and `^`: -x^2 is -(x^2);
// `!` stands between `&` and the comparisons: !a == b is !(a == b).
const (
	pipe = iota + 1
	or
	and
	not
	comparison
	sum
	product
	negative
	power
)

var strength = map[string]int{"|>": pipe, "|": or, "&": and,
	"==": comparison, "!=": comparison, "<": comparison, ">": comparison, "<=": comparison, ">=": comparison,
	"+": sum, "-": sum, "*": product, "/": product, "%": product, "div": product, "^": power}

type operator struct {
	text string
	at   diag.Span
}

// climber is precedence climbing over operands and the operators between them.
type climber struct {
	b        *builder
	operands []operand
	ops      []operator
	next     int // the next operand; ops[next-1] is the operator before it
	prefix   int // prefixes of the next operand already read
}

// climb reads operators at least as strong as floor.
func (c *climber) climb(floor int) Expr {
	left := c.unary(floor)
	compared := false
	for c.next-1 < len(c.ops) {
		op := c.ops[c.next-1]
		s := strength[op.text]
		if s < floor {
			break
		}
		if s == comparison && compared {
			c.b.list.Add(diag.New(diag.Unexpected, op.at, "comparisons do not chain").
				Suggest("write `a < b & b < c`, or parentheses"))
		}
		compared = s == comparison
		above := s + 1
		if s == power {
			above = s // right to left
		}
		right := c.climb(above)
		left = &Binary{left.Span().To(right.Span()), op.text, op.at, left, right}
	}
	return left
}

// unary reads the next operand with its prefixes.
func (c *climber) unary(floor int) Expr {
	o := c.operands[c.next]
	if c.prefix == len(o.prefix) {
		c.next, c.prefix = c.next+1, 0
		return o.value()
	}
	op := o.prefix[c.prefix]
	c.prefix++
	inside := negative
	if op.text == "!" {
		inside = not
		if floor > not {
			c.b.list.Add(diag.New(diag.Unexpected, op.at, "`!` binds looser than the operator before it").
				Suggest("put the negation in parentheses: `(!x)`"))
		}
	}
	x := c.climb(inside)
	return &Unary{op.at.To(x.Span()), op.text, x}
}
