package search

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// The plot in pixels.
const (
	width, height            = 880, 600
	left, right, top, bottom = 100, 30, 96, 72
	letter                   = 7.7 // width of a character of a label, about
)

// Plot draws two expressions over the points that have both, as SVG. A space whose objectives are just these two has
// its front as a line.
type Plot struct {
	Space *Space
	X, Y  *Expr
	Title string
	Note  string // below the title
}

// spot is a point with its place.
type spot struct {
	*Point
	x, y *big.Rat
	px   float64
	py   float64
}

// Draw gives the SVG, nil when no point has both numbers.
func (p *Plot) Draw(points []*Point) []byte {
	var spots []spot
	var xs, ys []*big.Rat
	for _, q := range points {
		x, errX := q.Value(p.X)
		y, errY := q.Value(p.Y)
		if errX == nil && errY == nil && q.Measured != nil {
			spots, xs, ys = append(spots, spot{Point: q, x: x, y: y}), append(xs, x), append(ys, y)
		}
	}
	if len(spots) == 0 {
		return nil
	}
	ax, ay := newAxis(xs, left, width-right), newAxis(ys, height-bottom, top)
	for i := range spots {
		spots[i].px, spots[i].py = ax.place(spots[i].x), ay.place(spots[i].y)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" `+
		"font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"13\">\n", width, height, width, height)
	fmt.Fprintf(&b, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width, height)
	write(&b, left, 28, `font-size="17" fill="#111111"`, p.Title)
	write(&b, left, 49, `fill="#555555"`, p.Note)
	p.axes(&b, ax, ay)
	p.line(&b, spots)
	p.marks(&b, spots)
	p.labels(&b, spots)
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// write puts a text at a place.
func write(b *bytes.Buffer, x, y float64, style, text string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" %s>%s</text>`+"\n", x, y, style, escaped(text))
}

func escaped(text string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}

func (p *Plot) axes(b *bytes.Buffer, ax, ay axis) {
	const grid, ink = "#e4e4e4", `fill="#333333"`
	for _, t := range ax.ticks {
		fmt.Fprintf(b, `<path d="M%.1f %dV%d" stroke="%s"/>`+"\n", t.at, top, height-bottom, grid)
		write(b, t.at, height-bottom+20, ink+` text-anchor="middle"`, t.label)
	}
	for _, t := range ay.ticks {
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="%s"/>`+"\n", left, t.at, width-right, grid)
		write(b, left-8, t.at+4.5, ink+` text-anchor="end"`, t.label)
	}
	fmt.Fprintf(b, `<path d="M%d %dV%dH%d" fill="none" stroke="#333333"/>`+"\n", left, top, height-bottom, width-right)
	write(b, (left+width-right)/2, height-24, ink+` font-size="15" text-anchor="middle"`, named(p.X, ax))
	fmt.Fprintf(b, `<g transform="translate(26 %d) rotate(-90)">`, (top+height-bottom)/2)
	write(b, 0, 0, ink+` font-size="15" text-anchor="middle"`, named(p.Y, ay))
	b.WriteString("</g>\n")
}

// named is the title of an axis: expression, unit and scale.
func named(e *Expr, a axis) string {
	var more []string
	if unit := e.Unit(); unit != "" && unit != e.Text {
		more = append(more, unit)
	}
	if a.log {
		more = append(more, "logarithmic")
	}
	if len(more) == 0 {
		return e.Text
	}
	return e.Text + " (" + strings.Join(more, ", ") + ")"
}

// line joins the front by steps: what lies behind them is beaten. With other axes than the two objectives a line would
// say something that is not so.
func (p *Plot) line(b *bytes.Buffer, spots []spot) {
	goals := p.Space.Objectives
	if len(goals) != 2 || !(goals[0].Text == p.X.Text && goals[1].Text == p.Y.Text) {
		return
	}
	best := slices.DeleteFunc(slices.Clone(spots), func(s spot) bool { return s.State != Front })
	slices.SortStableFunc(best, func(a, c spot) int { return a.x.Cmp(c.x) })
	if len(best) == 0 {
		return
	}
	fmt.Fprintf(b, `<path d="M%.1f %.1f`, best[0].px, best[0].py)
	for _, s := range best[1:] {
		if goals[0].Max {
			fmt.Fprintf(b, "V%.1fH%.1f", s.py, s.px)
		} else {
			fmt.Fprintf(b, "H%.1fV%.1f", s.px, s.py)
		}
	}
	b.WriteString("\" fill=\"none\" stroke=\"#c2410c\" stroke-width=\"1.5\" stroke-dasharray=\"6 3\"/>\n")
}

// looks is how the states are drawn, in the order of drawing and of the legend.
var looks = []struct {
	state               State
	fill, stroke, words string
	radius              float64
}{
	{Filtered, "none", "#9ca3af", "left out by a constraint", 4},
	{Unknown, "none", "#9ca3af", "not known", 4},
	{Dominated, "#93b4e8", "#3566b0", "beaten by another", 4.5},
	{Counted, "#93b4e8", "#3566b0", "counted", 4.5},
	{Front, "#ea580c", "#7c2d12", "on the front", 6},
}

func (p *Plot) marks(b *bytes.Buffer, spots []spot) {
	x := float64(left + 8)
	for _, look := range looks {
		some := false
		for _, s := range spots {
			if s.State == look.state {
				some = true
				fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s" stroke="%s"><title>%s</title></circle>`+"\n",
					s.px, s.py, look.radius, look.fill, look.stroke, escaped(p.told(s)))
			}
		}
		if some {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="74" r="%.1f" fill="%s" stroke="%s"/>`+"\n", x, look.radius, look.fill, look.stroke)
			write(b, x+11, 78.5, `fill="#333333"`, look.words)
			x += float64(len(look.words))*letter + 36
		}
	}
}

// told is what a pointer over a mark shows.
func (p *Plot) told(s spot) string {
	text := fmt.Sprintf("%s\n%s %s\n%s %s\n%s", s.Name(), p.X.Text, Grouped(s.x), p.Y.Text, Grouped(s.y), s.State)
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

// Name is the point's varied parameters as a text.
func (p *Point) Name() string {
	var parts []string
	for i, q := range p.space.Parameters {
		if len(q.Values) > 1 {
			parts = append(parts, q.Name+"="+p.Values[i])
		}
	}
	return strings.Join(parts, " ")
}

type box struct{ x0, y0, x1, y1 float64 }

func (a box) meets(b box) bool { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 }

// labels names the points of the front, all points where there is no front and few points. A label that would lie on
// another one, on a mark or beyond the frame is left out: the mark tells its name.
func (p *Plot) labels(b *bytes.Buffer, spots []spot) {
	var taken []box
	for _, s := range spots {
		taken = append(taken, box{s.px - 5, s.py - 5, s.px + 5, s.py + 5})
	}
	for _, s := range spots {
		if s.State != Front && s.State != Counted {
			continue
		}
		wide := float64(len(s.Name())) * letter
		for _, at := range []struct {
			dx, dy float64
			anchor string
		}{{10, -8, "start"}, {10, 17, "start"}, {-10, -8, "end"}, {-10, 17, "end"}, {10, 4, "start"}, {-10, 4, "end"}} {
			x, y := s.px+at.dx, s.py+at.dy
			place := box{x, y - 11, x + wide, y + 3}
			if at.anchor == "end" {
				place.x0, place.x1 = x-wide, x
			}
			inside := place.x0 > left && place.x1 < width-right && y > top+11 && y < height-bottom-3
			if inside && !slices.ContainsFunc(taken, place.meets) {
				taken = append(taken, place)
				write(b, x, y, `font-size="12" fill="#111111" paint-order="stroke" stroke="#ffffff" stroke-width="3" `+
					`text-anchor="`+at.anchor+`"`, s.Name())
				break
			}
		}
	}
}
