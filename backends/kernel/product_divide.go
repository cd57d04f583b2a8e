// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"slices"
	"unsafe"
)

const (
	streamRows = 4    // products of so few rows read In where it is; their time is the reading of the weights
	widenRows  = 64   // from so many rows on, a block of 16-bit weights is widened once; tiles of fewer do it as they go
	roundRows  = 1024 // rows done before the next are begun: bounds the memory of packed rows
)

// batch is the state of a dispatch of products. Its buffers are kept for the next.
type batch struct {
	level   level
	shares  []share
	packed  []float32   // the rows of In of each share, see packedAt
	widened [][]float32 // for each worker, a block of weights of 16 bits as float32
}

// share is how a job's rows of this round are divided: into groups of columns times bands of rows, an item each.
type share struct {
	job           *Job
	i0, rows      int
	cols, height  int // of an item
	groups, bands int
	first         int // its first item

	streamed  bool
	widened   bool
	packAt    int // where its packed rows begin
	packFirst int // its first item of packing
	packs     int // how many there are: 0 if an earlier share packs the same rows
}

// blockCols is how many columns of weights an item takes, and blockDepth how many steps of k at a time: the block
// stays in the second-level cache while all rows pass, and a tile's rows in the first-level one while it crosses the
// block.
func (l level) blockCols() int { return 256 }

func (l level) blockDepth() int {
	if l == avx512 {
		return 512
	}
	return 256
}

// divide plans the rows of the jobs from i0 on, and says how many items packing and multiplying have.
func (p *batch) divide(jobs []Job, i0, workers int) (packs, blocks int) {
	p.shares = p.shares[:0]
	need, wide := 0, 0
	for i := range jobs {
		j := &jobs[i]
		rows := min(j.Rows-i0, roundRows)
		if rows <= 0 || j.Weights.N == 0 {
			continue
		}
		s := share{job: j, i0: i0, rows: rows, first: blocks, streamed: rows <= streamRows || j.Weights.K == 0}
		s.divide(p.level, workers)
		blocks += s.groups * s.bands
		if !s.streamed {
			if at := slices.IndexFunc(p.shares, s.sameRows); at >= 0 {
				s.packAt = p.shares[at].packAt
			} else {
				s.packAt, s.packFirst = need, packs
				s.packs = (rows + p.level.height() - 1) / p.level.height()
				packs += s.packs
				need += s.packedSize(p.level)
			}
			if s.widened = rows >= widenRows && j.Weights.element != Float32; s.widened {
				wide = max(wide, s.cols*min(j.Weights.K, p.level.blockDepth()))
			}
		}
		p.shares = append(p.shares, s)
	}
	if len(p.packed) < need {
		if len(p.packed) > 0 {
			need += need / 4 // where rows become more with each call, it need not grow each time
		}
		p.packed = aligned[float32](need)
	}
	for len(p.widened) < workers {
		p.widened = append(p.widened, nil)
	}
	for i := range p.widened {
		if len(p.widened[i]) < wide {
			p.widened[i] = aligned[float32](wide)
		}
	}
	return packs, blocks
}

// height is the number of rows of the tallest tile.
func (l level) height() int { return l.tiles()[0].rows }

// divide makes items small enough that workers end at about the same time: what one still does when the others find
// nothing more is lost to all of them.
func (s *share) divide(l level, workers int) {
	s.cols, s.height, s.bands = l.blockCols(), s.rows, 1
	narrow := 2 * PanelWidth
	if s.streamed {
		s.cols, narrow = 4*PanelWidth, PanelWidth
	}
	s.groups = s.groupsOf(s.cols)
	if workers == 1 {
		return
	}
	s.cutRows(l, 12*workers, 8)
	for few := 4 * workers; s.groups*s.bands < few && s.cols > narrow; s.groups = s.groupsOf(s.cols) {
		s.cols /= 2
	}
	s.cutRows(l, 4*workers, 1)
}

func (s *share) groupsOf(cols int) int { return (s.job.Weights.N + cols - 1) / cols }

// cutRows cuts the rows into bands of no less than so many tall tiles until there are items enough. Each band reads the
// weights again, from a cache that it shares with the others.
func (s *share) cutRows(l level, enough, least int) {
	tiles := (s.rows + l.height() - 1) / l.height()
	bands := min(tiles/least, (enough+s.groups-1)/s.groups)
	if s.streamed || bands <= s.bands {
		return
	}
	s.height = (tiles + bands - 1) / bands * l.height()
	s.bands = (s.rows + s.height - 1) / s.height
}

// sameRows says whether an earlier share has packed the rows that s needs, as those of q, k and v are one.
func (s *share) sameRows(o share) bool {
	a, b := s.job, o.job
	return !o.streamed && s.rows == o.rows && a.Weights.K == b.Weights.K &&
		unsafe.SliceData(a.In.Data) == unsafe.SliceData(b.In.Data) && a.In.Row == b.In.Row && a.In.Col == b.In.Col
}

// forget lets go of the caller's memory.
func (p *batch) forget() {
	clear(p.shares)
	p.shares = p.shares[:0]
}
