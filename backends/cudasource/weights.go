package cudasource

import (
	"fmt"

	"archc/backends/source"
	"archc/passes/plan"
)

// A weight lies on the device as it is stored, in float, or packed: for each run of its loops and element of its batch a
// matrix with a row for each output, its inputs side by side.

// each is how many numbers one run has.
func each(f *source.Weight) int64 {
	if f.Panels != nil {
		return f.Batch * matrix(f.Panels)
	}
	return f.Elements()
}

// all is how many numbers all runs have.
func all(f *source.Weight) int64 {
	n := each(f)
	for _, l := range f.Loops {
		n *= source.Whole(l.Count)
	}
	return n
}

// stride is how far the rows of a packed matrix are apart: they begin at 16-byte addresses in any type.
func stride(p *plan.Panels) int64 { return (source.Whole(p.Columns()) + 7) / 8 * 8 }

// matrix is how many numbers one packed matrix has.
func matrix(p *plan.Panels) int64 { return source.Whole(p.Rows()) * stride(p) }

// described says what a weight is: its key, and the shape that is stored.
func described(f *source.Weight) string {
	text := f.String()
	if f.Panels != nil && stride(f.Panels) != source.Whole(f.Panels.Columns()) {
		text += fmt.Sprintf(" in rows of %d", stride(f.Panels))
	}
	return text
}
