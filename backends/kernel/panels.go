// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"fmt"
	"unsafe"
)

// PanelWidth is the number of columns of a panel: a cache line of float32, two AVX2 vectors or one of AVX-512.
const PanelWidth = 16

// Element is the type that weights are stored in. Sums are float32 whatever it is.
type Element uint8

const (
	Float32 Element = iota
	BFloat16
	Float16 // IEEE half
)

// Size is the number of bytes of an element.
func (e Element) Size() int {
	if e == Float32 {
		return 4
	}
	return 2
}

// String is the type as it is told to people.
func (e Element) String() string {
	switch e {
	case Float32:
		return "float32"
	case BFloat16:
		return "bfloat16"
	case Float16:
		return "float16"
	}
	return fmt.Sprintf("Element(%d)", uint8(e))
}

// Panels are the packed weights of a product: N outputs by K inputs, in panels of 16 outputs along k,
// [ceil(N/16)][K][16], with zeros behind the last output. One layout serves products of many rows and of one.
type Panels struct {
	N, K    int
	element Element
	wide    []float32 // of Float32
	bits    []uint16  // of the others
}

// NewPanels are panels of n outputs by k inputs, all zero.
func NewPanels(e Element, n, k int) *Panels {
	if n < 0 || k < 0 || e > Float16 {
		panic(fmt.Sprintf("kernel: panels of %d outputs by %d inputs of %v", n, k, e))
	}
	p := &Panels{N: n, K: k, element: e}
	size := panelsOf(n) * PanelWidth * k
	if e == Float32 {
		p.wide = aligned[float32](size)
	} else {
		p.bits = aligned[uint16](size)
	}
	return p
}

// Element is the type of the stored weights.
func (p *Panels) Element() Element { return p.element }

// Bytes is the memory of the weights, padding included.
func (p *Panels) Bytes() int64 { return PanelBytes(p.element, p.N, p.K) }

// PanelBytes is the memory of panels of n outputs by k inputs, padding included.
func PanelBytes(e Element, n, k int) int64 {
	return int64(panelsOf(n)) * PanelWidth * int64(k) * int64(e.Size())
}

// Set packs an n by k piece at output n0 and input k0, rounding to nearest even where the panels are of 16 bits.
// Element (n, k) is src.Data[n*src.Row+k*src.Col]. Pieces that do not overlap may be set at the same time.
func (p *Panels) Set(n0, k0 int, src Matrix, n, k int) {
	p.check(n0, k0, n, k)
	src.check("src", n, k)
	p.pieces(n0, k0, n, k, func(i, j, steps, at int) {
		from := src.Data[i*src.Row+j*src.Col:]
		switch p.element {
		case Float32:
			for l := range steps {
				p.wide[at+l*PanelWidth] = from[l*src.Col]
			}
		case BFloat16:
			for l := range steps {
				p.bits[at+l*PanelWidth] = toBFloat16(from[l*src.Col])
			}
		case Float16:
			for l := range steps {
				p.bits[at+l*PanelWidth] = toFloat16(from[l*src.Col])
			}
		}
	})
}

// pieces cuts n outputs by k inputs into runs along k of one output, so that the part of a panel that is being written
// stays in cache: run (i, j) of so many steps goes to every 16th element from at on.
func (p *Panels) pieces(n0, k0, n, k int, set func(i, j, steps, at int)) {
	const depth = 128
	for i := 0; i < n; {
		end := min(n, i+PanelWidth-(n0+i)%PanelWidth) // of the panel
		for j := 0; j < k; j += depth {
			for row := i; row < end; row++ {
				set(row, j, min(depth, k-j), p.at(n0+row, k0+j))
			}
		}
		i = end
	}
}

// At is the weight of output n and input k, widened.
func (p *Panels) At(n, k int) float32 {
	p.check(n, k, 1, 1)
	at := p.at(n, k)
	switch p.element {
	case BFloat16:
		return fromBFloat16(p.bits[at])
	case Float16:
		return fromFloat16(p.bits[at])
	}
	return p.wide[at]
}

// memory is the first of the weights at output n, a multiple of 16, and input k: they must exist.
func (p *Panels) memory(n, k int) *byte {
	if at := p.at(n, k); p.element == Float32 {
		return (*byte)(unsafe.Pointer(&p.wide[at]))
	} else {
		return (*byte)(unsafe.Pointer(&p.bits[at]))
	}
}

func (p *Panels) at(n, k int) int { return (n/PanelWidth*p.K+k)*PanelWidth + n%PanelWidth }

func (p *Panels) check(n0, k0, n, k int) {
	if n0 < 0 || k0 < 0 || n < 0 || k < 0 || n0+n > p.N || k0+k > p.K {
		panic(fmt.Sprintf("kernel: piece of %d by %d at (%d, %d) of panels of %d by %d", n, k, n0, k0, p.N, p.K))
	}
}

func panelsOf(n int) int { return (n + PanelWidth - 1) / PanelWidth }

// aligned is a slice of zeros that starts at a cache line, so that no vector of a panel straddles two.
func aligned[T float32 | uint16](n int) []T {
	const line = 64
	if n == 0 {
		return nil
	}
	size := int(unsafe.Sizeof(*new(T)))
	s := make([]T, n+line/size)
	off := int(-uintptr(unsafe.Pointer(&s[0]))%line) / size
	return s[off : off+n : off+n]
}
