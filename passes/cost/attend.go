package cost

import (
	"fmt"
	"slices"

	"archc/ir"
	"archc/passes/sparsity"
)

// attends is what does not change between the runs of an attend node.
type attends struct {
	key         string   // the axis whose size inside the regions is the number of admitted keys of a row
	differs     []string // axes beside the key along which the mask differs
	queries     ir.Size  // all rows
	keys        ir.Size  // all keys
	pairs, rows ir.Size  // what is charged for in one run, in all elements of differs together
	loops       []string // loops around on whose numbers the pairs depend: then they are the average over all runs
}

// attend counts the regions and the average over the values. The mask says for each row which keys are
// admitted. Where it has axes beside the key (a pattern for each head), or depends on the batch, a row is
// evaluated on its own for each of their elements: then everything in the other regions runs for each.
// What depends neither on them nor on an input runs once for all elements of the batch.
func (w *walker) attend(n *ir.Node, p place) error {
	a, err := w.describe(n, p)
	if err != nil {
		return err
	}
	if !p.follow && differ(a.loops, p.apart) {
		w.unknown(n, "its pairs differ from run to run, and its batch does")
	}
	if pairs, err := p.fold(a.pairs); err == nil && !p.follow {
		s := w.scope(n.Scope)
		s.Pairs = s.Pairs.Add(pairs)
	}
	mask := n.RegionNamed("mask")
	w.markAll(mask.Params, false)
	in := p
	in.keys = append(slices.Clip(p.keys), a.key)
	in.fold = fold(a.foldMask).then(p.fold)
	if err := w.region(mask, in); err != nil {
		return err
	}
	row := in
	row.fold = fold(a.foldRow).then(p.fold)
	row.fixed = slices.Concat(p.fixed, a.differs)
	row.each = p.each || w.isBatched(mask.Results[0])
	attr := n.Attr.(*ir.AttendAttr)
	var weights bool
	for _, r := range n.Regions {
		if r == mask {
			continue
		}
		w.markAll(r.Params, weights) // norm(s), weight(w)
		if query, keys := r.Positions(); query != nil {
			w.mark(query, false)
			w.mark(keys, false)
		}
		if r.Name == "score" {
			for k, v := range n.Args[:attr.Queries+attr.Keys] {
				w.mark(r.Params[k+2], w.isBatched(v))
			}
		}
		if err := w.region(r, row); err != nil {
			return err
		}
		if r.Name == "score" {
			w.scores(r.Results[0], row)
		}
		weights = w.isBatched(r.Results[0])
	}
	some := false
	for i, v := range n.Args[attr.Queries+attr.Keys:] {
		own := weights || row.each || w.isBatched(v)
		w.batched[ir.Value{Node: n, Out: i}] = own
		some = some || own
	}
	if some && !p.follow {
		w.keep(n, p) // what it gives has all rows; its regions were followed for one
	}
	row.fold = fold(a.foldPair).then(p.fold)
	w.charge(n, row, some)
	return nil
}

func (w *walker) markAll(params []*ir.Node, batched bool) {
	for _, p := range params {
		w.mark(p, batched)
	}
}

// describe analyses an attend node when it is met first, and adds it to the report.
func (w *walker) describe(n *ir.Node, p place) (*attends, error) {
	if a := w.attends[n]; a != nil {
		return a, nil
	}
	if err := wellFormed(n); err != nil {
		return nil, fmt.Errorf("%s: attend: %w", n.Scope, err)
	}
	attr := n.Attr.(*ir.AttendAttr)
	a := &attends{key: attr.Key, queries: ir.Const(1)}
	var ok bool
	if attr.Query != "" {
		if a.queries, ok = axisSize(n.Args[:attr.Queries], attr.Query); !ok {
			return nil, fmt.Errorf("%s: attend: no query has the axis %s", n.Scope, attr.Query)
		}
	}
	if a.keys, ok = axisSize(n.Args[attr.Queries:], attr.Key); !ok {
		return nil, fmt.Errorf("%s: attend: no key or value has the axis %s", n.Scope, attr.Key)
	}
	further := n.RegionNamed("mask").Results[0].Type().Without(attr.Key).Without(p.fixed...)
	a.differs = further.Labels()
	w.attends[n] = a
	info := w.choose(n, a, further, p)
	w.varies(n, a, &info, p)
	w.report.Attention = append(w.report.Attention, info)
	return a, nil
}

// wellFormed checks what is relied on here and what the verifier has checked before.
func wellFormed(n *ir.Node) error {
	a, ok := n.Attr.(*ir.AttendAttr)
	mask, score := n.RegionNamed("mask"), n.RegionNamed("score")
	if !ok || mask == nil || score == nil || len(n.Args) <= a.Queries+a.Keys {
		return fmt.Errorf("it lacks its mask, its score or a value")
	}
	if len(mask.Params) != 2 || len(score.Params) != 2+a.Queries+a.Keys {
		return fmt.Errorf("mask takes %d values and score %d, not 2 and %d",
			len(mask.Params), len(score.Params), 2+a.Queries+a.Keys)
	}
	for _, r := range n.Regions {
		if len(r.Results) != 1 {
			return fmt.Errorf("region %s gives %d values, not one", r.Name, len(r.Results))
		}
	}
	return nil
}

func axisSize(values []ir.Value, label string) (ir.Size, bool) {
	for _, v := range values {
		if i := v.Type().Find(label); i >= 0 {
			return v.Type().Axes[i].Size, true
		}
	}
	return ir.Size{}, false
}

// choose sets the pairs and rows that the node is charged for, by the convention asked for.
func (w *walker) choose(n *ir.Node, a *attends, further ir.Type, p place) AttendInfo {
	info := AttendInfo{Scope: n.Scope, Queries: a.queries, Keys: a.keys}
	switch w.opt.Attention {
	case Full:
		info.Pairs = a.all(further, ir.Const(1), "by --attention full")
	case Half:
		info.Pairs = a.all(further, half(), "by --attention half")
	default:
		opt := sparsity.Options{Given: w.opt.Given, Around: p.around, Fixed: p.fixed}
		info.Pairs = a.exact(n, further, opt)
	}
	if info.Pairs.Bound {
		note(&w.report.Bounds, fmt.Sprintf("%s: all pairs that may be admitted are counted: %s", n.Scope, info.Pairs.Reason))
	}
	number := len(w.report.Attention) + 1
	a.loops = info.Pairs.loops()
	share := inverse(info.Pairs.Runs)
	a.pairs, info.Symbol = w.formulaOr(info.Pairs.Formula, "pairs", number)
	a.rows, info.RowSymbol = w.formulaOr(info.Pairs.Rows, "rows", number)
	a.pairs, a.rows = a.pairs.Mul(share), a.rows.Mul(share)
	return info
}

// formulaOr is the formula, or a new symbol where there is none.
func (w *walker) formulaOr(formula *ir.Size, name string, number int) (s ir.Size, symbol string) {
	if formula != nil {
		return *formula, ""
	}
	symbol = w.fresh(fmt.Sprintf("%s%d", name, number))
	return ir.Free(symbol), symbol
}

// varies looks whether the pairs differ between the runs of the regions around. A formula over the keys of another
// attend is summed with the rest of its row, which has a key; of an expert's rows there may be none, and no formula
// here holds for that.
func (w *walker) varies(n *ir.Node, a *attends, info *AttendInfo, p place) {
	names := slices.Concat(info.Queries.Frees(), info.Keys.Frees(), info.Pairs.Frees())
	has := func(list []string) bool {
		return slices.ContainsFunc(list, func(name string) bool { return slices.Contains(names, name) })
	}
	info.varies = has(p.counts) || has(p.keys)
	if symbols := info.Symbol+info.RowSymbol != ""; has(p.counts) || info.varies && symbols {
		w.unknown(n, "its pairs differ from run to run of a region around")
		number := len(w.report.Attention) + 1
		a.pairs, info.Symbol = w.formulaOr(nil, "pairs", number) // so that nothing else is unknown
		a.rows, info.RowSymbol = w.formulaOr(nil, "rows", number)
	}
}

// same is an error where the work for a pair differs between runs as the pairs do: then their averages say nothing
// about the sum.
func (a *attends) same(work ir.Size) error {
	if differ(a.loops, work.Frees()) {
		return fmt.Errorf("its work for a pair, %s, and its pairs both differ from run to run", work)
	}
	return nil
}

// foldPair sums what is done for each admitted pair.
func (a *attends) foldPair(perPair ir.Size) (ir.Size, error) {
	return perPair.Mul(a.pairs), a.same(perPair)
}

// foldRow sums what is done for each row with a key: c*J + d over rows with J keys each is c*pairs +
// d*rows. Anything but a linear function of J would need the distribution of J.
func (a *attends) foldRow(perRow ir.Size) (ir.Size, error) {
	c, d, ok := linear(perRow, a.key)
	if !ok {
		return ir.Size{}, fmt.Errorf("its work for a row, %s, is not linear in the row's keys %s", perRow, a.key)
	}
	return c.Mul(a.pairs).Add(d.Mul(a.rows)), a.same(perRow)
}

// foldMask sums over all rows what is done for a row with all keys: the mask is what decides which are
// admitted.
func (a *attends) foldMask(perRow ir.Size) (ir.Size, error) {
	return perRow.Substitute(map[string]ir.Size{a.key: a.keys}).Mul(a.queries), nil
}
