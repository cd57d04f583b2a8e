package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Code is the stable identity of a kind of mistake. Story is what `archc explain` tells: what the rule is, why it
// is there, and what to do.
type Code struct {
	ID, Title, Story string
}

// Note is one line below the excerpt; with a span it says where the thing it names was declared.
type Note struct {
	Text string
	Span Span
}

// Diagnostic is one mistake: where, what, the declarations that disagree, and one suggestion.
type Diagnostic struct {
	Code  *Code
	Span  Span
	Msg   string // one line, no full stop
	Label string // printed behind the carets
	Notes []Note
	Help  string // one suggested edit
}

// New starts a diagnostic; With, Note and Suggest add to it.
func New(code *Code, at Span, format string, args ...any) *Diagnostic {
	return &Diagnostic{Code: code, Span: at, Msg: fmt.Sprintf(format, args...)}
}

// Mark sets the text behind the carets.
func (d *Diagnostic) Mark(format string, args ...any) *Diagnostic {
	d.Label = fmt.Sprintf(format, args...)
	return d
}

// Note adds a line about another place; the span may be zero.
func (d *Diagnostic) Note(at Span, format string, args ...any) *Diagnostic {
	d.Notes = append(d.Notes, Note{fmt.Sprintf(format, args...), at})
	return d
}

// Suggest sets the help line.
func (d *Diagnostic) Suggest(format string, args ...any) *Diagnostic {
	d.Help = fmt.Sprintf(format, args...)
	return d
}

// Error prints the first line of the human form, so that a Diagnostic can travel as an error.
func (d *Diagnostic) Error() string {
	at := d.Span.String()
	if at != "" {
		at += ": "
	}
	return fmt.Sprintf("%s%s [%s]", at, d.Msg, d.Code.ID)
}

// MaxShown bounds how many diagnostics of one compilation are kept; the rest are counted.
const MaxShown = 100

// List collects the mistakes of one compilation. The same mistake at the same place is kept once: a block
// instantiated forty times is wrong once.
type List struct {
	All     []*Diagnostic
	Dropped int
	seen    map[string]bool
}

// Add keeps d unless the same message at the same place is already there.
func (l *List) Add(d *Diagnostic) *Diagnostic {
	key := fmt.Sprintf("%p:%d:%d:%s", d.Span.Src, d.Span.Start, d.Span.End, d.Msg)
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	if l.seen[key] {
		return d
	}
	l.seen[key] = true
	if len(l.All) >= MaxShown {
		l.Dropped++
		return d
	}
	l.All = append(l.All, d)
	return d
}

// Empty reports whether nothing is wrong.
func (l *List) Empty() bool { return len(l.All) == 0 }

// Sort puts the mistakes in the order of the text: by source name, then by position.
func (l *List) Sort() {
	slices.SortStableFunc(l.All, func(a, b *Diagnostic) int {
		an, bn := "", ""
		if a.Span.Src != nil {
			an = a.Span.Src.Name
		}
		if b.Span.Src != nil {
			bn = b.Span.Src.Name
		}
		return cmp.Or(strings.Compare(an, bn), cmp.Compare(a.Span.Start, b.Span.Start))
	})
}

// Err returns the list as an error, nil when it is empty.
func (l *List) Err() error {
	if l.Empty() {
		return nil
	}
	l.Sort()
	return &Errors{l}
}

// Errors is a non-empty List as an error value.
type Errors struct{ *List }

// Error prints the first lines of all diagnostics.
func (e *Errors) Error() string {
	var lines []string
	for _, d := range e.All {
		lines = append(lines, d.Error())
	}
	return strings.Join(lines, "\n")
}
