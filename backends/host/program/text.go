package program

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"archc/backends/host/sampler"
	"archc/backends/host/tokenizer"
)

const (
	tokenizerFile = "tokenizer.json"
	maxTokenizer  = 64 << 20 // bytes, the limit of the tokenizer itself
	maxPrompt     = 16 << 20 // bytes
)

// text is a prompt that is being continued.
type text struct {
	model    Model
	flags    flags
	out      *bufio.Writer
	terminal bool                 // out is one
	tok      *tokenizer.Tokenizer // nil with --tokens
	ids      []int
	done     int // how many of ids the engine has computed
	ends     []int
}

// prompt turns the flags into ids that the model has.
func (t *text) prompt(in io.Reader) error {
	var err error
	if t.flags.hasPrompt {
		err = t.encode(in)
	} else {
		t.ids, err = idList(t.flags.tokens)
	}
	if err != nil {
		return err
	}
	if len(t.ids) == 0 {
		return fail(exitWrong, "", "the prompt has no tokens")
	}
	for i, id := range t.ids {
		if id < 0 || id >= t.model.Vocab {
			return fail(exitWrong, "", "token %d of the prompt has id %d, the model has ids 0 to %d", i+1, id, t.model.Vocab-1)
		}
	}
	if n := len(t.ids); t.model.Positions > 0 && n > t.model.Positions {
		return fail(exitWrong, "", "the prompt has %d tokens, the model %d positions", n, t.model.Positions)
	}
	return nil
}

func (t *text) encode(in io.Reader) error {
	prompt := t.flags.prompt
	if prompt == "-" {
		read, err := io.ReadAll(io.LimitReader(in, maxPrompt+1))
		switch {
		case err != nil:
			return fail(exitUnreadable, "", "the prompt: %v", err)
		case len(read) > maxPrompt:
			return fail(exitUnreadable, "", "the prompt has more than %d bytes", maxPrompt)
		}
		prompt = strings.TrimSuffix(strings.TrimSuffix(string(read), "\n"), "\r")
	}
	var err error
	if t.tok, err = readTokenizer(base(t.flags.checkpoint)); err != nil {
		return err
	}
	t.ids, err = t.tok.Encode(prompt, true)
	return err
}

const idsInstead = "give ids instead: --tokens 1,2,3"

// readTokenizer reads the tokenizer beside the weights. One with a part that this program does not know is refused, by
// name: ids go without it.
func readTokenizer(dir string) (*tokenizer.Tokenizer, error) {
	path := filepath.Join(dir, tokenizerFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail(exitUnreadable, idsInstead, "%s has no %s", dir, tokenizerFile)
	case err != nil:
		return nil, fail(exitUnreadable, idsInstead, "%v", err)
	case !info.Mode().IsRegular() || info.Size() > maxTokenizer:
		return nil, fail(exitUnreadable, idsInstead, "%s is no file of at most %d bytes", path, maxTokenizer)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fail(exitUnreadable, idsInstead, "%v", err)
	}
	tok, err := tokenizer.Load(data)
	var bad *tokenizer.Error
	if errors.As(err, &bad) {
		return nil, fail(exitUnreadable, idsInstead, "%s: %v: this program takes --tokens only", path, bad)
	}
	return tok, err
}

// scores computes what the engine has not seen, at most a chunk at once, and gives the scores behind the last id.
func (t *text) scores(e Engine) ([]float32, error) {
	var row []float32
	for t.done < len(t.ids) {
		n := min(t.flags.chunk, len(t.ids)-t.done)
		var err error
		if row, err = e.Scores(t.ids[t.done : t.done+n]); err != nil {
			return nil, err
		}
		t.done += n
	}
	return row, nil
}

// speak is the decode loop: score, choose, print.
func (t *text) speak(e Engine, choose *sampler.Sampler) error {
	w := &writer{out: t.out, terminal: t.terminal}
	if t.tok != nil {
		w.stream = t.tok.Stream(false)
	}
	for _, id := range t.ids {
		if err := w.put(id); err != nil {
			return err
		}
	}
	prompt := len(t.ids)
	wide := make([]float64, t.model.Vocab)
	for len(t.ids)-prompt < t.flags.most {
		if n := t.model.Positions; n > 0 && len(t.ids) >= n || len(t.ids) > prompt && slices.Contains(t.ends, t.ids[len(t.ids)-1]) {
			break
		}
		row, err := t.scores(e)
		if err != nil {
			return err
		}
		wide = wide[:0]
		for _, x := range row {
			wide = append(wide, float64(x))
		}
		id, err := choose.Next(wide)
		if err != nil {
			return err
		}
		t.ids = append(t.ids, id)
		if err := w.put(id); err != nil {
			return err
		}
	}
	return w.end()
}

// printLogits gives the scores behind the prompt with all their digits: they read back as the same float32.
func (t *text) printLogits(e Engine) error {
	row, err := t.scores(e)
	if err != nil {
		return err
	}
	if err := finite(row); err != nil {
		return err
	}
	return json.NewEncoder(t.out).Encode(map[string]any{"prompt_ids": t.ids, "logits": row})
}

// writer prints tokens as they come: text whose characters are whole, or ids.
type writer struct {
	out      *bufio.Writer
	stream   *tokenizer.Stream // nil for ids
	terminal bool
	began    bool
}

func (w *writer) put(id int) error {
	piece := strconv.Itoa(id)
	if w.stream != nil {
		var err error
		if piece, err = w.stream.Push(id); err != nil {
			return err
		}
	} else if w.began {
		piece = "," + piece
	}
	return w.write(piece)
}

func (w *writer) write(piece string) error {
	if piece == "" {
		return nil
	}
	w.began = true
	if w.terminal {
		piece = harmless(piece)
	}
	w.out.WriteString(piece)
	if err := w.out.Flush(); err != nil {
		return fail(exitUnreadable, "", "standard output: %v", err)
	}
	return nil
}

func (w *writer) end() error {
	piece := ""
	if w.stream != nil {
		var err error
		if piece, err = w.stream.Flush(); err != nil {
			return err
		}
	}
	return w.write(fmt.Sprintln(piece))
}

// harmless keeps a model's text from driving a terminal: control characters are replaced, line ends and tabs stay.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
