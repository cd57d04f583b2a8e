package syntax

import (
	"fmt"
	"strings"
	"testing"

	"archc/ir/diag"
)

// TestLimits tests every limit one below, at, and one above.
func TestLimits(t *testing.T) {
	head := "f(x) = "
	for _, l := range []struct {
		name  string
		limit int
		text  func(n int) string // a source that has n of it
		code  *diag.Code
	}{
		{"bytes", MaxSource, func(n int) string { return "f(x)=x\n//" + strings.Repeat("-", n-9) }, diag.TooLong},
		// 7 tokens with the end of the line, then 4 and one for each name
		{"tokens", MaxTokens, func(n int) string {
			return "f(x)=x\ng=[" + strings.Repeat("x,", (n-11)/2) + strings.Repeat("x", (n-11)%2) + "]"
		}, diag.TooLong},
		// 4 tokens, then two for each statement with its end
		{"tokens with line ends", MaxTokens, func(n int) string {
			return "A {" + strings.Repeat("\nx", (n-2)/2) + strings.Repeat(" x", n%2) + "}"
		}, diag.TooLong},
		{"depth", MaxDepth, func(n int) string {
			return head + strings.Repeat("(", n) + "x" + strings.Repeat(")", n)
		}, diag.TooDeep},
		{"depth of braces", MaxDepth, func(n int) string {
			return strings.Repeat("block A {", n) + strings.Repeat("}", n)
		}, diag.TooDeep},
		{"name", MaxWord, func(n int) string { return head + strings.Repeat("x", n) }, diag.TooLong},
		{"string", MaxString, func(n int) string {
			return head + `"` + strings.Repeat("x", n) + `"`
		}, diag.TooLong},
		{"digits", MaxDigits, func(n int) string { return head + strings.Repeat("9", n) }, diag.BadNumber},
		{"sums", MaxChain, func(n int) string { return head + "x" + strings.Repeat(" + x", n-1) }, diag.TooDeep},
		{"powers", MaxChain, func(n int) string { return head + "x" + strings.Repeat("^x", n-1) }, diag.TooDeep},
		{"signs", MaxChain, func(n int) string { return head + strings.Repeat("-", n-1) + "x" }, diag.TooDeep},
		{"dots", MaxChain, func(n int) string { return head + "x" + strings.Repeat(".x", n-1) }, diag.TooDeep},
		{"calls", MaxChain, func(n int) string { return head + "x" + strings.Repeat("(x)", n-1) }, diag.TooDeep},
		{"factors", MaxChain, func(n int) string { return head + "x" + strings.Repeat("[x]", n-1) }, diag.TooDeep},
		{"ifs", MaxChain, func(n int) string {
			return head + strings.Repeat("if x then x else ", n-1) + "x"
		}, diag.TooDeep},
		{"ifs inside", MaxChain, func(n int) string {
			return head + strings.Repeat("if x then ", n-1) + "x" + strings.Repeat(" else x", n-1)
		}, diag.TooDeep},
		{"sums in brackets", MaxChain, func(n int) string {
			deep := (n - 1) / 10
			return head + strings.Repeat("x+x+x+x+x+x+x+x+x+x+(", deep) + strings.Repeat("x+", (n-1)%10) + "x" +
				strings.Repeat(")", deep)
		}, diag.TooDeep},
	} {
		for n := l.limit - 1; n <= l.limit+1; n++ {
			_, list := parse(l.text(n))
			has := false
			for _, d := range list.All {
				has = has || d.Code == l.code
			}
			if has != (n > l.limit) {
				t.Errorf("%s: %d of at most %d: %v", l.name, n, l.limit, messages(list))
			}
		}
	}
}

// TestBombs reads texts that are far over a limit. Each is refused at once, with one message.
func TestBombs(t *testing.T) {
	const million = 1_000_000
	for _, text := range []string{
		strings.Repeat("(", million), strings.Repeat("[", million), strings.Repeat("{", million),
		strings.Repeat("block A {", million/10), strings.Repeat("f(x){", million/10),
		strings.Repeat("x ", million/2), strings.Repeat("x\n", million/2), strings.Repeat(";", million),
		"a" + strings.Repeat("b", million), `"` + strings.Repeat("b", million) + `"`,
		strings.Repeat("9", million), strings.Repeat("#", million), strings.Repeat("- ", million/2),
	} {
		file, list := parse(text)
		checkDiagnostics(t, file.Src, list)
		for _, d := range list.All {
			if len(d.Error()) > 300 {
				t.Errorf("a message of %d bytes", len(d.Error()))
			}
		}
		if list.Empty() && strings.Trim(text, ";") != "" {
			t.Errorf("%q... was read", text[:10])
		}
	}
}

// TestManyErrors reads a source that is wrong in every line: what is kept is bounded.
func TestManyErrors(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, "block A%d { x : = %d }\n", i, i)
	}
	_, list := parse(b.String())
	if len(list.All) != diag.MaxShown || list.Dropped != 5000-diag.MaxShown {
		t.Errorf("%d kept, %d dropped", len(list.All), list.Dropped)
	}
}
