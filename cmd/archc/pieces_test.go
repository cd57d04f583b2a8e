package main

import (
	"math/big"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"archc/backends/checkpoint"
	"archc/dsl/lower"
)

// TestChangesAreBothTexts: the lines of a diff without the new ones are the old text, and the other way
// round.
func TestChangesAreBothTexts(t *testing.T) {
	text := rapid.StringMatching(`([ab ;]{0,3}\n){0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		var old, new strings.Builder
		for _, c := range oldFirst(changes(splitLines(before), splitLines(after))) {
			if c.mark != '+' {
				old.WriteString(c.line)
			}
			if c.mark != '-' {
				new.WriteString(c.line)
			}
		}
		if old.String() != before || new.String() != after {
			t.Fatalf("%q and %q", old.String(), new.String())
		}
	})
}

func TestDiffHunks(t *testing.T) {
	before := "a\n" + strings.Repeat("same\n", 20) + "b"
	after := "a \n" + strings.Repeat("same\n", 20) + "b\n"
	want := "--- f\n+++ f formatted\n@@ -1,4 +1,4 @@\n-a\n+a \n same\n same\n same\n" +
		"@@ -19,4 +19,4 @@\n same\n same\n same\n-b\n\\ No newline at end of file\n+b\n"
	if got := unifiedDiff("f", before, after); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestGrouped(t *testing.T) {
	for text, want := range map[string]string{"0": "0", "999": "999", "1000": "1,000", "-1234567": "-1,234,567",
		"123456789012345678901": "123,456,789,012,345,678,901"} {
		n, _ := new(big.Int).SetString(text, 10)
		if got := grouped(n); got != want {
			t.Errorf("%s is written %s", text, got)
		}
	}
}

// TestFlatten: a configuration becomes flat, whole numbers stay whole, arrays do not vanish.
func TestFlatten(t *testing.T) {
	text := `{"architectures": ["A"], "a": 1, "b": 1.0, "c": {"d": {"e": true}, "f": null}, "g": [1, 2],
		"h": "x", "i": 1e3}`
	root, err := checkpoint.ParseJSON([]byte(text), checkpoint.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	c := &config{fields: lower.Config{}}
	if err := c.flatten("", root); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": lower.Whole(1), "b": 1.0, "c.d.e": true, "c.f": nil,
		"g": lower.List{lower.Whole(1), lower.Whole(2)}, "h": "x", "i": 1000.0}
	if len(c.fields) != len(want) {
		t.Errorf("got %v", c.fields)
	}
	for k, v := range want {
		if got, ok := c.fields[k]; !ok || !reflect.DeepEqual(got, v) {
			t.Errorf("%s is %v, want %v", k, got, v)
		}
	}
	huge, _ := checkpoint.ParseJSON([]byte(`{"n": 123456789012345678901}`), checkpoint.JSONLimits{})
	if err := c.flatten("", huge); err == nil {
		t.Error("a number over 64 bits is taken")
	}
}

// TestColour: three lines of a diagnostic, and nothing else.
func TestColour(t *testing.T) {
	text := "a.arch:1:1: no [E1]\n    1 | x^y\n      |  ^ here\n   a note\n   help: do\n"
	want := bold + "a.arch:1:1: no [E1]" + plain + "\n    1 | x^y\n      | " +
		red + " ^ here" + plain + "\n   a note\n" + green + "   help: do" + plain + "\n"
	if got := coloured(text); got != want {
		t.Errorf("got %q", got)
	}
}

func TestNoColour(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{{nil, true}, {map[string]string{"NO_COLOR": "1"}, false}, {map[string]string{"NO_COLOR": ""}, true},
		{map[string]string{"TERM": "dumb"}, false}, {map[string]string{"TERM": "xterm"}, true}} {
		if got := wantsColour(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}

// TestProgress: nothing before half a second, one line after it, erased at the end, and nothing without a
// terminal. Its clock is its own.
func TestProgress(t *testing.T) {
	synctest.Test(t, progressTells)
}

func progressTells(t *testing.T) {
	var b strings.Builder
	p := &progress{to: &b, on: true}
	p.begin("reading")
	time.Sleep(progressAfter)
	p.end()
	if b.Len() > 0 {
		t.Errorf("before: %q", b.String())
	}
	p.begin("reading")
	time.Sleep(time.Second + progressEvery/2)
	p.end()
	line := eraseLine + "reading ..."
	if got := b.String(); got != line+line+line+" 1 s"+eraseLine { // at 0.6, 0.8 and 1 second
		t.Errorf("later: %q", got)
	}
	b.Reset()
	quiet := &progress{to: &b}
	quiet.begin("reading")
	quiet.update("more")
	quiet.end()
	if b.Len() > 0 || quiet.stop != nil {
		t.Errorf("without a terminal: %q", b.String())
	}
}

// TestHarmless: a model's text cannot drive a terminal.
func TestHarmless(t *testing.T) {
	if got := harmless("a\x1b[2Jb\nc"); got != "a\uFFFD[2Jb\nc" {
		t.Errorf("got %q", got)
	}
}
