package cudasource

import (
	"fmt"
	"slices"

	"archc/backends/source"
	"archc/passes/plan"
)

// Format is how a matrix is stored in few bits: a code for each number, and a scale for each block of Rows x Columns of them
// (spec/numerics.md, "Quantized weights"; backends/cuda/engine/quantize.h makes the codes, kernels/weights.cuh widens them).
type Format struct {
	Name          string
	Bits          int64 // of a code
	Rows, Columns int64 // of a block; both are cut off where the matrix ends
	Chunk         int64 // a row of codes is padded to a multiple of so many
	ScaleBytes    int64
	class         string // the type in weights.cuh
}

// Formats are those that there are. Blocks of int4 are the smallest that a chunk of 16 bytes allows: its codes have three bits
// beside the sign, so that one large number costs its neighbours most; scales of two bytes then take an eighth of the room.
// fp8 has the blocks of DeepSeek-V3 (technical report, section 3.3.2).
var Formats = []*Format{
	{"int8", 8, 1, 128, 16, 4, "int8_weights"},
	{"int4", 4, 1, 32, 32, 2, "int4_weights"},
	{"fp8", 8, 128, 128, 16, 4, "fp8_weights"},
}

// FormatNamed finds a format, nil without one of that name.
func FormatNamed(name string) *Format {
	if i := slices.IndexFunc(Formats, func(f *Format) bool { return f.Name == name }); i >= 0 {
		return Formats[i]
	}
	return nil
}

// Bytes are those of a matrix, its scales and what pads its rows included.
func (f *Format) Bytes(rows, columns int64) int64 {
	codes := rows * (above(columns, f.Chunk) * f.Chunk) * f.Bits / 8
	return codes + above(rows, f.Rows)*above(columns, f.Columns)*f.ScaleBytes
}

// above is a/b, rounded up.
func above(a, b int64) int64 { return (a + b - 1) / b }

// Matrix is a weight that an engine stores in its format: for each run of its loops, and element of its batch.
type Matrix struct {
	*plan.Panels
	Loops []*plan.Loop
}

// Weights are what the weights of an engine take on its device.
type Weights struct {
	Quantized []Matrix
	Bytes     int64 // of all weights
	Coded     int64 // of those that are quantized, with their scales
}

// WeightsOf are the weights of the engine that Files writes.
func WeightsOf(s Source) (out Weights, err error) {
	defer told(&err)
	m := newModel(s)
	for _, f := range m.weights.Order {
		n := m.stored(f)
		out.Bytes += n
		if m.formats[f] != nil {
			out.Coded += n
			out.Quantized = append(out.Quantized, Matrix{f.Panels, f.Loops})
		}
	}
	return out, nil
}

// stored are the bytes that a field takes, those that pad its rows included.
func (m *model) stored(f *source.Weight) int64 {
	if format := m.formats[f]; format != nil {
		return times(f) * f.Batch * format.Bytes(source.Whole(f.Panels.Rows()), source.Whole(f.Panels.Columns()))
	}
	return m.plain(f, all(f))
}

// plain are the bytes of so many of a field's numbers without a format.
func (m *model) plain(f *source.Weight, n int64) int64 {
	if f.Panels != nil && m.BFloat16 {
		return 2 * n
	}
	return 4 * n
}

// numbers is the C++ type of a field's numbers.
func (m *model) numbers(f *source.Weight) string {
	if f.Panels == nil {
		return "float"
	}
	return m.element()
}

// inFormat is a weight's format for a comment.
func (m *model) inFormat(f *source.Weight) string {
	format := m.formats[f]
	if format == nil {
		return ""
	}
	return fmt.Sprintf(" in %s, a scale for %d x %d", format.Name, format.Rows, format.Columns)
}
