package stdlib

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Doc is what the comment above a declaration of the library says, in parts:
//
//	// What it is, in a sentence or two.
//	//
//	// Name: additive
//	// Formula: v act(W1 q + W2 k + b)
//	// Paper: Bahdanau, Cho and Bengio 2015, arXiv:1409.0473, appendix A.1.2
//	// Parameters:
//	//   A     width of a query
//	//   f, g  two functions of a key
//	// Example:
//	//   model Example(A=8) { ... }
//
// Name is its name in its family, where that is not its own. What only serves another declaration says so, `Part of:
// entmax`, and needs no more. A line that begins with two blanks goes on with the part above it.
type Doc struct {
	Summary    string
	Name       string // "" where it is the declaration's own
	PartOf     string
	Formula    string
	Paper      string // author, year, arXiv number or venue, section or equation
	Parameters []Parameter
	Example    string // a whole file that compiles and runs
}

// Parameter is a line of a Doc: the names of one or several parameters, and what they are.
type Parameter struct {
	Names []string
	Text  string
}

// ParseDoc reads a comment without its slashes. A word that begins no part is an error, as is a part that stands twice.
func ParseDoc(comment string) (Doc, error) {
	var d Doc
	parts := map[string]*string{"Name": &d.Name, "Part of": &d.PartOf, "Formula": &d.Formula, "Paper": &d.Paper,
		"Parameters": new(string), "Example": &d.Example}
	into := &d.Summary
	var seen []string
	for line := range strings.Lines(comment) {
		line = strings.TrimRight(line, "\n")
		name, rest, found := strings.Cut(line, ":")
		switch part := parts[name]; {
		case found && part != nil && slices.Contains(seen, name):
			return d, fmt.Errorf("the part %s stands twice", name)
		case found && part != nil:
			seen, into = append(seen, name), part
			*into = strings.TrimSpace(rest)
		case line == "":
			// between the summary and the parts
		case into == &d.Summary:
			*into = strings.TrimSpace(*into + " " + line)
		case strings.HasPrefix(line, "  "):
			*into = strings.TrimLeft(*into+"\n"+line[2:], "\n")
		default:
			return d, fmt.Errorf("%q begins no part of a comment: Name, Part of, Formula, Paper, Parameters, Example", line)
		}
	}
	return d, d.parameters(*parts["Parameters"])
}

// parameters reads the lines `A, B  what they are`.
func (d *Doc) parameters(text string) error {
	if text == "" || text == "none" {
		return nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		names, what, found := strings.Cut(line, "  ")
		if !found {
			return fmt.Errorf("%q is not a name, two blanks, and what it is", line)
		}
		d.Parameters = append(d.Parameters, Parameter{strings.Split(names, ", "), strings.TrimSpace(what)})
	}
	return nil
}

// Brief is a comment's summary, formula and paper alone: what a declaration takes along when it moves into a file.
func Brief(comment string) string {
	var b strings.Builder
	keep := true
	for line := range strings.Lines(comment) {
		switch name, _, _ := strings.Cut(line, ":"); name {
		case "Formula", "Paper":
			keep = true
		case "Name", "Part of", "Parameters", "Example":
			keep = false
		}
		if keep && line != "\n" {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Family is the family of a library file: position of stdlib/position.arch.
func Family(file string) string { return strings.TrimSuffix(path.Base(file), ".arch") }
