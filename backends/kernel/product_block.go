// SPDX-License-Identifier: Apache-2.0

package kernel

import "unsafe"

// pack copies the rows of one tall tile, or what is left at the end, together: in In they may lie a power of two apart,
// where they would drive each other out of the first-level cache. A tile reads them in the order they have.
func (p *batch) pack(_, item int) {
	at := 0
	for s := &p.shares[at]; item < s.packFirst || item >= s.packFirst+s.packs; s = &p.shares[at] {
		at++
	}
	s := &p.shares[at]
	tall := p.level.height()
	top := (item - s.packFirst) * tall
	end := min(top+tall, s.rows)
	in, depth, stride := s.job.In, p.level.blockDepth(), p.level.packedRow()
	for k0 := 0; k0 < s.job.Weights.K; k0 += depth {
		steps := min(depth, s.job.Weights.K-k0)
		to := p.packed[s.packedAt(p.level, top, k0):]
		for row := range end - top {
			from := in.Data[(s.i0+top+row)*in.Row+k0*in.Col:]
			if in.Col == 1 {
				copy(to[row*stride:][:steps], from)
				continue
			}
			for k := range steps {
				to[row*stride+k] = from[k*in.Col]
			}
		}
	}
}

// packedRow is how far packed rows are apart: a line more than a block of k is deep, so that rows take turns in the sets
// of a cache.
func (l level) packedRow() int { return l.blockDepth() + 16 }

// packedAt is where the rows from row on, the first of a tall tile, begin in the block of k from k0 on:
// [block of k][row][packedRow].
func (s *share) packedAt(l level, row, k0 int) int {
	return s.packAt + (k0/l.blockDepth()*s.rows+row)*l.packedRow()
}

// packedSize is the room that the rows of s take.
func (s *share) packedSize(l level) int {
	return (s.job.Weights.K + l.blockDepth() - 1) / l.blockDepth() * s.rows * l.packedRow()
}

// heightOf is the number of rows of the tallest tile that so many rows fill.
func (l level) heightOf(rows int) int {
	for _, t := range l.tiles() {
		if t.rows <= rows {
			return t.rows
		}
	}
	panic("kernel: no tile of one row")
}

// block makes one block of a job's Out.
func (p *batch) block(worker, item int) {
	at := 0
	for item >= p.shares[at].first+p.shares[at].groups*p.shares[at].bands {
		at++
	}
	s := &p.shares[at]
	// Bands of a group follow each other: what one worker has read of the weights, the next finds in a shared cache.
	group, band := (item-s.first)/s.bands, (item-s.first)%s.bands
	n0, top := group*s.cols, band*s.height
	n1, end := min(n0+s.cols, s.job.Weights.N), min(top+s.height, s.rows)
	if s.streamed {
		p.stream(s, worker, top, end, n0, n1)
	} else {
		p.tiled(s, worker, top, end, n0, n1)
	}
}

// out begins the tile of rows from top and columns from n0.
func (s *share) out(top, n0 int) tile {
	o := s.job.Out
	t := tile{c: &o.Data[(s.i0+top)*o.Row+n0], cRow: 4 * o.Row}
	if s.job.Add {
		t.add = 1
	}
	return t
}

// stream is a product of few rows: each weight is read once, from memory, and In directly.
func (p *batch) stream(s *share, worker, top, end, n0, n1 int) {
	j, w := s.job, s.job.Weights
	t := s.out(top, n0)
	if w.K > 0 {
		size := w.element.Size()
		t.k = w.K
		t.a, t.aRow, t.aCol = &j.In.Data[(s.i0+top)*j.In.Row], 4*j.In.Row, 4*j.In.Col
		t.b, t.bRow, t.bPanel = w.memory(n0, 0), PanelWidth*size, PanelWidth*size*w.K
	}
	p.level.strip(&t, w.element, end-top, n1-n0)
	if j.After != nil {
		j.After(worker, s.i0+top, s.i0+end, n0, n1)
	}
}

// tiled is a product of many rows: a block of weights stays in cache while the packed rows pass, a tile at a time. The
// chains go on through Out from one block of k to the next.
func (p *batch) tiled(s *share, worker, top, end, n0, n1 int) {
	j, w := s.job, s.job.Weights
	for k0 := 0; k0 < w.K; k0 += p.level.blockDepth() {
		depth := min(p.level.blockDepth(), w.K-k0)
		e, b, bPanel := w.element, w.memory(n0, k0), PanelWidth*w.element.Size()*w.K
		if s.widened {
			e, b, bPanel = Float32, p.widen(w, worker, n0, n1, k0, depth), 4*PanelWidth*depth
		}
		for row := top; row < end; {
			height := p.level.heightOf(end - row)
			t := s.out(row, n0)
			if k0 > 0 {
				t.add = 1
			}
			t.k = depth
			t.a, t.aRow, t.aCol = &p.packed[s.packedAt(p.level, row, k0)], 4*p.level.packedRow(), 4
			t.b, t.bRow, t.bPanel = b, PanelWidth*e.Size(), bPanel
			if next := row + height; next < end {
				t.next = &p.packed[s.packedAt(p.level, next, k0)]
			} else if k0+depth < w.K {
				t.next = &p.packed[s.packedAt(p.level, top, k0+depth)]
			}
			p.level.strip(&t, e, height, n1-n0)
			if j.After != nil && k0+depth == w.K {
				j.After(worker, s.i0+row, s.i0+row+height, n0, n1)
			}
			row += height
		}
	}
}

// widen makes float32 of a block of 16-bit weights, in the worker's buffer.
func (p *batch) widen(w *Panels, worker, n0, n1, k0, depth int) *byte {
	buffer := p.widened[worker]
	size := depth * PanelWidth
	for i := range panelsOf(n1 - n0) {
		from := w.at(n0+i*PanelWidth, k0)
		p.level.widen(w.element, buffer[i*size:][:size], w.bits[from:][:size])
	}
	return (*byte)(unsafe.Pointer(&buffer[0]))
}
