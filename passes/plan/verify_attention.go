package plan

import (
	"fmt"
	"slices"
)

// shapes checks that each line of an attention's programs has the axes that its function gives it (P06).
func (a *Attention) shapes() (errs []string) {
	broken := func(format string, args ...any) { errs = append(errs, fmt.Sprintf(format, args...)) }
	known := slices.Concat(a.Over, a.Lane)
	for k, o := range a.Score {
		if err := a.pairShape(o, append(slices.Clone(known), a.Key)); err != "" {
			broken("line %d of the score: %s", k, err)
		}
	}
	if n := len(a.Score); n == 0 || len(a.Score[n-1].Axes) > 0 {
		broken("the score is not one number")
	}
	for k, o := range a.Norm {
		if err := normShape(a.Norm, o, known); err != "" {
			broken("line %d of the normalizer: %s", k, err)
		}
	}
	if n := len(a.Norm); n > 0 && a.Norm[n-1].Along > PerKey {
		broken("the weight is not one number for a key")
	}
	return errs
}

func hasDim(list []Dim, label string) bool {
	return slices.ContainsFunc(list, func(d Dim) bool { return d.Label == label })
}

// stray is an axis of a view that is none of the lists'.
func stray(v View, lists ...[]Dim) string {
	for _, x := range v.Axes {
		if !slices.ContainsFunc(lists, func(l []Dim) bool { return hasDim(l, x.Label) }) {
			return fmt.Sprintf("the axis %s is not known", x.Label)
		}
	}
	return ""
}

func (a *Attention) pairShape(o PairOp, pair []Dim) string {
	arg := func(k int) []Dim { return a.Score[o.Args[k]].Axes }
	for _, d := range slices.Concat(o.Axes, o.Sum) {
		if hasDim(pair, d.Label) {
			return fmt.Sprintf("the axis %s is one of the pair", d.Label)
		}
	}
	switch o.Fn {
	case "view", "lookup":
		if o.Fn == "lookup" && o.Expr == nil && (len(o.Args) != 1 || len(arg(0)) > 0) {
			return "it looks up no number"
		}
		return stray(o.View, pair, o.Axes)
	case "position", "imm", "dot":
		if len(o.Axes) > 0 && o.Fn != "position" || len(o.Args) > 0 {
			return "it is one number of nothing else"
		}
		if o.Fn == "dot" && o.Dot >= len(a.Dots) {
			return "there is no such product"
		}
		return ""
	case "sum", "max_of", "min_of", "product":
		if n := map[bool]int{true: 2}[o.Fn == "product"]; len(o.Args) != max(n, 1) || len(o.Sum) == 0 {
			return "it sums nothing"
		}
	default:
		if len(o.Sum) > 0 {
			return "a function sums nothing"
		}
	}
	all := slices.Concat(o.Axes, o.Sum)
	for k := range o.Args {
		last := -1
		for _, d := range arg(k) {
			at := slices.IndexFunc(all, func(x Dim) bool { return x.Label == d.Label && x.Size.Equal(d.Size) })
			if at < 0 {
				return fmt.Sprintf("it lacks the axis %s of line %d", d.Label, o.Args[k])
			}
			if len(o.Sum) == 0 && at < last {
				return fmt.Sprintf("the axes of line %d stand in another order", o.Args[k])
			}
			last = at
		}
	}
	return ""
}

func normShape(code []NormOp, o NormOp, lane []Dim) string {
	want := PerLane
	switch o.Fn {
	case "score", "rank", "key":
		want = PerKey
	case "lookup":
		if len(o.Args) != 1 || code[o.Args[0]].Along > PerKey {
			return "it looks up no number"
		}
		if err := stray(o.View, lane); err != "" {
			return err
		}
		want = code[o.Args[0]].Along
	case "count", "imm", "position":
	case "view":
		if err := stray(o.View, lane); err != "" {
			return err
		}
	case "other", "cumsum", "cummax", "cummin", "sum", "max_of", "min_of":
		if len(o.Args) != 1 {
			return "it takes one line"
		}
		of := code[o.Args[0]].Along
		reduces := o.Fn == "sum" || o.Fn == "max_of" || o.Fn == "min_of"
		if of != PerKey && !(reduces && of == PerTwo) {
			return fmt.Sprintf("line %d does not differ along the keys", o.Args[0])
		}
		switch {
		case o.Fn == "other":
			want = PerOther
		case !reduces || of == PerTwo:
			want = PerKey
		}
	default:
		for _, a := range o.Args {
			want = both(want, code[a].Along)
		}
	}
	if o.Along != want {
		return "it differs along something else"
	}
	return ""
}

// both is what a function of two values differs along.
func both(a, b Along) Along {
	switch {
	case a == PerLane:
		return b
	case b == PerLane || a == b:
		return a
	}
	return PerTwo
}
