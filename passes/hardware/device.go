package hardware

import (
	"slices"
	"strings"

	"archc/ir/diag"
)

// Figure is a number with what it is worth.
type Figure struct {
	Value      float64
	Source     string
	Confidence string // high, medium or low
	At         diag.Span
}

// Device is what a file says. A figure that it does not give is nil.
type Device struct {
	Name         string
	Aliases      []string
	Compute      map[string]*Figure // by format: dense, 10^12 operations a second; a multiply or an add is one
	Memory       *Figure            // 10^9 bytes
	Bandwidth    *Figure            // 10^9 bytes a second
	Interconnect string
	Note         string
	Source       string
	Confidence   string
	File         *diag.Source
}

// Formats lists the formats that rates are given for, the widest first.
func Formats() []string { return []string{"fp32", "tf32", "bf16", "fp8", "int8", "fp4"} }

// Peak is the rate in a format in operations a second, or in the first of those behind it that the device has: a device
// without fp8 widens the numbers and multiplies them in 16 bits. The name of the format that was found comes with it.
func (d *Device) Peak(formats ...string) (rate float64, format string) {
	for _, f := range formats {
		if x := d.Compute[f]; x != nil {
			return x.Value * 1e12, f
		}
	}
	return 0, ""
}

// MemoryBytes is the memory in bytes, 0 where the file does not say.
func (d *Device) MemoryBytes() float64 {
	if d.Memory == nil {
		return 0
	}
	return d.Memory.Value * 1e9
}

// BytesPerSecond is the bandwidth of the memory.
func (d *Device) BytesPerSecond() float64 { return d.Bandwidth.Value * 1e9 }

// Find looks a device up by its name or one of its aliases, without regard to case and punctuation. Without one it gives
// the nearest name, which may be empty.
func Find(all []*Device, name string) (found *Device, nearest string) {
	var names []string
	for _, d := range all {
		for _, n := range append([]string{d.Name}, d.Aliases...) {
			if fold(n) == fold(name) {
				return d, ""
			}
			names = append(names, n)
		}
	}
	return nil, diag.Nearest(name, names)
}

func fold(name string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}

// Sort orders devices by name.
func Sort(all []*Device) {
	slices.SortFunc(all, func(a, b *Device) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
}
