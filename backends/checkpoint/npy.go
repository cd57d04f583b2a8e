package checkpoint

import "strings"

// NPY is the content of a .npy file.
type NPY struct {
	DType  DType     // as stored
	Shape  []int64   // outermost dimension first; empty for a scalar
	Values []float64 // row-major, each exactly the stored value
}

// npyTypes are the element types read, by NumPy's names. Numbers are little-endian; for types
// of one byte NumPy writes a bar, as they have no order.
var npyTypes = []struct {
	descr string
	dtype DType
}{
	{"<f8", F64}, {"<f4", F32}, {"<f2", F16},
	{"<i8", I64}, {"<i4", I32}, {"<i2", I16}, {"|i1", I8},
	{"<u8", U64}, {"<u4", U32}, {"<u2", U16}, {"|u1", U8},
	{"|b1", Bool},
}

// ReadNPY reads a .npy array of version 1 or 2 in C order (the format is that of NumPy's
// numpy.lib.format) with the default limits. Values are widened as by Float64s.
func ReadNPY(path string) (NPY, error) { return ReadNPYLimits(path, Limits{}) }

// ReadNPYLimits is ReadNPY with other limits; zero fields keep their defaults.
func ReadNPYLimits(path string, limits Limits) (NPY, error) {
	s, err := openPath(path)
	if err != nil {
		return NPY{}, err
	}
	defer s.close()
	a, err := readNPY(s.size, s.read, limits.withDefaults())
	if err == nil {
		err = s.unchanged()
	}
	if err != nil {
		var start [32]byte
		first := start[:min(int64(len(start)), s.size)]
		if s.read(first, 0) == nil && !strings.HasPrefix(string(first), npyMagic) {
			if other := otherFormat(path, first); other != nil {
				return NPY{}, other
			}
		}
		return NPY{}, locate(err, path, "")
	}
	return a, nil
}

const npyMagic = "\x93NUMPY"

func readNPY(size int64, read reader, limits Limits) (NPY, error) {
	h, err := readNPYHeader(size, read, limits)
	if err != nil {
		return NPY{}, err
	}
	n, limitErr := countElements(h.shape, limits)
	if limitErr != nil {
		return NPY{}, limitErr
	}
	if held := size - h.end; n != held/h.row.bytes || held%h.row.bytes != 0 {
		code := CodeCut
		if n <= held/h.row.bytes {
			code = CodeTrailing
		}
		return NPY{}, refuse(code, "shape %s of %s has %d elements of %d bytes, the file holds %d bytes of data",
			shapeText(h.shape), h.row.name, n, h.row.bytes, held)
	}
	if n > limits.Load/8 {
		return NPY{}, refuse(CodeLimit, "%d elements of 8 bytes are to be loaded, the limit is %d bytes",
			n, limits.Load)
	}
	a := NPY{DType: h.row.name, Shape: h.shape, Values: make([]float64, n)}
	return a, a.fill(h.row, h.end, read)
}

// fill reads all values from offset on.
func (a *NPY) fill(row dtypeRow, offset int64, read reader) error {
	left := a.Values
	raw := make([]byte, min(int64(len(left))*row.bytes, chunkBytes))
	for len(left) > 0 {
		values := left[:min(len(left), len(raw)/int(row.bytes))]
		raw = raw[:len(values)*int(row.bytes)]
		if err := read(raw, offset); err != nil {
			return err
		}
		if n := row.widen(values, raw); n < len(values) {
			index := int64(len(a.Values) - len(left) + n)
			return refuse(CodeInexact, "element %d, at %s of %s, is no exact float64", index,
				shapeText(coordinates(index, a.Shape)), shapeText(a.Shape)).at(offset + int64(n)*row.bytes)
		}
		left = left[len(values):]
		offset += int64(len(raw))
	}
	return nil
}
