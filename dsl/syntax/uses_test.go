package syntax

import (
	"os"
	"strings"
	"testing"

	"archc/ir/diag"
)

func usesOf(t *testing.T, text string) []Use {
	t.Helper()
	file, list := Parse(diag.NewSource("uses.arch", text))
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	var out []Use
	for _, d := range file.Decls {
		Uses(d, func(u Use) { out = append(out, u) })
	}
	return out
}

// TestUsesFindsEveryName: each word of a file with every form is told once, but for keywords, words that a form has in
// its place, and what stands in imports' files, bindings and sections.
func TestUsesFindsEveryName(t *testing.T) {
	text, err := os.ReadFile("testdata/everything.arch")
	if err != nil {
		t.Fatal(err)
	}
	told := map[int]string{}
	for _, u := range usesOf(t, string(text)) {
		if was, twice := told[u.At.Start]; twice {
			t.Errorf("%s on line %d is told twice, as %s too", u.Name, u.At.Line(), was)
		}
		if u.At.Text() != u.Name {
			t.Errorf("the place of %s has %q", u.Name, u.At.Text())
		}
		told[u.At.Start] = u.Name
	}
	tokens, _ := Tokens(diag.NewSource("everything.arch", string(text)))
	var missed []string
	for _, tok := range tokens {
		if tok.Kind == Word && told[tok.Start] == "" && !keywords[tok.Text] {
			missed = append(missed, tok.Text)
		}
	}
	want := "positions model int int bool checkpoint prefix optional ignore int bias bias bias model model " +
		"huggingface D hidden_size L num_hidden_layers H num_attention_heads hidden_act"
	if got := strings.Join(missed, " "); got != want {
		t.Errorf("not told: %s\nwant      %s", got, want)
	}
}

// TestUses tells names of the author's from those that the language binds, by place.
func TestUses(t *testing.T) {
	kinds := map[UseKind]string{Declares: "declares", Refers: "refers", Member: "member", Argument: "argument", Own: "own"}
	for _, c := range []struct{ text, name, want string }{
		{"f(i) = i + j", "i", "declares, local"},
		{"f(i) = i + j", "j", "refers"},
		{"pattern p(w) = i - j < w", "i", "own"},
		{"pattern p(w) = i - j < w", "w", "declares, local"},
		{"f(x) = attend(x; x, x) { score = sum(q*k) }", "q", "own"},
		{"f(x, q) = attend(q; x, x) { score = sum(q*k) }", "q", "declares, local, local"},
		{"f(x, q) = attend(g(q); x, x) { score = sum(q*k) }", "q", "declares, local, own"},
		{"f(x) = attend(x, y; x, x) { score = sum(q*k) }", "q", "refers"},
		{"f(x) = attend(x; x, x) { score = s;  norm = { m = max(s);  m } }", "s", "refers, own"},
		{"f(x) = attend(x; x, x) { score = s;  norm = { m = max(s);  m } }", "m", "declares, local"},
		{"f(x) = attend(x; x, x) { score = 1;  mask = true }", "score", "own"},
		{"f(score) = attend(x; x, x) { score = score }", "score", "declares, own, local"},
		{"f(xs) = scan(x in xs; h = 0) { h = g(x, h) }", "h", "declares, declares, local"},
		{"f(x) = g(x, theta=1)", "theta", "argument"},
		{"f(x) = x[T = S]", "S", "refers"},
		{"f(x) = a.b.a", "a", "refers, member"},
		{"block B(a) { a.b : D -> D }", "b", "member"},
		{"block B(l) { w : [D] as \"w{l}\" }", "l", "declares, local"},
		{"block B { w : [D] as \"w{l}\" }", "l", "own"},
		{"block B { x : L * A(l);  y : A(l) }", "l", "own, refers"},
		{"block B { w : D -> D over window window(3) }", "window", "refers, own"},
		{"model A = B with { x[l > 1].mask = causal & i > 1 }", "mask", "own"},
		{"model A = B with { x[l > 1].mask = causal & i > 1 }", "i", "own"},
		{"f(x) = x\nb(y) = f(y)", "f", "declares, refers"},
	} {
		var got []string
		for _, u := range usesOf(t, c.text) {
			switch {
			case u.Name != c.name:
			case u.Local:
				got = append(got, "local")
			default:
				got = append(got, kinds[u.Kind])
			}
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s in %s: %s, want %s", c.name, c.text, s, c.want)
		}
	}
}
