package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportPublished imports a published configuration of each family, as a variant and with its declarations copied:
// the file stands alone in a fresh directory, is in the canonical form, and counts what is published. (The counts of all
// configurations are held in spec; import compares what it writes with the configuration.)
func TestImportPublished(t *testing.T) {
	text, err := os.ReadFile("../../spec/cases/config/published.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	var all []family
	if err := json.Unmarshal([]byte(succeed(t, "import", "--list", "--format", "json")), &all); err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		known[f.Architecture] = true
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		var c struct {
			Name       string
			Parameters int64
			Config     json.RawMessage
		}
		var named struct{ Architectures []string }
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(c.Config, &named); err != nil {
			t.Fatal(err)
		}
		if len(named.Architectures) == 0 || !known[named.Architectures[0]] {
			continue
		}
		known[named.Architectures[0]] = false
		n++
		dir := t.TempDir()
		config := filepath.Join(dir, "config.json")
		if err := os.WriteFile(config, c.Config, 0o666); err != nil {
			t.Fatal(err)
		}
		importAndCount(t, config, filepath.Join(t.TempDir(), "x-"+c.Name+".arch"), c.Parameters)
		importAndCount(t, config, filepath.Join(t.TempDir(), "x-"+c.Name+".arch"), c.Parameters, "--inline")
	}
	if n < 17 {
		t.Errorf("configurations of only %d families are imported", n)
	}
}

// importAndCount imports to a file and demands its form, its count and that nothing else was written.
func importAndCount(t *testing.T, config, file string, want int64, flags ...string) {
	t.Helper()
	told := succeed(t, append([]string{"import", config, "-o", file}, flags...)...)
	if !strings.Contains(strings.ReplaceAll(told, ",", ""), fmt.Sprintf(" %d parameters", want)) {
		t.Errorf("%s: import says %s", file, told)
	}
	succeed(t, "fmt", "-l", file)
	var stats struct{ Parameters struct{ Total int64 } }
	if err := json.Unmarshal([]byte(succeed(t, "stats", file, "--format", "json")), &stats); err != nil {
		t.Fatal(err)
	}
	if stats.Parameters.Total != want {
		t.Errorf("%s counts %d parameters, published are %d", file, stats.Parameters.Total, want)
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(entries) != 1 {
		t.Errorf("import left %v beside %s (%v)", entries, file, err)
	}
}

func TestModelName(t *testing.T) {
	for file, want := range map[string]string{
		"llama-3.2-1b": "Llama3_2_1b", "t5-11b": "T5_11b", "gpt2": "Gpt2", "7b": "Model7b", "": "Model", "..": "Model",
		"my model": "MyModel", "Ünder": "Nder", "r1_distill": "R1Distill", strings.Repeat("a", 300): "A" + strings.Repeat("a", 63),
	} {
		if got := modelName(file); got != want {
			t.Errorf("%q is called %s, want %s", file, got, want)
		}
	}
}

func TestNumeral(t *testing.T) {
	for _, c := range []struct {
		text string
		real bool
		want string
	}{
		{"32", false, "32"}, {"500000", true, "5e5"}, {"500000", false, "500000"}, {"1", true, "1.0"}, {"1e-05", true, "1e-5"},
		{"1e-06", false, "1e-6"}, {"2.5", false, "2.5"}, {"0.707", true, "0.707"}, {"1e+06", true, "1e6"},
		{"1234567", true, "1234567.0"}, {"-0.5", true, "-0.5"}, {"true", false, "true"}, {"1.0000001e-12", true, "1.0000001e-12"},
	} {
		if got := numeral(c.text, c.real); got != c.want {
			t.Errorf("%s (real: %v) is written %s, want %s", c.text, c.real, got, c.want)
		}
	}
}
