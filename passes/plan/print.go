package plan

import (
	"fmt"
	"io"
	"strings"

	"archc/ir"
)

// Print writes the plan as text: the memory, then the instructions.
func (p *Plan) Print(w io.Writer) error {
	t := &text{names: map[*Store]string{}}
	t.line(0, "plan %q", p.Name)
	for _, x := range p.Inputs {
		t.line(0, "input %s = %s", x.Name, t.view(x.View))
	}
	for _, s := range p.States {
		t.line(0, "state %s = %s, next %s", s.Name, t.view(s.View), t.view(s.Next))
	}
	for _, s := range p.States {
		if l := s.Slide; l != nil {
			t.line(0, "slide %s along %s from %s in %s by %s", s.Name, l.Label, l.Start, l.Room, l.By)
		}
	}
	for _, x := range p.Panels {
		t.line(0, "panels p%d = %q %s by %s", x.ID, x.Param.Key, x.Rows(), x.Columns())
	}
	for k, slot := range p.Slots {
		var of, sizes []string
		for _, s := range p.Stores {
			if s.Slot == k {
				of = append(of, fmt.Sprintf("a%d", s.ID))
			}
		}
		for _, s := range slot.Sizes {
			sizes = append(sizes, s.String())
		}
		t.line(0, "slot %d = %s for %s", k, strings.Join(sizes, " or "), strings.Join(of, ", "))
	}
	t.block(0, p.Body)
	for _, x := range p.Outputs {
		t.line(0, "output %s = %s", x.Name, t.view(x.View))
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

type text struct {
	b     strings.Builder
	names map[*Store]string
}

func (t *text) line(depth int, format string, args ...any) {
	t.b.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(&t.b, format, args...)
	t.b.WriteByte('\n')
}

func (t *text) store(s *Store) string {
	switch s.Role {
	case Arena:
		return fmt.Sprintf("a%d", s.ID)
	case Weight:
		return fmt.Sprintf("%q", s.Param.Key)
	}
	return s.Name
}

func (t *text) view(v View) string {
	var s strings.Builder
	if v.Store != nil { // the rows of weights have none
		s.WriteString(t.store(v.Store))
	}
	if v.Ahead != nil {
		fmt.Fprintf(&s, " ahead %s.%d ", v.Ahead.Var, v.Ahead.ID)
	}
	if !v.Base.IsZero() {
		fmt.Fprintf(&s, "+%s", paren(v.Base))
	}
	for _, st := range v.Steps {
		fmt.Fprintf(&s, "+%s.%d*%s", st.Loop.Var, st.Loop.ID, paren(st.Stride))
	}
	s.WriteByte('[')
	for i, a := range v.Axes {
		if i > 0 {
			s.WriteString(", ")
		}
		fmt.Fprintf(&s, "%s=%s:%s", a.Label, a.Size, a.Stride)
	}
	s.WriteByte(']')
	return s.String()
}

func paren(s ir.Size) string {
	if s.Terms() > 1 {
		return "(" + s.String() + ")"
	}
	return s.String()
}

func dims(list []Dim) string {
	var parts []string
	for _, d := range list {
		parts = append(parts, fmt.Sprintf("%s=%s", d.Label, d.Size))
	}
	return strings.Join(parts, ", ")
}

func pairs(list []Pair) string {
	var parts []string
	for _, d := range list {
		parts = append(parts, fmt.Sprintf("%s=%s:%s:%s:%s", d.Label, d.Size, d.A, d.B, d.Out))
	}
	return strings.Join(parts, ", ")
}

func (t *text) block(depth int, b *Block) {
	for _, i := range b.Code {
		t.instruction(depth, i)
	}
}

func (t *text) instruction(depth int, i Instruction) {
	switch i := i.(type) {
	case *Loop:
		t.line(depth, "loop %s.%d = %d + %d*n, %s runs", i.Var, i.ID, i.First, i.Stride, i.Count)
		t.block(depth+1, i.Body)
		for _, c := range i.Carries {
			t.line(depth+1, "swap %s, %s", t.store(c.Now), t.store(c.Next))
		}
	case *Table:
		t.line(depth, "table %s = %s", t.view(i.Out), i.Expr)
	case *Rows:
		t.line(depth, "rows [%s] along %s", dims(i.Outer), dims([]Dim{i.Inner}))
		for k, op := range i.Code {
			t.line(depth+1, "%s = %s", register(i.Code, k), t.op(i.Code, op))
		}
		for _, p := range i.Out {
			t.line(depth+1, "%s = %s", t.view(p.To), register(i.Code, p.Reg))
		}
	case *Product:
		var over []string
		for _, l := range i.Over {
			over = append(over, fmt.Sprintf("%s=%s:%s:%s:%s", l.Label, l.Size, l.In, l.Out, l.Panel))
		}
		t.line(depth, "product %s = %s p%d over [%s]", t.view(i.Out), t.view(i.In), i.Weights.ID, strings.Join(over, ", "))
	case *Products:
		t.line(depth, "together")
		for _, p := range i.List {
			t.instruction(depth+1, p)
		}
	case *Stream:
		t.stream(depth, i)
	case *Contract:
		t.line(depth, "contract %s = %s %s m %s n %s k %s over [%s] inside [%s]", t.view(i.Out), t.view(i.A), t.view(i.B),
			pairs([]Pair{i.M}), pairs([]Pair{i.N}), pairs([]Pair{i.K}), pairs(i.Over), pairs(i.Inside))
	case *Gather:
		table := t.view(i.Table)
		if i.Panels != nil {
			table = fmt.Sprintf("p%d", i.Panels.ID)
		}
		t.line(depth, "gather %s = %s at %s of %s=%s:%s", t.view(i.Out), table, t.view(i.Index), i.Label, i.Size, i.Along)
	case *TopK:
		t.line(depth, "topk %s = %s", t.view(i.Out), t.view(i.In))
	case *Move:
		t.line(depth, "move %s = %s", t.view(i.To), t.view(i.From))
	case *Fill:
		t.line(depth, "fill %s = %v", t.view(i.To), i.Value)
	case *Attention:
		t.attention(depth, i)
	case *Admit:
		t.line(depth, "admit %s in %s = %s", i.Symbol, t.view(i.List), t.view(i.Mask))
		t.block(depth+1, i.Body)
	case *Select:
		t.line(depth, "select %s in %s = %s is %s.%d, %s", i.Symbol, t.view(i.List), t.view(i.Index), i.Loop.Var, i.Loop.ID, t.view(i.Valid))
		t.block(depth+1, i.Body)
	case *Collect:
		verb := "collect"
		if i.Scatter {
			verb = "scatter"
		}
		t.line(depth, "%s %s = %s at %s of [%s]", verb, t.view(i.To), t.view(i.From), t.view(i.List), dims(i.Points))
	}
}

func register(code []Op, k int) string {
	if code[k].Vector {
		return fmt.Sprintf("v%d", k)
	}
	return fmt.Sprintf("s%d", k)
}

func (t *text) op(code []Op, o Op) string {
	switch o.Fn {
	case "load":
		return t.view(o.Load)
	case "imm":
		return fmt.Sprint(o.Imm)
	}
	var args []string
	for _, a := range o.Args {
		args = append(args, register(code, a))
	}
	return o.Fn + "(" + strings.Join(args, ", ") + ")"
}

// stream prints what comes before the products, then each part with the weights of its dots.
func (t *text) stream(depth int, s *Stream) {
	if s.Before == nil {
		t.line(depth, "stream of %s rows %s", s.Count, t.view(s.In))
	} else {
		t.line(depth, "stream of %s rows along %s", s.Count, dims([]Dim{s.Before.Inner}))
		for k, op := range s.Before.Code {
			t.line(depth+1, "%s = %s", register(s.Before.Code, k), t.op(s.Before.Code, op))
		}
	}
	for _, p := range s.Parts {
		t.line(depth+1, "part of rows [%s] elements [%s]", dims(p.Rows), dims(p.Elements))
		for k, op := range p.After.Code {
			what := t.op(p.After.Code, op)
			for _, d := range p.Sums {
				if d.Reg == k {
					what = fmt.Sprintf("dot p%d%s", d.Weights.ID, t.view(d.Row))
				}
			}
			t.line(depth+2, "%s = %s", register(p.After.Code, k), what)
		}
		for _, x := range p.After.Out {
			t.line(depth+2, "%s = %s", t.view(x.To), register(p.After.Code, x.Reg))
		}
	}
}
