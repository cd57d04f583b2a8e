package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"archc/ir/diag"
	"archc/passes/hardware"
	"archc/stdlib"
)

// devices reads the files that come with archc. A mistake in one is a bug: a test reads them all.
func devices() ([]*hardware.Device, error) {
	var out []*hardware.Device
	for _, src := range stdlib.Devices() {
		d, list := hardware.Read(src)
		if err := list.Err(); err != nil {
			return nil, fmt.Errorf("a device of the library: %s", err.Error())
		}
		out = append(out, d)
	}
	hardware.Sort(out)
	return out, nil
}

// device finds a device by name, or reads the file that a path names: what ends in .yaml or .yml or has a slash.
func (s *session) device(name string) (*hardware.Device, error) {
	s.enter("reading the device")
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") || strings.ContainsAny(name, `/\`) {
		data, err := readRegular(name, hardware.MaxFile)
		var large *tooLarge
		switch {
		case errors.As(err, &large):
			return nil, wrong(hardware.Malformed, "%s has more than %d bytes", diag.Clean(name), large.limit)
		case err != nil:
			return nil, unreadable(codeCannotRead, "%s: %v", diag.Clean(name), err)
		}
		d, list := hardware.Read(diag.NewSource(name, string(data)))
		return d, list.Err()
	}
	all, err := devices()
	if err != nil {
		return nil, err
	}
	d, near := hardware.Find(all, name)
	switch {
	case d != nil:
		return d, nil
	case near != "":
		return nil, usage("there is no device %q; did you mean %s? A file of your own is given by its path, ./mine.yaml", name, near)
	}
	return nil, usage("there is no device %q; archc devices lists them. A file of your own is given by its path, ./mine.yaml", name)
}

// devicesVerb lists what is known about devices.
type devicesVerb struct {
	Name string `arg:"" optional:"" help:"A device, or the path of a file of your own (./mine.yaml); else all are listed."`
}

// Help is the verb's longer help.
func (*devicesVerb) Help() string {
	return `Rates are dense, in 10^12 operations a second, where a multiply or an add is one; bf16 is fp16 too.
Memory is in 10^9 bytes as the makers tell it, bandwidth in 10^9 bytes a second.`
}

// Run prints the table of devices, or all that is known about one.
func (v *devicesVerb) Run(s *session) error {
	if v.Name != "" {
		d, err := s.device(v.Name)
		if err != nil {
			return err
		}
		return printDevice(s, d)
	}
	all, err := devices()
	if err != nil {
		return err
	}
	if s.json {
		var out []deviceJSON
		for _, d := range all {
			out = append(out, deviceReport(d))
		}
		return encode(s, out)
	}
	header := []any{"device"}
	for _, f := range hardware.Formats() {
		header = append(header, f)
	}
	w := newTable(append(header, "GB", "GB/s", "confidence")...)
	alignRight(w, 2, len(hardware.Formats())+3)
	for _, d := range all {
		row := table.Row{d.Name}
		for _, f := range hardware.Formats() {
			row = append(row, shownFigure(d.Compute[f]))
		}
		w.AppendRow(append(row, shownFigure(d.Memory), shownFigure(d.Bandwidth), d.Confidence))
	}
	_, err = fmt.Fprintf(s.out, "%s\n\nrates in 10^12 operations a second, dense; archc devices NAME tells the sources\n", w.Render())
	return err
}

// alignRight sets the columns from first to last, counted from 1.
func alignRight(w table.Writer, first, last int) {
	var configs []table.ColumnConfig
	for n := first; n <= last; n++ {
		configs = append(configs, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.SetColumnConfigs(configs)
}

func shownFigure(f *hardware.Figure) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%.6g", f.Value)
}

// figureRow is a figure with its name and unit.
type figureRow struct {
	name, unit string
	*hardware.Figure
}

func figuresOf(d *hardware.Device) []figureRow {
	var out []figureRow
	add := func(name, unit string, f *hardware.Figure) {
		if f != nil {
			out = append(out, figureRow{name, unit, f})
		}
	}
	for _, f := range hardware.Formats() {
		unit := "TFLOP/s"
		if f == "int8" {
			unit = "TOP/s"
		}
		add(f, unit, d.Compute[f])
	}
	add("memory", "GB", d.Memory)
	add("bandwidth", "GB/s", d.Bandwidth)
	return out
}

func printDevice(s *session, d *hardware.Device) error {
	if s.json {
		return encode(s, deviceReport(d))
	}
	title := diag.Clean(d.Name)
	if len(d.Aliases) > 0 {
		title += ", also " + diag.Clean(strings.Join(d.Aliases, ", "))
	}
	w := newTable("figure", "", "", "confidence", "source")
	alignRight(w, 2, 2)
	for _, f := range figuresOf(d) {
		w.AppendRow(table.Row{f.name, shownFigure(f.Figure), f.unit, f.Confidence, diag.Clean(f.Source)})
	}
	fmt.Fprintf(s.out, "%s\n\n%s\n", title, w.Render())
	for _, line := range []struct{ name, text string }{{"interconnect", d.Interconnect}, {"note", d.Note}, {"file", d.File.Name}} {
		if line.text != "" {
			fmt.Fprintf(s.out, "%s: %s\n", line.name, diag.Clean(line.text))
		}
	}
	return nil
}

type (
	deviceJSON struct {
		Name         string                `json:"name"`
		Aliases      []string              `json:"aliases,omitempty"`
		Figures      map[string]figureJSON `json:"figures"`
		Interconnect string                `json:"interconnect,omitempty"`
		Note         string                `json:"note,omitempty"`
	}
	figureJSON struct {
		Value      float64 `json:"value"`
		Unit       string  `json:"unit"`
		Source     string  `json:"source"`
		Confidence string  `json:"confidence"`
	}
)

func deviceReport(d *hardware.Device) deviceJSON {
	out := deviceJSON{d.Name, d.Aliases, map[string]figureJSON{}, d.Interconnect, d.Note}
	for _, f := range figuresOf(d) {
		out.Figures[f.name] = figureJSON{f.Value, f.unit, f.Source, f.Confidence}
	}
	return out
}

func encode(s *session, x any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(x)
}

// gigabytes writes bytes in 10^9, rounded from the exact number.
func gigabytes(bytes *big.Int) string {
	return new(big.Rat).SetFrac(bytes, big.NewInt(1e9)).FloatString(3)
}
