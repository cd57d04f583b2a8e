package roofline

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"archc/passes/hardware"
)

// Point is a run in the plot.
type Point struct {
	Label  string
	Decode bool
	Bound
}

// The canvas and the field in it, in pixels.
const (
	width, height            = 960, 600
	left, right, top, bottom = 90, 180, 70, 70
)

// roofColours are those of the formats, told apart also by people who see no red and green (Okabe and Ito 2008).
var roofColours = map[string]string{
	"fp32": "#999999", "tf32": "#56B4E9", "bf16": "#0072B2", "fp8": "#009E73", "int8": "#CC79A7", "fp4": "#E69F00",
}

const prefillColour, decodeColour = "#D55E00", "#222222"

// axes are the scales of a plot: decades of FLOP a byte, and of FLOP a second.
type axes struct{ x0, x1, y0, y1 float64 }

func (a axes) x(intensity float64) float64 {
	return left + (math.Log10(intensity)-a.x0)/(a.x1-a.x0)*(width-left-right)
}

func (a axes) y(rate float64) float64 {
	return height - bottom - (math.Log10(rate)-a.y0)/(a.y1-a.y0)*(height-top-bottom)
}

// Plot draws the roofs of a device and runs below them, as SVG. Each run stands where its bound puts it: at its
// operations a byte, and as high as they allow at the format it multiplies in.
func Plot(d *hardware.Device, title string, points []Point) string {
	a := scale(d, points)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" `+
		`font-family="sans-serif" font-size="13" fill="#222">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	text(&b, left, 30, `font-size="17" font-weight="bold"`, title)
	a.grid(&b)
	a.roofs(&b, d)
	a.points(&b, d, points)
	legend(&b, d, slices.ContainsFunc(points, func(p Point) bool { return p.Decode }))
	b.WriteString("</svg>\n")
	return b.String()
}

// scale takes whole decades around all that is drawn.
func scale(d *hardware.Device, points []Point) axes {
	low, high, ceiling := 1.0, 1.0, 0.0
	for _, f := range hardware.Formats() {
		if rate, _ := d.Peak(f); rate > 0 {
			ceiling = max(ceiling, rate)
			high = max(high, 3*rate/d.BytesPerSecond())
		}
	}
	for _, p := range points {
		low, high = min(low, p.Intensity()), max(high, p.Intensity())
	}
	floor := low * d.BytesPerSecond()
	return axes{math.Floor(math.Log10(low)), math.Ceil(math.Log10(high)), math.Floor(math.Log10(floor)),
		math.Ceil(math.Log10(1.01 * ceiling))}
}

// grid draws the decades and names the axes.
func (a axes) grid(b *strings.Builder) {
	for e := a.x0; e <= a.x1; e++ {
		x := a.x(math.Pow(10, e))
		line(b, x, top, x, height-bottom, `stroke="#ddd"`)
		text(b, x, height-bottom+20, `text-anchor="middle"`, decade(e))
	}
	for e := a.y0; e <= a.y1; e++ {
		y := a.y(math.Pow(10, e))
		line(b, left, y, width-right, y, `stroke="#ddd"`)
		text(b, left-8, y+4, `text-anchor="end"`, rateName(e))
	}
	text(b, (left+width-right)/2, height-20, `text-anchor="middle"`, "arithmetic intensity, FLOP a byte of memory")
	fmt.Fprintf(b, `<text transform="translate(22 %d) rotate(-90)" text-anchor="middle">FLOP a second</text>`+"\n",
		(top+height-bottom)/2)
}

// decade writes 10^e as people write it.
func decade(e float64) string {
	if e >= -3 && e <= 4 {
		return fmt.Sprintf("%g", math.Pow(10, e))
	}
	return fmt.Sprintf("1e%g", e)
}

// rateName writes 10^e FLOP/s with the prefix of its thousand.
func rateName(e float64) string {
	k := math.Floor(e / 3)
	prefixes := map[float64]string{2: "M", 3: "G", 4: "T", 5: "P", 6: "E"}
	if p, ok := prefixes[k]; ok {
		return fmt.Sprintf("%g %s", math.Pow(10, e-3*k), p)
	}
	return fmt.Sprintf("1e%g", e)
}

// roofs draws the slope of the bandwidth once, and a level for each format; formats of one rate share a level.
func (a axes) roofs(b *strings.Builder, d *hardware.Device) {
	slope := d.BytesPerSecond()
	names, colours := map[float64][]string{}, map[float64]string{}
	var rates []float64
	for _, f := range hardware.Formats() {
		rate, _ := d.Peak(f)
		if rate == 0 {
			continue
		}
		if names[rate] == nil {
			rates, colours[rate] = append(rates, rate), roofColours[f]
		}
		names[rate] = append(names[rate], f)
	}
	best := rates[0]
	labels := &column{least: 15}
	for i := len(rates) - 1; i >= 0; i-- { // narrow formats are the high roofs, whose labels come first
		rate := rates[i]
		best = max(best, rate)
		x, y := a.x(rate/slope), a.y(rate)
		line(b, x, y, width-right, y, fmt.Sprintf(`stroke="%s" stroke-width="2.5"`, colours[rate]))
		text(b, width-right+8, labels.below(y+4), fmt.Sprintf(`fill="%s" font-weight="bold"`, colours[rate]),
			fmt.Sprintf("%s  %s T", strings.Join(names[rate], ", "), trimmed(rate/1e12)))
	}
	// From the left edge, or from where the slope enters the field.
	from := max(math.Pow(10, a.x0), math.Pow(10, a.y0)/slope)
	line(b, a.x(from), a.y(from*slope), a.x(best/slope), a.y(best), `stroke="#555" stroke-width="2.5"`)
}

// column keeps labels apart that stand one below another.
type column struct{ last, least float64 }

func (c *column) below(y float64) float64 {
	if c.last > 0 {
		y = max(y, c.last+c.least)
	}
	c.last = y
	return y
}

// above is below upside down: for labels that come from the lowest to the highest.
func (c *column) above(y float64) float64 {
	if c.last > 0 {
		y = min(y, c.last-c.least)
	}
	c.last = y
	return y
}

// points draws the runs. On the slope, labels of prefills stand to the upper left and those of steps to the lower right,
// so that the two do not meet where a short prefill is as intense as a step of many sequences; for the same reason the
// squares are larger than the circles.
func (a axes) points(b *strings.Builder, d *hardware.Device, points []Point) {
	labels := &column{least: 15}
	for _, p := range points {
		x, y := a.x(p.Intensity()), a.y(min(p.Peak, p.Intensity()*d.BytesPerSecond()))
		if !p.Decode {
			fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="14" height="14" fill="%s" stroke="#fff"/>`+"\n", x-7, y-7,
				prefillColour)
			if p.Binds() == "compute" {
				text(b, x, y+21, `font-size="12" text-anchor="middle"`, p.Label)
			} else {
				text(b, x-9, y-8, `font-size="12" text-anchor="end"`, p.Label)
			}
			continue
		}
		at := labels.above(y + 17)
		if at != y+17 { // a thin line leads to a label that stands away
			line(b, x, y, x+10, at-8, `stroke="#999" stroke-width="0.8"`)
		}
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="4.5" fill="%s" stroke="#fff"/>`+"\n", x, y, decodeColour)
		text(b, x+9, at, `font-size="12"`, p.Label)
	}
}

// legend tells what the marks are; a model without steps has one mark.
func legend(b *strings.Builder, d *hardware.Device, steps bool) {
	name, next := "forward pass of B inputs", left+190
	if steps {
		name, next = "prefill of T tokens", left+375
		fmt.Fprintf(b, `<circle cx="%d" cy="48.5" r="4.5" fill="%s"/>`+"\n", left+165, decodeColour)
		text(b, left+177, 53, "", "decode step of B sequences")
	}
	fmt.Fprintf(b, `<rect x="%d" y="42" width="13" height="13" fill="%s"/>`+"\n", left, prefillColour)
	text(b, left+19, 53, "", name)
	text(b, float64(next), 53, `fill="#666"`, "slope: memory at "+trimmed(d.BytesPerSecond()/1e9)+" GB/s; points are upper bounds")
}

func line(b *strings.Builder, x1, y1, x2, y2 float64, style string) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" %s/>`+"\n", x1, y1, x2, y2, style)
}

func text(b *strings.Builder, x, y float64, style, s string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" %s>%s</text>`+"\n", x, y, style, html.EscapeString(s))
}

func trimmed(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
}
