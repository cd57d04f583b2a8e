package lower_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"archc/dsl/lower"
)

// Elaboration ends, and soon: whatever doubles at each level is stopped by a budget, with E506, or computed once.

// levels writes n lines, each from its number and the next one's.
func levels(n int, line string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.NewReplacer("#", fmt.Sprint(i), "@", fmt.Sprint(i+1)).Replace(line) + "\n")
	}
	return b.String()
}

func TestElaborationEnds(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"functions of numbers", "f64(x) = x + 1\n" + levels(64, "f#(x) = f@(f@(x))") +
			"model M(D=8) { a = f0(1)\n(x: [T, D]) = x * a }", "E506"},
		{"functions of tensors", "f64(x) = x + 1\n" + levels(64, "f#(x) = f@(f@(x))") +
			"model M(D=8) { (x: [T, D]) = f0(x) }", "E506"},
		{"functions of sizes", "f64(x) = x * x\n" + levels(64, "f#(x) = f@(f@(x))") +
			"model M(D=8) { (x: [T, D]) = x * f0(T) }", "E506"},
		{"wrong functions", "f64(x) = y\n" + levels(64, "f#(x) = f@(1) + f@(2)") +
			"model M(D=8) { (x: [T, D]) = f0(x) }", "E201"},
		{"functions of defaults", "f64(x=1) = x\n" + levels(64, "f#(x=f@() + f@()) = x") +
			"model M(D=8) { (x: [T, D]) = x * f0() }", "E506"},
		{"blocks", "block B64(D) { w : D -> D\n(x: [D]) = w(x) }\n" + levels(64, "block B#(D) { a, b : B@(D)\n(x: [D]) = a(b(x)) }") +
			"model M(D=8) { b : B0(D)\n(x: [T, D]) = b(x) }", "E506"},
		{"blocks that nobody calls", "block B64(D) { w : D -> D }\n" + levels(64, "block B#(D) { a, b : B@(D) }") +
			"model M(D=8) { b : B0(D)\n(x: [T, D]) = x }", "E506"},
		{"blocks of defaults", "block B64(n=1) { }\n" + levels(64, "block B#(n=B@, m=B@) { a : n\nb : m }") +
			"model M(D=8) { b : B0()\n(x: [T, D]) = x }", "E506"},
		{"variants of blocks", "block B64(D) { w : D -> D }\n" + levels(64, "block B#(D) = B@(D)") +
			"model M(D=8) { b : B0(D)\n(x: [T, D]) = x }", ""},
		{"blocks in themselves", "block B(n) { a, b : B(n + 1) }\nmodel M(D=8) { b : B(0)\n(x: [T, D]) = x }", "E505"},
		{"stacks in stacks", "block B9(D) { w : D -> D\n(x: [D]) = w(x) }\n" + levels(9, "block B#(D) { s : 2 * B@(D)\n(x: [D]) = s(x) }") +
			"model M(D=8) { b : B0(D)\n(x: [T, D]) = b(x) }", ""},
		{"deep stacks", "block B80(D) { w : D -> D\n(x: [D]) = w(x) }\n" + levels(80, "block B#(D) { s : 2 * B@(D)\n(x: [D]) = s(x) }") +
			"model M(D=8) { b : B0(D)\n(x: [T, D]) = b(x) }", "E506"},
		{"numbers of a layer", "model M(D=8) { s : 9 * B(l)\n(x: [T, D]) = s(x)\nblock B(a0) {\n" + levels(64, "a@ = a# + a#") +
			"(x: [D]) = x * a64 } }", ""},
		{"conditions of a layer", "model M(D=8) { s : 60000 * B(l)\n(x: [T, D]) = s(x)\nblock B(a0) {\n" +
			levels(64, "a@ = if a# > # then 1 else 0") + "(x: [D]) = x * a64 } }", ""},
		{"dims", "model M(A0=2) {\n" + levels(64, "A@ = A# A#") + "(x: [A64]) = x }", "E502"},
		{"sums of dims", "model M(A0=2) {\n" + levels(64, "A@ = A# + A#") + "(x: [A64]) = x }", "E502"},
		{"sizes", "model M(D=8) { (x: [T, S, U, V]) {\n a0 = T + S + U + V\n" + levels(64, " a@ = a# * (a# + 1)") + "x * a64 } }", ""},
		{"sizes of numbers", "model M(D=8) { (x: [T, D]) {\n a0 = T * 9007199254740992\n" + levels(64, " a@ = a# * a#") + "x * a64 } }", ""},
		{"ranges", "model M(D=8) { (x: [T, S, U, V, W, X, Y, Z]) {\n y = x[T: 0..T + S + U, S: 0..S + T + U, U: 0..U + T + S, " +
			"V: 0..V + T + S, W: 0..W + T + S]\ny } }", "E506"},
		{"axes", "model M(D=8) { (x: [" + strings.TrimSuffix(levels(40, "A#,"), ",\n") + "]) = x }", "E506"},
		{"facts", "model M(D=1) {\n" + levels(40, "A# = D/D\nB# = D A# A#\nC# = B#/A#") + "w : C39 -> B39\n(x: [T, D]) = w(x) }", "E301"},
		{"facts of facts", "model M(A0=1048576) {\n" + levels(19, "A@ = A#/2\nB@ = A#/A@\nC@ = A#/B@") + "w : A19 -> C19\n(x: [T, A0]) = w(x) }", ""},
		{"attends in attends", "model M(D=8) {\n" + levels(70, "f#(x) = attend(x; x, x) { score = sum[D](f@(q * k)) }") +
			"f70(x) = x\n(x: [T, D]) = f0(x) }", "E506"},
		{"mistakes", "model M(D=8) { s : 200 * B(l)\n(x: [T, D]) = s(x)\nblock B(l) { E = max(l, 1)\n(x: [D]) = " +
			strings.Repeat("y + ", 400) + "x * index(E) } }", "E201"},
		{"kinds", "model M(D=8) { s : 65536 * B(l)\n(x: [T, D]) = s(x)\nblock B(l) { E = max(l, 1)\ng : [E]\n(x: [D]) = x } }", "E506"},
		{"long periods", "model M(D=8) { s : 65536 * B(l % 17)\n(x: [T, D]) = s(x)\nblock B(l) { E = max(l, 1)\ng : [E]\n(x: [D]) = x } }", "E506"},
	} {
		start := time.Now()
		got := faults(c.text, lower.Options{})
		if took := time.Since(start); took > hang {
			t.Errorf("%s: it took %v", c.name, took)
		} else if took > time.Second {
			t.Logf("%s: it took %v", c.name, took)
		}
		if len(got) > 60 {
			got = got[:60]
		}
		t.Log(c.name, got)
		if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// hang is what nothing here comes near, on however busy a machine: what grows without bounds takes hours.
const hang = time.Minute

// A source within the limits of text may have tens of thousands of names and of mistakes.
func TestManyMistakesEndSoon(t *testing.T) {
	long := strings.Repeat("x", 240)
	for name, text := range map[string]string{
		"names": "model M(D=8) {\n" + levels(9000, "a#"+long+" = 1") + "(x: [T, D]) {\n" + levels(9000, " b# = c#"+long) + "x }\n}",
		"short": "model M(D=8) {\n" + levels(9000, "a#x = 1") + "(x: [T, D]) {\n" + levels(9000, " b# = c#y") + "x }\n}",
		"arguments": "block B(" + strings.TrimSuffix(levels(5000, "a#x=1,"), ",\n") + ") { }\nmodel M(D=8) { b : B(" +
			strings.TrimSuffix(levels(5000, "c#y=1,"), ",\n") + ")\n(x: [T, D]) = x }",
		"one value":  "model M(D=8) { (x: [T, D]) = " + strings.Repeat("[", 150) + "x" + strings.Repeat("]", 150) + "}",
		"long chain": "model M(D=8) { (x: [T, D]) = " + strings.Repeat("-", 900) + "x }",
		"fields":     "model M(D=8) {\n" + levels(9000, "w# : D -> D") + "(x: [T, D]) = w0(x) }",
		"locals":     "model M(D=8) { (x: [T, D]) {\n" + levels(20000, " x = x[T = S#][S# = T]") + "x } }",
		"ranges":     "model M(D=8) { (x: [T, D]) {\n" + levels(9000, " y# = x[T: 0..#]") + "x } }",
	} {
		start := time.Now()
		faults(text, lower.Options{})
		if took := time.Since(start); took > hang {
			t.Errorf("%s: it took %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}
