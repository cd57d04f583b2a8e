package format

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// row is a line cut where columns may be: the head, the tail that begins with `:` or `=`, and the trailing
// comment.
type row struct {
	*line
	kind    kind
	head    string
	tail    string // with its blank before it; "" without a column
	comment string
}

// trails reports whether a comment stands behind code.
func (r *row) trails() bool { return r.comment != "" && r.head != "" }

// kind is what a line declares; only neighbours of one kind share a column.
type kind struct {
	what   string // "" for lines without a column
	indent int
	opener int
}

// columns prints the lines with their columns aligned.
func columns(lines []*line) []string {
	rows := make([]*row, len(lines))
	for i, l := range lines {
		rows[i] = cut(l)
	}
	runs(rows, func(a, b *row) bool { return a.kind == b.kind && a.kind.what != "" }, func(run []*row) {
		if run[0].kind.what == ":" {
			align(run, 0, fieldSlack)
		} else {
			align(run, 0, equalsSlack)
		}
	})
	for _, r := range rows {
		r.head += r.tail
	}
	runs(rows, func(a, b *row) bool { return a.trails() && b.trails() }, func(run []*row) {
		align(run, 1, commentSlack)
	})
	var out []string
	for _, r := range rows {
		if r.blank {
			out = append(out, "")
		}
		s := r.head
		if r.comment != "" && s != "" {
			s += "  "
		}
		out = append(out, strings.Repeat(" ", r.indent)+s+r.comment)
	}
	return out
}

// cut finds the column of a line.
func cut(l *line) *row {
	toks := l.toks
	r := &row{line: l}
	if last := toks[len(toks)-1]; last.role == comment {
		r.comment = last.Text
		toks = toks[:len(toks)-1]
	}
	at := column(toks)
	if at > 0 {
		r.head, r.tail = text(nil, toks[:at]), text(toks[at-1], toks[at:])
		r.kind = kind{what(toks[:at+1]), l.indent, toks[0].opener}
		return r
	}
	r.head = text(nil, toks)
	return r
}

// what names the kind of a line by its tokens up to the column. Assignments to several names are a kind of
// their own.
func what(toks []*token) string {
	name := toks[len(toks)-1].Text
	switch {
	case name == ":":
		return name
	case toks[0].Text == "emit":
		return "emit"
	}
	for _, t := range toks {
		if t.is(",") && t.opener == toks[0].opener {
			return name + ","
		}
	}
	return name
}

// column returns where the column of a line stands: the `:` of a field or the `=` of an assignment or
// argument, when the line holds one of them alone. It returns 0 when there is none.
func column(toks []*token) int {
	if len(toks) == 0 || !toks[0].fresh {
		return 0
	}
	at := 0
	for i, t := range toks {
		switch {
		case isSeparator(t) && t.opener == toks[0].opener:
			return 0
		case at > 0:
		case t.opener == toks[0].opener && (t.role == fieldColon || t.role == assignEquals):
			at = i
		case t.Text == "model" && t.depth == 0, t.is("pattern"), t.is("block"), t.Text == "(":
			return 0
		}
	}
	if begins(toks[0]) {
		return at
	}
	return 0
}

// begins reports whether a token begins a statement or an argument.
func begins(t *token) bool {
	return t.first || t.argument
}

// runs calls do for every longest run of neighbours that belong together and have no blank line between
// them.
func runs(rows []*row, together func(a, b *row) bool, do func([]*row)) {
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && !rows[j].blank && together(rows[i], rows[j]) {
			j++
		}
		do(rows[i:j])
		i = j
	}
}

// slack says how much wider than the median a head may be and still move the others: so many columns, or so
// many times the median where that is more. Names of fields may be long; comments go where they must.
type slack struct{ columns, times int }

var (
	fieldSlack   = slack{10, 1}
	equalsSlack  = slack{10, 0}
	commentSlack = slack{40, 1}
)

// align pads the heads of a run to one width; indented says whether their indentation counts. A head that
// is much wider than the others sticks out.
func align(run []*row, indented int, s slack) {
	if len(run) < 2 {
		return
	}
	var widths []int
	for _, r := range run {
		widths = append(widths, indented*r.indent+utf8.RuneCountInString(r.head))
	}
	sorted := slices.Sorted(slices.Values(widths))
	median := sorted[(len(sorted)-1)/2]
	limit := median + max(s.times*median, s.columns)
	width := 0
	for _, w := range widths {
		if w <= limit {
			width = max(width, w)
		}
	}
	for i, r := range run {
		r.head += strings.Repeat(" ", max(0, width-widths[i]))
	}
}
