package checkpoint

import (
	"encoding/binary"
	"math"
)

// Float32s fills dst with the elements of a tensor from first on, row-major, each rounded to the nearest float32 (ties
// to even). F32, BF16, F16 and the 8-bit floats are exact. So a caller that changes the layout of its weights needs no
// second copy of a large tensor. With finite, the first element that is NaN or infinite, or too large for a float32, is
// refused with C031; integers and bools are refused as by Float64s. The range must lie in the tensor: C029 otherwise.
func (c *Checkpoint) Float32s(name string, first int64, dst []float32, finite bool) error {
	t, err := c.find(name)
	if err != nil {
		return err
	}
	if n := int64(len(dst)); first < 0 || first > t.Elements()-n {
		return refuse(CodeNotExpected, "it has %d elements, asked for are %d from element %d on", t.Elements(), n, first).
			in(t.File).of(name)
	}
	row, err := t.reals()
	if err != nil {
		return err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if err := c.usable(t); err != nil {
		return err
	}
	return t.verdict(t.narrowChunks(row, first, dst, finite && row.float))
}

// narrowChunks reads a range piece by piece, so that its bytes are never held as a whole.
func (t stored) narrowChunks(row dtypeRow, first int64, dst []float32, finite bool) error {
	n := min(int64(len(dst)), chunkBytes/row.bytes)
	raw := make([]byte, n*row.bytes)
	var wide []float64
	for done := int64(0); done < int64(len(dst)); done += n {
		n = min(n, int64(len(dst))-done)
		raw = raw[:n*row.bytes]
		if err := t.source.read(raw, t.Offset+(first+done)*row.bytes); err != nil {
			return err
		}
		part := dst[done : done+n]
		switch row.name {
		case F32:
			for i := range part {
				part[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
			}
		case BF16:
			for i := range part {
				part[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*i:])) << 16)
			}
		default:
			if wide == nil {
				wide = make([]float64, n)
			}
			if k := row.widen(wide[:n], raw); int64(k) < n {
				return inexact(*t.Tensor, first+done+int64(k), raw[int64(k)*row.bytes:][:row.bytes])
			}
			for i := range part {
				part[i] = float32(wide[i])
			}
		}
		if i := notFinite32(part); finite && i >= 0 {
			return notFinite(*t.Tensor, first+done+int64(i), float64(part[i]))
		}
	}
	return nil
}

// notFinite32 is the index of the first NaN or infinity, -1 without one.
func notFinite32(values []float32) int {
	for i, x := range values {
		if x-x != 0 {
			return i
		}
	}
	return -1
}
