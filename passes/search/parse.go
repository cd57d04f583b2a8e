package search

import (
	"math/big"
	"regexp"
	"slices"
	"strings"

	"archc/ir/diag"
)

// Limits of an expression: of its text, of its depth, and of the exponent of a number.
const (
	maxText  = 1000
	maxDepth = 100
)

// operators are those with two sides, a higher level binds tighter.
var operators = map[string]struct {
	level        int
	takes, gives bool // true is a condition, false a number
}{
	"|": {1, true, true}, "&": {2, true, true},
	"<": {3, false, true}, "<=": {3, false, true}, ">": {3, false, true}, ">=": {3, false, true},
	"==": {3, false, true}, "!=": {3, false, true},
	"+": {4, false, false}, "-": {4, false, false},
	"*": {5, false, false}, "/": {5, false, false}, "%": {5, false, false},
}

const comparison, tightest = 3, 6

// piece is one token: a number, a name, a sign, or one character that is none of them.
var piece = regexp.MustCompile(`^(?:[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\pL[\pL\pN_]*'*|[<>=!]=|.)`)

// numeral is a number as constraints and parameters have it. Three digits of exponent keep numbers small enough to compute.
var numeral = regexp.MustCompile(`^-?[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?$`)

func number(text string) (*big.Rat, bool) {
	if !numeral.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(strings.ReplaceAll(text, "_", ""))
}

type parser struct {
	src   *diag.Source
	at    int // byte offset of the piece
	end   int
	piece string
	depth int
}

// mistake travels as a panic from the depth of an expression to where its reading began.
type mistake struct{ *diag.Diagnostic }

// Condition reads a constraint that stands at the span.
func Condition(at diag.Span) (*Expr, error) { return read(at, true) }

// Number reads an expression whose value is a number.
func Number(at diag.Span) (*Expr, error) { return read(at, false) }

// Goal reads an objective: min or max, and a number.
func Goal(at diag.Span) (Objective, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(at.Text()), " ")
	if word != "min" && word != "max" {
		return Objective{}, diag.New(badExpression, at, "an objective begins with min or max").Suggest("write `min %s`", at.Text())
	}
	at.Start += strings.Index(at.Text(), word) + len(word)
	if strings.TrimSpace(rest) == "" {
		return Objective{}, diag.New(badExpression, at, "nothing stands behind %s", word).Suggest("write `%s params`", word)
	}
	e, err := Number(at)
	return Objective{e, word == "max"}, err
}

func read(at diag.Span, condition bool) (e *Expr, err error) {
	if len(at.Text()) > maxText {
		return nil, diag.New(badExpression, at, "an expression has at most %d bytes", maxText)
	}
	p := &parser{src: at.Src, end: at.Start, at: at.Start}
	text := strings.TrimSpace(at.Text())
	stop := at.End
	p.src = diag.NewSource(at.Src.Name, at.Src.Text[:stop]) // offsets stay, and reading ends at the span
	defer func() {
		if r := recover(); r != nil {
			m, ok := r.(mistake)
			if !ok {
				panic(r)
			}
			m.Span.Src = at.Src
			e, err = nil, m.Diagnostic
		}
	}()
	p.next()
	root := p.expression(1)
	if p.piece != "" {
		p.fail(p.here(), "`%s` cannot continue the expression", p.piece)
	}
	p.demand(root, condition)
	adopt(root, at.Src)
	return &Expr{text, root}, nil
}

// adopt points the spans into the whole source, where lines behind the expression can be shown.
func adopt(n *node, src *diag.Source) {
	n.at.Src = src
	if n.fit != nil {
		n.fit.At.Src = src
	}
	for _, a := range n.args {
		adopt(a, src)
	}
}

func (p *parser) next() {
	rest := p.src.Text[p.end:]
	p.at = p.end + len(rest) - len(strings.TrimLeft(rest, " \t\r\n"))
	p.piece = piece.FindString(p.src.Text[p.at:])
	p.end = p.at + len(p.piece)
}

func (p *parser) here() diag.Span { return diag.Span{Src: p.src, Start: p.at, End: p.end} }

func (p *parser) fail(at diag.Span, format string, args ...any) {
	panic(mistake{diag.New(badExpression, at, format, args...)})
}

func (p *parser) demand(n *node, condition bool) {
	switch {
	case n.truth == condition:
	case condition:
		p.fail(n.at, "a condition is needed here, and this is a number")
	default:
		p.fail(n.at, "a number is needed here, and this is a condition")
	}
}

// expression reads operators of at least a level, by precedence climbing.
func (p *parser) expression(level int) *node {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.here(), "an expression nests at most %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	left := p.operand()
	for {
		op, ok := operators[p.piece]
		if !ok || op.level < level {
			return left
		}
		sign := p.piece
		p.demand(left, op.takes)
		p.next()
		right := p.expression(op.level + 1)
		p.demand(right, op.takes)
		left = &node{op: sign, at: left.at.To(right.at), args: []*node{left, right}, truth: op.gives}
		if next := operators[p.piece]; op.level == comparison && next.level == comparison {
			p.fail(p.here(), "comparisons do not chain: write `a < b & b < c`")
		}
	}
}

func (p *parser) operand() *node {
	at, text := p.here(), p.piece
	p.next()
	switch first := []rune(text + " ")[0]; {
	case text == "(":
		n := p.expression(1)
		if p.piece != ")" {
			p.fail(p.here(), "`(` is not closed")
		}
		n.at = at.To(p.here())
		p.next()
		return n
	case text == "fits":
		return p.fit(at)
	case text == "-" || text == "!":
		n := p.expression(map[string]int{"-": tightest, "!": comparison}[text])
		p.demand(n, text == "!")
		return &node{op: text, at: at.To(n.at), args: []*node{n}, truth: text == "!"}
	case '0' <= first && first <= '9':
		x, ok := number(text)
		if !ok {
			p.fail(at, "the number has an exponent of more than three digits")
		}
		return &node{at: at, number: x}
	case len(text) > 1 || text != "" && strings.IndexFunc(text, isLetter) == 0:
		if !slices.Contains([]string{"==", "!=", "<=", ">="}, text) {
			return &node{at: at, name: text}
		}
	}
	if text == "" {
		p.fail(at, "the expression ends where a number or a name is needed")
	}
	p.fail(at, "`%s` stands where a number or a name is needed", text)
	return nil
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r > 127 }
