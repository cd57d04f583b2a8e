// SPDX-License-Identifier: Apache-2.0

package kernel

import "fmt"

// Matrix is a strided matrix inside a slice: element (i, k) is Data[i*Row+k*Col].
type Matrix struct {
	Data     []float32
	Row, Col int
}

func (m Matrix) check(name string, rows, cols int) {
	checkExtent(name, len(m.Data), m.Row, m.Col, rows, cols)
}

// checkExtent panics where an element lies outside of the slice: behind it the kernels read unchecked.
func checkExtent(name string, length, row, col, rows, cols int) {
	if rows <= 0 || cols <= 0 {
		return
	}
	if last := (rows-1)*row + (cols-1)*col; row < 0 || col < 0 || last >= length {
		panic(fmt.Sprintf("kernel: %s is %d by %d with strides %d and %d, but holds %d elements", name, rows, cols, row, col, length))
	}
}
