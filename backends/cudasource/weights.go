package cudasource

import (
	"fmt"

	"archc/backends/source"
	"archc/ir"
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

// times is how often there is one.
func times(f *source.Weight) int64 {
	n := int64(1)
	for _, l := range f.Loops {
		n *= source.Whole(l.Count)
	}
	return n
}

// all is how many numbers all runs have.
func all(f *source.Weight) int64 { return times(f) * each(f) }

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

// bytes are those of so many rows of a matrix, as they are read for a product: without what pads rows of plain ones.
func (m *model) bytes(f *source.Weight, rows int64) int64 {
	if format := m.formats[f]; format != nil {
		return format.Bytes(rows, source.Whole(f.Panels.Columns()))
	}
	return m.plain(f, rows*source.Whole(f.Panels.Columns()))
}

// reads is the C++ type through which a kernel reads a matrix 16 bytes at a time (weights.cuh).
func (m *model) reads(f *source.Weight) string {
	if format := m.formats[f]; format != nil {
		return format.class
	}
	return "Stored<" + m.element() + ">"
}

// panels are packed weights as numbers, from the matrix of the run that is on.
func (k *kernel) panels(p *plan.Panels) string {
	f := k.model.weights.Packed(p)
	return k.given("const "+k.model.element()+"*", f.Name, "w."+f.Name+k.offset(f, source.LoopsOf(p), nil))
}

// coded are packed weights in a format, the matrix with that number behind the first one of the run that is on.
func (k *kernel) coded(p *plan.Panels, number ir.Size) string {
	f := k.model.weights.Packed(p)
	text := "w." + f.Name
	if n := k.size(k.runsBefore(source.LoopsOf(p), nil).Mul(ir.Const(f.Batch))); !n.IsZero() {
		text += fmt.Sprintf(".matrix(%s, %d)", k.printer.text(n), source.Whole(p.Rows()))
	}
	name := k.given("const "+k.model.formats[f].class, f.Name, text)
	if number = k.size(number); !number.IsZero() {
		name += fmt.Sprintf(".matrix(%s, %d)", k.text(number), source.Whole(p.Rows()))
	}
	return name
}

// first is where the numbers of a matrix begin.
func (k *kernel) first(p *plan.Panels, number ir.Size) string {
	return plus(k.panels(p), k.text(number.Mul(ir.Const(matrix(p)))))
}

// matrix writes what one of `reads` begins with: the matrix with that number behind the first one.
func (k *kernel) matrix(p *plan.Panels, number ir.Size) string {
	if k.model.formats[k.model.weights.Packed(p)] != nil {
		return k.coded(p, number)
	}
	return fmt.Sprintf("{%s, %d}", k.first(p, number), stride(p))
}

// right is a matrix as the right side of a product in tiles.
func (k *kernel) right(p *plan.Panels, number ir.Size) string {
	if k.model.formats[k.model.weights.Packed(p)] != nil {
		return "widened(" + k.coded(p, number) + ")"
	}
	return fmt.Sprintf("Close<%s>{%s, %d}", k.model.element(), k.first(p, number), stride(p))
}

// packed is one number of the first matrix.
func (k *kernel) packed(p *plan.Panels, row, column ir.Size) string {
	if k.model.formats[k.model.weights.Packed(p)] != nil {
		return fmt.Sprintf("%s.at(int(%s), int(%s))", k.coded(p, ir.Const(0)), k.text(row), k.text(column))
	}
	return "float_of(" + k.panels(p) + "[" + k.text(row.Mul(ir.Const(stride(p))).Add(column)) + "])"
}
