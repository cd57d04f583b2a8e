package decode

import (
	"slices"

	"archc/ir"
)

// along says that a size runs along the decode axis: T + offset. A size over T of another form is irregular.
func (d *deriver) along(s ir.Size) (offset int64, ok bool) {
	if !d.mentions(s) {
		return 0, false
	}
	return s.Sub(ir.Free(d.axis)).Int()
}

func (d *deriver) mentions(s ir.Size) bool { return slices.Contains(s.Frees(), d.axis) }

// irregular reports an axis whose size hangs on T in another way than T + c.
func (d *deriver) irregular(s ir.Size) bool {
	_, ok := d.along(s)
	return d.mentions(s) && !ok
}

// timed lists the labels of the axes whose size hangs on T.
func (d *deriver) timed(t ir.Type) []string {
	var out []string
	for _, a := range t.Axes {
		if d.mentions(a.Size) {
			out = append(out, a.Label)
		}
	}
	return out
}

// offset is the c of the axis T + c with that label; the axis is known to have one.
func (d *deriver) offset(t ir.Type, label string) int64 {
	c, _ := d.along(t.Axes[t.Find(label)].Size)
	return c
}

// whole is a size when all rows so far are meant: T of the full module is past + T of the step.
func (d *deriver) whole(s ir.Size) ir.Size {
	return s.Substitute(map[string]ir.Size{d.axis: ir.Free(d.past).Add(ir.Free(d.axis))})
}

// row is the number of elements of one row of a value, along all its axes but the label's.
func row(t ir.Type, label string) ir.Size { return t.Without(label).Elements() }
