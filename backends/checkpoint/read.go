package checkpoint

import (
	"math"
	"slices"
)

// Raw gives a copy of a tensor's bytes: little-endian, row-major. At most Limits.Load of them.
func (c *Checkpoint) Raw(name string) ([]byte, error) {
	t, err := c.find(name)
	if err != nil {
		return nil, err
	}
	if err := c.fitsMemory(t, t.Bytes); err != nil {
		return nil, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if err := c.usable(t); err != nil {
		return nil, err
	}
	raw := make([]byte, t.Bytes)
	if err := t.verdict(t.source.read(raw, t.Offset)); err != nil {
		return nil, err
	}
	return raw, nil
}

// Float64s gives all elements of a tensor, row-major, as exact float64s; it uses the memory of
// dst if it suffices and allocates at most Limits.Load bytes otherwise. An integer that no
// float64 equals and a bool other than 0 and 1 are refused; NaN and infinities are passed on
// (see ScanFinite). What is in dst after an error is undefined.
func (c *Checkpoint) Float64s(name string, dst []float64) ([]float64, error) {
	t, err := c.find(name)
	if err != nil {
		return nil, err
	}
	n := t.Elements()
	if int64(cap(dst)) < n {
		if n > math.MaxInt64/8 {
			return nil, c.fitsMemory(t, math.MaxInt64)
		}
		if err := c.fitsMemory(t, 8*n); err != nil {
			return nil, err
		}
		dst = make([]float64, n)
	}
	dst = dst[:n]
	if err := c.widen(t, func(first, size int64) []float64 { return dst[first : first+size] }, nil); err != nil {
		return nil, err
	}
	return dst, nil
}

// ScanFinite reads the named tensors, all of them if none is named, and gives an error with
// code C031 for the first NaN or infinity in them. It needs little memory.
func (c *Checkpoint) ScanFinite(names ...string) error {
	if len(names) == 0 {
		names = c.Names()
	}
	var scratch []float64
	for _, name := range names {
		t, err := c.find(name)
		if err != nil {
			return err
		}
		row, _ := dtypeOf(string(t.DType))
		if !row.float || row.widen == nil {
			continue
		}
		into := func(_, size int64) []float64 {
			scratch = slices.Grow(scratch[:0], int(size))[:size]
			return scratch
		}
		check := func(first int64, values []float64) error {
			for i, x := range values {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					return notFinite(*t.Tensor, first+int64(i), x)
				}
			}
			return nil
		}
		if err := c.widen(t, into, check); err != nil {
			return err
		}
	}
	return nil
}

func notFinite(t Tensor, index int64, x float64) error {
	return refuse(CodeNotFinite, "element %d, at %s of %s, is %v", index,
		shapeText(coordinates(index, t.Shape)), shapeText(t.Shape), x).
		in(t.File).of(t.Name).at(t.Offset + index*t.DType.Bytes())
}

// coordinates turns a row-major index into one index for each dimension.
func coordinates(index int64, shape []int64) []int64 {
	at := make([]int64, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		at[d], index = index%shape[d], index/shape[d]
	}
	return at
}

// reals is the type of elements that are real numbers; others are refused.
func (t stored) reals() (dtypeRow, error) {
	row, _ := dtypeOf(string(t.DType))
	if row.widen == nil {
		return row, refuse(CodeDType, "%s elements are not real numbers", t.DType).in(t.File).of(t.Name)
	}
	return row, nil
}

// widen reads a tensor chunk by chunk. into gives the memory for size elements from first on;
// check, if any, sees them filled.
func (c *Checkpoint) widen(t stored, into func(first, size int64) []float64,
	check func(first int64, values []float64) error) error {
	row, err := t.reals()
	if err != nil {
		return err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if err := c.usable(t); err != nil {
		return err
	}
	return t.verdict(t.widenChunks(row, into, check))
}

func (t stored) widenChunks(row dtypeRow, into func(first, size int64) []float64,
	check func(first int64, values []float64) error) error {
	raw := make([]byte, min(t.Bytes, chunkBytes))
	for done := int64(0); done < t.Bytes; done += int64(len(raw)) {
		raw = raw[:min(t.Bytes-done, int64(len(raw)))]
		if err := t.source.read(raw, t.Offset+done); err != nil {
			return err
		}
		first := done / row.bytes
		values := into(first, int64(len(raw))/row.bytes)
		if n := row.widen(values, raw); n < len(values) {
			return inexact(*t.Tensor, first+int64(n), raw[int64(n)*row.bytes:][:row.bytes])
		}
		if check == nil {
			continue
		}
		if err := check(first, values); err != nil {
			return err
		}
	}
	return nil
}

// verdict is the outcome of a read: a file that changed meanwhile is to blame before anything
// that was found in its bytes.
func (t stored) verdict(err error) error {
	if changed := t.source.unchanged(); changed != nil {
		err = changed
	}
	return locate(err, t.File, t.Name)
}

func inexact(t Tensor, index int64, raw []byte) error {
	return refuse(CodeInexact, "element %d, at %s of %s, has the bytes % x: as %s no float64 equals it", index,
		shapeText(coordinates(index, t.Shape)), shapeText(t.Shape), raw, t.DType).
		in(t.File).of(t.Name).at(t.Offset + index*t.DType.Bytes())
}

func (c *Checkpoint) find(name string) (stored, error) {
	t, ok := c.search(name)
	if !ok {
		return t, c.noTensor(name)
	}
	return t, nil
}

// usable is asked with the lock held.
func (c *Checkpoint) usable(t stored) error {
	if c.closed {
		return refuse(CodeClosed, "the checkpoint is closed").in(t.File).of(t.Name)
	}
	return nil
}

func (c *Checkpoint) fitsMemory(t stored, need int64) error {
	if need > c.limits.Load {
		return refuse(CodeLimit, "reading it takes %d bytes of memory, the limit is %d", need, c.limits.Load).
			in(t.File).of(t.Name)
	}
	return nil
}
