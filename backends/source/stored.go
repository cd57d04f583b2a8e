package source

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// StoredParam is a tensor of the checkpoint: its key with variables, its shape, and the loops around it, outer first.
type StoredParam struct {
	Key   string
	Shape []ir.Size
	Loops []ir.Loop
}

// Stored visits the stored tensors of a region that stands in loops, in order.
func Stored(r *ir.Region, loops []ir.Loop, visit func(StoredParam)) {
	for _, n := range r.Nodes {
		if n.Op == ir.Param {
			a, t := n.Attr.(*ir.ParamAttr), n.Outs[0]
			p := StoredParam{Key: a.Key, Loops: loops}
			for _, dim := range a.Stored {
				size := ir.Const(1)
				for _, l := range dim {
					size = size.Mul(t.Axes[t.Find(l)].Size)
				}
				p.Shape = append(p.Shape, size)
			}
			visit(p)
		}
		inner := loops
		if l, ok := n.Loop(); ok {
			inner = append(loops[:len(loops):len(loops)], l)
		}
		for _, region := range n.Regions {
			Stored(region, inner, visit)
		}
	}
}

// SameLoop reports whether loops have the same runs and the same variable.
func SameLoop(a, b ir.Loop) bool {
	return a.Var == b.Var && a.First == b.First && a.Step == b.Step && a.Count.Equal(b.Count)
}

// LoopsOf are the loops in whose runs there are other panels, outer first.
func LoopsOf(p *plan.Panels) []*plan.Loop {
	loops := slices.Clone(p.Param.Loops)
	for _, s := range p.Steps {
		loops = append(loops, s.Loop)
	}
	return loops
}

// Counted is the variable of a loop whose runs an identifier counts.
func Counted(id string, first, step int64) string {
	switch {
	case step != 1:
		return fmt.Sprintf("%d+%d*%s", first, step, id)
	case first != 0:
		return fmt.Sprintf("%s+%d", id, first)
	}
	return id
}

// beside are the numbers that a key may have in place of a variable: its own, the next and the one before.
var beside = []string{"", "+1", "-1"}

// Named reports whether a key has a loop's variable.
func Named(key, variable string) bool {
	return slices.ContainsFunc(beside, func(off string) bool { return strings.Contains(key, "{"+variable+off+"}") })
}

// Format is a key as a format of printf, with the verb for a number, and the values of its variables as texts.
func Format(key, verb string, vars map[string]string) (format string, args []string) {
	var b strings.Builder
	for rest := key; ; {
		before, after, ok := strings.Cut(rest, "{")
		inner, behind, closed := strings.Cut(after, "}")
		value, known := "", false
		for name, text := range vars {
			for _, off := range beside {
				if inner == name+off {
					value, known = text+off, true
				}
			}
		}
		if !ok || !closed || !known {
			if ok {
				before += "{"
			}
			b.WriteString(strings.ReplaceAll(before, "%", "%%"))
			if !ok {
				return b.String(), args
			}
			rest = after
			continue
		}
		b.WriteString(strings.ReplaceAll(before, "%", "%%") + verb)
		args = append(args, value)
		rest = behind
	}
}

// Short is the end of a key that tells it from all others that are known: q_proj of model.layers.{l}.self_attn.q_proj.weight.
func Short(known []string, key string) string {
	words := wordsOf(key)
	for n := 1; n < len(words); n++ {
		end := words[len(words)-n:]
		clash := slices.ContainsFunc(known, func(other string) bool {
			w := wordsOf(other)
			return other != key && len(w) >= n && slices.Equal(w[len(w)-n:], end)
		})
		if !clash {
			return strings.Join(end, ".")
		}
	}
	return strings.Join(words, ".")
}

// wordsOf are the parts of a key, without variables and the usual last one.
func wordsOf(key string) []string {
	words := slices.DeleteFunc(strings.Split(key, "."), func(w string) bool { return strings.HasPrefix(w, "{") || w == "" })
	if n := len(words); n > 1 && words[n-1] == "weight" {
		words = words[:n-1]
	}
	return words
}
