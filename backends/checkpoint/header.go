package checkpoint

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Tensor describes one stored tensor. The bytes stay in the file.
type Tensor struct {
	Name   string
	DType  DType
	Shape  []int64 // outermost dimension first; empty for a scalar
	File   string  // path of the file that holds it
	Offset int64   // of its first byte, from the start of the file
	Bytes  int64   // its size
}

// Elements is the number of elements, 1 for a scalar.
func (t Tensor) Elements() int64 {
	if size := t.DType.Bytes(); size > 0 {
		return t.Bytes / size
	}
	return 0
}

// header is the content of one safetensors header. Offsets of its tensors count from the
// start of the data until the layout is checked.
type header struct {
	tensors  []Tensor
	keys     []int64 // file offset of each tensor's name, for errors
	metadata map[string]string
}

// lengthBytes is the size of the header length at the start of a file.
const lengthBytes = 8

// parseHeader reads the JSON of a file whose data section has dataLen bytes, and checks each
// tensor by itself; checkLayout checks them together.
func parseHeader(text string, dataLen int64, limits Limits) (*header, error) {
	s, err := newScanner(text, lengthBytes, MaxJSONDepth)
	if err != nil {
		return nil, err
	}
	// The format's own library demands the brace first, to leave room for other encodings.
	if !s.at("{") {
		return nil, s.unexpected("the opening brace of the header")
	}
	// An estimate, right for every honest file and never above the limit, saves regrowing.
	expected := min(int64(strings.Count(text, `"data_offsets"`)), limits.Tensors)
	h := &header{tensors: make([]Tensor, 0, expected), keys: make([]int64, 0, expected)}
	err = s.object("the header", limits.Name, func(name string, at int) error {
		if name == "__metadata__" {
			return h.readMetadata(s, limits)
		}
		if int64(len(h.tensors)) >= limits.Tensors {
			return s.refuse(at, CodeLimit, "more than %d tensors", limits.Tensors)
		}
		t, err := readTensor(s, at, dataLen, limits)
		if err != nil {
			return locate(err, "", name)
		}
		t.Name = name
		h.tensors = append(h.tensors, t)
		h.keys = append(h.keys, s.offset(at))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if rest := strings.TrimLeft(text[s.pos:], " "); rest != "" {
		s.pos = len(text) - len(rest)
		return nil, s.unexpected("only spaces up to the end of the header")
	}
	return h, nil
}

func (h *header) readMetadata(s *scanner, limits Limits) error {
	h.metadata = map[string]string{}
	return s.object("__metadata__", limits.Header, func(key string, at int) error {
		if int64(len(h.metadata)) >= limits.Metadata {
			return s.refuse(at, CodeLimit, "__metadata__ has more than %d entries", limits.Metadata)
		}
		if s.next() != '"' {
			return s.wrongKind("__metadata__ "+quoted(key), "a string")
		}
		value, err := s.str(limits.Header)
		h.metadata[key] = value
		return err
	})
}

// entry collects the three required keys of a tensor.
type entry struct {
	dtype                     dtypeRow
	shape                     []int64
	begin, end                int64
	hasDType, hasShape, hasAt bool
	offsetsPos                int
}

func readTensor(s *scanner, at int, dataLen int64, limits Limits) (Tensor, error) {
	var e entry
	err := s.object("the entry", limits.Name, func(key string, keyPos int) (err error) {
		switch key {
		case "dtype":
			e.hasDType = true
			return e.readDType(s)
		case "shape":
			e.hasShape = true
			return e.readShape(s, limits)
		case "data_offsets":
			e.hasAt = true
			return e.readOffsets(s)
		}
		return s.refuse(keyPos, CodeWrongKind, "unknown key %s", quoted(key)).
			withHelp("a tensor has dtype, shape and data_offsets")
	})
	if err != nil {
		return Tensor{}, err
	}
	for _, need := range []struct {
		key string
		has bool
	}{{"dtype", e.hasDType}, {"shape", e.hasShape}, {"data_offsets", e.hasAt}} {
		if !need.has {
			return Tensor{}, s.refuse(at, CodeWrongKind, "%s is missing", need.key)
		}
	}
	if err := e.check(dataLen, limits); err != nil {
		return Tensor{}, err.at(s.offset(e.offsetsPos))
	}
	return Tensor{DType: e.dtype.name, Shape: e.shape, Offset: e.begin, Bytes: e.end - e.begin}, nil
}

func (e *entry) readDType(s *scanner) error {
	if s.next() != '"' {
		return s.wrongKind("dtype", "a string")
	}
	at := s.pos
	name, err := s.str(MaxName)
	if err != nil {
		return err
	}
	if e.dtype, err = parseDType(name); err != nil {
		err.(*Error).Offset = s.offset(at)
	}
	return err
}

func (e *entry) readShape(s *scanner, limits Limits) error {
	start := s.pos
	err := s.array("shape", func(i int64) error {
		if i >= limits.Rank {
			return s.refuse(start, CodeLimit, "rank above %d", limits.Rank)
		}
		s.next()
		at := s.pos
		dim, err := s.count("shape", i, CodeShape)
		if err == nil && dim > limits.Dim {
			err = s.refuse(at, CodeLimit, "shape[%d] is %d, the limit is %d", i, dim, limits.Dim)
		}
		e.shape = append(e.shape, dim)
		return err
	})
	if err != nil {
		return err
	}
	if _, shapeErr := countElements(e.shape, limits); shapeErr != nil {
		return shapeErr.at(s.offset(start))
	}
	return nil
}

func (e *entry) readOffsets(s *scanner) error {
	s.next()
	e.offsetsPos = s.pos
	var pair []int64
	err := s.array("data_offsets", func(i int64) error {
		if i >= 2 {
			return s.refuse(e.offsetsPos, CodeOffsets, "data_offsets has more than two numbers")
		}
		n, err := s.count("data_offsets", i, CodeOffsets)
		pair = append(pair, n)
		return err
	})
	if err != nil {
		return err
	}
	if len(pair) != 2 {
		return s.refuse(e.offsetsPos, CodeOffsets, "data_offsets has %d numbers, expected two", len(pair))
	}
	e.begin, e.end = pair[0], pair[1]
	return nil
}

// check compares shape, dtype, offsets and the size of the data.
func (e *entry) check(dataLen int64, limits Limits) *Error {
	if e.begin > e.end {
		return refuse(CodeOffsets, "data_offsets begin at %d and end before, at %d", e.begin, e.end)
	}
	elements, err := countElements(e.shape, limits)
	if err != nil {
		return err
	}
	high, need := bits.Mul64(uint64(elements), uint64(e.dtype.bytes))
	if high != 0 || need > math.MaxInt64 || int64(need) != e.end-e.begin {
		return refuse(CodeOffsets, "shape %s of %s needs %d bytes, data_offsets [%d, %d] hold %d",
			shapeText(e.shape), e.dtype.name, need, e.begin, e.end, e.end-e.begin)
	}
	if e.end > dataLen {
		return refuse(CodeCut, "the file holds %d bytes of data, the tensor ends at %d of them", dataLen, e.end).
			withHelp("the file is cut short; fetch it again")
	}
	return nil
}

// countElements multiplies the dimensions other than zero under the limit, so that a zero
// cannot hide a product that would overflow in the strides.
func countElements(shape []int64, limits Limits) (int64, *Error) {
	product, empty := uint64(1), false
	for _, dim := range shape {
		if dim == 0 {
			empty = true
			continue
		}
		high, low := bits.Mul64(product, uint64(dim))
		if high != 0 || low > uint64(limits.Elements) {
			return 0, refuse(CodeLimit, "shape %s has more than %d elements", shapeText(shape), limits.Elements)
		}
		product = low
	}
	if empty {
		return 0, nil
	}
	return int64(product), nil
}

// count reads element i of an array of non-negative integers that fit 63 bits.
func (s *scanner) count(array string, i int64, code string) (int64, error) {
	if c := s.next(); c != '-' && (c < '0' || c > '9') {
		return 0, s.wrongKind(fmt.Sprintf("%s[%d]", array, i), "an integer")
	}
	at := s.pos
	text, err := s.number()
	if err != nil {
		return 0, err
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && text[0] != '-' {
		return n, nil
	}
	return 0, s.refuse(at, code, "%s[%d] is %s, expected an integer from 0 to 2^63-1", array, i, quoted(text))
}

func shapeText(shape []int64) string {
	return strings.ReplaceAll(fmt.Sprint(shape), " ", ", ")
}
