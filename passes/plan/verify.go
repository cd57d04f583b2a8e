package plan

import (
	"fmt"
)

// Verify checks the rules of a plan: no two stores that are live at once share memory (P01), nothing is read that was
// not written (P02), registers stand in front of their uses (P03), axes of views are distinct (P04), a carry's two
// stores are of one size (P05), and the lines of an attention's programs have the axes that their functions give (P06).
func Verify(p *Plan) []error {
	var errs []error
	broken := func(rule, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", rule, fmt.Sprintf(format, args...)))
	}
	for i, a := range p.Stores {
		for _, b := range p.Stores[i+1:] {
			if a.Slot == b.Slot && a.First <= b.Last && b.First <= a.Last {
				broken("P01", "stores a%d and a%d share slot %d: live from %d to %d and from %d to %d",
					a.ID, b.ID, a.Slot, a.First, a.Last, b.First, b.Last)
			}
		}
	}
	written := map[*Store]bool{}
	check := func(i Instruction, v View) {
		for k, a := range v.Axes {
			if v.Find(a.Label) != k && a.Label != "" {
				broken("P04", "instruction %d: axis %s stands twice", i.note().Number, a.Label)
			}
		}
	}
	p.Body.Walk(func(i Instruction) {
		if l, ok := i.(*Loop); ok {
			for _, c := range l.Carries {
				written[c.Next] = true
				if !c.Now.Elements.Equal(c.Next.Elements) {
					broken("P05", "loop %s: stores a%d and a%d", l.Var, c.Now.ID, c.Next.ID)
				}
			}
		}
		for _, v := range Reads(i) {
			check(i, v)
			if v.Store.Role == Arena && !written[v.Store] {
				broken("P02", "instruction %d reads a%d, which nobody has written", i.note().Number, v.Store.ID)
			}
		}
		for _, v := range Writes(i) {
			check(i, v)
			written[v.Store] = true
		}
		for _, args := range uses(i) {
			for k, list := range args {
				for _, a := range list {
					if a >= k || a < 0 {
						broken("P03", "instruction %d: line %d uses line %d", i.note().Number, k, a)
						return
					}
				}
			}
		}
		if a, ok := i.(*Attention); ok {
			for _, err := range a.shapes() {
				broken("P06", "instruction %d: %s", a.Number, err)
			}
		}
	})
	for _, o := range p.Outputs {
		if o.View.Store.Role == Arena && !written[o.View.Store] {
			broken("P02", "output %s is a%d, which nobody has written", o.Name, o.View.Store.ID)
		}
	}
	return errs
}

// uses are the arguments of each line of the programs of an instruction.
func uses(i Instruction) (out [][][]int) {
	switch i := i.(type) {
	case *Rows:
		var code [][]int
		for _, o := range i.Code {
			code = append(code, o.Args)
		}
		out = append(out, code)
	case *Stream:
		if i.Before != nil {
			out = append(out, uses(i.Before)...)
		}
		for _, p := range i.Parts {
			out = append(out, uses(p.After)...)
		}
	case *Attention:
		var score, norm [][]int
		for _, o := range i.Score {
			score = append(score, o.Args)
		}
		for _, o := range i.Norm {
			norm = append(norm, o.Args)
		}
		out = append(out, score, norm)
	}
	return out
}
