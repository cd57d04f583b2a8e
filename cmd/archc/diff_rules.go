package main

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"archc/ir/diag"
	"archc/passes/compare"
)

// rule is one --threshold: cache<=10%.
type rule struct {
	text    string
	figure  string // a key, or the beginning of several
	op      string
	limit   *big.Rat
	percent bool
}

// judged is a rule for one figure of one design.
type judged struct {
	rule    *rule
	figure  string
	design  *design
	says    string // what the difference is
	passed  bool   // the limit was passed: the rule is broken
	unknown bool   // there is nothing to judge
}

var ruleText = regexp.MustCompile(`^\s*([a-z_.]+)\s*(<=|>=|<|>)\s*([+-]?[0-9]+(?:\.[0-9]+)?(?:e[0-9]{1,3})?)\s*(%?)\s*$`)

func rulesOf(texts []string) ([]*rule, error) {
	var out []*rule
	keys := keysOf(compare.Figures())
	for _, text := range texts {
		m := ruleText.FindStringSubmatch(text)
		if m == nil {
			return nil, usage("--threshold takes a figure, <=, <, >= or >, and a number or a percentage, as in 'cache<=10%%', not %q", text)
		}
		if !slices.ContainsFunc(keys, func(key string) bool { return within(key, m[1]) }) {
			return nil, usage("--threshold %s: there is no figure %s; there are %s", text, m[1], strings.Join(keys, ", "))
		}
		limit, _ := new(big.Rat).SetString(m[3])
		out = append(out, &rule{strings.TrimSpace(text), m[1], m[2], limit, m[4] == "%"})
	}
	return out, nil
}

// judge holds every rule against every design but the first.
func (c *comparison) judge(rules []*rule, rows []compare.Row) ([]judged, error) {
	var out []judged
	for _, r := range rules {
		found := false
		for _, row := range rows {
			if !within(row.Key, r.figure) {
				continue
			}
			for i, d := range c.designs[1:] {
				j := judged{rule: r, figure: row.Key, design: d}
				from, to := row.Values[0], row.Values[i+1]
				delta := compare.Delta(from, to)
				equal := delta.Formula != nil && delta.Formula.IsZero()
				switch {
				case delta.Number == nil && equal:
					j.says, j.passed = "no difference", !r.holds(new(big.Rat))
				case delta.Number != nil:
					j.says, j.passed = r.measure(from.Number, delta.Number)
				case from.Why+to.Why != "":
					j.says, j.passed, j.unknown = "not known: "+firstOf(from.Why, to.Why), true, true
				default:
					continue // a formula: other figures of the name may be numbers
				}
				found = true
				out = append(out, j)
			}
		}
		if !found {
			return nil, usage("--threshold %s: there is no number without sizes: add --seq for a forward pass, --context for a step", r.text)
		}
	}
	return out, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// measure says the difference as the rule takes it, and whether it passes the limit.
func (r *rule) measure(from, delta *big.Int) (says string, passed bool) {
	amount := new(big.Rat).SetInt(delta)
	says = signed(delta)
	if !r.percent {
		return says, !r.holds(amount)
	}
	if from.Sign() == 0 {
		if delta.Sign() == 0 {
			return says, !r.holds(amount)
		}
		return says + " from 0", r.op == "<=" || r.op == "<" // no percentage is as much
	}
	amount.Mul(amount, big.NewRat(100, 1)).Quo(amount, new(big.Rat).SetInt(new(big.Int).Abs(from)))
	return fmt.Sprintf("%s, %s", says, percent(from, delta)), !r.holds(amount)
}

// holds compares exactly.
func (r *rule) holds(x *big.Rat) bool {
	c := x.Cmp(r.limit)
	switch r.op {
	case "<=":
		return c <= 0
	case "<":
		return c < 0
	case ">=":
		return c >= 0
	}
	return c > 0
}

// broken is the failure of all rules that are passed.
func broken(list []judged) error {
	f := &failure{exit: exitDiagnostics}
	for _, j := range list {
		if !j.passed {
			continue
		}
		d := diag.New(codeThreshold, diag.Span{}, "threshold %s: %s of %s differs by %s", j.rule.text, j.figure, j.design.name(), j.says)
		if j.unknown {
			d = diag.New(codeThreshold, diag.Span{}, "threshold %s: %s of %s is %s", j.rule.text, j.figure, j.design.name(), j.says)
		}
		f.diags = append(f.diags, d)
	}
	if f.diags == nil {
		return nil
	}
	return f
}
