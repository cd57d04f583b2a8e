package checkpoint

import (
	"cmp"
	"slices"
)

// checkLayout demands that the tensors cover the data of dataLen bytes without hole or overlap
// and end where the file ends. Header order is free; empty tensors may share any offset that is
// not inside another tensor.
func (h *header) checkLayout(dataLen int64) error {
	order := make([]int, len(h.tensors))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := &h.tensors[i], &h.tensors[j]
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(i, j))
	})
	covered, last := int64(0), ""
	for _, i := range order {
		t := &h.tensors[i]
		end := t.Offset + t.Bytes
		switch {
		case t.Offset < covered:
			return refuse(CodeOverlap, "its data [%d, %d] overlaps that of %s, which ends at %d",
				t.Offset, end, quoted(last), covered).of(t.Name).at(h.keys[i])
		case t.Offset > covered:
			return refuse(CodeHole, "its data begins at %d, but bytes %d to %d before it belong to no tensor",
				t.Offset, covered, t.Offset-1).of(t.Name).at(h.keys[i])
		}
		covered, last = end, t.Name
	}
	if covered < dataLen {
		return refuse(CodeTrailing, "%d bytes follow the last tensor, whose data ends at %d of %d",
			dataLen-covered, covered, dataLen).of(last)
	}
	return nil
}
