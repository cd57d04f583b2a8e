package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/big"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"archc/ir/diag"
	"archc/passes/search"
)

// rendering gives a sweep as the text of a file.
type rendering func(*sweep) ([]byte, error)

// renderingOf chooses by the ending of the name; nil for another one.
func renderingOf(path string) rendering {
	return map[string]rendering{".csv": (*sweep).csv, ".json": (*sweep).json, ".svg": (*sweep).svg}[filepath.Ext(path)]
}

// print gives the table: a row for each point, in the order of the space. What all points share stands in the title.
func (w *sweep) print(s *session) error {
	var header []any
	var right []table.ColumnConfig
	for _, p := range w.Parameters {
		if len(p.Values) > 1 {
			header = append(header, diag.Clean(p.Name))
		}
	}
	for _, c := range w.columns {
		name := c.Text
		if unit := c.Unit(); unit != "" && unit != "parameters" {
			name += " (" + unit + ")"
		}
		header = append(header, diag.Clean(name))
	}
	for i := range header {
		right = append(right, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t := newTable(append(header, "")...)
	t.SetColumnConfigs(right)
	for _, p := range w.points {
		row := table.Row{}
		for i, v := range p.Values {
			if len(w.Parameters[i].Values) > 1 {
				row = append(row, diag.Clean(v))
			}
		}
		for _, c := range w.columns {
			row = append(row, cell(p, c))
		}
		t.AppendRow(append(row, diag.Clean(verdict(p))))
	}
	_, err := fmt.Fprintf(s.out, "%s\n\n%s\n\n%s%s\n", diag.Clean(w.title()), t.Render(), w.gaps(), diag.Clean(w.summary()))
	return err
}

// gaps are the reasons for the dashes in rows that do not tell one, each once.
func (w *sweep) gaps() string {
	var lines []string
	for _, c := range w.columns {
		for _, p := range w.points {
			_, err := p.Value(c)
			if err == nil || p.Reason != "" {
				continue
			}
			if line := diag.Clean(strings.SplitN(err.Error(), "\n", 2)[0]) + "\n"; !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	const most = 5
	if len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("and %d reasons more\n", len(lines)-most))
	}
	return strings.Join(lines, "")
}

// cell is a number of a point, a dash where it has none.
func cell(p *search.Point, e *search.Expr) string {
	v, err := p.Value(e)
	if err != nil {
		return "-"
	}
	return search.Grouped(v)
}

// verdict says what became of a point; what is merely beaten needs no word.
func verdict(p *search.Point) string {
	switch {
	case p.State == search.Front:
		return "front"
	case p.State == search.Dominated || p.State == search.Counted:
		return ""
	}
	return fmt.Sprintf("%s: %s", p.State, strings.SplitN(p.Reason, "\n", 2)[0])
}

// title says what was counted, and at which sizes.
func (w *sweep) title() string {
	title := w.model
	for _, p := range w.Parameters {
		if len(p.Values) == 1 {
			title += fmt.Sprintf(" %s=%s", p.Name, p.Values[0])
		}
	}
	if w.Seq != "" {
		seq := w.Seq
		if !strings.Contains(seq, "=") {
			seq = "sequence " + seq
		}
		title += fmt.Sprintf(", batch %d, %s", w.Batch, seq)
	}
	if w.Context > 0 {
		title += fmt.Sprintf(", context %d", w.Context)
	}
	return title + ", " + w.Dtype
}

func (w *sweep) summary() string {
	n := w.tally()
	parts := []string{fmt.Sprintf("%d points", len(w.points))}
	if len(w.points) == 1 {
		parts[0] = "1 point"
	}
	for _, state := range []search.State{search.Filtered, search.Refused, search.Unknown} {
		if n[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[state], state))
		}
	}
	if len(w.Objectives) > 0 {
		parts = append(parts, fmt.Sprintf("%d on the front of %s", n[search.Front], strings.Join(w.goals(), ", ")))
	}
	return strings.Join(parts, ", ")
}

func (w *sweep) tally() map[search.State]int {
	n := map[search.State]int{}
	for _, p := range w.points {
		n[p.State]++
	}
	return n
}

func (w *sweep) goals() []string {
	out := []string{}
	for _, o := range w.Objectives {
		out = append(out, o.String())
	}
	return out
}

// csv has a line for each point; numbers without commas, empty where there is none.
func (w *sweep) csv() ([]byte, error) {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	var header []string
	for _, p := range w.Parameters {
		header = append(header, p.Name)
	}
	for _, c := range w.columns {
		header = append(header, c.Text)
	}
	err := out.Write(append(header, "state", "reason"))
	for _, p := range w.points {
		row := append([]string{}, p.Values...)
		for _, c := range w.columns {
			v, missing := p.Value(c)
			if missing != nil {
				row = append(row, "")
				continue
			}
			row = append(row, search.Decimal(v, -1))
		}
		if err == nil {
			err = out.Write(append(row, string(p.State), p.Reason))
		}
	}
	out.Flush()
	return b.Bytes(), err
}

// The JSON of a sweep. Whole numbers are exact numbers of any length, others texts like "7/2".
type (
	sweepJSON struct {
		Model       string               `json:"model"`
		Batch       int64                `json:"batch"`
		Seq         *string              `json:"seq"`
		Context     *int64               `json:"context"`
		Dtype       string               `json:"dtype"`
		Constraints []string             `json:"constraints"`
		Objectives  []string             `json:"objectives"`
		Counts      map[search.State]int `json:"counts"` // points by state
		Points      []sweepPointJSON     `json:"points"`
	}
	sweepPointJSON struct {
		Parameters map[string]any    `json:"parameters"`
		Figures    map[string]any    `json:"figures"`
		Missing    map[string]string `json:"missing,omitempty"` // why a figure is null
		State      search.State      `json:"state"`
		Reason     string            `json:"reason,omitempty"`
	}
)

func (w *sweep) json() ([]byte, error) {
	out := sweepJSON{Model: w.model, Batch: w.Batch, Dtype: w.Dtype, Constraints: []string{}, Objectives: w.goals(),
		Counts: w.tally(), Points: []sweepPointJSON{}}
	if w.Seq != "" {
		out.Seq = &w.Seq
	}
	if w.Context > 0 {
		out.Context = &w.Context
	}
	for _, c := range w.Constraints {
		out.Constraints = append(out.Constraints, c.Text)
	}
	for _, p := range w.points {
		q := sweepPointJSON{map[string]any{}, map[string]any{}, map[string]string{}, p.State, p.Reason}
		for i, x := range w.Parameters {
			q.Parameters[x.Name] = p.Values[i]
			if json.Valid([]byte(p.Values[i])) { // 8 and true as they are, a word as a text
				q.Parameters[x.Name] = json.RawMessage(p.Values[i])
			}
		}
		for _, c := range w.columns {
			v, err := p.Value(c)
			if q.Figures[c.Text] = exact(v); err != nil {
				q.Missing[c.Text] = err.Error()
			}
		}
		out.Points = append(out.Points, q)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(out)
	return b.Bytes(), err
}

// exact is a number as JSON has it, null for none.
func exact(v *big.Rat) any {
	switch {
	case v == nil:
		return nil
	case v.IsInt():
		return v.Num()
	}
	return v.RatString()
}

func (w *sweep) svg() ([]byte, error) {
	plot := &search.Plot{Space: w.Space, X: w.axes[0], Y: w.axes[1], Title: w.title(), Note: w.summary()}
	out := plot.Draw(w.points)
	if out == nil {
		return nil, wrong(codeNotWhole, "no point has both %s and %s: there is nothing to draw", plot.X.Text, plot.Y.Text)
	}
	return out, nil
}
