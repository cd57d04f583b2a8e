// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"fmt"
	"unsafe"
)

// Job is one product: Out[i][n] = (Out[i][n] if Add, else 0) + sum over k of In[i][k] W[n][k], for Rows rows.
type Job struct {
	Out     Matrix // Rows by Weights.N; Out.Col is 1
	In      Matrix // Rows by Weights.K, with any strides
	Rows    int
	Weights *Panels
	Add     bool
	// After, where there is one, is called for each finished block of Out, rows i0 to i1 and columns n0 to n1, by the
	// worker that made it and while it is in cache. The blocks cover Out exactly once. n0 is a multiple of 16, and so is
	// n1 unless it is the last column.
	After func(worker, i0, i1, n0, n1 int)
}

func (j *Job) check(at int) {
	if j.Weights == nil || j.Rows < 0 || j.Out.Col != 1 {
		panic(fmt.Sprintf("kernel: job %d needs weights, rows and an Out of contiguous rows", at))
	}
	j.Out.check("Out", j.Rows, j.Weights.N)
	j.In.check("In", j.Rows, j.Weights.K)
}

// Products does all jobs in one dispatch, and returns when all are done. No job's Out may overlap another's Out or any In.
// It allocates nothing once its buffers have grown to the largest product.
func (c *Crew) Products(jobs []Job) {
	rows := 0
	for i := range jobs {
		jobs[i].check(i)
		rows = max(rows, jobs[i].Rows)
	}
	defer c.batch.forget()
	for i0 := 0; i0 < rows; i0 += roundRows {
		packs, blocks := c.batch.divide(jobs, i0, c.workers)
		if packs > 0 {
			c.Do(packs, c.pack)
		}
		c.Do(blocks, c.block)
	}
}

// Multiply is out = a b (or out += a b) on the calling goroutine, m by n by k. Strides of a are free; b.Col and out.Col
// are 1. Each element is one chain of fused multiply-adds in rising k, from what stands in out when adding, else from 0.
func Multiply(out, a, b Matrix, m, n, k int, add bool) {
	machine.multiply(out, a, b, m, n, k, add, soon{})
}

// soon is memory that will be read soon, rows so many bytes apart: products of many rows may fetch it meanwhile. The address
// may lie anywhere: nothing is read there that anybody sees.
type soon struct {
	at   uintptr
	step int
}

func (l level) multiply(out, a, b Matrix, m, n, k int, add bool, w soon) {
	if out.Col != 1 || b.Col != 1 {
		panic("kernel: Multiply needs contiguous rows of out and b")
	}
	out.check("out", m, n)
	a.check("a", m, k)
	b.check("b", k, n)
	if m <= 0 || n <= 0 {
		return
	}
	t := tile{k: max(k, 0), aRow: 4 * a.Row, aCol: 4 * a.Col, bRow: 4 * b.Row, bPanel: 4 * PanelWidth, c: &out.Data[0], cRow: 4 * out.Row}
	if k > 0 {
		t.a, t.b = &a.Data[0], (*byte)(unsafe.Pointer(&b.Data[0]))
	} else {
		t.aRow, t.bPanel = 0, 0 // nothing is read, and nothing pointed at
	}
	if add {
		t.add = 1
	}
	// Attention's products: all is near, so that what a call costs beside its steps counts.
	if tall := l.height(); l == avx512 && n == 2*PanelWidth && m >= tall {
		l.strips(m/tall, &t, w)
		done := m / tall * tall
		if done == m {
			return
		}
		t, m = t.at(done, 0), m-done
	}
	l.strip(&t, Float32, m, n)
}
