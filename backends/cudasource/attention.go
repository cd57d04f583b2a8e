package cudasource

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// attend is an attention that is being written: what its kernels read becomes members of a struct, from which four functors
// are made (kernels/pairs.cuh), and a kernel is a line that gives them to the library.
type attend struct {
	*kernel
	a          *plan.Attention
	value      plan.Average
	over, lane []source.Axis
	dots       []dotColumns
	fields     map[string]string  // of a place, by label
	at         map[string]ir.Size // where a pair stands, for offsets
	where      map[string]ir.Size // the same, for numbers and for ranges of them
	shape      attendShape
	memo       map[int]string       // texts of lines of the score
	tables     map[string]plan.View // of functions of distances
}

// dotColumns is where a dot's columns stand among those of all dots; a dot that is as wide as the data tell has none.
type dotColumns struct{ from, width, padded int }

// attendShape is the tile of a kernel.
type attendShape struct {
	element      string
	keys, values int  // of a tile, columns of a value
	columns      int  // of all dots
	chunk        bool // values are wider than a tile, or as wide as the data tell
}

// widestTile is how many columns of values the kernel for many lanes keeps in registers.
const widestTile = 128

// attention writes attention, each value apart.
func (w *printer) attention(a *plan.Attention) {
	for _, v := range a.Values {
		w.attend(a, v)
	}
}

func (w *printer) attend(a *plan.Attention, v plan.Average) {
	w.called = lastWord(w.scope)
	p := &attend{
		kernel: w.kernel("attention"), a: a, value: v, memo: map[int]string{},
		fields: map[string]string{}, at: map[string]ir.Size{}, where: map[string]ir.Size{},
	}
	p.over, p.lane = w.axes(source.AxesOf(a.Over)), w.axes(source.AxesOf(a.Lane))
	names := newNames("N")
	for _, x := range append(slices.Clone(p.over), p.lane...) {
		name := x.Label
		if name == plan.Batch {
			name = "batch"
		}
		p.fields[x.Label] = names.of(name)
		p.stands(x.Label, "at."+p.fields[x.Label])
	}
	p.stands(a.Key.Label, "key")
	p.columns()
	score, mask, norm := p.scoreText(), p.maskText(), p.normText()
	sides := p.sidesText()
	p.describe(norm)
	p.write(sides, score, mask, norm)
}

// stands says where a pair stands along a label.
func (p *attend) stands(label, text string) {
	far, near := "#in.far."+label, "#in.near."+label
	p.local[far], p.local[near] = "long("+text+")", text
	p.at[label], p.where[label] = ir.Free(far), ir.Free(near)
}

// tiles are the shapes of tiles, by what is multiplied and how many columns the dots have in all.
var tiles = []struct {
	element   string
	columns   int // at most
	keys      int
	step, few int // widths of dots and of values are multiples
}{
	{"bf16", 256, 64, 16, 64},
	{"bf16", 1 << 30, 32, 32, 64},
	{"float", 1 << 30, 32, 4, 32},
}

// columns lays out the columns of all dots, and chooses the tile.
func (p *attend) columns() {
	element := p.model.element()
	for _, t := range tiles {
		if t.element != element {
			continue
		}
		p.shape = attendShape{element: element, keys: t.keys}
		p.dots = nil
		for _, d := range p.a.Dots {
			n := p.size(source.Product(source.AxesOf(d.Sum)))
			c := dotColumns{from: p.shape.columns, width: -1}
			if width, ok := n.Int(); ok && width <= 1024 {
				c.width = int(width)
				c.padded = (c.width + t.step - 1) / t.step * t.step
				p.shape.columns += c.padded
			}
			p.dots = append(p.dots, c)
		}
		width, ok := p.size(p.value.Size).Int()
		if !ok || width > 512 {
			width, p.shape.chunk = 64, true
		}
		p.shape.values = (int(width) + t.few - 1) / t.few * t.few
		if p.shape.columns <= t.columns {
			return
		}
	}
}

// shapeText is the tile as the library names it.
func (p *attend) shapeText() string {
	text := fmt.Sprintf("Shape<%s, %d, %d", p.shape.element, p.shape.keys, p.shape.values)
	for _, d := range p.dots {
		if d.width >= 0 {
			text += fmt.Sprintf(", %d", d.padded)
		}
	}
	return text + ">"
}

// functor is the beginning of a struct of the kernel.
func (p *attend) functor(what, doc string) string {
	return fmt.Sprintf("\n// %s\nstruct %s_%s : %s_data {\n", comment(doc), p.name, what, p.name)
}

// write makes a file of the functors and of the kernels that are given them, and launches them.
func (p *attend) write(sides, score, mask string, norm normText) {
	overs, lanes, keys := p.size(elements(p.over)), p.size(elements(p.lane)), p.size(p.a.Key.Size)
	functors := fmt.Sprintf("%s_score{data}, %s_mask{data}, %s", p.name, p.name, norm.made)
	opening := fmt.Sprintf("const %s_sides sides = {data, int(%s), int(%s), int(%s)};\n", p.name, p.text(overs), p.text(lanes), p.text(keys))
	column := ""
	if p.shape.chunk {
		column = p.given("long", "column", "column")
	}
	shape := p.name + "_shape"
	type launched struct{ name, extra, body, items, shared, more, fit string }
	fit := func(kernel string) string { return ", " + kernel + "_fit<" + shape + ">" }
	var list []launched
	blocks := func(n int) string {
		return p.printer.text(overs.Mul(ceilQuotient(lanes, n)))
	}
	room := func(n ir.Size) string { return p.store(p.memory.room(n)) }
	if norm.rows {
		p.use("attend_rows.cuh")
		padded := ceilQuotient(keys, p.shape.keys).Mul(ir.Const(int64(p.shape.keys)))
		items := overs.Mul(ceilQuotient(lanes, 16))
		at := room(items.Mul(padded).Mul(ir.Const(int64(16 * (1 + norm.spare)))))
		call := "attend_rows<" + shape + ">(sides, " + functors + ", room);"
		list = append(list, launched{p.name, ", float* room", call, blocks(16), "rows_shared<" + shape + ">", ", " + at, fit("rows")})
	} else {
		few, known := lanes.Int()
		wide := p.shape.values > widestTile || p.shape.columns > 256
		if !wide && (!known || few > 16) {
			p.use("attend.cuh")
			p.checkPairs("tile")
			call := "attend_tile<" + shape + ">(sides, " + functors + ");"
			list = append(list, launched{p.name, "", call, blocks(64), "attend_shared<" + shape + ">", "", fit("tile")})
		}
		if wide || !known || few <= 16 {
			p.use("attend_few.cuh")
			p.checkPairs("few")
			least := ir.Min(lanes, ir.Const(16))
			if wide {
				least = lanes
			}
			at := room(overs.Mul(least).Mul(ir.Const(int64(mostParts * (p.shape.values + 2)))))
			n := "few_parts(" + blocks(16) + ")"
			extra, more := ", float* room, int parts", ", "+at+", "+n
			list = append(list,
				launched{p.name + "_few", extra, "attend_few<" + shape + ">(sides, " + functors + ", Parts{room, parts});",
					blocks(16) + " * " + n, "few_shared<" + shape + ", " + p.name + "_sides>", more, fit("few")},
				launched{p.name + "_merge", extra, "attend_merge<" + shape + ">(sides, " + norm.made + ", Parts{room, parts});",
					p.printer.text(overs.Mul(least)), "0", more, ""})
		}
	}

	var b strings.Builder
	b.WriteString(preface(p.name, p.head, p.uses))
	fmt.Fprintf(&b, "\nusing %s = %s;\n", shape, p.shapeText())
	decls, given, names := p.signature()
	fmt.Fprintf(&b, "\n// What the functors read: memory, and the sizes of this step.\nstruct %s_data {\n", p.name)
	for _, d := range decls {
		b.WriteString(d + ";\n")
	}
	for _, id := range p.dimUses {
		fmt.Fprintf(&b, "long %s;\n", id)
	}
	b.WriteString("};\n" + sides + score + mask + norm.text)
	for _, l := range list {
		head := "const Dims* d, " + strings.Join(decls, ", ")
		fmt.Fprintf(&b, "\n__global__ void __launch_bounds__(attend_threads%s) %s(%s%s) {\n", l.fit, l.name, strings.TrimSuffix(head, ", "), l.extra)
		var members []string
		members = append(members, names...)
		for _, id := range p.dimUses {
			members = append(members, "d->"+id)
		}
		fmt.Fprintf(&b, "const %s_data data = {%s};\n%s%s\n}\n", p.name, strings.Join(members, ", "), p.opening(opening), l.body)
	}
	p.model.kernels = append(p.model.kernels, file{p.name, laid(b.String())})
	for _, h := range p.uses {
		p.model.library[h] = true
	}
	launch := func(l launched) string {
		args := strings.Join(append([]string{"d"}, given...), ", ") + l.more
		return fmt.Sprintf("run(%s, groups(%s, attend_threads, %s), %s);", l.name, l.items, l.shared, args)
	}
	if column != "" {
		p.line("for (long column = 0; column < %s; column += %d) {", p.printer.text(p.value.Size), p.shape.values)
	}
	switch {
	case len(list) == 1:
		p.line("%s", launch(list[0]))
	case len(list) == 2:
		p.few(launch(list[0]), launch(list[1]), blocks(16))
	default:
		p.line("if (%s <= 16) {", p.printer.text(lanes))
		p.few(launch(list[1]), launch(list[2]), blocks(16))
		p.line("} else {")
		p.line("%s", launch(list[0]))
		p.line("}")
	}
	if column != "" {
		p.line("}")
	}
	p.memory.free()
}

// checkPairs notes a tile for test.cu, which multiplies dots of its own.
func (p *attend) checkPairs(how string) {
	if p.shape.columns > 0 {
		p.model.check("check_%s<%s, %d>();", how, p.shapeText(), map[string]int{"tile": -1, "few": p.valueColumn()}[how])
	}
}

// ceilQuotient is how many runs of n elements there are.
func ceilQuotient(s ir.Size, n int) ir.Size {
	return ir.Floor(s.Add(ir.Const(int64(n - 1))).Mul(ir.Rational(big.NewRat(1, int64(n)))))
}

// mostParts is few_parts' largest answer.
const mostParts = 16

// few launches a kernel whose blocks take parts of the keys, and the one that merges them.
func (p *attend) few(launch, merge, items string) {
	p.line("%s", launch)
	p.line("if (few_parts(%s) > 1) %s", items, merge)
}

// opening is the beginning of a kernel, with sizes read where the functors have them.
func (p *attend) opening(text string) string {
	for _, id := range p.dimUses {
		if strings.Contains(text, id) {
			text = fmt.Sprintf("const long %s = d->%s;\n", id, id) + text
		}
	}
	return text
}

// signature is what the host gives: declarations, expressions of the host, and names.
func (p *attend) signature() (decls, given, names []string) {
	if p.faults {
		decls, given, names = append(decls, "Fault* fault"), append(given, "fault"), append(names, "fault")
	}
	for _, x := range p.params {
		kind := x.kind
		switch {
		case kind != "":
		case x.written:
			kind = x.element + "*"
		default:
			kind = "const " + x.element + "*"
		}
		decls, given, names = append(decls, kind+" "+x.name), append(given, x.given), append(names, x.name)
	}
	return decls, given, names
}
