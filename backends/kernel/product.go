// SPDX-License-Identifier: Apache-2.0

package kernel

import "fmt"

// Job is one product: Out[i][n] = (Out[i][n] if Add, else 0) + sum over k of In[i][k] W[n][k], for Rows rows.
type Job struct {
	Out     Matrix // Rows by Weights.N; Out.Col is 1
	In      Matrix // Rows by Weights.K, with any strides
	Rows    int
	Weights *Panels
	Add     bool
	// After, where there is one, is called for each finished block of Out, rows i0 to i1 and columns n0 to n1, by the
	// worker that made it and while it is in cache. The blocks cover Out exactly once; n0 is a multiple of 16.
	After func(worker, i0, i1, n0, n1 int)
}

func (j *Job) check(at int) {
	if j.Weights == nil || j.Rows < 0 || j.Out.Col != 1 {
		panic(fmt.Sprintf("kernel: job %d needs weights, rows and an Out of contiguous rows", at))
	}
	j.Out.check("Out", j.Rows, j.Weights.N)
	j.In.check("In", j.Rows, j.Weights.K)
}

const groupWidth = 4 * PanelWidth // columns of an item

// Products does all jobs in one dispatch, and returns when all are done. No job's Out may overlap another's Out or any In.
func (c *Crew) Products(jobs []Job) {
	items := 0
	for i := range jobs {
		jobs[i].check(i)
		items += groupsOf(&jobs[i])
	}
	c.jobs = jobs
	defer func() { c.jobs = nil }()
	c.Do(items, c.product)
}

func groupsOf(j *Job) int {
	if j.Rows == 0 {
		return 0
	}
	return (j.Weights.N + groupWidth - 1) / groupWidth
}

// runProduct does one item of the jobs at hand.
func (c *Crew) runProduct(worker, item int) {
	at := 0
	for item >= groupsOf(&c.jobs[at]) {
		item -= groupsOf(&c.jobs[at])
		at++
	}
	j := &c.jobs[at]
	n0 := item * groupWidth
	n1 := min(n0+groupWidth, j.Weights.N)
	for i := range j.Rows {
		for n := n0; n < n1; n += PanelWidth {
			chains(j, i, n, min(n+PanelWidth, n1))
		}
	}
	if j.After != nil {
		j.After(worker, 0, j.Rows, n0, n1)
	}
}

// chains computes up to 16 elements of a row, in one panel.
func chains(j *Job, i, n0, n1 int) {
	w := j.Weights
	var sums [PanelWidth]float32
	out := j.Out.Data[i*j.Out.Row+n0:][:n1-n0]
	if j.Add {
		copy(sums[:], out)
	}
	at := w.at(n0, 0)
	for k := range w.K {
		x := j.In.Data[i*j.In.Row+k*j.In.Col]
		for l := range out {
			sums[l] = fma(x, w.widened(at+l), sums[l])
		}
		at += PanelWidth
	}
	copy(out, sums[:])
}

func (p *Panels) widened(at int) float32 {
	switch p.element {
	case BFloat16:
		return fromBFloat16(p.bits[at])
	case Float16:
		return fromFloat16(p.bits[at])
	}
	return p.wide[at]
}

// Multiply is out = a b (or out += a b) on the calling goroutine, m by n by k. Strides of a are free; b.Col and out.Col
// are 1. Each element is one chain of fused multiply-adds in rising k, from what stands in out when adding, else from 0.
func Multiply(out, a, b Matrix, m, n, k int, add bool) {
	if out.Col != 1 || b.Col != 1 {
		panic("kernel: Multiply needs contiguous rows of out and b")
	}
	out.check("out", m, n)
	a.check("a", m, k)
	b.check("b", k, n)
	for i := range m {
		o := out.Data[i*out.Row:][:n]
		if !add {
			clear(o)
		}
		for l := range k {
			x := a.Data[i*a.Row+l*a.Col]
			for c, y := range b.Data[l*b.Row:][:n] {
				o[c] = fma(x, y, o[c])
			}
		}
	}
}
