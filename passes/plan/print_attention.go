package plan

import (
	"fmt"
	"strings"
)

func (t *text) attention(depth int, a *Attention) {
	t.line(depth, "attention over [%s] lanes [%s] keys %s", dims(a.Over), dims(a.Lane), dims([]Dim{a.Key}))
	for k, d := range a.Dots {
		t.line(depth+1, "d%d = %s %s over [%s] unit %s", k, t.view(d.Query), t.view(d.Key), dims(d.Sum), d.Unit)
	}
	for k, o := range a.Score {
		axes := ""
		if len(o.Axes) > 0 {
			axes = "[" + dims(o.Axes) + "]"
		}
		t.line(depth+1, "s%d%s = %s", k, axes, t.pair(o))
	}
	for _, b := range []struct {
		name string
		e    *Expr
	}{{"first", a.First}, {"end", a.End}, {"admits", a.Admits}} {
		if b.e != nil {
			t.line(depth+1, "%s = %s", b.name, b.e)
		}
	}
	weights := "softmax"
	for k, o := range a.Norm {
		weights = normRegister(a.Norm, k)
		t.line(depth+1, "%s = %s", weights, t.norm(a.Norm, o))
	}
	for _, v := range a.Values {
		t.line(depth+1, "%s unit %s = %s %s of %s unit %s", t.view(v.Out), v.To, weights, t.view(v.Value), v.Size, v.Unit)
	}
}

func (t *text) pair(o PairOp) string {
	switch o.Fn {
	case "dot":
		return fmt.Sprintf("d%d", o.Dot)
	case "view":
		return t.view(o.View)
	case "position":
		return o.Expr.String()
	case "lookup":
		at := ""
		if o.Expr != nil {
			at = o.Expr.String()
		} else {
			at = fmt.Sprintf("s%d", o.Args[0])
		}
		return fmt.Sprintf("%s at %s of %s:%s", t.view(o.View), at, o.Size, o.Unit)
	case "imm":
		return fmt.Sprint(o.Imm)
	}
	var args []string
	for _, a := range o.Args {
		args = append(args, fmt.Sprintf("s%d", a))
	}
	if len(o.Sum) > 0 {
		args = append(args, "over ["+dims(o.Sum)+"]")
	}
	return o.Fn + "(" + strings.Join(args, ", ") + ")"
}

// normRegister names a line of a normalizer: n for a number of the lane, k along the keys, o along their second copy, p
// for two of them.
func normRegister(code []NormOp, k int) string {
	return fmt.Sprintf("%c%d", "nkop"[code[k].Along], k)
}

func (t *text) norm(code []NormOp, o NormOp) string {
	switch o.Fn {
	case "view":
		return t.view(o.View)
	case "position":
		return o.Expr.String()
	case "imm":
		return fmt.Sprint(o.Imm)
	case "score", "count", "rank", "key":
		return o.Fn
	case "lookup":
		return fmt.Sprintf("%s at %s of %s:%s", t.view(o.View), normRegister(code, o.Args[0]), o.Size, o.Unit)
	}
	var args []string
	for _, a := range o.Args {
		args = append(args, normRegister(code, a))
	}
	return o.Fn + "(" + strings.Join(args, ", ") + ")"
}
