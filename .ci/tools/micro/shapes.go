// SPDX-License-Identifier: Apache-2.0

package main

import "fmt"

// shape is one tile: rows of In times panels of 16 columns. 0 panels is a part of one, its columns chosen by a mask.
type shape struct {
	isa          string
	element      string
	rows, panels int
	strips       bool // as many tiles below each other as are asked for
}

func (s shape) name() string {
	if s.strips {
		return fmt.Sprintf("%s%sStrips%dx%d", s.isa, s.element, s.rows, s.panels)
	}
	if s.panels == 0 {
		return fmt.Sprintf("%s%sTile%dxMask", s.isa, s.element, s.rows)
	}
	return fmt.Sprintf("%s%sTile%dx%d", s.isa, s.element, s.rows, s.panels)
}

// tall tiles work on packed rows, and fetch those of the next tile.
func (s shape) tall() bool { return s.rows > 4 && !s.lanes() }

// lanes are tiles of many rows and one vector, and strips, which attention is made of: all is in cache, and 14 of their instructions
// read memory, so that the processor's front end is what they wait for. They fetch nothing of what they read.
func (s shape) lanes() bool { return s.strips || s.isa == "avx512" && s.rows > 4 && s.panels == 1 }

var shapes = allShapes()

// allShapes: the widest tile leaves no register free but two for columns and two for rows; few rows walk several panels
// at once, because four streams of memory are read faster than one.
func allShapes() []shape {
	list := []shape{}
	add := func(isa, element string, panels int, rows ...int) {
		for _, r := range rows {
			list = append(list, shape{isa: isa, element: element, rows: r, panels: panels})
		}
	}
	for _, e := range []string{"Float32", "BFloat16", "Float16"} {
		add("avx2", e, 0, 1, 2, 3, 4)
		add("avx2", e, 1, 1, 2, 3, 4, 5, 6)
		add("avx2", e, 2, 1, 2, 3)
		add("avx2", e, 4, 1)
		add("avx512", e, 1, 1, 2, 3, 4, 8, 14)
		add("avx512", e, 2, 1, 2, 3, 4, 8, 14)
		add("avx512", e, 4, 1, 2, 3, 4)
	}
	return append(list, shape{isa: "avx512", element: "Float32", rows: 14, panels: 2, strips: true})
}
