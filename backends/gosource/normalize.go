package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/scalar"
	"archc/passes/plan"
)

// norm is the program of a normalizer that is being written.
type norm struct {
	*pairs
	code    []plan.NormOp
	rooms   []int
	vectors int // rooms of vectors; spare ones are behind them
}

// norm writes what makes weights of the scores: each line a function of whole vectors, or of a number of each lane.
func (p *pairs) norm() {
	n := &norm{pairs: p, code: p.a.Norm}
	n.rooms, n.vectors, _ = plan.NormRooms(n.code)
	p.tile("Norm: func(weights *kernel.Weights)", "weights.Tile", func() {
		before := p.out.String()
		p.out.Reset()
		p.inside(func() {
			for k, o := range n.code {
				if o.Along != plan.PerTwo {
					n.line(k, "")
				}
			}
			p.printer.line("weights.Give(%s)", n.vector(len(n.code)-1, "", 0))
			if slices.ContainsFunc(n.code, func(o plan.NormOp) bool { return o.Fn == "lookup" }) {
				p.printer.line("s.weighed(weights)")
			}
		})
		body := p.out.String()
		p.out.Reset()
		p.out.WriteString(before)
		if strings.Contains(body, "tile.") {
			p.printer.line("tile := weights.Tile")
		}
		p.out.WriteString(body)
	})
}

// value is where the value of a line stands.
func (n *norm) value(k int) string {
	o := n.code[k]
	switch {
	case o.Fn == "score":
		return "weights.Scores"
	case o.Fn == "other":
		return n.value(o.Args[0])
	case o.Along == plan.PerLane:
		return fmt.Sprintf("weights.Number(%d)", n.rooms[k])
	}
	return fmt.Sprintf("weights.Vector(%d)", n.rooms[k])
}

// vector is a line's value as a vector: what is one number of a lane is written out over the keys, and so is for key j of
// what is computed for two keys what it has there.
func (n *norm) vector(k int, j string, spare int) string {
	o, to := n.code[k], fmt.Sprintf("weights.Vector(%d)", n.vectors+spare)
	switch {
	case o.Fn == "imm":
		n.printer.line("kernel.Fill(%s, %s)", to, n.number32(o.Imm))
	case o.Along == plan.PerLane:
		n.printer.line("weights.Spread(%s, %s)", to, n.value(k))
	case o.Along == plan.PerKey && j != "":
		n.printer.line("weights.Spread(%s, weights.Row(%s, %s))", to, n.value(k), j)
	default:
		return n.value(k)
	}
	return to
}

// lane is a line's value as a number of each lane.
func (n *norm) lane(k, spare int) string {
	if o := n.code[k]; o.Fn == "imm" {
		to := fmt.Sprintf("weights.Row(weights.Vector(%d), 0)", n.vectors+spare)
		n.printer.line("kernel.Fill(%s, %s)", to, n.number32(o.Imm))
		return to
	}
	return n.value(k)
}

var running = map[string]string{"cumsum": "RunningSum", "cummax": "RunningLargest", "cummin": "RunningLeast"}

var overKeys = map[string]string{"sum": "Sum", "max_of": "Largest", "min_of": "Least"}

// line writes a line: what is of two keys for key j and all others.
func (n *norm) line(k int, j string) {
	if n.rooms[k] < 0 {
		return
	}
	o, to := n.code[k], n.value(k)
	switch {
	case o.Fn == "view":
		n.printer.line("weights.PerLane(%s, func(lane int) float32 { return %s[%s] })", to, n.data(o.View), n.text(n.where(o.View, nil)))
	case o.Fn == "position":
		n.printer.line("weights.PerLane(%s, func(lane int) float32 { return float32(%s) })", to, n.expr(n.folded(o.Expr, n.index)))
	case o.Fn == "count":
		n.printer.line("weights.Count(%s)", to)
	case o.Fn == "rank":
		n.printer.line("weights.Rank(%s)", to)
	case o.Fn == "key":
		n.printer.line("weights.KeyNumber(%s)", to)
	case o.Fn == "lookup":
		n.lookup(o, to)
	case running[o.Fn] != "":
		n.printer.line("weights.%s(%s, %s)", running[o.Fn], to, n.value(o.Args[0]))
	case overKeys[o.Fn] != "":
		n.reduce(k, o, to)
	default:
		n.function(o, to, j)
	}
}

// lookup writes elements of a table at a number of each lane, or of each key.
func (n *norm) lookup(o plan.NormOp, to string) {
	x := n.value(o.Args[0])
	if a := n.code[o.Args[0]]; a.Fn == "imm" {
		x = to
		n.printer.line("kernel.Fill(%s, %s)", x, n.number32(a.Imm))
	}
	n.printer.line("weights.LookUp(%s, %s, %s, %s, %s, func(lane int) int { return %s })", to, x, n.data(o.View), n.text(o.Size), n.text(o.Unit),
		n.text(n.where(o.View, nil)))
}

// reduce writes a reduction along the keys; what is of two keys for each of them.
func (n *norm) reduce(k int, o plan.NormOp, to string) {
	two := plan.Two(n.code, k)
	x := n.value(o.Args[0])
	if len(two) == 0 {
		n.printer.line("weights.%s(%s, %s)", overKeys[o.Fn], to, x)
		return
	}
	n.inside(func() {
		j := n.local("j")
		n.printer.line("for %s := range weights.Keys {", j)
		for _, k := range two {
			n.line(k, j)
		}
		n.printer.line("weights.%s(weights.Row(%s, %s), %s)\n}", overKeys[o.Fn], to, j, x)
	})
}

// function writes a scalar function.
func (n *norm) function(o plan.NormOp, to, j string) {
	arg := func(i int) string {
		if o.Along == plan.PerLane {
			return n.lane(o.Args[i], i)
		}
		return n.vector(o.Args[i], j, i)
	}
	imm := func(i int) bool { return n.code[o.Args[i]].Fn == "imm" }
	number := func(i int) string { return n.number32(n.code[o.Args[i]].Imm) }
	name, u := scalar.Binaries[o.Fn].Name, scalar.Unaries[o.Fn].Name
	switch {
	case u != "":
		n.printer.line("kernel.%s(%s, %s)", u, to, arg(0))
	case name != "" && imm(1) && !imm(0):
		n.printer.line("kernel.%sN(%s, %s, %s)", name, to, arg(0), number(1))
	case name != "" && imm(0) && !imm(1):
		n.printer.line("kernel.N%s(%s, %s, %s)", name, to, number(0), arg(1))
	case name != "":
		x, y := arg(0), arg(1)
		n.printer.line("kernel.%s(%s, %s, %s)", name, to, x, y)
	case o.Fn == "select":
		x, y, z := arg(0), arg(1), arg(2)
		n.printer.line("kernel.Select(%s, %s, %s, %s)", to, x, y, z)
	default:
		panic("gosource: no kernel for " + o.Fn)
	}
}
