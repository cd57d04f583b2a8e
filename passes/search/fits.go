package search

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"archc/ir/diag"
)

// Fit is the question whether a design fits on a device: `fits h200 at 32k batch 8 int4`. What is not said is 0 or "",
// and the space's.
type Fit struct {
	Device         string
	Context, Batch int64
	Dtype          string
	At             diag.Span
}

// Fits are the questions of the constraints.
func (s *Space) Fits() []*Fit {
	var out []*Fit
	for _, c := range s.Constraints {
		for _, n := range c.names() {
			if n.fit != nil {
				out = append(out, n.fit)
			}
		}
	}
	return out
}

// Mistake is a diagnostic at a part of a constraint.
func (f *Fit) Mistake(format string, args ...any) error {
	return diag.New(badExpression, f.At, format, args...)
}

// NoNumber is the error of what a point does not have, for a reason of its own.
func NoNumber(reason string) error { return &gap{reason} }

// fit reads what stands behind `fits`. Names of devices have hyphens and points, so these are words between blanks and
// not the pieces of expressions.
func (p *parser) fit(at diag.Span) *node {
	p.end = at.End
	f := &Fit{Device: p.word()}
	if f.Device == "" {
		p.fail(at, "`fits` names a device, as in `fits h200 at 32k int4`")
	}
	for w := p.word(); w != ""; w = p.word() {
		switch {
		case w == "at" && f.Context == 0:
			f.Context = p.tokens(w)
		case w == "batch" && f.Batch == 0:
			f.Batch = p.tokens(w)
		case f.Dtype == "" && w != "at" && w != "batch" && plain.MatchString(w):
			f.Dtype = w
		default:
			p.fail(p.here(), "`%s` stands twice, or too much, behind `fits`", w)
		}
	}
	f.At = diag.Span{Src: p.src, Start: at.Start, End: p.end}
	p.next()
	return &node{at: f.At, fit: f, truth: true}
}

// word is the next word up to a blank, an operator between conditions or a bracket; "" where none is left.
func (p *parser) word() string {
	rest := strings.TrimLeft(p.src.Text[p.end:], " \t")
	start := len(p.src.Text) - len(rest)
	n := strings.IndexAny(rest, " \t&|)")
	if n < 0 {
		n = len(rest)
	}
	if n > 0 { // the end stays behind the last word
		p.at, p.end = start, start+n
	}
	return rest[:n]
}

var (
	counted = regexp.MustCompile(`^([0-9][0-9_]{0,15})([kM]?)$`)
	plain   = regexp.MustCompile(`^\w+$`)
)

// tokens is a number of 1 or more. Contexts are told in k of 1024.
func (p *parser) tokens(behind string) int64 {
	w := p.word()
	if m := counted.FindStringSubmatch(w); m != nil {
		n, err := strconv.ParseInt(strings.ReplaceAll(m[1], "_", ""), 10, 40)
		if n *= map[string]int64{"": 1, "k": 1 << 10, "M": 1 << 20}[m[2]]; err == nil && n > 0 {
			return n
		}
	}
	p.fail(p.here(), "a whole number of 1 or more stands behind `%s`, as 4096 or 32k", behind)
	return 0
}

// fits answers a question at the point: what is needed and what there is, in bytes.
func (p *Point) fits(f *Fit) (need, room *big.Int, err error) {
	if p.Measured == nil || p.Fits == nil {
		return nil, nil, &gap{"whether it fits is not known: the point was not counted"}
	}
	return p.Fits(f)
}
