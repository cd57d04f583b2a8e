package main

import (
	"fmt"
	"strings"
)

// change is one line of a diff: of the old text, of the new one, or of both.
type change struct {
	mark byte // ' ', '-' or '+'
	line string
}

// unifiedDiff shows what turns one text into another, with three lines around each place; "" for equal
// texts.
func unifiedDiff(name, before, after string) string {
	if before == after {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s formatted\n", name, name)
	list := oldFirst(changes(splitLines(before), splitLines(after)))
	const around = 3
	for at := 0; at < len(list); {
		if list[at].mark == ' ' {
			at++
			continue
		}
		start := max(0, at-around)
		end, quiet := at, 0
		for ; end < len(list) && quiet <= 2*around; end++ {
			if quiet++; list[end].mark != ' ' {
				quiet = 0
			}
		}
		end -= max(0, quiet-around)
		writeHunk(&b, list, start, end)
		at = end
	}
	return b.String()
}

func splitLines(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// changes pairs lines that are equal but for blanks and semicolons, which is all that formatting touches.
// Where the texts part for good, the rest of one is replaced by the rest of the other.
func changes(before, after []string) []change {
	var out []change
	i, j := 0, 0
	for i < len(before) && j < len(after) {
		x, y := squeezed(before[i]), squeezed(after[j])
		switch {
		case before[i] == after[j]:
			out = append(out, change{' ', before[i]})
			i, j = i+1, j+1
		case x == "" && y != "":
			out = append(out, change{'-', before[i]})
			i++
		case y == "" && x != "":
			out = append(out, change{'+', after[j]})
			j++
		case x == y:
			out = append(out, change{'-', before[i]}, change{'+', after[j]})
			i, j = i+1, j+1
		default:
			return append(out, rest(before[i:], after[j:])...)
		}
	}
	return append(out, rest(before[i:], after[j:])...)
}

// oldFirst puts, in each run of changed lines, the old ones before the new ones, as readers expect them.
func oldFirst(list []change) []change {
	out := make([]change, 0, len(list))
	var later []change
	for _, c := range list {
		switch c.mark {
		case '+':
			later = append(later, c)
			continue
		case ' ':
			out = append(out, later...)
			later = later[:0]
		}
		out = append(out, c)
	}
	return append(out, later...)
}

func rest(before, after []string) []change {
	var out []change
	for _, l := range before {
		out = append(out, change{'-', l})
	}
	for _, l := range after {
		out = append(out, change{'+', l})
	}
	return out
}

func squeezed(line string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n;", r) {
			return -1
		}
		return r
	}, line)
}

// writeHunk writes the lines [start, end) of a diff with their place in both texts.
func writeHunk(b *strings.Builder, list []change, start, end int) {
	count := func(part []change, mark byte) int {
		n := 0
		for _, c := range part {
			if c.mark == ' ' || c.mark == mark {
				n++
			}
		}
		return n
	}
	place := func(mark byte) string {
		n := count(list[start:end], mark)
		first := count(list[:start], mark)
		if n > 0 {
			first++
		}
		return fmt.Sprintf("%d,%d", first, n)
	}
	fmt.Fprintf(b, "@@ -%s +%s @@\n", place('-'), place('+'))
	for _, c := range list[start:end] {
		b.WriteByte(c.mark)
		b.WriteString(strings.TrimSuffix(c.line, "\n") + "\n")
		if !strings.HasSuffix(c.line, "\n") {
			b.WriteString("\\ No newline at end of file\n")
		}
	}
}
