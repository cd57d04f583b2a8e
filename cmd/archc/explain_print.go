package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// pageWidth is where text is broken: lines of code keep their own.
const pageWidth = 80

// print writes one explanation as a page: what it is, its parts, an example, its source.
func (x explanation) print(s *session) error {
	if s.json {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(x)
	}
	title := x.Title
	if x.Family != "" {
		title += ", " + x.dotted()
	}
	fmt.Fprintf(s.out, "%s: %s\n", s.heading(x.Name), title)
	if x.Signature != "" {
		fmt.Fprintf(s.out, "\n  %s\n", indented(x.Signature, 2))
	}
	if x.Story != "" {
		fmt.Fprintf(s.out, "\n%s", wrapped(x.Story, pageWidth))
	}
	x.printParts(s)
	if x.Example != "" {
		fmt.Fprintf(s.out, "\n%s, a whole file\n\n  %s\n", s.heading("Example"), indented(x.Example, 2))
	}
	if x.Source != "" {
		fmt.Fprintf(s.out, "\n%s, %s\n\n  %s\n", s.heading("Source"), x.Place, indented(strings.TrimRight(x.Source, "\n"), 2))
	}
	return nil
}

// printParts writes the short parts, their texts in one column.
func (x explanation) printParts(s *session) {
	rows := [][2]string{{"Formula", x.Formula}, {"Paper", x.Paper}, {"Part of", x.PartOf}}
	widest := 0
	for _, p := range x.Parameters {
		widest = max(widest, utf8.RuneCountInString(strings.Join(p.Names, ", ")))
	}
	for i, p := range x.Parameters {
		label := ""
		if i == 0 {
			label = "Parameters"
		}
		names := strings.Join(p.Names, ", ")
		pad := strings.Repeat(" ", widest-utf8.RuneCountInString(names)+2)
		rows = append(rows, [2]string{label, names + pad + p.Text})
	}
	const column = 12
	first := true
	for _, row := range rows {
		if row[1] == "" {
			continue
		}
		if first {
			fmt.Fprintln(s.out)
			first = false
		}
		label := s.heading(row[0]) + strings.Repeat(" ", column-len(row[0]))
		fmt.Fprintf(s.out, "%s%s\n", label, indented(row[1], column))
	}
}

// heading marks a word on a terminal.
func (s *session) heading(text string) string {
	if !s.look.outColour || text == "" {
		return text
	}
	return bold + text + plain
}

// indented moves all lines but the first to the right.
func indented(text string, by int) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", by))
}

// printAll prints one line for each explanation, under the family's name where there is one.
func printAll(s *session, found []explanation) error {
	if s.json {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		return e.Encode(map[string][]explanation{"explanations": found})
	}
	found = slices.DeleteFunc(slices.Clone(found), func(x explanation) bool { return x.PartOf != "" })
	width := 0
	for _, x := range found {
		width = max(width, len(x.listed()))
	}
	for i, x := range found {
		if group := x.group(); i == 0 || group != found[i-1].group() {
			if i > 0 {
				fmt.Fprintln(s.out)
			}
			fmt.Fprintln(s.out, s.heading(group))
		}
		title := x.Title
		if x.Signature != "" {
			title = firstSentence(x.Story)
		}
		fmt.Fprintf(s.out, "%-*s  %s\n", width, x.listed(), title)
	}
	return nil
}

// group is the heading under which an explanation is listed.
func (x explanation) group() string {
	switch {
	case x.Family != "":
		return x.Family
	case x.Signature != "":
		return "scalar functions"
	}
	return "codes"
}

// listed is the name in a list, with the one that the family has for it.
func (x explanation) listed() string {
	if x.KnownAs != "" {
		return x.Name + " (" + x.KnownAs + ")"
	}
	return x.Name
}

// firstSentence cuts a story where its first sentence ends, and where a line of a list does.
func firstSentence(text string) string {
	const most = 90
	text, _, _ = strings.Cut(text, ". ")
	if text = strings.TrimSuffix(text, "."); len(text) <= most {
		return text
	}
	return text[:strings.LastIndexByte(text[:most], ' ')] + " ..."
}

// wrapped breaks a story into lines.
func wrapped(text string, width int) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(text) {
		switch {
		case used == 0:
		case used+1+len(word) > width:
			b.WriteByte('\n')
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += len(word)
	}
	b.WriteByte('\n')
	return b.String()
}
