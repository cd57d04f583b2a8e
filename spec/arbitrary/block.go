package arbitrary

import (
	"fmt"
	"strings"
)

// block is a model or block that is being written.
type block struct {
	head      string   // "block Mixer(l)"
	fields    []string // and constants, which see what is above them
	body      []string // statements, the last one is the value
	signature string
	functions []string
	blocks    []*block
}

func (b *block) field(format string, args ...any) {
	b.fields = append(b.fields, fmt.Sprintf(format, args...))
}

func (b *block) do(format string, args ...any) { b.body = append(b.body, fmt.Sprintf(format, args...)) }

// function adds a function or a pattern; twice the same one is one.
func (b *block) function(text string) {
	for _, f := range b.functions {
		if f == text {
			return
		}
	}
	b.functions = append(b.functions, text)
}

// inner adds a block.
func (b *block) inner(head string) *block {
	in := &block{head: head}
	b.blocks = append(b.blocks, in)
	return in
}

// lines is the text, indented.
func (b *block) lines(depth int) []string {
	var out []string
	add := func(d int, text string) {
		for _, line := range strings.Split(text, "\n") {
			out = append(out, strings.Repeat("  ", depth+d)+line)
		}
	}
	add(0, b.head+" {")
	for _, text := range b.fields {
		add(1, text)
	}
	if b.signature != "" {
		add(1, b.signature+" {")
		for _, text := range b.body {
			add(2, text)
		}
		add(1, "}")
	}
	for _, text := range b.functions {
		add(1, text)
	}
	for _, in := range b.blocks {
		out = append(out, in.lines(depth+1)...)
	}
	add(0, "}")
	return out
}
