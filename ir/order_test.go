package ir

import (
	"testing"

	"pgregory.net/rapid"
)

// TestSettle: what the facts decide is folded, and nothing else.
func TestSettle(t *testing.T) {
	zero, five := int64(0), int64(5)
	T, past, c := Free("T"), Free("past"), Const
	facts := Facts{"past": {Least: &zero}, "S": {Least: &zero, Most: &five}}
	window := Min(c(4095), past)
	for _, row := range []struct{ size, want Size }{
		{Min(T, c(1)), c(1)},               // a dim is 1 or more
		{Min(past, c(1)), Min(past, c(1))}, // this one may be 0
		{Max(past, Size{}), past},
		{Min(c(4096).Sub(window), c(1)), c(1)},
		{Min(c(4096).Sub(window), c(2)), Min(c(4096).Sub(window), c(2))},
		{Max(Free("S"), c(5)).Mul(T), c(5).Mul(T)},
		{Min(Max(Free("S"), c(5)), T).Add(window), Min(c(5), T).Add(window)},
		{Floor(Min(T, c(1)).Mul(past).Mul(c(2))), past.Mul(c(2))},
	} {
		if got := facts.Settle(row.size); !got.Equal(row.want) {
			t.Errorf("%s is %s, want %s", row.size, got, row.want)
		}
	}
}

// TestSettleKeepsTheNumber: a settled size is the size wherever the facts hold.
func TestSettleKeepsTheNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, number := drawSize(t, 3)
		env := map[string]int64{}
		for _, name := range sizeNames {
			env[name] = rapid.Int64Range(1, 9).Draw(t, name)
		}
		least, most := env["B"]-1, env["B"]+rapid.Int64Range(0, 2).Draw(t, "more")
		settled := Facts{"B": {Least: &least, Most: &most}}.Settle(s)
		if got, ok := settled.Eval(env); !ok || got.Cmp(number(env)) != 0 {
			t.Fatalf("%s at %v is %v, settled %s is %v", s, env, number(env), settled, got)
		}
	})
}
