package tokenizer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestBadFiles: each gives its code and names the culprit, at a place inside the file.
func TestBadFiles(t *testing.T) {
	for _, bad := range badFiles {
		_, err := Load([]byte(bad.file))
		checkError(t, fmt.Sprintf("%.200s", bad.file), err, bad.code, bad.message)
		var e *Error
		if errors.As(err, &e) && (e.Line < 1 || e.Col < 1 || e.Line > 1+strings.Count(bad.file, "\n")) {
			t.Errorf("%v: no place in the file", err)
		}
	}
	_, err := Load(make([]byte, maxFile+1))
	checkError(t, "a large file", err, "T002", "67108864")
}

func checkError(t *testing.T, what string, err error, code, message string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%s\n got %v, want %s", what, err, code)
		return
	}
	if e.Code != code || !strings.Contains(e.Error(), message) || strings.Contains(e.Error(), "\n") {
		t.Errorf("%s\n got %v\nwant %s ... %s", what, err, code, message)
	}
}

// badTexts are the errors of encoding and decoding.
var badTexts = []struct {
	code, message string
	run           func(*Tokenizer) error
}{
	{"T030", "byte 0xFF at offset 3", encoding("\u4e2d\xff")},
	{"T030", "byte 0xED at offset 0", encoding("\xed\xa0\x80")},
	{"T031", "16777216", encoding(strings.Repeat("a", maxText+1))},
	{"T033", "no token has the id -1; ids run from 0 to 261", decoding(-1)},
	{"T033", "no token has the id 262", decoding(262)},
	{"T033", "no token has the id 1048576", decoding('a', 1<<20)},
}

func encoding(text string) func(*Tokenizer) error {
	return func(t *Tokenizer) error { _, err := t.Encode(text, false); return err }
}

func decoding(ids ...int) func(*Tokenizer) error {
	return func(t *Tokenizer) error { _, err := t.Decode(ids); return err }
}

func TestBadTexts(t *testing.T) {
	tok := mustLoad(t, toy())
	for _, bad := range badTexts {
		checkError(t, bad.message, bad.run(tok), bad.code, bad.message)
	}
	few := `{"model": {"type": "BPE", "unk_token": "<unk>", "vocab": {"a": 0, "b": 1}, "merges": []}}`
	_, err := mustLoad(t, few).Encode("ab中", false)
	checkError(t, few, err, "T032", `'中' (U+4E2D)`)
	pieces := `{"model": {"unk_token": "?", "continuing_subword_prefix": "##", "max_input_chars_per_word": 9,
		"vocab": {}}}`
	_, err = mustLoad(t, pieces).Encode("ab", false)
	checkError(t, pieces, err, "T032", `"ab"`)
}

// TestEveryCode: the tables above provoke each code, and the codes are well formed.
func TestEveryCode(t *testing.T) {
	provoked := map[string]bool{"T032": true} // in TestBadTexts
	for _, b := range badFiles {
		provoked[b.code] = true
	}
	for _, b := range badTexts {
		provoked[b.code] = true
	}
	last := ""
	for _, c := range Codes {
		if !provoked[c.ID] || c.ID <= last || c.Title == "" || len(c.Story) < 80 {
			t.Errorf("%+v: provoked %v, after %s", c, provoked[c.ID], last)
		}
		last = c.ID
		delete(provoked, c.ID)
		if got, ok := Lookup(c.ID); !ok || got.Title != c.Title {
			t.Errorf("Lookup(%s) gives %+v", c.ID, got)
		}
	}
	if len(provoked) > 0 {
		t.Errorf("codes without a row: %v", provoked)
	}
}

// TestTruncated: a file cut anywhere is an error of one line and never a panic.
func TestTruncated(t *testing.T) {
	file := toy()
	for i := range len(file) {
		if _, err := Load([]byte(file[:i])); err == nil || strings.Contains(err.Error(), "\n") {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

// FuzzLoad: any bytes load or give an *Error, and what loads encodes and decodes without a panic.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(toy()))
	for _, bad := range badFiles {
		if len(bad.file) < 1<<14 {
			f.Add([]byte(bad.file))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := Load(data)
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%T: %v", err, err)
		}
		if err == nil {
			ids, err := tok.Encode("Hello  hello, é中\n<end>", true)
			if err == nil {
				_, err = tok.Decode(ids)
			}
			if err != nil && !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
		}
	})
}
