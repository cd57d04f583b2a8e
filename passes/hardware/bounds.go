package hardware

import (
	"strconv"

	"archc/ir/diag"
)

// Bounds of what a file may say. They are wide: they find slips of the unit, not small mistakes.
const (
	minCompute, maxCompute     = 0.001, 1e6 // 10^12 operations a second
	minMemory, maxMemory       = 0.1, 1e5   // 10^9 bytes
	minBandwidth, maxBandwidth = 1.0, 1e6   // 10^9 bytes a second
	minBalance, maxBalance     = 1.0, 1e4   // FLOP in the time of one byte, in every format
	minReadAll, maxReadAll     = 0.001, 10.0
	maxFP8                     = 2.1 // times bf16; rates with sparsity are twice the dense ones
)

// doubt refuses figures that no device has. It runs when the file has no other mistake.
func (r *reader) doubt() {
	d := r.device
	for _, f := range Formats() {
		r.within("compute."+f, d.Compute[f], minCompute, maxCompute, "10^12 operations a second")
	}
	r.within("memory_GB", d.Memory, minMemory, maxMemory, "10^9 bytes")
	r.within("bandwidth_GBps", d.Bandwidth, minBandwidth, maxBandwidth, "10^9 bytes a second")
	if !r.List.Empty() {
		return // what follows would blame the same figures again
	}
	for _, f := range Formats() {
		if x := d.Compute[f]; x != nil {
			r.ratio(x, x.Value*1e3/d.Bandwidth.Value, minBalance, maxBalance,
				"compute."+f+" over bandwidth_GBps", "FLOP a byte")
		}
	}
	if d.Memory != nil {
		r.ratio(d.Memory, d.Memory.Value/d.Bandwidth.Value, minReadAll, maxReadAll, "memory_GB over bandwidth_GBps", "s")
	}
	r.narrower("fp32", "tf32")
	r.narrower("tf32", "bf16")
	r.narrower("fp32", "bf16")
	for _, f := range []string{"fp8", "int8"} {
		r.narrower("bf16", f)
	}
	r.narrower("fp8", "fp4")
	if wide, fp8 := d.Compute["bf16"], d.Compute["fp8"]; wide != nil && fp8 != nil && fp8.Value > maxFP8*wide.Value {
		r.doubtful(fp8, "compute.fp8 is %s times compute.bf16, more than %s", short(fp8.Value/wide.Value), short(maxFP8)).
			Note(wide.At, "compute.bf16").Suggest("give dense rates; those with sparsity are twice as high")
	}
}

func (r *reader) within(name string, f *Figure, low, high float64, unit string) {
	if f != nil && !(f.Value >= low && f.Value <= high) {
		r.doubtful(f, "%s is %s; it is between %s and %s, in %s", name, short(f.Value), short(low), short(high), unit)
	}
}

func (r *reader) ratio(f *Figure, x, low, high float64, name, unit string) {
	if !(x >= low && x <= high) {
		r.doubtful(f, "%s is %s %s; every device has between %s and %s", name, short(x), unit, short(low), short(high)).
			Note(r.device.Bandwidth.At, "bandwidth_GBps")
	}
}

func (r *reader) narrower(wide, narrow string) {
	w, n := r.device.Compute[wide], r.device.Compute[narrow]
	if w != nil && n != nil && n.Value < w.Value {
		r.doubtful(n, "compute.%s is %s, less than the wider %s with %s", narrow, short(n.Value), wide, short(w.Value)).
			Note(w.At, "compute.%s", wide)
	}
}

func (r *reader) doubtful(f *Figure, format string, args ...any) *diag.Diagnostic {
	return r.List.Add(diag.New(Doubtful, f.At, format, args...))
}

func short(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
