package checkpoint

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Expect gives the tensor of this name if it has the shape and, where any are given, one of the
// types asked for. A missing tensor is C028 with the nearest name as help, another shape or
// type C029.
func (c *Checkpoint) Expect(name string, shape []int64, types ...DType) (Tensor, error) {
	t, err := c.find(name)
	if err != nil {
		return Tensor{}, err
	}
	if !slices.Equal(t.Shape, shape) {
		e := refuse(CodeNotExpected, "its shape is %s, expected %s", shapeText(t.Shape), shapeText(shape)).
			in(t.File).of(name)
		return Tensor{}, e.withHelp(shapeHelp(t.Shape, shape))
	}
	if len(types) > 0 && !slices.Contains(types, t.DType) {
		return Tensor{}, refuse(CodeNotExpected, "its type is %s, expected %s", t.DType, joinTypes(types)).
			in(t.File).of(name)
	}
	return t.clone(), nil
}

func joinTypes(types []DType) string {
	texts := make([]string, len(types))
	for i, d := range types {
		texts[i] = string(d)
	}
	return strings.Join(texts, " or ")
}

// shapeHelp explains the mistakes that an equal element count would hide.
func shapeHelp(found, want []int64) string {
	reversed := slices.Clone(found)
	slices.Reverse(reversed)
	if slices.Equal(reversed, want) {
		return "it is stored transposed"
	}
	unlimited := Limits{Elements: 1<<63 - 1}
	n, err := countElements(found, unlimited)
	if m, err2 := countElements(want, unlimited); err == nil && err2 == nil && n == m {
		return "the element counts are equal, but not the layouts"
	}
	return ""
}

// Tied demands that two tensors have the same type, shape and bytes, else C032. For weights
// that a model shares and a checkpoint nevertheless stores twice.
func (c *Checkpoint) Tied(a, b string) error {
	ta, err := c.find(a)
	if err != nil {
		return err
	}
	tb, err := c.find(b)
	if err != nil {
		return err
	}
	if ta.DType != tb.DType || !slices.Equal(ta.Shape, tb.Shape) {
		return refuse(CodeNotTied, "is %s %s, but the tensor tied to it, %s, is %s %s", ta.DType,
			shapeText(ta.Shape), quoted(b), tb.DType, shapeText(tb.Shape)).in(ta.File).of(a)
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if err := c.usable(ta); err != nil {
		return err
	}
	return ta.verdict(tb.verdict(sameBytes(ta, tb)))
}

func sameBytes(a, b stored) error {
	rawA := make([]byte, min(a.Bytes, chunkBytes))
	rawB := make([]byte, len(rawA))
	for done := int64(0); done < a.Bytes; done += int64(len(rawA)) {
		n := min(a.Bytes-done, int64(len(rawA)))
		rawA, rawB = rawA[:n], rawB[:n]
		if err := a.source.read(rawA, a.Offset+done); err != nil {
			return locate(err, a.File, a.Name)
		}
		if err := b.source.read(rawB, b.Offset+done); err != nil {
			return err
		}
		if bytes.Equal(rawA, rawB) {
			continue
		}
		for i := range rawA {
			if rawA[i] != rawB[i] {
				index := (done + int64(i)) / a.DType.Bytes()
				return refuse(CodeNotTied, "differs from %s, which is tied to it, from element %d on",
					quoted(b.Name), index).in(a.File).of(a.Name).at(a.Offset + done + int64(i))
			}
		}
	}
	return nil
}

// Unused gives C033 if the checkpoint holds tensors for which used is false, naming the first
// and their number.
func (c *Checkpoint) Unused(used func(name string) bool) error {
	var first *stored
	count := 0
	for i := range c.tensors {
		if !used(c.tensors[i].Name) {
			if count++; count == 1 {
				first = &c.tensors[i]
			}
		}
	}
	if count == 0 {
		return nil
	}
	e := refuse(CodeUnused, "nothing uses it").in(first.File).of(first.Name)
	switch {
	case count == 2:
		e.Msg = "nothing uses it and one other tensor"
	case count > 2:
		e.Msg = fmt.Sprintf("nothing uses it and %d other tensors", count-1)
	}
	return e.withHelp("if they are no weights, the architecture can list them as ignored")
}

func (c *Checkpoint) noTensor(name string) error {
	e := refuse(CodeNoTensor, "the checkpoint does not have it").of(name)
	if files := c.Files(); len(files) == 1 {
		e.File = files[0]
	} else if len(files) > 1 {
		e.File = filepath.Dir(files[0])
	}
	if near := c.nearest(name); near != "" {
		e.Help = "did you mean " + quoted(near) + "?"
	}
	return e
}

// nearest prefers a name that differs by a leading part such as "model.", then few edits.
func (c *Checkpoint) nearest(name string) string {
	for _, t := range c.tensors {
		other := t.Name
		if strings.HasSuffix(other, "."+name) || strings.HasSuffix(name, "."+other) {
			return other
		}
	}
	const longest, most = 128, 10_000 // the names are the file's: bound the work they can cause
	if len(name) > longest {
		return ""
	}
	best, bestCost := "", len(name)/3+1
	for _, t := range c.tensors[:min(len(c.tensors), most)] {
		other := t.Name
		if len(other) > longest || max(len(other)-len(name), len(name)-len(other)) >= bestCost {
			continue
		}
		if cost := edits(name, other); cost < bestCost {
			best, bestCost = other, cost
		}
	}
	return best
}

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
