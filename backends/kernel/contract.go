// SPDX-License-Identifier: Apache-2.0

package kernel

// Strides are the strides of one axis in the factors and the result of a contraction.
type Strides struct{ Size, A, B, Out int }

// Contraction is Out[m, n] = sum over Inside and k of A[m, k] B[k, n], for each element of Over. Along n, B and Out have
// stride 1. Every sum is one chain: the axes of Inside in their order, k innermost.
type Contraction struct {
	Over, Inside []Strides
	M, N, K      Strides
	A, B, Out    []float32
}

const rowBlock = 48 // rows of an item

// Contract does a contraction, its blocks shared among the crew.
func (c *Crew) Contract(x *Contraction) {
	over := 1
	for _, s := range x.Over {
		over *= s.Size
	}
	blocks := (x.M.Size + rowBlock - 1) / rowBlock
	if x.N.Size == 0 || blocks == 0 || over == 0 {
		return
	}
	c.product = contracting{x, blocks}
	work := over * x.M.Size * x.N.Size * x.K.Size
	for _, s := range x.Inside {
		work *= s.Size
	}
	if work < 1<<15 {
		for item := range over * blocks {
			c.product.rows(0, item)
		}
	} else {
		c.Do(over*blocks, c.rows)
	}
	c.product = contracting{} // let go of the caller's memory
}

// contracting is the state of a dispatch of a contraction, whose method is bound once.
type contracting struct {
	x      *Contraction
	blocks int // of rows, for each element of Over
}

// rows is an item: a block of rows.
func (c *contracting) rows(_, item int) {
	x, a, b, out := c.x, 0, 0, 0
	at := item / c.blocks
	for i := len(x.Over) - 1; i >= 0; i-- {
		s := x.Over[i]
		k := at % s.Size
		at /= s.Size
		a, b, out = a+k*s.A, b+k*s.B, out+k*s.Out
	}
	m0 := item % c.blocks * rowBlock
	m := min(rowBlock, x.M.Size-m0)
	x.block(x.Inside, a+m0*x.M.A, b, out+m0*x.M.Out, m, false)
}

// block is one block of rows; add continues the sums that stand in Out.
func (x *Contraction) block(inside []Strides, a, b, out, m int, add bool) {
	if len(inside) > 0 {
		if inside[0].Size == 0 { // a sum of nothing
			nothing := *x
			nothing.K.Size = 0
			nothing.block(nil, a, b, out, m, add)
		}
		for k := range inside[0].Size {
			x.block(inside[1:], a+k*inside[0].A, b+k*inside[0].B, out, m, add || k > 0)
		}
		return
	}
	k := x.K.Size
	if k > 0 && (a >= len(x.A) || b >= len(x.B)) {
		k = 0
	}
	Multiply(
		Matrix{x.Out[out:], x.M.Out, 1},
		Matrix{x.A[min(a, len(x.A)):], x.M.A, x.K.A},
		Matrix{x.B[min(b, len(x.B)):], x.K.B, 1},
		m, x.N.Size, k, add)
}
