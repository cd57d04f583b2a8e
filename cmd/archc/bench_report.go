package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"archc/ir/diag"
)

// benchReport is what a benchmark found; as JSON it can be compared with later.
type benchReport struct {
	Model      string      `json:"model"`
	DType      string      `json:"dtype"`
	Size       int64       `json:"size"` // bytes of the loaded weights
	Parameters int64       `json:"parameters"`
	Backend    string      `json:"backend"`
	Threads    int         `json:"threads"`
	Tests      []benchTest `json:"tests"`

	compared bool
}

// benchTest is one test: tokens a second over the repeats.
type benchTest struct {
	Test      string    `json:"test"`
	Tokens    int       `json:"tokens"`
	Mean      float64   `json:"mean"`
	Deviation float64   `json:"deviation"`
	Seconds   []float64 `json:"seconds"`         // of each repeat
	FLOPs     int64     `json:"flops,omitempty"` // of the contractions of one repeat; 0 where they hang on data
	Bytes     int64     `json:"bytes,omitempty"` // that its kernels move
	Before    *float64  `json:"before,omitempty"`
	Change    *float64  `json:"change,omitempty"` // of the mean: 0.1 is a tenth faster
	Beyond    *bool     `json:"beyond,omitempty"` // the change is more than twice the deviations of both
}

// maxReport bounds a report that is read.
const maxReport = 16 << 20

// readOld reads the report to compare with, before anything is measured.
func (v *benchVerb) readOld() (*benchReport, error) {
	if v.Compare == "" {
		return nil, nil
	}
	data, err := readRegular(v.Compare, maxReport)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, unreadable(codeCannotRead, "%s: there is no such file", v.Compare)
	case err != nil:
		return nil, unreadable(codeCannotRead, "%s: %v", v.Compare, err)
	}
	old := &benchReport{}
	if err := json.Unmarshal(data, old); err != nil || len(old.Tests) == 0 {
		return nil, unreadable(codeCannotRead, "%s: it is no report of archc bench", v.Compare).
			help("archc bench ... --format json > FILE writes one")
	}
	return old, nil
}

// compare puts an older report's means beside the new ones. A report of another model is refused; other settings are
// compared, since they may be what is asked about, and the table says both.
func (r *benchReport) compare(old *benchReport, file string) error {
	if old.Model != r.Model || old.Parameters != r.Parameters {
		return wrong(codeOtherBench, "%s is of %s with %d parameters, this is %s with %d", file, old.Model, old.Parameters, r.Model, r.Parameters)
	}
	found := false
	for i := range r.Tests {
		t := &r.Tests[i]
		for _, o := range old.Tests {
			if o.Test != t.Test || o.Mean <= 0 {
				continue
			}
			found = true
			change := t.Mean/o.Mean - 1
			beyond := math.Abs(t.Mean-o.Mean) > 2*math.Hypot(t.Deviation, o.Deviation)
			t.Before, t.Change, t.Beyond = &o.Mean, &change, &beyond
		}
	}
	if !found {
		return wrong(codeOtherBench, "%s has none of these tests", file)
	}
	r.compared = true
	return nil
}

// table is the report for people: the columns of llama-bench.
func (r *benchReport) table() string {
	header := []any{"model", "size", "params", "backend", "threads", "test", "t/s", "GFLOP/s", "GB/s"}
	if r.compared {
		header = append(header, "before", "change", "")
	}
	t := newTable(header...)
	t.SetColumnConfigs(right(2, 3, 5, 7, 8, 9, 10, 11))
	for _, x := range r.Tests {
		row := []any{diag.Clean(r.Model) + " " + r.DType, amount(float64(r.Size), 1024, "B", "KiB", "MiB", "GiB", "TiB"),
			amount(float64(r.Parameters), 1000, "", "K", "M", "B", "T"), r.Backend, r.Threads, x.Test,
			fmt.Sprintf("%.2f ± %.2f", x.Mean, x.Deviation), x.rate(x.FLOPs), x.rate(x.Bytes)}
		if x.Change != nil {
			says := "within the deviations"
			switch {
			case *x.Beyond && *x.Change > 0:
				says = "faster"
			case *x.Beyond:
				says = "slower"
			}
			row = append(row, fmt.Sprintf("%.2f", *x.Before), fmt.Sprintf("%+.1f%%", 100**x.Change), says)
		}
		t.AppendRow(row)
	}
	return t.Render() + "\n"
}

// rate is a billion of something a second, at the mean; "" where it is not known.
func (t *benchTest) rate(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", float64(n)/float64(t.Tokens)*t.Mean/1e9)
}

// amount writes a number with two digits behind the point and the unit that fits.
func amount(x, step float64, units ...string) string {
	k := 0
	for x >= step && k < len(units)-1 {
		x /= step
		k++
	}
	if k == 0 {
		return fmt.Sprintf("%.0f %s", x, units[0])
	}
	return fmt.Sprintf("%.2f %s", x, units[k])
}
