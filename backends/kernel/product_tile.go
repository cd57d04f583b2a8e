// SPDX-License-Identifier: Apache-2.0

package kernel

import "unsafe"

// tile is what a tile function works on: c = a b, or c += a b where add is not 0, over k steps. Strides are in bytes.
// a is rows by k of float32 with any strides; b is k rows of columns, 16 columns to a panel; c has contiguous rows.
type tile struct {
	k          int
	a          *float32
	aRow, aCol int
	b          *byte
	bRow       int // from one k to the next
	bPanel     int // from one panel to the next
	c          *float32
	cRow       int
	add        int
	next       *float32 // the packed rows of the next tile, which a tall tile fetches, or nil
	mask       *int32   // of a part of a panel: 16 numbers, -1 for a column that exists
}

// at moves a tile to a row and a panel. It is used only with rows and panels that exist: a pointer behind the end of a
// slice might keep a neighbour alive.
func (t *tile) at(row, panel int) tile {
	moved := *t
	moved.a = (*float32)(unsafe.Add(unsafe.Pointer(t.a), row*t.aRow))
	moved.b = (*byte)(unsafe.Add(unsafe.Pointer(t.b), panel*t.bPanel))
	moved.c = (*float32)(unsafe.Add(unsafe.Pointer(t.c), row*t.cRow+panel*PanelWidth*4))
	return moved
}

// masks holds, from 16-n on, the mask of n columns.
var masks = [2 * PanelWidth]int32{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}

// A reach is the most panels that tiles of so many rows walk at once. Tables list the tiles with most rows first.
type reach struct{ rows, panels int }

// What tiles there are: see the generator's table of shapes. Panels are powers of two.
var (
	avx2Tiles   = []reach{{6, 1}, {5, 1}, {4, 1}, {3, 2}, {2, 2}, {1, 4}}
	avx512Tiles = []reach{{14, 2}, {8, 2}, {4, 4}, {3, 4}, {2, 4}, {1, 4}}
)

func (l level) tiles() []reach {
	if l == avx512 {
		return avx512Tiles
	}
	return avx2Tiles
}

// strip computes rows by cols of c from tiles. Which tiles they are does not change a bit.
func (l level) strip(t *tile, e Element, rows, cols int) {
	if rows == 0 || cols == 0 {
		return
	}
	if l == portable {
		t.plain(e, rows, cols)
		return
	}
	panels, rest := cols/PanelWidth, cols%PanelWidth
	tiles := l.tiles()
	for row := 0; row < rows; {
		for tiles[0].rows > rows-row {
			tiles = tiles[1:]
		}
		height, width := tiles[0].rows, tiles[0].panels
		for panel := 0; panel < panels; {
			for width > panels-panel {
				width /= 2
			}
			part := t.at(row, panel)
			if panel+width < panels || part.next == nil {
				part.next = part.a // once for each tile of rows is enough: last, when it will be used soonest
			}
			l.run(e, height, width, &part)
			panel += width
		}
		if rest > 0 {
			for top := row; top < row+height; top += streamRows {
				part := t.at(top, panels)
				part.mask = &masks[PanelWidth-rest]
				l.run(e, min(streamRows, row+height-top), 0, &part)
			}
		}
		row += height
	}
}

// plain is strip in Go alone, for other processors and as the twin that the tiles are tested against.
func (t *tile) plain(e Element, rows, cols int) {
	for row := range rows {
		for n := 0; n < cols; n += PanelWidth {
			part := t.at(row, n/PanelWidth)
			width := min(PanelWidth, cols-n)
			c := unsafe.Slice(part.c, width)
			var sums [PanelWidth]float32
			if t.add != 0 {
				copy(sums[:], c)
			}
			for k := range t.k {
				x := *(*float32)(unsafe.Add(unsafe.Pointer(part.a), k*t.aCol))
				b := unsafe.Add(unsafe.Pointer(part.b), k*t.bRow)
				switch e {
				case Float32:
					for i, w := range unsafe.Slice((*float32)(b), width) {
						sums[i] = fma(x, w, sums[i])
					}
				case BFloat16:
					for i, w := range unsafe.Slice((*uint16)(b), width) {
						sums[i] = fma(x, fromBFloat16(w), sums[i])
					}
				case Float16:
					for i, w := range unsafe.Slice((*uint16)(b), width) {
						sums[i] = fma(x, fromFloat16(w), sums[i])
					}
				}
			}
			copy(c, sums[:])
		}
	}
}

// TileOf is the tile that products of so many rows are computed in, on this machine: rows by columns.
func TileOf(rows int) (height, columns int) {
	for _, t := range machine.tiles() {
		if t.rows <= rows {
			return t.rows, t.panels * PanelWidth
		}
	}
	return 1, PanelWidth
}
