package main

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/cost"
	"archc/passes/figures"
	"archc/passes/roofline"
	"archc/passes/search"
)

// counting is what the points of a sweep have in common. Points are counted side by side, so it is only read.
type counting struct {
	*sweep
	prog     *check.Program
	model    string
	settings map[string]string // of the configuration
	sizes    *statsVerb        // reads seq and batch as stats does
}

// count counts all points. A space of which nothing compiles is a mistake, told by its first point.
func (v *sweepVerb) count(s *session, w *sweep) error {
	prog, err := s.program(w.File)
	if err != nil {
		return err
	}
	k := &counting{sweep: w, prog: prog, model: w.Model, sizes: &statsVerb{Batch: w.Batch}}
	if w.Seq != "" {
		k.sizes.Seq = strings.Split(strings.ReplaceAll(w.Seq, " ", ""), ",")
	}
	if v.Config != "" {
		c := &compiled{prog: prog, origin: map[string]string{}}
		if c.config, err = readConfig(v.Config); err != nil {
			return err
		}
		if k.model, k.settings, err = c.configure(w.Model); err != nil {
			return err
		}
	}
	list := &diag.List{}
	decl := lower.Choose(prog, k.model, list)
	if decl == nil {
		return list.Err()
	}
	k.model, w.model = decl.Name().Name, decl.Name().Name
	s.enter("counting")
	w.points, err = w.Space.Run(s.ctx, k.point, func(done, all int) { s.progress.update("counting %d of %d points", done, all) })
	if err != nil {
		return err
	}
	if err := w.nothing(); err != nil {
		return err
	}
	return w.unknownNames()
}

// unknownNames is the mistake of a column or an axis that reads a name which a point does not have.
func (w *sweep) unknownNames() error {
	for _, c := range slices.Concat(w.columns, w.axes) {
		for _, p := range w.points {
			var mistake *diag.Diagnostic
			if _, err := p.Value(c); errors.As(err, &mistake) {
				return mistake
			}
		}
	}
	return nil
}

// nothing is the mistake of a space without a point that compiles; nil when there is one, or one that a constraint rules
// out before.
func (w *sweep) nothing() error {
	for _, p := range w.points {
		if p.State != search.Refused {
			return nil
		}
	}
	f, ok := asFailure(w.points[0].Refusal)
	if !ok {
		return w.points[0].Refusal
	}
	if len(w.points) == 1 {
		return f
	}
	return f.note("none of %d points compiles; this is the first, %s", len(w.points), all(w.Space, w.points[0]))
}

// all are the settings of a point as a text.
func all(s *search.Space, p *search.Point) string {
	parts := make([]string, len(p.Values))
	for i, q := range s.Parameters {
		parts[i] = q.Name + "=" + p.Values[i]
	}
	return strings.Join(parts, " ")
}

// point counts one: from the file to the IR and to its figures.
func (k *counting) point(settings map[string]string) (*search.Measured, error, error) {
	for name, value := range k.settings {
		if settings[name] == "" {
			settings[name] = value
		}
	}
	m, list := lower.Lower(k.prog, lower.Options{Model: k.model, Settings: settings})
	if !list.Empty() {
		list.Sort()
		return nil, &diag.Errors{List: list}, nil
	}
	if broken := ir.Verify(m); len(broken) > 0 {
		return nil, nil, fmt.Errorf("the lowered module breaks a rule of the IR: %w", broken[0])
	}
	out := &search.Measured{Figures: map[string]*big.Int{}, Missing: map[string]string{}, Dims: map[string]*big.Rat{}}
	for _, d := range m.Dims {
		if v, ok := d.Size.Rat(); ok {
			out.Dims[d.Label] = v
		}
	}
	f, err := figures.Of(m, figures.Options{})
	if err != nil {
		return nil, nil, err
	}
	if len(k.devices) > 0 {
		out.Fits = k.fits(m, f)
	}
	return out, nil, k.measure(out, f)
}

// fits answers whether a design fits, as stats --device does, with the same part of the memory kept free.
func (k *counting) fits(m *ir.Module, f *figures.Figures) func(*search.Fit) (need, room *big.Int, err error) {
	load, fault := roofline.With(m, f)
	return func(f *search.Fit) (need, room *big.Int, err error) {
		if fault != nil {
			return nil, nil, search.NoNumber(fault.Error())
		}
		context := or(f.Context, k.Context)
		if load.Positions > 0 && context > load.Positions {
			return nil, nil, search.NoNumber(fmt.Sprintf("the model has %d positions, not %d", load.Positions, context))
		}
		t, err := figures.DTypeOf(or(f.Dtype, k.Dtype))
		if err != nil {
			return nil, nil, err
		}
		fit, err := load.On(k.devices[f.Device], roofline.PrecisionOf(t, -1), roofline.DefaultOverhead, or(f.Batch, k.Batch), context)
		if err != nil {
			return nil, nil, search.NoNumber(err.Error())
		}
		return fit.Sum, fit.Memory, nil
	}
}

// taken is where the figures of a search are taken from, and under which name stats gives the reason for a missing one.
var taken = []struct {
	name, reason string
	of           func(*figures.Values) *big.Int
}{
	{"params", "", func(v *figures.Values) *big.Int { return v.Total }},
	{"active", "parameters.active", func(v *figures.Values) *big.Int { return v.Active }},
	{"active_without_embedding", "parameters.active", func(v *figures.Values) *big.Int { return v.ActiveWithoutEmbedding }},
	{"flops", "flops.forward", func(v *figures.Values) *big.Int { return v.Forward }},
	{"elementwise", "flops.forward", func(v *figures.Values) *big.Int { return v.Elementwise }},
	{"prefill", "flops.prefill", func(v *figures.Values) *big.Int { return v.Prefill }},
	{"decode", "flops.decode", func(v *figures.Values) *big.Int { return v.Decode }},
	{"train", "flops.train", func(v *figures.Values) *big.Int { return v.Train }},
	{"cache", "cache.elements_per_token", func(v *figures.Values) *big.Int { return v.CachePerToken }},
	{"cache_constant", "cache.constant", func(v *figures.Values) *big.Int { return v.CacheConstant }},
	{"cache_at_context", "cache.at_context", func(v *figures.Values) *big.Int { return v.CacheAtContext }},
	{"cache_bytes", "cache.at_context", func(v *figures.Values) *big.Int { return v.CacheBytesAtContext }},
	{"weights", "", func(v *figures.Values) *big.Int { return v.Weights }},
	{"activations", "memory.activations", func(v *figures.Values) *big.Int { return v.Activations }},
	{"training", "memory.training", func(v *figures.Values) *big.Int { return v.Training }},
}

// measure takes the figures that are asked for. One of which there is only an upper bound has no number: it would be
// compared with exact ones.
func (k *counting) measure(out *search.Measured, f *figures.Figures) error {
	if k.noSeq != nil && slices.ContainsFunc(f.Forward.Free, func(name string) bool { return name != f.Forward.Batch }) {
		return k.noSeq
	}
	var err error
	at := figures.Point{Batch: k.Batch, Context: k.Context}
	if at.DType, err = figures.DTypeOf(k.Dtype); err != nil {
		return err
	}
	if at.Dims, err = k.sizes.sizes(f.Forward); err != nil {
		return err
	}
	v, err := f.At(at)
	if err != nil {
		return wrong(codeNotWhole, "%v", err)
	}
	for _, t := range taken {
		if !k.needs[t.name] {
			continue
		}
		n := t.of(v)
		area, _, _ := strings.Cut(t.reason, ".")
		if area == "flops" && n != nil {
			if why := bounds(t.name, f); len(why) > 0 {
				out.Missing[t.name] = "there is only an upper bound: " + why[0]
				continue
			}
		}
		out.Figures[t.name] = n
		out.Missing[t.name] = or(or(v.Reasons[t.reason], v.Reasons[area]), "no number without further sizes")
	}
	return nil
}

// bounds are the reasons why a count of FLOPs is an upper bound.
func bounds(name string, f *figures.Figures) []string {
	report := map[string]*cost.Report{"prefill": f.Prefill, "decode": f.Decode}[name]
	if report == nil {
		report = f.Forward
	}
	return report.Bounds
}
