package main

import (
	"errors"
	"strconv"
	"strings"

	"archc/backends/host/sampler"
	"archc/backends/host/tokenizer"
	"archc/ir/diag"
)

// continueText is the decode loop: score, choose, print.
func (v *runVerb) continueText(s *session, c *conversation) error {
	choose, err := v.chooser()
	if err != nil {
		return err
	}
	out := newWriter(s, c)
	for _, id := range c.ids {
		if err := out.put(id); err != nil {
			return err
		}
	}
	s.enter("computing")
	for c.wantsMore(v.New) {
		row, err := c.sp.scores(s.ctx, c.ids)
		if err != nil {
			return err
		}
		id, err := choose.Next(row)
		if err != nil {
			return err
		}
		c.ids = append(c.ids, id)
		s.progress.update("computing token %d of at most %d", len(c.ids)-c.prompt+1, v.New)
		if err := out.put(id); err != nil {
			return err
		}
	}
	if s.json {
		return c.printJSON(s)
	}
	if err := out.end(); err != nil {
		return err
	}
	if c.why == "positions" {
		s.warn("stopped behind %d tokens: the model has no more positions", len(c.ids))
	}
	return nil
}

// writer prints tokens as they come: text whose characters are whole, or ids.
type writer struct {
	s      *session
	stream *tokenizer.Stream // nil for ids
	began  bool
}

func newWriter(s *session, c *conversation) *writer {
	w := &writer{s: s}
	if c.tok != nil {
		w.stream = c.tok.Stream(false)
	}
	return w
}

func (w *writer) put(id int) error {
	if w.s.json {
		return nil
	}
	if w.stream != nil {
		text, err := w.stream.Push(id)
		if err != nil {
			return err
		}
		return w.write(text)
	}
	text := strconv.Itoa(id)
	if w.began {
		text = "," + text
	}
	return w.write(text)
}

func (w *writer) write(text string) error {
	if text == "" {
		return nil
	}
	w.began = true
	if w.s.look.outIsTerminal {
		w.s.progress.end() // the text itself shows progress, on the same screen
		text = harmless(text)
	}
	w.s.out.WriteString(text)
	return w.s.out.Flush()
}

func (w *writer) end() error {
	if w.stream != nil {
		text, err := w.stream.Flush()
		if err != nil {
			return err
		}
		if err := w.write(text); err != nil {
			return err
		}
	}
	return w.write("\n")
}

// harmless keeps a model's text from driving the terminal; line ends stay.
func harmless(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = diag.Clean(l)
	}
	return strings.Join(lines, "\n")
}

// chooser is how the next token is taken from a row of scores.
func (v *runVerb) chooser() (*sampler.Sampler, error) {
	opt := sampler.Options{Temperature: v.Temperature, TopK: v.TopK, TopP: v.TopP}
	if v.Seed != nil {
		opt.Seed = *v.Seed
	}
	c, err := sampler.New(opt)
	var bad *sampler.Error
	if errors.As(err, &bad) {
		return nil, ofSampler(bad, exitUsage)
	}
	return c, err
}
