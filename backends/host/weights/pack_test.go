package weights

import (
	"errors"
	"testing"

	"archc/backends/kernel"
)

// counted is a tensor whose elements are their own numbers, and how many were asked for at once.
type counted struct {
	n, most int64
	fail    error
}

func (c *counted) Float32s(_ string, first int64, dst []float32) error {
	if first < 0 || first+int64(len(dst)) > c.n {
		return errors.New("a range outside of the tensor")
	}
	c.most = max(c.most, int64(len(dst)))
	for i := range dst {
		dst[i] = float32(first + int64(i))
	}
	return c.fail
}

// TestPack: element (n, k) of the matrix is the one that the axes say, in whatever order the file has them.
func TestPack(t *testing.T) {
	for _, c := range []struct {
		name        string
		elements    int64
		base        int
		batch, n, k []Axis
	}{
		{"rows of the file", 3 * 4, 0, nil, []Axis{{3, 4}}, []Axis{{4, 1}}},
		{"transposed", 3 * 4, 0, nil, []Axis{{4, 1}}, []Axis{{3, 4}}},
		{"a part of the rows", 5 * 4, 8, nil, []Axis{{2, 4}}, []Axis{{4, 1}}},
		{"a part of the columns", 3 * 6, 2, nil, []Axis{{3, 6}}, []Axis{{3, 1}}},
		{"outputs of two axes", 2 * 3 * 4, 0, nil, []Axis{{2, 12}, {3, 4}}, []Axis{{4, 1}}},
		{"outputs of two axes in another order", 2 * 3 * 4, 0, nil, []Axis{{3, 4}, {2, 12}}, []Axis{{4, 1}}},
		{"inputs around outputs", 2 * 3 * 4, 0, nil, []Axis{{3, 4}}, []Axis{{2, 12}, {4, 1}}},
		{"a batch", 2 * 3 * 4, 0, []Axis{{2, 12}}, []Axis{{3, 4}}, []Axis{{4, 1}}},
		{"a batch inside", 3 * 2 * 4, 0, []Axis{{2, 4}}, []Axis{{3, 8}}, []Axis{{4, 1}}},
		{"one element", 1, 0, nil, nil, nil},
	} {
		all, err := (&Packer{Reader: &counted{n: c.elements}}).Pack("w", c.base, c.batch, c.n, c.k)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(all) != elements(c.batch) {
			t.Errorf("%s: %d matrices, want %d", c.name, len(all), elements(c.batch))
		}
		each(c.batch, c.base, func(b, at int) {
			each(c.n, at, func(n, at int) {
				each(c.k, at, func(k, at int) {
					if got := all[b].At(n, k); got != float32(at) {
						t.Errorf("%s: matrix %d has %v at (%d, %d), want %d", c.name, b, got, n, k, at)
					}
				})
			})
		})
	}
}

// TestPackReadsSlabs: a large tensor whose outputs are rows of the file is never held as a whole.
func TestPackReadsSlabs(t *testing.T) {
	const rows, columns = 3000, 4096
	r := &counted{n: rows * columns}
	all, err := (&Packer{Reader: r, Element: kernel.BFloat16}).Pack("w", 0, nil, []Axis{{rows, columns}}, []Axis{{columns, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if r.most > slabElements {
		t.Errorf("%d elements were read at once, at most %d are to be", r.most, slabElements)
	}
	if got, want := all[0].At(rows-1, 0), float32((rows-1)*columns); got < want*0.99 || got > want*1.01 { // rounded to bfloat16
		t.Errorf("the last row begins with %v, want about %v", got, want)
	}
}

func TestPackFails(t *testing.T) {
	failed := errors.New("no more")
	for _, k := range [][]Axis{{{4, 1}}, {{2, 2}, {2, 1}}} {
		if _, err := (&Packer{Reader: &counted{n: 12, fail: failed}}).Pack("w", 0, nil, []Axis{{3, 4}}, k); !errors.Is(err, failed) {
			t.Errorf("got %v", err)
		}
	}
}
