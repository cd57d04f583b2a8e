package search

import (
	"fmt"
	"strings"

	"archc/ir/diag"
)

// Listed reads a parameter as the command line has it: NAME=VALUE,VALUE.
func Listed(flag, text string) (Parameter, error) {
	src := diag.NewSource(flag, text)
	at := diag.Span{Src: src, End: len(text)}
	name, values, ok := strings.Cut(text, "=")
	if !ok || name == "" || values == "" {
		return Parameter{}, diag.New(badValues, at, "%s takes NAME=VALUE,VALUE", flag)
	}
	p := Parameter{Name: name, At: at}
	from := len(name) + 1
	for v := range strings.SplitSeq(values, ",") {
		if err := p.add(strings.TrimSpace(v), diag.Span{Src: src, Start: from, End: from + len(v)}); err != nil {
			return p, err
		}
		from += len(v) + 1
	}
	return p, nil
}

// add appends a value that is not there yet.
func (p *Parameter) add(value string, at diag.Span) error {
	if value == "" {
		return diag.New(badValues, at, "a value of %s is empty", p.Name)
	}
	for _, v := range p.Values {
		if same(v, value) {
			return diag.New(badValues, at, "%s has the value %s twice", p.Name, value).Suggest("leave one out")
		}
	}
	p.Values = append(p.Values, value)
	return nil
}

// same reports whether two texts are one value: 8 and 8.0 make the same point.
func same(a, b string) bool {
	x, ok := number(a)
	y, too := number(b)
	return a == b || ok && too && x.Cmp(y) == 0
}

// bounds is a range as it is written: whole numbers, and one way to go from one to the next.
type bounds struct{ from, to, step, factor int64 }

// add appends the values of a range up to its end. It stops with a mistake before it makes more than a space can have.
func (b bounds) add(p *Parameter, at diag.Span) error {
	if b.from > b.to {
		return diag.New(badValues, at, "the range of %s goes from %d down to %d", p.Name, b.from, b.to).
			Suggest("from: %d, to: %d", b.to, b.from)
	}
	if b.step > 0 {
		if n := (uint64(b.to)-uint64(b.from))/uint64(b.step) + 1; n > MaxPoints || n == 0 {
			return diag.New(tooMany, at, "the range of %s has %d values, and a space at most %d points", p.Name, n, MaxPoints)
		}
	} else if b.from < 1 {
		return diag.New(badValues, at, "a range with a factor starts at 1 or more, not at %d", b.from)
	}
	for v := b.from; ; {
		p.Values = append(p.Values, fmt.Sprint(v))
		if b.step > 0 {
			if v > b.to-b.step {
				return nil
			}
			v += b.step
			continue
		}
		if v > b.to/b.factor {
			return nil
		}
		v *= b.factor
	}
}
