package diag

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPosition(t *testing.T) {
	s := NewSource("x.arch", "ab\nçd\r\n\nend")
	for _, c := range []struct{ offset, line, col int }{
		{0, 1, 1}, {2, 1, 3}, {3, 2, 1}, {5, 2, 2}, {8, 3, 1}, {9, 4, 1}, {12, 4, 4}, {99, 4, 4}, {-5, 1, 1},
	} {
		if line, col := s.Position(c.offset); line != c.line || col != c.col {
			t.Errorf("offset %d is %d:%d, want %d:%d", c.offset, line, col, c.line, c.col)
		}
	}
	for n, want := range map[int]string{0: "", 1: "ab", 2: "çd", 3: "", 4: "end", 5: ""} {
		if got := s.Line(n); got != want {
			t.Errorf("line %d is %q, want %q", n, got, want)
		}
	}
}

// TestPositionAgrees compares with counting by hand.
func TestPositionAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("aé\n\t🙂"))).Draw(t, "text")
		at := rapid.IntRange(0, len(text)).Draw(t, "at")
		for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
			at--
		}
		before := text[:at]
		line := strings.Count(before, "\n") + 1
		col := utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:]) + 1
		if l, c := NewSource("x", text).Position(at); l != line || c != col {
			t.Fatalf("offset %d of %q is %d:%d, want %d:%d", at, text, l, c, line, col)
		}
	})
}

func TestHuman(t *testing.T) {
	src := NewSource("dir/long.arch", "model M {\n\tx : D -> E\n}\n")
	other := NewSource("lib/norm.arch", "one\ntwo\n")
	at := strings.Index(src.Text, "E")
	d := New(UnknownName, Span{src, at, at + 1}, "nothing is named %s here", "E").
		Mark("here").Note(Span{src, 0, 5}, "the model").Note(Span{other, 4, 7}, "elsewhere").Note(Span{}, "sizes").
		Suggest("did you mean `D`?")
	var b strings.Builder
	if err := Human(&b, []*Diagnostic{d}); err != nil {
		t.Fatal(err)
	}
	want := "long.arch:2:11: nothing is named E here [E201]\n" +
		"    2 | \tx : D -> E\n" +
		"      | \t         ^ here\n" +
		"   the model (line 1)\n   elsewhere (norm.arch:2)\n   sizes\n   help: did you mean `D`?\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestHumanIsSafe shows that a name in a file cannot drive a terminal, and that a long line is cut around the place.
func TestHumanIsSafe(t *testing.T) {
	src := NewSource("x.arch", strings.Repeat("a", 5000)+"\x1b[31m\u202e!"+strings.Repeat("b", 5000))
	var b strings.Builder
	if err := Human(&b, []*Diagnostic{New(BadText, Span{src, 5000, 5001}, "escape \x1b")}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\u202e") {
		t.Errorf("control characters reach the terminal: %q", b.String())
	}
	lines := strings.Split(b.String(), "\n")
	if n := utf8.RuneCountInString(lines[1]); n > maxExcerpt+10 {
		t.Errorf("the excerpt has %d characters", n)
	}
	if caret := strings.Index(lines[2], "^"); []rune(lines[1])[caret] != utf8.RuneError {
		t.Errorf("the caret does not stand under the character:\n%s\n%s", lines[1], lines[2])
	}
}

func TestJSON(t *testing.T) {
	src := NewSource("x.arch", "model\n")
	var b strings.Builder
	if err := JSON(&b, []*Diagnostic{New(NoModel, Span{src, 0, 5}, "none <here>").Suggest("add one")}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Diagnostics []struct {
			Code, Message, Help string
			At                  struct {
				File                     string
				Line, Column, Start, End int
			}
		}
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	d := got.Diagnostics[0]
	if d.Code != "E208" || d.Message != "none <here>" || d.Help != "add one" || d.At.File != "x.arch" || d.At.End != 5 {
		t.Errorf("got %+v", d)
	}
}

func TestList(t *testing.T) {
	src := NewSource("x.arch", strings.Repeat("x", 1000))
	l := &List{}
	for i := range MaxShown + 20 {
		at := Span{src, 500 - i, 501 - i}
		l.Add(New(UnknownName, at, "name %d", i))
		l.Add(New(UnknownName, at, "name %d", i))
	}
	if len(l.All) != MaxShown || l.Dropped != 20 {
		t.Errorf("%d kept, %d dropped", len(l.All), l.Dropped)
	}
	if l.Err() == nil || (&List{}).Err() != nil {
		t.Error("Err is nil exactly for the empty list")
	}
	for i := 1; i < len(l.All); i++ {
		if l.All[i-1].Span.Start > l.All[i].Span.Start {
			t.Fatal("not in the order of the text")
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"RMSNorm", "LayerNorm", "softmax", "rope", "H"}
	for name, want := range map[string]string{
		"RMSNrom": "RMSNorm", "rmsnorm": "RMSNorm", "sofmax": "softmax", "softmax1": "softmax", "ropes": "rope",
		"x": "", "attention": "", "": "",
	} {
		if got := Nearest(name, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestCodes asks every code to be listed once, with a story.
func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Codes() {
		if seen[c.ID] {
			t.Errorf("code %s stands twice", c.ID)
		}
		seen[c.ID] = true
		if c.Title == "" || len(strings.TrimSpace(c.Story)) < 20 {
			t.Errorf("code %s has no story", c.ID)
		}
		if _, err := fmt.Sscanf(c.ID, "E%3d", new(int)); err != nil || len(c.ID) != 4 {
			t.Errorf("code %q is not E and three digits", c.ID)
		}
	}
}
