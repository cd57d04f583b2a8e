package sparsity

import "archc/ir"

// rowsWithKey is the number of rows with a key: all where the diagonal or a column is admitted throughout, else a
// formula where one piece has one; else nil.
func (f *finding) rowsWithKey() *ir.Size {
	if len(f.holds) == 0 {
		return new(ir.Size)
	}
	if f.coversRows() {
		return &f.queries
	}
	if len(f.holds) == 1 && f.period == 1 {
		return f.rowsOf(f.holds[0])
	}
	return nil
}

// coversRows reports whether a diagonal x = y, the first column or the last one is admitted in every row; false is no
// promise.
func (f *finding) coversRows() bool {
	c := &closer{frame: f.frame}
	row, key := c.position(0), c.position(1)
	lines := []affine{key, key.sub(constantly(f.keys.Sub(ir.Const(1))))}
	if f.facts.AtLeast(f.keys.Sub(f.rows), 0) {
		lines = append(lines, row.sub(key))
	}
	for _, line := range lines {
		z := c.and(f.holds, c.and(below(c, line, false), below(c, negative(line), false)))
		if c.err != nil {
			return false
		}
		if n, err := f.sum(z); err == nil && n.Equal(f.rows) {
			return true
		}
	}
	return false
}

// rowsOf are the rows of a piece without blocks. Row i has the keys j in the key span with i - hi <= j <= i - lo, so
// it has one exactly when each lower bound of j is at most each upper bound; those bounds without i have to be proved
// in order.
func (f *finding) rowsOf(p piece) *ir.Size {
	lowKeys, highKeys := bounds(p[keyBlock], f.keys)
	lows, highs := bounds(p[rowBlock], f.rows)
	d := p[blockGap]
	if !f.inOrder(lowKeys, highKeys) || d.lo != nil && d.hi != nil && !f.facts.AtLeast(d.hi.Sub(*d.lo), 0) {
		return nil
	}
	for _, j := range lowKeys {
		if d.lo != nil {
			lows = append(lows, d.lo.Add(j))
		}
	}
	for _, j := range highKeys {
		if d.hi != nil {
			highs = append(highs, d.hi.Add(j))
		}
	}
	first, last := lows[0], highs[0]
	for _, v := range lows {
		first = f.facts.Larger(first, v)
	}
	for _, v := range highs {
		last = f.facts.Smaller(last, v)
	}
	rows := f.facts.Larger(last.Sub(first).Add(ir.Const(1)), ir.Size{})
	return &rows
}

// bounds lists what bounds x below and above for 0 <= x < n in a span.
func bounds(s span, n ir.Size) (lows, highs []ir.Size) {
	lows, highs = []ir.Size{{}}, []ir.Size{n.Sub(ir.Const(1))}
	if s.lo != nil {
		lows = append(lows, *s.lo)
	}
	if s.hi != nil {
		highs = append(highs, *s.hi)
	}
	return lows, highs
}

func (f *finding) inOrder(lows, highs []ir.Size) bool {
	for _, l := range lows {
		for _, h := range highs {
			if !f.facts.AtLeast(h.Sub(l), 0) {
				return false
			}
		}
	}
	return true
}
