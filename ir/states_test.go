package ir

import (
	"errors"
	"testing"
)

// TestStatesAreLinear: a state may be used once, and so may what a loop slices of it.
func TestStatesAreLinear(t *testing.T) {
	const text = `model M
dim D = 4
dim L = 2
%0 = input x : [D]
%1 = input k : [L, D]
%2, %3 = repeat l = 0..2 over [L] stack [L] (%0; %1) : [D], [L, D]
  body(%4 : int[], %5 : [D], %6 : [D]) {
    %7 = map add %6, %5 : [D]
    %8 = map mul %7, %7 : [D]
    give %8, %7
  }
output y = %2
output "k'" = %3
`
	m := parseText(t, text)
	if errs := Verify(m); len(errs) > 0 {
		t.Fatal(errs)
	}
	if s := m.States(); len(s) != 1 || s[0].Input.Name != "k" || s[0].Output.Name != NextName("k") {
		t.Errorf("the states are %v", s)
	}
	body := m.Body.Nodes[2].Regions[0]
	slice, carry := Value{body.Params[2], 0}, Value{body.Params[1], 0}
	for _, c := range []struct {
		want   string
		breaks func()
		mend   func()
	}{
		{"V25 %6 arg: the state k is used 2 times, not once (test.ir:7:30)",
			func() { body.Nodes[1].Args[1] = slice }, func() { body.Nodes[1].Args[1] = Value{body.Nodes[0], 0} }},
		{"V25 %6 arg: the state k is used 0 times, not once (test.ir:7:30)",
			func() { body.Nodes[0].Args[0] = carry }, func() { body.Nodes[0].Args[0] = slice }},
		{"V25 %6 arg: the state k is used 2 times, not once (test.ir:7:30)",
			func() { body.Results[1] = slice }, func() { body.Results[1] = Value{body.Nodes[0], 0} }},
	} {
		c.breaks()
		if err := errors.Join(Verify(m)...); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
		c.mend()
	}
	if errs := Verify(m); len(errs) > 0 {
		t.Fatal(errs)
	}
}
