package cudasource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// sidesText writes where queries, keys and values lie.
func (p *attend) sidesText() string {
	var b strings.Builder
	b.WriteString(p.functor("sides", "Where queries, keys and values lie."))
	b.WriteString("template <class N> struct Place {\n")
	for _, x := range p.over {
		fmt.Fprintf(&b, "int %s;\n", p.fields[x.Label])
	}
	for _, x := range p.lane {
		fmt.Fprintf(&b, "N %s;\n", p.fields[x.Label])
	}
	fmt.Fprintf(&b, "};\nstatic constexpr int value_column = %d;\nint overs, lanes, keys;\n\n", p.valueColumn())
	digits := append(p.digits("over", p.over), p.digits("lane", p.lane)...)
	fmt.Fprintf(&b, "template <class N> __device__ Place<N> place(int over, N lane) const {\nreturn {%s};\n}\n", strings.Join(digits, ", "))
	b.WriteString(p.queryText())
	b.WriteString("template <class S> __device__ __forceinline__ void fetch_keys(typename S::T* tile, const Place<int>& at, int first) const {\n")
	for i, d := range p.a.Dots {
		if c := p.dots[i]; c.width >= 0 {
			to := "tile"
			if c.from > 0 {
				to = fmt.Sprintf("tile + %d", c.from)
			}
			b.WriteString(p.fetch(to, fmt.Sprint(c.padded), "S::LD", d.Key, d.Unit, ir.Size{}, fmt.Sprint(c.width)))
		}
	}
	v := p.value
	from, width := ir.Size{}, p.kernel.text(v.Size)
	if p.shape.chunk {
		id := p.given("long", "column", "column")
		p.local["#in.column"] = id
		from, width = ir.Free("#in.column"), fmt.Sprintf("int(%s - %s)", p.kernel.text(v.Size), id)
	}
	b.WriteString("}\ntemplate <class S> __device__ __forceinline__ void fetch_values(typename S::T* tile, const Place<int>& at, int first) const {\n")
	b.WriteString(p.fetch("tile", "S::VALUES", "S::LDV", v.Value, v.Unit, from, width))
	p.local["#in.i"] = "i"
	out := p.spot(v.Out, from.Add(ir.Free("#in.i")).Mul(v.To))
	b.WriteString("}\n__device__ void store(const Place<int>& at, int i, float value) const {\n")
	fmt.Fprintf(&b, "if (i < %s) %s[%s] = %s;\n}\n};\n", width, p.data(v.Out, true), out, p.stored(v.Out, "value"))
	return b.String()
}

// digits say where a number of lanes stands along axes, the last one fastest.
func (p *attend) digits(number string, axes []source.Axis) (out []string) {
	if len(axes) == 1 {
		return []string{number}
	}
	for i, x := range axes {
		out = append(out, fmt.Sprintf("digit(%s, %s, %s)", number, p.kernel.text(elements(axes[i+1:])), p.kernel.text(x.Size)))
	}
	return out
}

// spot is an element of a view, and so much further, for the pair that is looked at.
func (p *attend) spot(v plan.View, more ir.Size) string {
	sum := p.base(v).Add(more)
	for _, a := range v.Axes {
		if i, ok := p.at[a.Label]; ok {
			sum = sum.Add(a.Stride.Mul(i))
		}
	}
	return p.kernel.text(sum)
}

// queryText writes an element of a query: the columns of all dots side by side.
func (p *attend) queryText() string {
	var b strings.Builder
	b.WriteString("__device__ float query(const Place<int>& at, int i) const {\n")
	for n, d := range p.a.Dots {
		c := p.dots[n]
		if c.width < 0 {
			continue
		}
		number := "i"
		if c.from > 0 {
			number = fmt.Sprintf("(i - %d)", c.from)
		}
		offset := ir.Size{}
		axes := source.Merged(p.axes(source.AxesOf(d.Sum), d.Query))
		for k, x := range axes {
			text := number
			if len(axes) > 1 {
				text = fmt.Sprintf("digit(%s, %s, %s)", number, p.kernel.text(elements(axes[k+1:])), p.kernel.text(x.Size))
			}
			symbol := fmt.Sprintf("#in.query.%d.%d", n, k)
			p.local[symbol] = text
			offset = offset.Add(x.Stride[0].Mul(ir.Free(symbol)))
		}
		load := fmt.Sprintf("%s[%s]", p.data(d.Query, false), p.spot(d.Query, offset))
		if c.padded > c.width {
			fmt.Fprintf(&b, "if (i < %d) return i < %d ? %s : 0.f;\n", c.from+c.padded, c.from+c.width, load)
		} else {
			fmt.Fprintf(&b, "if (i < %d) return %s;\n", c.from+c.padded, load)
		}
	}
	b.WriteString("return 0.f;\n}\n")
	return b.String()
}

// fetch writes how rows along the keys come into a tile.
func (p *attend) fetch(to, cols, ld string, v plan.View, unit, from ir.Size, width string) string {
	row := v.Stride(p.a.Key.Label)
	base := p.spot(dropped(v, p.a.Key.Label), from.Mul(unit))
	chunks := p.chunked(v, row, unit)
	lines := fmt.Sprintf("Lines<float, %t>{%s + %s, %s, %s}", chunks, p.data(v, false), base, p.kernel.text(row), p.kernel.text(unit))
	return fmt.Sprintf("fetch_lines<typename S::T, S::KEYS, %s, %s, attend_threads>(%s, %s, first, keys, %s);\n", cols, ld, to, lines, width)
}

// dropped is a view at the first element of an axis.
func dropped(v plan.View, label string) plan.View {
	v.Axes = slices.DeleteFunc(slices.Clone(v.Axes), func(a plan.Axis) bool { return a.Label == label })
	return v
}

// chunked reports whether rows of a view begin at 16-byte addresses and their elements stand side by side. Weights begin
// where their file has them.
func (p *attend) chunked(v plan.View, row, unit ir.Size) bool {
	if v.Store.Role == plan.Weight || p.shape.chunk && p.value.Value.Store == v.Store {
		return false
	}
	if !source.IsOne(p.size(unit)) || !fours(p.size(row)) || !fours(p.base(v)) {
		return false
	}
	for _, a := range v.Axes {
		if a.Label != p.a.Key.Label && !fours(p.size(a.Stride)) {
			return false
		}
	}
	return true
}

// fours reports whether a size is a multiple of 4 whatever its dims are.
func fours(s ir.Size) bool { return multiples(s, 4) }

// valueColumn is the column of the first dot's keys at which the values begin where they are parts of the keys, as latents
// are, so that they are fetched once; -1 where they are not.
func (p *attend) valueColumn() int {
	if len(p.a.Dots) == 0 || p.dots[0].width < 0 || p.shape.chunk {
		return -1
	}
	key, v := p.a.Dots[0].Key, p.value.Value
	at, ok := p.base(v).Sub(p.base(key)).Int()
	near := source.IsOne(p.size(p.value.Unit)) && source.IsOne(p.size(p.a.Dots[0].Unit))
	if v.Store != key.Store || !ok || at < 0 || at%16 != 0 || !near {
		return -1
	}
	for _, x := range append(source.AxesOf(p.a.Over), plan.Axis{Label: p.a.Key.Label}) {
		if !p.size(v.Stride(x.Label)).Equal(p.size(key.Stride(x.Label))) {
			return -1
		}
	}
	width, _ := p.size(p.value.Size).Int()
	if int(at+width) > p.dots[0].width || int(at)+p.shape.values > p.shape.columns {
		return -1
	}
	return int(at)
}
