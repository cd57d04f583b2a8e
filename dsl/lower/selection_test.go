package lower_test

import (
	"testing"

	"archc/dsl/lower"
)

// A router is a block that gives a selection: what chose among its own dim has chosen among the caller's.
func TestRoutersAreBlocks(t *testing.T) {
	const router = "block Router(D, E, k) { w : D -> E as \"\"\n(x: [D]) { s = softmax[E](w(x))\ntop[E](s, k), s } }\n"
	for _, c := range []struct{ body, want string }{
		{"N = 5 * 1\ngate : Router(D, N, 2)\ne : N * SwiGLU(D, F)\n(x: [T, D]) { r, g = gate(x)\nsum[i in r & g > 0.1](g[N: i] * e[i](x)) }", ""},
		{"gate : Router(D, 5, 2)\ne : 5 * SwiGLU(D, F)\n(x: [T, D]) { r, g = gate(x)\n" +
			"h = if onehot(r) then g else 0\nsum[i in r & g > 0.1](h[5: i] * e[i](x)) }", ""},
		{"gate : Router(D, H, 2)\ne : F * SwiGLU(D, F)\n(x: [T, D]) { r, g = gate(x)\nsum[i in r](g[H: i] * e[i](x)) }", "E302:5"},
		{"gate : Router(D, H, 9)\ne : H * SwiGLU(D, F)\n(x: [T, D]) { r, g = gate(x)\nsum[i in r](g[H: i] * e[i](x)) }", "E313:8"},
	} {
		if got := faults(header+c.body+"\n"+router+"}", lower.Options{}); got != c.want {
			t.Errorf("%q: %s, want %s", c.body, got, c.want)
		}
	}
}
