package eval

import "slices"

// nest is a loop nest over axes, outer first, that moves one offset for each operand. It is how every op
// here visits the elements of its tensors by label.
type nest struct {
	sizes []int
	steps [][]int // for each operand its stride in each loop
	last  []int   // for each operand its stride in the innermost loop
	at    []int   // for each operand where the nest stands
	index []int   // the counters of the outer loops
}

// longestRun bounds what happens between two looks at the context.
const longestRun = 1 << 16

// newNest loops over axes; an operand that lacks an axis stays where it is along it.
func newNest(axes []Axis, operands ...*Tensor) *nest {
	steps := make([][]int, len(operands))
	for i, t := range operands {
		steps[i] = t.along(axes)
	}
	return nestOf(axes, steps)
}

// nestOf is newNest with stated strides. Neighbouring loops that move every operand like one longer loop
// become one, which keeps the order of visits.
func nestOf(axes []Axis, steps [][]int) *nest {
	l := &nest{steps: make([][]int, len(steps)), last: make([]int, len(steps)), at: make([]int, len(steps))}
	for d, a := range axes {
		switch {
		case a.Size == 1:
			continue
		case l.mergeable(d, a.Size, steps):
			l.sizes[len(l.sizes)-1] *= a.Size
			for i := range steps {
				l.steps[i][len(l.sizes)-1] = steps[i][d]
			}
		default:
			l.sizes = append(l.sizes, a.Size)
			for i := range steps {
				l.steps[i] = append(l.steps[i], steps[i][d])
			}
		}
	}
	if len(l.sizes) == 0 {
		l.sizes = []int{1}
		for i := range l.steps {
			l.steps[i] = []int{0}
		}
	}
	for i := range l.steps {
		l.last[i] = l.steps[i][len(l.sizes)-1]
	}
	l.index = make([]int, len(l.sizes)-1)
	return l
}

func (l *nest) mergeable(d, size int, steps [][]int) bool {
	if len(l.sizes) == 0 {
		return false
	}
	for i := range steps {
		if l.steps[i][len(l.sizes)-1] != steps[i][d]*size {
			return false
		}
	}
	return true
}

// each visits every run of the innermost loop: at holds the operands' offsets at its start, n is its
// length, and operand i moves by l.last[i] from one element to the next. Offsets count from base (nil: from
// 0). Nothing is visited when a size is 0. A nest serves one each at a time.
func (l *nest) each(r *run, base []int, visit func(at []int, n int) error) error {
	if slices.Contains(l.sizes, 0) {
		return nil
	}
	clear(l.at)
	copy(l.at, base)
	clear(l.index)
	for {
		if err := l.run(r, visit); err != nil {
			return err
		}
		if !l.advance() {
			return nil
		}
	}
}

func (l *nest) run(r *run, visit func(at []int, n int) error) error {
	n := l.sizes[len(l.sizes)-1]
	if n <= longestRun {
		if err := r.tick(n); err != nil {
			return err
		}
		return visit(l.at, n)
	}
	start := slices.Clone(l.at)
	for done := 0; done < n; done += longestRun {
		if err := r.tick(longestRun); err != nil {
			return err
		}
		for i := range l.at {
			l.at[i] = start[i] + done*l.last[i]
		}
		if err := visit(l.at, min(longestRun, n-done)); err != nil {
			return err
		}
	}
	copy(l.at, start)
	return nil
}

// advance moves to the next run, false when there is none.
func (l *nest) advance() bool {
	for d := len(l.index) - 1; d >= 0; d-- {
		l.index[d]++
		for i := range l.at {
			l.at[i] += l.steps[i][d]
		}
		if l.index[d] < l.sizes[d] {
			return true
		}
		for i := range l.at {
			l.at[i] -= l.steps[i][d] * l.sizes[d]
		}
		l.index[d] = 0
	}
	return false
}
