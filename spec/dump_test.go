package spec_test

import (
	"os"
	"testing"

	"archc/passes"
	"archc/passes/plan"
)

func TestDump(t *testing.T) {
	counts := map[bool]int{}
	for _, c := range allOracleCases() {
		f := c.read(t)
		m := c.module(t, f)
		m, _ = passes.Run(m, false)
		p, err := plan.Of(m, plan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		row, lane := 0, 0
		p.Body.Walk(func(i plan.Instruction) {
			switch i.(type) {
			case *plan.Admit:
				row++
			case *plan.Attention:
				lane++
			}
		})
		if row > 0 {
			t.Log(c.name, "rowwise", row, "lanes", lane)
		}
		if c.name == os.Getenv("CASE") {
			p.Print(os.Stdout)
		}
		counts[row > 0]++
	}
	t.Log(counts)
}
