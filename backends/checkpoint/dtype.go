package checkpoint

import (
	"strings"
)

// DType is an element type by its safetensors name.
type DType string

// The element types of the format. The list is that of the Dtype enumeration in the
// safetensors library; F4, F6_E2M3 and F6_E3M2 pack several elements in a byte and are known
// only to be refused by name.
const (
	F64    DType = "F64"
	F32    DType = "F32"
	F16    DType = "F16"
	BF16   DType = "BF16"
	F8E4M3 DType = "F8_E4M3"
	F8E5M2 DType = "F8_E5M2"
	F8E8M0 DType = "F8_E8M0"
	I64    DType = "I64"
	I32    DType = "I32"
	I16    DType = "I16"
	I8     DType = "I8"
	U64    DType = "U64"
	U32    DType = "U32"
	U16    DType = "U16"
	U8     DType = "U8"
	Bool   DType = "BOOL"
	C64    DType = "C64"
)

// dtypeRow is all this package knows of an element type.
type dtypeRow struct {
	name  DType
	bytes int64 // 0: elements are not whole bytes
	float bool  // can hold NaN or an infinity
	// widen converts whole elements from src and returns how many became exact float64s; one
	// that cannot be is left for the caller to report. nil: no single real number.
	widen func(dst []float64, src []byte) int
}

var dtypes = []dtypeRow{
	{F64, 8, true, widenF64},
	{F32, 4, true, widenF32},
	{F16, 2, true, widenF16},
	{BF16, 2, true, widenBF16},
	{F8E4M3, 1, true, widenF8E4M3},
	{F8E5M2, 1, true, widenF8E5M2},
	{F8E8M0, 1, true, widenF8E8M0},
	{I64, 8, false, widenI64},
	{I32, 4, false, widenI32},
	{I16, 2, false, widenI16},
	{I8, 1, false, widenI8},
	{U64, 8, false, widenU64},
	{U32, 4, false, widenU32},
	{U16, 2, false, widenU16},
	{U8, 1, false, widenU8},
	{Bool, 1, false, widenBool},
	{C64, 8, true, nil},
	{"F4", 0, true, nil},
	{"F6_E2M3", 0, true, nil},
	{"F6_E3M2", 0, true, nil},
}

func dtypeOf(name string) (dtypeRow, bool) {
	for _, row := range dtypes {
		if string(row.name) == name {
			return row, true
		}
	}
	return dtypeRow{}, false
}

// Bytes is the size of one element, 0 for a type this package cannot read.
func (d DType) Bytes() int64 {
	row, _ := dtypeOf(string(d))
	return row.bytes
}

// parseDType accepts the exact spelling of a type whose elements are whole bytes.
func parseDType(name string) (dtypeRow, error) {
	row, known := dtypeOf(name)
	switch {
	case !known:
		e := refuse(CodeDType, "unknown dtype %s", quoted(name))
		if _, ok := dtypeOf(strings.ToUpper(name)); ok {
			return row, e.withHelp("dtype names are upper case: " + strings.ToUpper(name))
		}
		return row, e.withHelp("known: " + readableDTypes())
	case row.bytes == 0:
		return row, refuse(CodeDType, "dtype %s packs several elements into a byte, which is not supported", name).
			withHelp("convert the checkpoint to one of " + readableDTypes())
	}
	return row, nil
}

func readableDTypes() string {
	var names []string
	for _, row := range dtypes {
		if row.bytes > 0 {
			names = append(names, string(row.name))
		}
	}
	return strings.Join(names, " ")
}
