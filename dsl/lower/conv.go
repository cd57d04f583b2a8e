package lower

import (
	"fmt"
	"slices"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// convolution is `A -> B over Y X window(3, 3) stride(2) pad(1)`: a map that reads a window around each place.
type convolution struct {
	*linear
	windows []window
	groups  int64
	rest    shape // the input's dims that are summed: all, or those of one group
	group   *axis // nil without groups
	each    *axis // the output's dims of one group
}

// window is what a convolution or a pooling reads along one axis.
type window struct {
	name                          syntax.Ident // of the axis, in the order of the argument's last axes
	size, stride, dilate, low, hi int64
	place                         *axis // the places in a window
}

func (*convolution) what() string { return "a convolution" }

// overClauses are the words of `over`, with the numbers that each takes: one for all axes, or one for each.
var overClauses = []string{"window", "stride", "pad", "dilate", "groups"}

// makeConvolution reads the field.
func (l *lowerer) makeConvolution(f *field) value {
	d := f.decl
	axes, clauses, ok := l.readOver(d.Over, f.inst.scope)
	if !ok {
		return poison{}
	}
	c := &convolution{linear: &linear{field: f}, groups: 1}
	var okIn, okOut bool
	c.in, okIn = l.onceEach([]syntax.Expr{d.Type}, d.Type.Span(), f.inst.scope)
	c.out, okOut = l.onceEach([]syntax.Expr{d.Out}, d.Out.Span(), f.inst.scope)
	if !okIn || !okOut || !l.storedAsPath(c) || !l.biasKey(c.linear, f.inst.scope) {
		return poison{}
	}
	if d.Stored != nil || d.Share != nil {
		return l.unsupported(f.at, "a convolution with `stored` or `=`")
	}
	if c.windows, ok = l.makeWindows(axes, clauses, f.key(), d.Over.Span()); !ok {
		return poison{}
	}
	if g := clauses["groups"]; g != nil && !l.makeGroups(c, g) {
		return poison{}
	}
	for _, id := range axes {
		for _, a := range append(slices.Clone(c.in), c.out...) {
			if a.name == id.Name {
				l.fail(diag.New(diag.TwiceDim, id.At, "%s goes over %s, which is its own dim", f.name, a.name).
					Note(a.decl, "%s", a.text()).
					Suggest("behind `over` stand the axes along which the window moves: `over Y X`"))
				return poison{}
			}
		}
	}
	if c.group == nil {
		c.rest = c.in
	}
	return c
}

func (f *field) key() string { return fmt.Sprintf("%s:%d", f.name, f.at.Start) }

func (l *lowerer) storedAsPath(c *convolution) bool {
	path, whole, ok := l.path(c.field, 0)
	c.key = path
	if !whole {
		c.key = joinPath(path, "weight")
	}
	return ok
}

// readOver reads `Y X window(7, 7) stride(2)`: axis names, then clauses with numbers.
func (l *lowerer) readOver(e syntax.Expr, sc *scope) ([]syntax.Ident, map[string][]int64, bool) {
	parts := []syntax.Expr{e}
	if j, ok := e.(*syntax.Juxt); ok {
		parts = j.Parts
	}
	var axes []syntax.Ident
	clauses := map[string][]int64{}
	for _, p := range parts {
		switch x := p.(type) {
		case *syntax.Name:
			if isDim(x.Name) && len(clauses) == 0 {
				if slices.ContainsFunc(axes, func(id syntax.Ident) bool { return id.Name == x.Name }) {
					l.fail(diag.New(diag.TwiceDim, x.At, "%s stands twice behind `over`", x.Name))
					return nil, nil, false
				}
				axes = append(axes, x.Ident)
				continue
			}
		case *syntax.Call:
			n, ok := x.Fn.(*syntax.Name)
			if ok && slices.Contains(overClauses, n.Name) && clauses[n.Name] == nil && !x.HasBody && !x.HasCarry {
				numbers, fine := l.clauseNumbers(x, sc)
				if !fine {
					return nil, nil, false
				}
				clauses[n.Name] = numbers
				continue
			}
		}
		l.fail(diag.New(diag.WrongPlace, p.Span(), "`%s` is no part of `over`", p.Span().Text()).
			Suggest("`over Y X window(3, 3) stride(2) pad(1)`, with dilate(...) and groups(...)"))
		return nil, nil, false
	}
	if len(axes) == 0 || clauses["window"] == nil {
		l.fail(diag.New(diag.WrongPlace, e.Span(), "`over` names its axes and a window").
			Suggest("`over Y X window(3, 3)`"))
		return nil, nil, false
	}
	return axes, clauses, true
}

// maxOver bounds the numbers of a window.
const maxOver = 1 << 20

func (l *lowerer) clauseNumbers(x *syntax.Call, sc *scope) ([]int64, bool) {
	var out []int64
	for _, a := range x.Args {
		if a.Name.Name != "" {
			l.fail(diag.New(diag.WrongArgs, a.At, "`%s` takes numbers, one for all axes or one for each",
				x.Fn.Span().Text()).Suggest("`%s(%s)`", x.Fn.Span().Text(), a.Value.Span().Text()))
			return nil, false
		}
		v := l.eval(a.Value, sc)
		n, ok := sizeOf(settle(v))
		k, isNumber := n.Int()
		if !ok || !isNumber || k < 0 || k > maxOver {
			if !poisoned(v) {
				l.fail(diag.New(diag.NotConstant, a.At, "`%s` is no whole number from 0 to %d", a.At.Text(), maxOver))
			}
			return nil, false
		}
		out = append(out, k)
	}
	if len(out) == 0 {
		l.fail(diag.New(diag.WrongArgs, x.At, "`%s` takes a number", x.At.Text()))
		return nil, false
	}
	return out, true
}

// makeWindows spreads the clauses over the axes: one number is for all, several are one for each; along a single axis
// pad takes two, in front and behind.
func (l *lowerer) makeWindows(axes []syntax.Ident, clauses map[string][]int64, key string, at diag.Span) ([]window, bool) {
	out := make([]window, len(axes))
	for i, id := range axes {
		w := window{name: id, stride: 1, dilate: 1}
		for _, c := range []struct {
			name string
			into *int64
		}{{"window", &w.size}, {"stride", &w.stride}, {"dilate", &w.dilate}, {"pad", &w.low}} {
			n := clauses[c.name]
			switch {
			case n == nil:
			case len(n) == 1:
				*c.into = n[0]
			case len(n) == len(axes):
				*c.into = n[i]
			case c.name == "pad" && len(axes) == 1 && len(n) == 2:
				w.low = n[0]
			default:
				l.fail(diag.New(diag.WrongArgs, at, "%s has %d numbers for %d axes", c.name, len(n), len(axes)))
				return nil, false
			}
		}
		w.hi = w.low
		if n := clauses["pad"]; len(axes) == 1 && len(n) == 2 {
			w.hi = n[1]
		}
		if w.size < 1 || w.stride < 1 || w.dilate < 1 {
			l.fail(diag.New(diag.BadDim, at, "window, stride and dilate are 1 or more"))
			return nil, false
		}
		w.place = l.dim("k"+id.Name, ir.Const(w.size), at, key, fmt.Sprint(i))
		out[i] = w
	}
	return out, true
}

// makeGroups splits input and output: group g of the output reads group g of the input alone.
func (l *lowerer) makeGroups(c *convolution, numbers []int64) bool {
	in, okIn := c.in.size().Int()
	out, okOut := c.out.size().Int()
	at, groups := c.field.decl.Over.Span(), numbers[0]
	if len(numbers) > 1 {
		l.fail(diag.New(diag.WrongArgs, at, "groups is one number for all axes, not %d", len(numbers)))
		return false
	}
	if len(c.in) != 1 || len(c.out) != 1 || !okIn || !okOut || groups < 1 || in%groups != 0 || out%groups != 0 {
		l.fail(diag.New(diag.NotDivisible, at, "%d groups do not divide %s -> %s, which is %s -> %s", groups, c.in, c.out,
			c.in.size(), c.out.size()).Suggest("groups divide the input's and the output's dim"))
		return false
	}
	if groups == 1 {
		return true
	}
	c.groups = groups
	c.group = l.dim("groups", ir.Const(groups), at, c.field.key())
	part := l.dim(c.in[0].name+"g", ir.Const(in/groups), at, c.in[0].label, fmt.Sprint(groups))
	c.each = l.dim(c.out[0].name+"g", ir.Const(out/groups), at, c.out[0].label, fmt.Sprint(groups), "out")
	c.rest = shape{part}
	return true
}

// callConvolution lays windows over the last axes of the argument and contracts them with the weight.
func (l *lowerer) callConvolution(c *convolution, args callArgs, at diag.Span, sc *scope) value {
	x, ok := l.onlyArg("a convolution", args, at, c.field.at, c.decl())
	if !ok || !l.mayUse(c.in, c.field.name, at, sc) || !l.mayUse(c.out, c.field.name, at, sc) {
		return poison{}
	}
	whole, missing := l.needAll(x, c.in)
	if missing != nil {
		l.fail(l.noDim(at, missing, x, ": "+c.field.name+" takes "+c.in.String()).Note(c.field.at, "%s", c.decl()))
		return poison{}
	}
	places, ok := l.placesOf(whole, c.in, c.windows, at)
	if !ok {
		return poison{}
	}
	whole, ok = l.layWindows(whole, places, c.windows, 0, at)
	if !ok {
		return poison{}
	}
	y, ok := l.convolve(c, whole, at)
	if !ok {
		return poison{}
	}
	if c.bias != "" {
		y = l.b.Must(ir.Map, fn("add"), y, l.biasOf(c.linear))
	}
	l.made[y.Node] = c.linear
	return tensor{y}
}

// convolve contracts the windows with the weight, group by group.
func (l *lowerer) convolve(c *convolution, x ir.Value, at diag.Span) (ir.Value, bool) {
	w, in, out, places := l.kernelOf(c)
	if c.group != nil {
		split, ok := l.try(ir.Split, &ir.SplitAttr{Label: c.in[0].label, Into: shape{c.group, c.rest[0]}.ir()}, x)
		if !ok {
			l.fail(diag.New(diag.TwiceDim, at, "the argument has the groups already"))
			return x, false
		}
		x = split
	} else {
		x = l.relabel(x, c.in, in)
	}
	if !l.outputFits(c.linear, x, at) {
		return x, false
	}
	sum := append(slices.Clone(in), places...)
	y := l.b.Must(ir.Contract, &ir.SumAttr{Labels: sum.labels()}, x, w)
	if c.group != nil {
		y = l.b.Must(ir.Merge, &ir.MergeAttr{Labels: out.labels(), Into: c.out[0].ir()}, y)
	}
	return y, true
}

// touchConvolution makes the parameters of a convolution that no body has used.
func (l *lowerer) touchConvolution(c *convolution) {
	l.aside(func() { l.kernelOf(c) })
	if c.bias != "" {
		l.biasOf(c.linear)
	}
}

// kernelOf is the stored tensor, [B, A, window...], and its axes.
func (l *lowerer) kernelOf(c *convolution) (w ir.Value, in, out, places shape) {
	in, out = l.inputAxes(c.linear), c.out
	if c.group != nil {
		in, out = c.rest, shape{c.group, c.each}
	}
	groups := []shape{out, in}
	for _, k := range c.windows {
		places, groups = append(places, k.place), append(groups, shape{k.place})
	}
	return l.storedTensor(c.key, ir.Real, false, groups, c.field), in, out, places
}

// placesOf are the argument's axes that the windows go over, beside the map's input: those of the windows' names, and for
// other names the last of what is left.
func (l *lowerer) placesOf(x ir.Value, in shape, windows []window, at diag.Span) (shape, bool) {
	var rest shape
	for _, a := range x.Type().Axes {
		if ax := l.axes[a.Label]; !contains(in, ax) {
			rest = append(rest, ax)
		}
	}
	if len(rest) < len(windows) {
		l.fail(diag.New(diag.NoDim, at, "the windows go over %d axes, and %s has %d beside %s", len(windows),
			l.typeText(x.Type()), len(rest), in))
		return nil, false
	}
	places := make(shape, len(windows))
	for i, w := range windows {
		for k := len(rest) - 1; k >= 0 && places[i] == nil; k-- {
			if rest[k].name == w.name.Name {
				places[i] = rest[k]
				rest = slices.Delete(rest, k, k+1)
			}
		}
	}
	for i := len(places) - 1; i >= 0; i-- {
		if places[i] == nil {
			places[i], rest = rest[len(rest)-1], rest[:len(rest)-1]
		}
	}
	return places, true
}

// layWindows makes of each place axis two: where windows stand, and the places in one. Windows that keep the number of
// places keep the dim; others over one dim with one number of windows share a dim, so that x + f(x) finds it.
func (l *lowerer) layWindows(x ir.Value, places shape, windows []window, fill float64, at diag.Span) (ir.Value, bool) {
	for i, w := range windows {
		a := places[i]
		attr := &ir.WindowsAttr{Label: a.label, Window: w.place.ir(), Stride: w.stride, Dilate: w.dilate, Low: w.low,
			High: w.hi, Fill: fill}
		size := attr.OutSize(a.size)
		if n, isNumber := size.Rat(); isNumber && n.Sign() <= 0 {
			l.fail(diag.New(diag.BadRange, at, "a window of %d places does not fit %s", w.size, a.describe()))
			return x, false
		}
		out := a
		if !size.Equal(a.size) {
			out = l.dim(a.name, size, a.decl, a.label, "windows")
			out.cut = a
			if a.cut != nil {
				out.cut = a.cut
			}
		}
		attr.Out = out.ir()
		v, ok := l.try(ir.Windows, attr, x)
		if !ok {
			l.fail(diag.New(diag.TwiceDim, at, "%s has the dimension %s already", l.nameOf(x), w.place.name))
			return x, false
		}
		x = v
	}
	return x, true
}

// callPool lowers maxpool[Y, X](x, window=3, stride=2, pad=1) and meanpool: windows, then a reduction. The padding is
// never the largest, and counts as zeros in a mean.
func callPool(fn string) func(*lowerer, *callArgs, diag.Span, *scope) value {
	return func(l *lowerer, args *callArgs, at diag.Span, sc *scope) value {
		x, ok := l.wantTensor(args.pos[0].val, args.pos[0].at)
		if !ok {
			return poison{}
		}
		clauses, ok := l.poolNumbers(args, at)
		if !ok {
			return poison{}
		}
		var ids []syntax.Ident
		var places shape
		for _, a := range args.axes {
			a = l.onAxis(x, a)
			if !x.Type().Has(a.label) {
				l.fail(l.noDim(at, a, x, " in "+clip(at.Text())))
				return poison{}
			}
			places, ids = append(places, a), append(ids, syntax.Ident{Name: a.name, At: at})
		}
		if len(places) == 0 {
			l.fail(diag.New(diag.AmbiguousAxis, at, "over which axes?").Suggest("`maxpool[Y, X](x, window=2, stride=2)`"))
			return poison{}
		}
		windows, ok := l.makeWindows(ids, clauses, at.String(), at)
		if !ok {
			return poison{}
		}
		fill := 0.0
		if fn == "max" {
			fill = -inf
			for _, w := range windows {
				if reach := (w.size-1)*w.dilate + 1; max(w.low, w.hi) >= reach {
					l.fail(diag.New(diag.BadRange, at, "pad = %d lays a window of %d places on padding alone", w.low, reach).
						Suggest("the largest of nothing is no number: pad at most %d", reach-1))
					return poison{}
				}
			}
		}
		if x, ok = l.layWindows(x, places, windows, fill, at); !ok {
			return poison{}
		}
		var within []*axis
		count := int64(1)
		for _, w := range windows {
			within, count = append(within, w.place), count*w.size
		}
		out := l.reduce(fn, false, x, within, at)
		if fn == "sum" {
			return l.apply("div", at, out, whole(count))
		}
		return out
	}
}

func (l *lowerer) poolNumbers(args *callArgs, at diag.Span) (map[string][]int64, bool) {
	out := map[string][]int64{}
	for name, a := range args.named {
		n, ok := sizeOf(settle(a.val))
		k, isNumber := n.Int()
		if !ok || !isNumber || k < 0 || k > maxOver || !slices.Contains(overClauses[:4], name) {
			l.fail(diag.New(diag.WrongArgs, a.at, "`%s = %s` is no number of a pooling", name, a.at.Text()).
				Suggest("window, stride, pad and dilate are whole numbers"))
			return nil, false
		}
		out[name] = []int64{k}
	}
	if out["window"] == nil {
		l.fail(diag.New(diag.WrongArgs, at, "a pooling needs its window").Suggest("`maxpool[Y, X](x, window=2, stride=2)`"))
		return nil, false
	}
	return out, true
}
