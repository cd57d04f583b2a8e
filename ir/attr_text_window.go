package ir

import (
	"math"

	"archc/ir/diag"
)

// The text form of windows and topk. What a windows node does not say has its usual value: steps of 1, no pads, a
// fill of 0.

func (a *WindowsAttr) write(p *printer, n *Node) {
	p.word("%s -> %s", p.label(a.Label), p.axes([]Axis{a.Out, a.Window}))
	if a.Stride != 1 {
		p.word(" stride %d", a.Stride)
	}
	if a.Dilate != 1 {
		p.word(" dilate %d", a.Dilate)
	}
	if a.Low != 0 || a.High != 0 {
		p.word(" pad %d, %d", a.Low, a.High)
	}
	if math.Float64bits(a.Fill) != 0 {
		p.word(" fill %s", constant(a.Fill, n.Outs[0].Kind))
	}
}

func (a *WindowsAttr) read(p *parser) {
	a.Label, a.Stride, a.Dilate = p.label(), 1, 1
	p.expect("->")
	at := p.tok
	switch into := p.axes(); len(into) {
	case 2:
		a.Out, a.Window = into[0], into[1]
	default:
		p.fail(diag.IRSyntax, at, "expected two axes: the windows, and the places in one")
	}
	if p.accept("stride") {
		a.Stride = p.integer()
	}
	if p.accept("dilate") {
		a.Dilate = p.integer()
	}
	if p.accept("pad") {
		a.Low = p.integer()
		p.expect(",")
		a.High = p.integer()
	}
	if p.accept("fill") {
		a.Fill = p.constant()
	}
}

func (a *TopKAttr) write(p *printer, _ *Node) { p.word("%s -> %s", p.label(a.Label), p.axis(a.Into)) }

func (a *TopKAttr) read(p *parser) {
	a.Label = p.label()
	p.expect("->")
	a.Into = p.axis()
}
