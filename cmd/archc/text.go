package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"archc/backends/host/program"
	"archc/backends/host/tokenizer"
)

const (
	tokenizerFile = "tokenizer.json"
	maxTokenizer  = 64 << 20 // bytes, the limit of the tokenizer itself
	maxPrompt     = 16 << 20 // bytes
)

// conversation is a prompt that is being continued.
type conversation struct {
	sp     *speaker
	tok    *tokenizer.Tokenizer // nil with --tokens
	ids    []int
	prompt int // how many of ids are the prompt
	ends   []int
	why    string // why it ended: "end token", "length", "positions"
}

// runText continues a prompt.
func (v *runVerb) runText(s *session, r *runnable) error {
	sp, err := r.speaks()
	if err != nil {
		return err
	}
	c := &conversation{sp: sp}
	if err := v.readPrompt(s, c); err != nil {
		return err
	}
	if err := sp.accepts(c.ids); err != nil {
		return err
	}
	switch {
	case v.Output != "" || v.Trace != "":
		return v.evaluate(s, r, arrays{sp.input: sp.tensor(c.ids)})
	}
	more := v.New
	if v.Logits {
		more = 0
	}
	if err := sp.prepare(s, len(c.ids), len(c.ids)+more); err != nil {
		return err
	}
	if v.Logits {
		return c.printLogits(s)
	}
	if c.ends, err = endTokens(r.base); err != nil {
		return err
	}
	return v.continueText(s, c)
}

// readPrompt turns the flags into ids.
func (v *runVerb) readPrompt(s *session, c *conversation) error {
	var err error
	if v.Prompt == nil {
		c.ids, err = idList(v.Tokens)
		c.prompt = len(c.ids)
		return err
	}
	text := *v.Prompt
	if text == stdin {
		read, err := s.readStdin(maxPrompt)
		switch {
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case err != nil:
			return unreadable(codeCannotRead, "the prompt: %v", err)
		}
		text = strings.TrimSuffix(strings.TrimSuffix(string(read), "\n"), "\r")
	}
	s.enter("reading the tokenizer")
	if c.tok, err = readTokenizer(c.sp.base); err != nil {
		return err
	}
	c.ids, err = c.tok.Encode(text, true)
	c.prompt = len(c.ids)
	return err
}

func idList(text string) ([]int, error) {
	var ids []int
	for field := range strings.SplitSeq(text, ",") {
		id, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil {
			return nil, usage("--tokens takes ids separated by commas, not %q", field)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func readTokenizer(dir string) (*tokenizer.Tokenizer, error) {
	path := filepath.Join(dir, tokenizerFile)
	data, err := readRegular(path, maxTokenizer)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, unreadable(codeNoTokenizer, "%s has no %s", dir, tokenizerFile).
			help("give ids instead: --tokens 1,2,3")
	case err != nil:
		return nil, unreadable(codeCannotRead, "%s: %v", path, err)
	}
	tok, err := tokenizer.Load(data)
	var bad *tokenizer.Error
	if errors.As(err, &bad) {
		return nil, ofTokenizer(bad, path)
	}
	return tok, err
}

// endTokens reads what ends a text of the checkpoint in a directory.
func endTokens(dir string) ([]int, error) {
	ends, err := program.EndTokens(dir)
	var bad *program.BadEnd
	if errors.As(err, &bad) {
		return nil, unreadable(codeBadSetting, "%v", bad)
	}
	return ends, err
}

// printLogits gives the scores behind the prompt with all their digits.
func (c *conversation) printLogits(s *session) error {
	s.enter("computing")
	row, err := c.sp.scores(s.ctx, c.ids)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(row, func(x float64) bool { return x-x != 0 }); i >= 0 {
		return wrong(codeNotFinite, "the score of token %d is %v, which JSON cannot write", i, row[i])
	}
	return json.NewEncoder(s.out).Encode(map[string]any{"prompt_ids": c.ids, "logits": digits(row, c.sp.backend.single())})
}

// printJSON gives the whole at once.
func (c *conversation) printJSON(s *session) error {
	out := map[string]any{"prompt_ids": c.ids[:c.prompt], "ids": c.ids, "stopped": c.why}
	if c.tok != nil {
		text, err := c.tok.Decode(c.ids)
		if err != nil {
			return err
		}
		out["text"] = text
	}
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

// wantsMore says whether another token may follow, and why not.
func (c *conversation) wantsMore(most int) bool {
	switch n := len(c.ids) - c.prompt; {
	case n > 0 && slices.Contains(c.ends, c.ids[len(c.ids)-1]):
		c.why = "end token"
	case n >= most:
		c.why = "length"
	case c.sp.positions > 0 && int64(len(c.ids)) >= c.sp.positions:
		c.why = "positions"
	default:
		return true
	}
	return false
}
