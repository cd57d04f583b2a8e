package program

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"archc/backends/host/weights"
)

const dates = "../../../examples/checkpoints/dates"

// counting is an engine that says, whatever the ids, that the one above the last comes next. It remembers how many ids
// came at once.
type counting struct {
	vocab  int
	chunks []int
	closed bool
}

func (c *counting) Scores(ids []int) ([]float32, error) {
	c.chunks = append(c.chunks, len(ids))
	row := make([]float32, c.vocab)
	row[(ids[len(ids)-1]+1)%c.vocab] = 0.1
	return row, nil
}

func (c *counting) Close() error { c.closed = true; return nil }

// program runs a command line on the counting engine.
func program(t *testing.T, m Model, in string, args ...string) (code int, out, errs string, e *counting) {
	t.Helper()
	e = &counting{vocab: m.Vocab}
	if m.Open == nil {
		m.Open = func(string, Options) (Engine, error) { return e, nil }
	}
	if m.Check == nil {
		m.Check = func(string) error { return nil }
	}
	var stdout, stderr bytes.Buffer
	code = Main(m, args, strings.NewReader(in), &stdout, &stderr)
	return code, stdout.String(), stderr.String(), e
}

func TestContinues(t *testing.T) {
	m := Model{Name: "Counter", Vocab: 334}
	for _, c := range []struct {
		in, want string
		args     []string
	}{
		{"", "5,6,7,8,9\n", []string{"--tokens", "5, 6", "-n", "3"}},
		{"", "5\n", []string{"--tokens", "5", "-n", "0"}},
		{"", "333,0,1\n", []string{"--tokens=333", "-n=64"}}, // 1 is the end token of the checkpoint
		{"", "a\n", []string{"-p", "a", "-n", "0"}},
		{"b\n", "b\n", []string{"-p", "-", "-n", "0"}},
	} {
		code, out, errs, e := program(t, m, c.in, append([]string{"-m", dates}, c.args...)...)
		if code != 0 || out != c.want || errs != "" {
			t.Errorf("%q: code %d, %q, errors %q; want %q", c.args, code, out, errs, c.want)
		}
		if !e.closed {
			t.Errorf("%q: the engine stays open", c.args)
		}
	}
}

// TestChunks: a long prompt comes in pieces, what follows one by one, nothing twice.
func TestChunks(t *testing.T) {
	_, _, _, e := program(t, Model{Vocab: 334}, "", "-m", dates, "--tokens", "2,3,4,5,6,7,8", "--chunk", "3", "-n", "3")
	if want := []int{3, 3, 1, 1, 1}; !slices.Equal(e.chunks, want) {
		t.Errorf("computed %v at once, want %v", e.chunks, want)
	}
}

func TestLogits(t *testing.T) {
	code, out, _, _ := program(t, Model{Vocab: 3}, "", "-m", dates, "--tokens", "0", "--logits")
	var got struct {
		IDs    []int     `json:"prompt_ids"`
		Logits []float32 `json:"logits"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
		t.Fatal(err, code)
	}
	if want := []float32{0, 0.1, 0}; !slices.Equal(got.Logits, want) || !slices.Equal(got.IDs, []int{0}) {
		t.Errorf("got %v behind %v, want %v: all digits of a float32", got.Logits, got.IDs, want)
	}
}

func TestPositionsEndAText(t *testing.T) {
	code, out, _, _ := program(t, Model{Vocab: 334, Positions: 4}, "", "-m", dates, "--tokens", "5,6", "-n", "9")
	if code != 0 || out != "5,6,7,8\n" {
		t.Errorf("code %d, %q", code, out)
	}
}

// TestRefuses: each mistake has its exit code and says what is wrong; nothing goes to standard output.
func TestRefuses(t *testing.T) {
	unknown := t.TempDir() // a tokenizer with a pattern that nobody knows
	text := `{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"decoder":null,"post_processor":null,` +
		`"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\w{3}"},"behavior":"Isolated","invert":false},` +
		`"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}`
	if err := os.WriteFile(filepath.Join(unknown, tokenizerFile), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	ends := t.TempDir()
	if err := os.WriteFile(filepath.Join(ends, generationFile), []byte(`{"eos_token_id": "x"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	other := Model{Check: func(string) error { return &weights.Mismatch{Msg: "not one of Counter", Help: "build one"} }}
	broken := Model{Vocab: 334, Open: func(string, Options) (Engine, error) { return nil, errors.New("no engine today") }}
	for _, c := range []struct {
		code int
		want []string
		m    Model
		args []string
	}{
		{exitUsage, []string{"give a checkpoint with -m"}, Model{}, []string{"-p", "x"}},
		{exitUsage, []string{"either -p or --tokens"}, Model{}, []string{"-m", dates}},
		{exitUsage, []string{"either -p or --tokens"}, Model{}, []string{"-m", dates, "-p", "x", "--tokens", "1"}},
		{exitUsage, []string{`"x"`}, Model{}, []string{"-m", dates, "--tokens", "1,x"}},
		{exitUsage, []string{"more", "is no flag"}, Model{}, []string{"-m", dates, "-p", "x", "more"}},
		{exitUsage, []string{"not defined"}, Model{}, []string{"--nonsense"}},
		{exitUsage, []string{"-n is 0 or more"}, Model{}, []string{"-m", dates, "-p", "x", "-n", "-1"}},
		{exitUsage, []string{"--chunk"}, Model{}, []string{"-m", dates, "-p", "x", "--chunk", "0"}},
		{exitUsage, []string{"--threads"}, Model{}, []string{"-m", dates, "-p", "x", "--threads", "-1"}},
		{exitUsage, []string{"need --temperature"}, Model{}, []string{"-m", dates, "-p", "x", "--seed", "0"}},
		{exitUsage, []string{"S001"}, Model{Vocab: 334}, []string{"-m", dates, "-p", "x", "--temperature", "-1"}},
		{exitWrong, []string{"token 2", "id 334", "ids 0 to 333"}, Model{Vocab: 334}, []string{"-m", dates, "--tokens", "0,334"}},
		{exitWrong, []string{"3 tokens", "2 positions"}, Model{Vocab: 9, Positions: 2}, []string{"-m", dates, "--tokens", "1,2,3"}},
		{exitWrong, []string{"T030"}, Model{Vocab: 334}, []string{"-m", dates, "-p", "caf\xe9"}},
		{exitUnreadable, []string{"has no tokenizer.json", "--tokens 1,2,3"}, Model{Vocab: 9}, []string{"-m", t.TempDir(), "-p", "x"}},
		{exitUnreadable, []string{`unknown split pattern "\\w{3}"`, "takes --tokens only"}, Model{Vocab: 9}, []string{"-m", unknown, "-p", "a"}},
		{exitUnreadable, []string{"eos_token_id"}, Model{Vocab: 9}, []string{"-m", ends, "--tokens", "1"}},
		{exitUnreadable, []string{"not one of Counter", "help: build one"}, other, []string{"-m", dates, "--tokens", "99999"}},
		{exitWrong, []string{"no engine today"}, broken, []string{"-m", dates, "--tokens", "1"}},
	} {
		code, out, errs, _ := program(t, c.m, "", c.args...)
		if code != c.code || out != "" || !strings.HasPrefix(errs, "engine: ") {
			t.Errorf("%q: code %d, want %d; output %q, errors %q", c.args, code, c.code, out, errs)
		}
		for _, text := range c.want {
			if !strings.Contains(errs, text) {
				t.Errorf("%q: %q does not say %q", c.args, errs, text)
			}
		}
	}
}

// TestUnknownPatternTakesIds: what a tokenizer cannot do hinders no ids.
func TestUnknownPatternTakesIds(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, tokenizerFile), []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, out, errs, _ := program(t, Model{Vocab: 9}, "", "-m", dir, "--tokens", "1", "-n", "1"); code != 0 || out != "1,2\n" {
		t.Errorf("code %d, %q, %q", code, out, errs)
	}
}

func TestHelp(t *testing.T) {
	code, out, errs, _ := program(t, Model{Name: "Counter%d"}, "", "-h")
	if code != 0 || out != "" || !strings.Contains(errs, "Counter%d") || !strings.Contains(errs, "-top-k") {
		t.Errorf("code %d, output %q, help %q", code, out, errs)
	}
}

func TestHarmless(t *testing.T) {
	if got := harmless("a\x1b[2Jb\n\tc\x07"); got != "a\uFFFD[2Jb\n\tc\uFFFD" {
		t.Errorf("%q", got)
	}
}

func TestSeedFixesTheChoice(t *testing.T) {
	args := []string{"-m", dates, "--tokens", "5", "-n", "12", "--temperature", "9", "--seed"}
	_, one, _, _ := program(t, Model{Vocab: 334}, "", append(args, "1")...)
	_, same, _, _ := program(t, Model{Vocab: 334}, "", append(args, "1")...)
	_, two, _, _ := program(t, Model{Vocab: 334}, "", append(args, "2")...)
	if one != same || one == two {
		t.Errorf("seed 1 gives %q and %q, seed 2 gives %q", one, same, two)
	}
}
