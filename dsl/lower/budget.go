package lower

import (
	"archc/dsl/check"
	"archc/ir"
	"archc/ir/diag"
)

// Elaboration budgets. The language has no loops, but a function that calls another twice, sixty levels deep, is one:
// whatever recurses or multiplies here spends from one of these, and the first that is used up ends the lowering.
const (
	maxSteps     = 1_000_000 // expressions evaluated, layers compared, facts followed
	maxDepth     = 10_000    // expressions inside expressions, through calls
	maxNesting   = 100       // blocks in blocks and calls in calls
	maxLayers    = 65_536    // of one stack
	maxKinds     = 256       // layers of one stack that differ in more than their numbers, and loops of one stack
	maxAxes      = 32        // of one tensor or product
	maxParts     = 256       // of one sum of dims, counted through sums in it
	maxComposite = 4         // axes of one tensor or product whose size is a formula: x[T: 1..T]
	maxFormula   = 200       // characters of such a formula
	maxMistakes  = 1000      // reports, before those at one place are counted as one
	maxDim       = 1<<31 - 1 // the largest dim
	maxExact     = 1 << 53   // the whole numbers below are exact in float64
)

// budget is what has been spent.
type budget struct {
	steps, depth, mistakes int
	over                   bool // nothing is evaluated any more
}

// fail reports a mistake. One that shows inside the library is that of the call that led there.
func (l *lowerer) fail(d *diag.Diagnostic) {
	if i := len(l.calls) - 1; check.OfLibrary(d.Span.Src) {
		for ; i > 0 && check.OfLibrary(l.calls[i].Src); i-- {
		}
		if i >= 0 {
			d.Note(d.Span, "it shows in `%s`", clip(d.Span.Text()))
			d.Span = l.calls[i]
		}
	}
	if l.spent.mistakes++; l.spent.mistakes > maxMistakes {
		l.spent.over = true
	}
	l.list.Add(d)
}

// exhausted reports that a budget is used up, and ends the lowering: what follows would only repeat it.
func (l *lowerer) exhausted(at diag.Span, format string, args ...any) *diag.Diagnostic {
	d := diag.New(diag.Budget, at, format, args...)
	if !l.spent.over {
		l.fail(d)
	}
	l.spent.over = true
	return d
}

// step spends n steps; false when nothing is left. Where the last step falls says little, so the call of the model's
// own forward function that led there is blamed.
func (l *lowerer) step(n int, at diag.Span) bool {
	l.spent.steps += n
	if len(l.calls) > 0 {
		at = l.calls[0]
	}
	switch {
	case l.spent.over:
	case l.spent.steps > maxSteps:
		l.exhausted(at, "the program takes more than %d steps to write out", maxSteps).
			Suggest("a function or block that uses another twice, which uses a third one twice, doubles with each level")
	case l.b.Count() > ir.MaxNodes:
		l.exhausted(at, "the program has more than %d operations", ir.MaxNodes)
	}
	return !l.spent.over
}

// deeper enters an expression; false when they nest too deep or nothing is left. The caller leaves with
// l.spent.depth--.
func (l *lowerer) deeper(at diag.Span) bool {
	if l.spent.depth++; l.spent.depth > maxDepth {
		l.exhausted(at, "expressions and calls nest more than %d deep", maxDepth)
	}
	return l.step(1, at)
}

// bounded refuses a tensor with more axes than anything here, or behind it, should multiply.
func (l *lowerer) bounded(t ir.Type, at diag.Span) bool {
	if len(t.Axes) <= maxComposite {
		return true
	}
	var s shape
	for _, x := range t.Axes {
		s = append(s, l.axes[x.Label])
	}
	return l.boundedShape(s, at)
}

func (l *lowerer) boundedShape(s shape, at diag.Span) bool {
	formulas := 0
	for _, a := range s {
		if a != nil && a.composite() {
			formulas++
		}
	}
	switch {
	case len(s) > maxAxes:
		l.exhausted(at, "%d dims in one product or tensor; the limit is %d", len(s), maxAxes)
	case formulas > maxComposite:
		l.exhausted(at, "%d dims of computed size in one product or tensor; the limit is %d", formulas, maxComposite)
	}
	return !l.spent.over
}
