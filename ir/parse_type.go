package ir

import (
	"errors"
	"fmt"

	"archc/ir/diag"
)

// Bounds of what the text may say, so that no short text makes the algebra of sizes long.
const (
	maxAxes      = 64
	maxSizeNest  = 32
	maxSizeTerms = 256
	maxExponent  = 64
	maxCoefBits  = 4096
	maxProduct   = 4096 // terms of the product of a type's sizes
)

// tooLarge bounds the number of axes and of the terms of the product of their sizes.
func tooLarge(axes []Axis) error {
	if len(axes) > maxAxes {
		return fmt.Errorf("more than %d axes", maxAxes)
	}
	terms := 1
	for _, a := range axes {
		if terms *= max(1, len(a.Size.terms)); terms > maxProduct {
			return errors.New("the product of the sizes has too many terms")
		}
	}
	return nil
}

// labelNext reports whether a label comes next, on the same line.
func (p *parser) labelNext() bool {
	return !p.tok.fresh && (p.tok.kind == tokWord || p.tok.kind == tokNumber || p.tok.kind == tokString)
}

func (p *parser) label() string {
	t := p.tok
	if t.kind == tokWord || t.kind == tokString && t.text != "" || t.kind == tokNumber && decimal(t.text) {
		p.advance()
		return t.text
	}
	p.fail(diag.IRSyntax, t, "expected a label, found %s", t)
	return ""
}

func (p *parser) labelList() []string {
	var out []string
	p.list("[", "]", func() { out = append(out, p.label()) })
	return out
}

// axis reads label=size; the size may be left out where the label alone means one.
func (p *parser) axis() Axis {
	at := p.tok
	a := Axis{Label: p.label()}
	if p.accept("=") {
		a.Size = p.length()
	} else if s, ok := alone(p.dims, a.Label); ok {
		a.Size = s
	} else {
		p.fail(diag.IRSize, at, "label %s needs its size: it is no dim and no plain name", at)
	}
	return a
}

func (p *parser) axes() []Axis {
	var out Type
	at := p.tok
	p.list("[", "]", func() {
		at := p.tok
		a := p.axis()
		if out.Has(a.Label) {
			p.fail(diag.IRType, at, "axis %s stands twice", at)
		}
		if out.Axes = append(out.Axes, a); len(out.Axes) > maxAxes {
			p.fail(diag.IRLimit, at, "more than %d axes", maxAxes)
		}
	})
	if err := tooLarge(out.Axes); err != nil {
		p.fail(diag.IRLimit, at, "%v", err)
	}
	return out.Axes
}

func (p *parser) typ() Type {
	kind := Real
	for k, name := range kindNames {
		if p.at(name) {
			p.advance()
			kind = Kind(k)
			break
		}
	}
	return Type{kind, p.axes()}
}

// long prints a type with every size, for errors.
func long(t Type) string { return (&printer{dims: map[string]Size{}}).typ(t) }
