package main

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"archc/ir/diag"
	"archc/passes/figures"
	"archc/passes/hardware"
	"archc/passes/roofline"
)

// deviceFlags ask whether a model fits on a device, and how fast it can run there.
type deviceFlags struct {
	Device   string  `placeholder:"NAME" help:"Does it fit on this device, and how fast can it be: archc devices, or ./mine.yaml."`
	Dtype    string  `placeholder:"TYPE" default:"bf16" help:"Of the weights: fp32, bf16, fp16, fp8, int8, int4, int1; ${default} unless given."`
	Group    int64   `placeholder:"N" default:"-1" help:"Weights that share a scale of 16 bits, 0 for none; unless given 128 in int4, else none."`
	Context  int64   `placeholder:"S" help:"Tokens before the new one, as many as --seq says unless given; on a device 4096, or all positions of the model."`
	Overhead float64 `placeholder:"PERCENT" default:"10" help:"Of the device's memory, kept for activations and all else; ${default} unless given."`
	Roofline string  `placeholder:"FILE" help:"Write the roofs of the device, and the model below them, as SVG."`
}

// precision reads --dtype and --group.
func (v *deviceFlags) precision() (roofline.Precision, error) {
	d, err := figures.DTypeOf(v.Dtype)
	switch {
	case err != nil:
		return roofline.Precision{}, usage("--dtype: %v", err)
	case v.Group > 0 && (d.Bits >= 16 || d.Name == "fp8"):
		return roofline.Precision{},
			usage("--group: weights in %s have no scales; those in int8, int4 and int1 may have", d.Name)
	}
	return roofline.PrecisionOf(d, v.Group), nil
}

// placed is a model on a device.
type placed struct {
	*roofline.Workload
	device         *hardware.Device
	precision      roofline.Precision
	percent        float64
	batch, context int64
	fit            *roofline.Fit
	prefill        roofline.Bound
	decode         *roofline.Bound // nil where the model is not computed token by token
}

// onDevice puts a model on the device that is asked for, and prints how it does there.
func (v *deviceFlags) onDevice(s *session, c *compiled, batch int64, kept *figures.DType) error {
	if v.Context < 0 || !(v.Overhead >= 0 && v.Overhead < 100) || v.Group < -1 {
		return usage("--context is 1 or more, --overhead from 0 to less than 100, --group 0 or more")
	}
	p := &placed{percent: v.Overhead, batch: max(1, batch)}
	var err error
	if p.precision, err = v.precision(); err != nil {
		return err
	}
	if kept != nil {
		p.precision = p.precision.Keeping(*kept)
	}
	if p.device, err = s.device(v.Device); err != nil {
		return err
	}
	if rate, _ := p.device.Peak(p.precision.Formats()...); rate == 0 {
		return usage("--dtype %s: the file of %s has no rate for it", v.Dtype, p.device.Name)
	}
	s.enter("counting")
	if p.Workload, err = roofline.Of(c.module); err == nil {
		if err = p.within(v.Context); err == nil {
			err = p.bound()
		}
	}
	if _, known := asFailure(err); known {
		return err
	}
	if err != nil {
		return wrong(codeNotWhole, "%v", err)
	}
	if v.Roofline != "" {
		if err := p.plot(v.Roofline); err != nil {
			return err
		}
	}
	if s.json {
		return encode(s, p.report())
	}
	return p.print(s)
}

// within sets the context: the one that is asked for, else 4096 or the model's positions where these are fewer.
func (p *placed) within(context int64) error {
	p.context = context
	switch {
	case context == 0 && p.Positions > 0:
		p.context = min(4096, p.Positions)
	case context == 0:
		p.context = 4096
	case p.Positions > 0 && context > p.Positions:
		return wrong(codeTooLong, "the context has %d tokens, the model %d positions", context, p.Positions)
	}
	return nil
}

// past is the tokens before a decode step's: the context, or one less where the new one takes the last position.
func (p *placed) past() int64 {
	if p.Positions > 0 {
		return max(1, min(p.context, p.Positions-1))
	}
	return p.context
}

// bound counts what is printed.
func (p *placed) bound() error {
	var err error
	if p.fit, err = p.On(p.device, p.precision, p.percent, p.batch, p.context); err != nil {
		return err
	}
	x, err := p.Prefill(p.precision, p.batch, p.context)
	if err != nil {
		return err
	}
	p.prefill = roofline.BoundOf(p.device, p.precision, x)
	if p.NoSteps != "" {
		return nil
	}
	if x, err = p.Decode(p.precision, p.batch, p.past()); err == nil {
		b := roofline.BoundOf(p.device, p.precision, x)
		p.decode = &b
	}
	return err
}

// binds says which of capacity, compute and bandwidth is in the way.
func (p *placed) binds() string {
	last, what := p.prefill, "the pass"
	if p.decode != nil {
		last, what = *p.decode, "a decode step"
	}
	switch {
	case p.fit.Memory != nil && !p.fit.Fits:
		return "capacity: it does not fit"
	case p.decode != nil && last.Binds() != p.prefill.Binds():
		return fmt.Sprintf("%s in prefill, %s in %s", p.prefill.Binds(), last.Binds(), what)
	}
	return last.Binds()
}

func (p *placed) print(s *session) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on %s, weights in %s, batch %d",
		diag.Clean(p.Model), diag.Clean(p.device.Name), p.precision.Name, p.batch)
	if len(p.Lengths) > 0 {
		fmt.Fprintf(&b, ", context %s", grouped(big.NewInt(p.context)))
	}
	b.WriteString("\n\n" + p.memoryTable())
	b.WriteString(p.capacity())
	b.WriteString("\n" + p.boundTable())
	fmt.Fprintf(&b, "\nbinding: %s\n", p.binds())
	fmt.Fprintf(&b, "the times are lower bounds: the larger of FLOPs over %s TFLOP/s in %s and bytes over %s GB/s; "+
		"weights and cache move once\n",
		fmt.Sprintf("%.6g", p.prefill.Peak/1e12), p.prefill.Format, shownFigure(p.device.Bandwidth))
	if p.Shares() {
		b.WriteString("experts: a run reads those that its tokens choose, " +
			"expected for a choice that is uniform and independent\n")
	}
	if p.NoSteps != "" {
		fmt.Fprintf(&b, "no decode step: %s\n", p.NoSteps)
	}
	_, err := s.out.WriteString(b.String())
	return err
}

func (p *placed) memoryTable() string {
	w := newTable("memory", "bytes", "GB", "")
	alignRight(w, 2, 3)
	add := func(name string, n *big.Int, what string) {
		w.AppendRow(table.Row{name, grouped(n), gigabytes(n), what})
	}
	stored := fmt.Sprintf("%d bits each", p.precision.Bits)
	if p.precision.Group > 0 {
		stored += fmt.Sprintf(", a scale of 16 bits for %d", p.precision.Group)
	}
	add("weights", p.fit.Weights, stored)
	if p.fit.Cache.Sign() > 0 {
		add("kept", p.fit.Cache, fmt.Sprintf("behind %s tokens in each sequence, %d bits a number", grouped(big.NewInt(p.context)),
			p.precision.KeptBits()))
	}
	if p.fit.Memory == nil {
		add("together", p.fit.Sum, "")
		return w.Render() + "\n"
	}
	add("overhead", p.fit.Overhead, fmt.Sprintf("%.6g%% of the memory, for activations and all else", p.percent))
	add("together", p.fit.Sum, "")
	add("device", p.fit.Memory, "10^9 bytes a GB")
	return w.Render() + "\n"
}

// capacity says whether it fits, and how much would.
func (p *placed) capacity() string {
	if p.fit.Memory == nil {
		return fmt.Sprintf("fits: not known, the file of %s says no memory_GB\n", diag.Clean(p.device.Name))
	}
	out := "fits: yes"
	if !p.fit.Fits {
		short := new(big.Int).Sub(p.fit.Sum, p.fit.Memory)
		out = fmt.Sprintf("fits: no, %s GB are missing", gigabytes(short))
	}
	weights := new(big.Int).Add(p.fit.Weights, p.fit.Overhead)
	switch {
	case weights.Cmp(p.fit.Memory) > 0:
		return out + "; the weights alone do not\n"
	case p.fit.MaxContext != nil:
		out += fmt.Sprintf("; at most %s tokens at batch %d", grouped(p.fit.MaxContext), p.batch)
	}
	if p.fit.MaxBatch != nil {
		out += fmt.Sprintf("; at most batch %s at %s tokens", grouped(p.fit.MaxBatch), grouped(big.NewInt(p.context)))
	}
	return out + "\n"
}

func (p *placed) boundTable() string {
	w := newTable("lower bound of the time", "FLOPs", "bytes", "FLOP a byte", "compute", "bandwidth", "at least", "binds")
	alignRight(w, 2, 7)
	row := func(name string, b roofline.Bound) {
		bytes, _ := big.NewFloat(b.Bytes).Int(nil)
		w.AppendRow(table.Row{name, grouped(b.FLOPs), grouped(bytes), fmt.Sprintf("%.4g", b.Intensity()),
			duration(b.Compute), duration(b.Bandwidth), duration(b.Seconds()), b.Binds()})
	}
	name := "forward pass"
	if p.decode != nil {
		name = fmt.Sprintf("prefill of %s", grouped(big.NewInt(p.context)))
	}
	row(name, p.prefill)
	if p.decode != nil {
		row(fmt.Sprintf("decode step behind %s", grouped(big.NewInt(p.past()))), *p.decode)
	}
	out := w.Render() + "\n"
	if p.decode != nil {
		tokens, _ := big.NewFloat(float64(p.batch) / p.decode.Seconds()).Int(nil)
		out += fmt.Sprintf("at most %s tokens a second in decoding\n", grouped(tokens))
	}
	return out
}

// duration writes seconds with four digits in a unit that suits them.
func duration(seconds float64) string {
	for _, u := range []struct {
		name string
		size float64
	}{{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}} {
		if seconds >= u.size {
			return fmt.Sprintf("%.4g %s", seconds/u.size, u.name)
		}
	}
	return fmt.Sprintf("%.4g ns", seconds/1e-9)
}
