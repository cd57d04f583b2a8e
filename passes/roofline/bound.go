package roofline

import "archc/passes/hardware"

// Bound is the least time of a run on a device, in seconds.
type Bound struct {
	Demand
	Compute, Bandwidth float64 // the time of the operations alone, and of the bytes alone
	Format             string  // in which the device multiplies
	Peak               float64 // its rate there, in operations a second
}

// BoundOf puts a demand on a device.
func BoundOf(d *hardware.Device, p Precision, x Demand) Bound {
	rate, format := d.Peak(p.formats...)
	b := Bound{Demand: x, Format: format, Peak: rate, Bandwidth: x.Bytes / d.BytesPerSecond()}
	if rate > 0 {
		b.Compute = float(x.FLOPs) / rate
	}
	return b
}

// Seconds is the larger of the two times.
func (b Bound) Seconds() float64 { return max(b.Compute, b.Bandwidth) }

// Binds says which of the two it is.
func (b Bound) Binds() string {
	if b.Compute >= b.Bandwidth {
		return "compute"
	}
	return "bandwidth"
}

// Intensity is the operations for each byte.
func (x Demand) Intensity() float64 { return float(x.FLOPs) / x.Bytes }
