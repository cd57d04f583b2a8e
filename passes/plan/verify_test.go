package plan

import (
	"fmt"
	"strings"
	"testing"

	"archc/ir"
	"archc/ir/diag"
)

// layers is a module with a loop, a sum along rows and a product with weights.
const layers = `model Layers

dim D = 8
dim T

%0 = input x : [T, D]
%1 = repeat l = 0..3 %0 : [T, D]
  body(%2 : int[] @ l, %3 : [T, D] @ x) {
    %4 = map mul %3, %3 : [T, D]
    %5 = reduce sum[D] %4 : [T]
    %6 = map div %3, %5 : [T, D]
    %7 = param "layers.{l}.weight" stored [D, D'] : [D, D'=8]
    %8 = contract sum[D] %6, %7 : [T, D'=8]
    %9 = rename D' -> D %8 : [T, D]
    %10 = map add %3, %9 : [T, D]
    give %10
  }

output y = %1
`

func parsed(t *testing.T, text string) *ir.Module {
	t.Helper()
	m, err := ir.Parse(diag.NewSource("test", text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func planOf(t *testing.T, text string, opt Options) *Plan {
	t.Helper()
	p, err := Of(parsed(t, text), opt)
	if err != nil {
		t.Fatal(err)
	}
	if errs := Verify(p); len(errs) > 0 {
		t.Fatalf("the plan breaks its rules: %v", errs)
	}
	return p
}

func first[T Instruction](t *testing.T, p *Plan) T {
	t.Helper()
	var found *T
	p.Body.Walk(func(i Instruction) {
		if x, ok := i.(T); ok && found == nil {
			found = &x
		}
	})
	if found == nil {
		t.Fatalf("the plan has no %T", *new(T))
	}
	return *found
}

// TestVerifyBroken breaks each rule in a right plan.
func TestVerifyBroken(t *testing.T) {
	breaks := map[string]func(p *Plan){
		"P01": func(p *Plan) {
			for _, s := range p.Stores {
				s.Slot = 0
			}
		},
		"P02": func(p *Plan) {
			p.Body.Code = append([]Instruction{&Move{To: p.Outputs[0].View, From: p.Outputs[0].View}}, p.Body.Code...)
			p.Outputs[0].View.Store.First = 0
		},
		"P03": func(p *Plan) {
			r := first[*Rows](t, p)
			for k := range r.Code {
				for i := range r.Code[k].Args {
					r.Code[k].Args[i] = k
				}
			}
		},
		"P04": func(p *Plan) {
			for _, put := range first[*Rows](t, p).Out {
				for i := range put.To.Axes {
					put.To.Axes[i].Label = "T"
				}
			}
		},
		"P05": func(p *Plan) { first[*Loop](t, p).Carries[0].Next.Elements = ir.Const(3) },
		"P06": func(p *Plan) { p.Body.Code = append(p.Body.Code, &Attention{}) }, // TestShapesBroken has more
	}
	for rule, mistake := range breaks {
		p := planOf(t, layers, Options{})
		mistake(p)
		var all []string
		for _, err := range Verify(p) {
			all = append(all, err.Error())
		}
		if !strings.Contains(strings.Join(all, "\n"), rule+": ") {
			t.Errorf("rule %s: the mistake is not noticed, but %q", rule, all)
		}
	}
}

// TestRotated asks that what the body begins with runs once in front of the loop and then at the end of each run.
func TestRotated(t *testing.T) {
	p := planOf(t, layers, Options{})
	l := first[*Loop](t, p)
	if n := len(l.Body.Code); n != 2 {
		t.Errorf("the body has %d instructions, not a product and one rows program", n)
	}
	last, ok := l.Body.Code[len(l.Body.Code)-1].(*Rows)
	if !ok || len(last.Out) != 2 {
		t.Fatalf("the body ends with %T", l.Body.Code[len(l.Body.Code)-1])
	}
	if _, ok := p.Body.Code[0].(*Move); !ok {
		t.Errorf("the plan begins with %T", p.Body.Code[0])
	}
	if r, ok := p.Body.Code[1].(*Rows); !ok || len(r.Out) != 1 {
		t.Errorf("in front of the loop stands %T", p.Body.Code[1])
	}
}

// TestArenaIsFlatInDepth: more layers need no more memory, and no more instructions.
func TestArenaIsFlatInDepth(t *testing.T) {
	few := planOf(t, layers, Options{})
	many := planOf(t, strings.Replace(layers, "0..3", "0..300", 1), Options{})
	var a, b strings.Builder
	if few.Print(&a) != nil || many.Print(&b) != nil {
		t.Fatal("a plan does not print")
	}
	if got := strings.Replace(b.String(), "300 runs", "3 runs", 1); got != a.String() {
		t.Errorf("300 layers are planned otherwise than 3:\n%s\n%s", a.String(), b.String())
	}
}

// TestSlotsAreShared: a store takes the place of one that is not needed any more.
func TestSlotsAreShared(t *testing.T) {
	text := "model Chain\n\ndim D = 8\ndim T\n\n%0 = input x : [T, D]\n"
	for k := range 6 {
		text += fmt.Sprintf("%%%d = map exp %%%d : [T, D]\n", k+1, k)
	}
	text += "\noutput y = %6\n"
	apart := planOf(t, text, Options{Apart: true})
	if len(apart.Stores) != 6 || len(apart.Slots) != 2 {
		t.Errorf("%d stores in %d slots, not 6 in 2", len(apart.Stores), len(apart.Slots))
	}
	if fused := planOf(t, text, Options{}); len(fused.Stores) != 1 {
		t.Errorf("fused there are %d stores, not 1", len(fused.Stores))
	}
}
