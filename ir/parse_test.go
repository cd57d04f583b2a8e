package ir

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"archc/ir/diag"
)

// parseErrors are texts and the first line of their diagnostic. HEAD stands for a module's first lines.
var parseErrors = []struct{ text, want string }{
	{"", "1:1: expected model, found the end [E701]"},
	{"model", "1:6: expected a name, found the end [E701]"},
	{"model 7", "1:7: expected a name, found 7 [E701]"},
	{"model M\ndim T\ndim T", `3:5: dim T is defined twice [E702]`},
	{"model M\ndim \"a b\"\n", `3:1: expected = and the size of dim "a b", found the end [E704]`},
	{"model M\ndim T = = 3", "2:9: expected a size, found = [E704]"},
	{"model M\ndim T = 1/2", "2:9: 1/2 is no size of an axis [E704]"},
	{"model M\n%0 = input x : [T=2 - 3]", "2:19: -1 is no size of an axis [E704]"},
	{"model M\n%0 = input x : [\"\"=2]", "2:17: expected a label, found \"\" [E701]"},
	{"model M\n]", "2:1: expected an op, found ] [E701]"},
	{"model M\nexpp 3", "2:1: unknown op expp [E702]"},
	{"model M\n%0 = inputt x : []", "2:6: unknown op inputt [E702]"},
	{"model M\n%0 = arg : []", "2:6: unknown op arg [E702]"},
	{"model M\n%0 input x : []", "2:4: expected =, found input [E701]"},
	{"model M\n%x = input x : []", "2:1: % without a number [E701]"},
	{"model M\n%0 = input x", "2:1: input: its type must be stated [E703]"},
	{"model M\n%0 = input x : [T", "2:18: expected ], found the end [E701]"},
	{"model M\n%0 = input x : [T, T]", "2:20: axis T stands twice [E703]"},
	{"model M\n%0 = input x : [\"a b\"]", `2:17: label "a b" needs its size: it is no dim and no plain name [E704]`},
	{"model M\n%0 = input x : [007]", "2:17: expected a label, found 007 [E701]"},
	{"model M\n%0 = input x : []\n%0 = input y : []", "3:1: %0 is defined twice [E702]"},
	{"model M\n%0, %1 = input x : []", "2:1: input: 1 results, not 2 [E703]"},
	{"model M\nconst 1 : []", "2:1: const: 1 results, not 0 [E703]"},
	{"model M\n%0 = const x : []", "2:12: expected a number, found x [E701]"},
	{"model M\n%0 = const 1e999 : []", "2:12: expected a number, found 1e999 [E701]"},
	{"model M\n%0 = param x : []", "2:12: expected a string, found x [E701]"},
	{"model M\n%0 = param \"x : []", "2:12: a string that does not end on its line [E701]"},
	{"model M\n%0 = param \"\\q\" : []", "2:12: a string with a broken escape [E701]"},
	{"model M\n%0 = param \"x\" stored [T : [T]", "2:26: expected a label, found : [E701]"},
	{"HEAD\n%1 = map exq %0", "3:10: unknown scalar function exq [E702]"},
	{"HEAD\n%1 = map exp %7", "3:14: %7 is not defined before this line [E702]"},
	{"HEAD\n%1 = map exp", "3:1: map: takes 1 to 3 arguments, not 0 [E703]"},
	{"HEAD\n%1 = map exp %0 : [T]", "3:1: map: the text says [T], its rule gives [T, D=4] [E703]"},
	{"HEAD\n%1 = map exp %0 : [T, D=5]", "3:1: map: the text says [T, D=5], its rule gives [T, D=4] [E703]"},
	{"HEAD\n%1 = map exp %0 : [], []", "3:1: map: 2 types are written, its rule gives 1 [E703]"},
	{"HEAD\n%1 = cast complex %0", "3:11: unknown kind complex [E702]"},
	{"HEAD\n%1 = rename T S %0", "3:15: expected ->, found S [E701]"},
	{"HEAD\n%1 = repeat l = 0..5 step 2 %0", "3:17: steps of 2 do not lead from 0 to 5 [E701]"},
	{"HEAD\n%1 = repeat l = 5..0 %0", "3:17: steps of 1 do not lead from 5 to 0 [E701]"},
	{"HEAD\n%1 = repeat l = 0..0 step 0 %0", "3:17: steps of 0 do not lead from 0 to 0 [E701]"},
	{"HEAD\n%1 = repeat l = 0..3000000000 %0", "3:17: the numbers of a repeat are below 2^31 [E705]"},
	{"HEAD\n%1 = repeat l = 0..99999999999999999999 %0", "3:17: the numbers of a repeat are below 2^31 [E705]"},
	{"HEAD\n%1 = repeat l = 0..5 %0", "3:1: repeat: lacks its region body [E703]"},
	{"HEAD\n%1 = repeat l = 0..5 %0\nbody(%2 : int[], %3 : [T]) {\ngive %3 }",
		"3:1: repeat: carry 1 is [T, D] before and [T] after [E703]"},
	{"HEAD\n%1 = repeat l = 0..5 %0\nbody(%2 : int[], %3 : [T, D]) {\ngive %3 }\n%4 = map exp %3",
		"6:14: %3 belongs to a region that has ended [E702]"},
	{"HEAD\n%1 = repeat l = 0..5 %0\nbody(%2 : int[], %3 : [T, D]) {\n", "5:1: expected an op, found the end [E701]"},
	{"HEAD\n%1 = repeat l = 0..5 %0\nbody(%2 : int[]) { %3 = input y : [T, D]\ngive %3 }",
		"4:20: an input stands in a region [E701]"},
	{"HEAD\n%1 = repeat l = 0..T step 0 %0", "3:17: steps of 0 do not lead from 0 to T [E701]"},
	{"HEAD\n%1 = repeat l = 0..T over [T] (%0)", "3:34: expected ;, found ) [E701]"},
	{"HEAD\n%1 = repeat l = 0..T over [T] (%0; %0, %0)", "3:31: repeat: 2 arguments are sliced along 1 axes [E703]"},
	{"HEAD\n%1 = windows T -> [T] %0", "3:19: expected two axes: the windows, and the places in one [E701]"},
	{"HEAD\n%1 = windows T -> [T, 2] pad 1 %0", "3:32: expected ,, found %0 [E701]"},
	{"HEAD\n%1 = experts e of 4 over [T, D] rows N (%0; %0; )", "3:28: expected ], found , [E701]"},
	{"HEAD\n%1 = experts e of 4 over [T] rows N (; %0; %0)",
		"3:37: experts: 0 indices and 1 values of which are valid, not one of each [E703]"},
	{"HEAD\n%1 = attend [T, D] over [S] (%0; ; )", "3:13: one query axis, or none [E701]"},
	{"HEAD\n%1 = attend [T] over [S] (%0, %0)", "3:33: expected ;, found ) [E701]"},
	{"HEAD\n%1 = attend [T] over [S] (%0; ; )", "3:1: attend: 1 arguments are not 1 queries, 0 keys and a value [E703]"},
	{"HEAD\noutput y = %5", "3:12: %5 is not defined before this line [E702]"},
	{"HEAD\noutput y = %0\n%1 = map exp %0", "4:1: expected output or the end, found %1 [E701]"},
	{"HEAD\né", "3:1: unexpected character 'é' [E701]"},
	{"HEAD\n\xff", "3:1: unexpected character '\ufffd' [E701]"},
}

const head = "model M dim D = 4\n%0 = input x : [T, D] // an input."

func TestParseErrors(t *testing.T) {
	for _, c := range parseErrors {
		text := strings.Replace(c.text, "HEAD", head, 1)
		m, err := Parse(diag.NewSource("e.ir", text))
		if err == nil {
			t.Errorf("%q is read as\n%s", text, Text(m))
			continue
		}
		if got := strings.TrimPrefix(err.Error(), "e.ir:"); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", text, got, c.want)
		}
		if d := (*diag.Diagnostic)(nil); !errors.As(err, &d) || d.Span.Src == nil {
			t.Errorf("%q: no diagnostic with a span", text)
		}
	}
}

func TestParseSuggests(t *testing.T) {
	_, err := Parse(diag.NewSource("e.ir", strings.Replace("HEAD\n%1 = contarct sum[D] %0, %0", "HEAD", head, 1)))
	if d := (*diag.Diagnostic)(nil); !errors.As(err, &d) || d.Help != "did you mean `contract`?" {
		t.Errorf("%v", err)
	}
}

func TestParseLimits(t *testing.T) {
	nest := func(n int) string {
		var b strings.Builder
		b.WriteString(head + "\n")
		for i := range n {
			fmt.Fprintf(&b, "repeat v%d = 0..1 body(%%%d : int[]) {\n", i, i+1)
		}
		return b.String() + strings.Repeat("give }\n", n)
	}
	if m := parseText(t, nest(MaxNest)); len(Verify(m)) > 0 {
		t.Error(Verify(m))
	}
	axes := func(n int, size string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf("A%d%s", i, size)
		}
		return strings.Join(parts, ", ")
	}
	for text, want := range map[string]string{
		nest(MaxNest + 1): "regions nest more than 64 deep [E705]",
		nest(100_000):     "regions nest more than 64 deep [E705]",
		"model M %0 = input x : [" + axes(65, "") + "]":                         "more than 64 axes [E705]",
		"model M %0 = input x : [" + axes(9, "=a+b+c+d") + "]":                  "the product of the sizes has too many terms [E705]",
		"model M %0 = extent " + strings.Repeat("min(a, 2*", 50):                "a size nests more than 32 deep [E705]",
		"model M %0 = extent " + strings.Repeat("min(a, 2*", 1_000_000):         "a size nests more than 32 deep [E705]",
		"model M %0 = input x : [T=" + strings.Repeat("9", 100_000) + "]":       "a number of 100000 digits [E705]",
		"model M %0 = input x : []\n%1 = map " + strings.Repeat("(", 1_000_000): "expected a scalar function, found ( [E701]",
		"model M %0 = input x : [" + axes(40, "") + "] %1 = input y : [B" +
			strings.ReplaceAll(axes(40, ""), "A", "B") + "] %2 = map add %0, %1": "map: more than 64 axes [E705]",
	} {
		_, err := Parse(diag.NewSource("e.ir", text))
		if err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%.60q: %v, not %s", text, err, want)
		}
	}
}

func TestIRCodesAreUsed(t *testing.T) {
	for _, code := range diag.IRCodes {
		used := false
		for _, c := range parseErrors {
			used = used || strings.Contains(c.want, code.ID)
		}
		if !used {
			t.Errorf("no case for %s", code.ID)
		}
	}
}

// FuzzParse: whatever the text, nothing panics; what is read prints, and reads back as the same module in the same
// text; the verifier looks at it without harm.
func FuzzParse(f *testing.F) {
	f.Add(readText(f, everyOp))
	f.Add(Text(twoLayers()))
	for _, c := range parseErrors {
		f.Add(strings.Replace(c.text, "HEAD", head, 1))
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(diag.NewSource("fuzz.ir", text))
		if err != nil {
			return
		}
		var b strings.Builder
		if err := Print(&b, m); err != nil {
			t.Fatalf("what was read has no text: %v", err)
		}
		again, err := Parse(diag.NewSource("again.ir", b.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if err := Equal(m, again); err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if second := Text(again); second != b.String() {
			t.Fatal(firstDifference(second, b.String()))
		}
		Verify(m)
	})
}
