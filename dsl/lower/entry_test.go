package lower_test

import (
	"strings"
	"testing"

	"archc/dsl/lower"
	"archc/ir/eval"
)

// A function of a model is an entry of its own: an encoder that is run once, a decoder that is run for each token.
const twoEntries = `model M(D=4, L=2) {
  w      : D -> D
  layers : L * RMSNorm(D)
  (x: [T, D], y: [S, D]) -> [T, D] = decode(x, encode[S](y))
  encode[N](source: [N, D]) -> memory: [D] = sum[N](w(source))
  decode(x: [T, D], memory: [D], scale: [] = 1) -> [T, D] = layers(x) + memory * scale
  loose(x) = x
}`

func TestEntries(t *testing.T) {
	whole := compile(t, twoEntries, lower.Options{})
	encode := compile(t, twoEntries, lower.Options{Method: "encode"})
	decode := compile(t, twoEntries, lower.Options{Method: "decode"})
	x, y := tensor("x", axis("T", 3), axis("D", 4)), tensor("y", axis("S", 2), axis("D", 4))
	want := run(t, whole, map[string]*eval.Tensor{"x": x, "y": y})["output"]
	source := &eval.Tensor{Axes: []eval.Axis{axis("N", 2), axis("D", 4)}, Data: y.Data}
	memory := run(t, encode, map[string]*eval.Tensor{"source": source})["memory"]
	got := run(t, decode, map[string]*eval.Tensor{"x": x, "memory": memory})["output"]
	for i := range want.Data {
		if got.Data[i] != want.Data[i] {
			t.Fatalf("in two calls %v, in one %v", got.Data, want.Data)
		}
	}
}

// Whatever the entry, all fields are stored.
func TestEntriesStoreAll(t *testing.T) {
	for _, method := range []string{"", "encode", "decode"} {
		shapes, err := eval.StoredShapes(compile(t, twoEntries, lower.Options{Method: method}))
		if err != nil || len(shapes) != 3 {
			t.Errorf("%q stores %v, %v", method, shapes, err)
		}
	}
}

func TestEntryMistakes(t *testing.T) {
	for method, want := range map[string]string{"encod": "did you mean `encode`?", "other": "it has decode, encode, loose",
		"loose": "input x has no type", "w": "no function w"} {
		_, list := load(twoEntries, lower.Options{Method: method})
		text := ""
		for _, d := range list.All {
			text += d.Msg + " " + d.Help
		}
		if !strings.Contains(text, want) {
			t.Errorf("%s: %q does not say %q", method, text, want)
		}
	}
}
