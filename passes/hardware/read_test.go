package hardware

import (
	"fmt"
	"strings"
	"testing"

	"archc/ir/diag"
	"archc/stdlib"
)

// good is a file with all keys; tests replace one line.
const good = `name: Mine
aliases: [m1, m2]
compute:
  fp32: 10
  bf16: {value: 100, source: measured, confidence: medium}
  fp8: 200
memory_GB: 24
bandwidth_GBps: 1000
interconnect: none
note: a test
source: the data sheet
confidence: high
`

func read(text string) (*Device, *diag.List) { return Read(diag.NewSource("mine.yaml", text)) }

func TestRead(t *testing.T) {
	d, list := read(good)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	bf16, memory := d.Compute["bf16"], d.Memory
	if bf16.Value != 100 || bf16.Source != "measured" || bf16.Confidence != "medium" {
		t.Errorf("bf16 is %+v", bf16)
	}
	if memory.Value != 24 || memory.Source != "the data sheet" || memory.Confidence != "high" {
		t.Errorf("memory does not take the file's source: %+v", memory)
	}
	if rate, f := d.Peak("int8", "bf16", "fp32"); rate != 100e12 || f != "bf16" {
		t.Errorf("without int8 the device multiplies at %g in %s", rate, f)
	}
}

// TestRefused replaces one line of the good file and names what must be said, and of which line.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		old, new string
		code     *diag.Code
		line     int
		says     string
	}{
		{"  fp32: 10", "  fp23: 10", UnknownKey, 4, "did you mean `fp32`?"},
		{"memory_GB: 24", "memory_gb: 24", UnknownKey, 7, "did you mean `memory_GB`?"},
		{"note: a test", "sparse: true", UnknownKey, 10, "it has name, aliases"},
		{"{value: 100,", "{vale: 100,", UnknownKey, 5, "did you mean `value`?"},
		{"memory_GB: 24", "memory_GB: -24", Doubtful, 7, "memory_GB is -24"},
		{"memory_GB: 24", "memory_GB: 0", Doubtful, 7, "memory_GB is 0"},
		{"bandwidth_GBps: 1000", "bandwidth_GBps: 0", Doubtful, 8, "bandwidth_GBps is 0"},
		{"  fp32: 10", "  fp32: 10e12", Doubtful, 4, "compute.fp32 is 1e+13"},
		{"  fp32: 10", "  fp32: 0.5", Doubtful, 4, "compute.fp32 over bandwidth_GBps is 0.5 FLOP a byte"},
		{"memory_GB: 24", "memory_GB: 24000", Doubtful, 7, "memory_GB over bandwidth_GBps is 24 s"},
		{"  fp32: 10", "  fp32: 101", Doubtful, 5, "compute.bf16 is 100, less than the wider fp32"},
		{"  fp8: 200", "  fp8: 400", Doubtful, 6, "compute.fp8 is 4 times compute.bf16"},
		{"  fp32: 10", "  fp32: 10 TFLOP", Malformed, 4, "a decimal number without a unit"},
		{"  fp32: 10", "  fp32: .inf", Malformed, 4, "a decimal number"},
		{"  fp32: 10", "  fp32: .nan", Malformed, 4, "a decimal number"},
		{"  fp32: 10", "  fp32: 1_0", Malformed, 4, "a decimal number"},
		{"  fp32: 10", `  fp32: "10"`, Malformed, 4, "a decimal number"},
		{"  fp32: 10", "  fp32: &a 10", Malformed, 4, "anchors and aliases are not read"},
		{"note: a test", "note: !!str a", Malformed, 10, "tags are not read"},
		{"memory_GB: 24", "memory_GB: *a", Malformed, 0, "unknown anchor"},
		{"note: a test", "note: [a]", Malformed, 10, "a text is expected"},
		{"note: a test", "name: Other", Malformed, 10, "name stands twice"},
		{"confidence: high\n", "confidence: sure\n", Malformed, 12, "one of high, medium, low"},
		{"source: the data sheet\n", "", Malformed, 1, "says no source"},
		{"aliases: [m1, m2]", "aliases: m1", Malformed, 2, "a list"},
		{"confidence: high\n", "confidence: high\n---\nname: Two\n", Malformed, 13, "a second document"},
		{"  fp32: 10", "  fp32: [", Malformed, 0, "no YAML"},
	} {
		text := strings.Replace(good, c.old, c.new, 1)
		if text == good {
			t.Fatalf("%q is not in the file", c.old)
		}
		_, list := read(text)
		var all []string
		found := false
		for _, d := range list.All {
			told := d.Msg + " " + d.Help
			all = append(all, fmt.Sprintf("%s line %d: %s", d.Code.ID, d.Span.Line(), told))
			found = found || d.Code == c.code && strings.Contains(told, c.says) && (c.line == 0 || d.Span.Line() == c.line)
		}
		if !found {
			t.Errorf("%q: nothing says %q in line %d, but\n%s", c.new, c.says, c.line, strings.Join(all, "\n"))
		}
	}
}

// TestBounds: a figure at its bound is taken, one beyond is not.
func TestBounds(t *testing.T) {
	file := func(fp32, memory, bandwidth string) string {
		return fmt.Sprintf("name: N\ncompute: {fp32: %s}\nmemory_GB: %s\nbandwidth_GBps: %s\nsource: s\nconfidence: low\n",
			fp32, memory, bandwidth)
	}
	for _, c := range []struct {
		fp32, memory, bandwidth string
		ok                      bool
	}{
		{"0.001", "1", "1", true}, {"0.000999", "1", "1", false},
		{"1e6", "1e5", "1e5", true}, {"1.000001e6", "1e5", "1e5", false},
		{"1", "0.1", "10", true}, {"1", "0.0999", "10", false},
		{"1000", "1e5", "1e5", true}, {"1000", "100001", "1e5", false},
		{"1e6", "1e5", "1e6", true}, {"1e6", "1e5", "1000001", false},
		{"1", "10", "1000", true}, {"0.999", "10", "1000", false}, // 1 FLOP a byte
		{"1e4", "10", "1000", true}, {"10001", "10", "1000", false}, // 10,000
		{"10", "1", "1000", true}, {"10", "0.999", "1000", false}, // 1 ms
		{"10", "1e4", "1000", true}, {"10", "10001", "1000", false}, // 10 s
	} {
		_, list := read(file(c.fp32, c.memory, c.bandwidth))
		if list.Empty() != c.ok {
			t.Errorf("fp32 %s, memory %s, bandwidth %s: %v", c.fp32, c.memory, c.bandwidth, list.Err())
		}
	}
	for _, size := range []int{MaxFile, MaxFile + 1} {
		_, list := read(good + "#" + strings.Repeat("x", size-len(good)-1))
		if list.Empty() != (size == MaxFile) {
			t.Errorf("a file of %d bytes: %v", size, list.Err())
		}
	}
}

// TestNothingPanics: what is no device file is refused, whatever it is.
func TestNothingPanics(t *testing.T) {
	for _, text := range []string{"", "\n", "#", "[]", "1", "name", "? [a]\n: b\n", "a: &a [*a]\n", "\xff", "name: {a: b}\ncompute: 1\n",
		"compute: {}\n", "compute: {fp32: {}}\n", "compute:\n", "<<: {name: x}\n", "!!binary a: b\n"} {
		if _, list := read(text); list.Empty() {
			t.Errorf("%q is taken for a device", text)
		}
	}
}

// TestLibrary reads every file that comes with archc; names are their own, and the figures have sources.
func TestLibrary(t *testing.T) {
	seen := map[string]string{}
	for _, src := range stdlib.Devices() {
		d, list := Read(src)
		if err := list.Err(); err != nil {
			t.Errorf("%s: %v", src.Name, err)
			continue
		}
		if want := "stdlib/hardware/" + strings.ToLower(d.Name) + ".yaml"; src.Name != want {
			t.Errorf("%s is the file of %s", src.Name, d.Name)
		}
		for _, n := range append([]string{d.Name}, d.Aliases...) {
			if other := seen[fold(n)]; other != "" && other != d.Name {
				t.Errorf("%s is the name of %s and of %s", n, other, d.Name)
			}
			seen[fold(n)] = d.Name
		}
	}
	if len(seen) < 25 {
		t.Errorf("the library has %d names of devices", len(seen))
	}
}

func TestFind(t *testing.T) {
	d, _ := read(good)
	for _, name := range []string{"mine", "MINE", "m-1", "M2"} {
		if found, _ := Find([]*Device{d}, name); found != d {
			t.Errorf("%s is not found", name)
		}
	}
	if found, near := Find([]*Device{d}, "mien"); found != nil || near != "Mine" {
		t.Errorf("mien gives %v, and %q is near", found, near)
	}
}
