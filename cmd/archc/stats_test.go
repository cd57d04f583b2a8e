package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// schema is as much of JSON Schema as stats.schema.json uses.
type schema struct {
	Type       any
	Enum       []any
	Properties map[string]*schema
	Required   []string
	Additional json.RawMessage `json:"additionalProperties"`
	Items      *schema
	Ref        string `json:"$ref"`
	Defs       map[string]*schema
}

// check lists where a value is not what the schema says.
func (s *schema) check(root *schema, at string, v any) (faults []string) {
	if s.Ref != "" {
		return root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")].check(root, at, v)
	}
	if s.Enum != nil {
		if !slices.Contains(s.Enum, v) {
			faults = append(faults, fmt.Sprintf("%s is %v", at, v))
		}
		return faults
	}
	types := fmt.Sprint(s.Type) // "integer" or "[integer null]"
	if !slices.Contains(strings.Fields(strings.Trim(types, "[]")), kindOf(v)) {
		return []string{fmt.Sprintf("%s is %v, not %s", at, v, types)}
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range s.Required {
			if _, has := v[name]; !has {
				faults = append(faults, at+" has no "+name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			p := s.Properties[name]
			if p == nil && json.Unmarshal(s.Additional, &p) != nil {
				faults = append(faults, at+" has "+name)
				continue
			}
			faults = append(faults, p.check(root, at+"."+name, v[name])...)
		}
	case []any:
		for i, x := range v {
			faults = append(faults, s.Items.check(root, fmt.Sprint(at, "[", i, "]"), x)...)
		}
	}
	return faults
}

var wholeNumber = regexp.MustCompile(`^-?[0-9]+$`)

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case json.Number:
		if wholeNumber.MatchString(v.String()) {
			return "integer"
		}
		return "number"
	}
	return fmt.Sprintf("%T", v)
}

func readSchema(t *testing.T) *schema {
	t.Helper()
	var s struct {
		schema
		Defs map[string]*schema `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(succeed(t, "stats", "--schema")), &s); err != nil {
		t.Fatal(err)
	}
	s.schema.Defs = s.Defs
	return &s.schema
}

func exactJSON(t *testing.T, text string) any {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestStatsSchema: what stats prints of every example satisfies the schema, with null for what has no value and a
// reason for it.
func TestStatsSchema(t *testing.T) {
	s := readSchema(t)
	files, err := filepath.Glob("../../examples/*.arch")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, f := range files {
		args := []string{"stats", f, "--context", "100", "--format", "json"}
		if strings.HasSuffix(f, "r1-distill.arch") { // several models, none of them its default
			args = append(args, "--model", "R1DistillQwen7B")
		}
		v := exactJSON(t, succeed(t, args...))
		for _, fault := range s.check(s, filepath.Base(f), v) {
			t.Error(fault)
		}
		demandReasons(t, f, v.(map[string]any))
		demandBlocks(t, filepath.Base(f), v.(map[string]any))
	}
	v := exactJSON(t, succeed(t, "stats", "../../examples/gpt2.arch", "--seq", "16", "--as", "palm", "--format", "json"))
	for _, fault := range s.check(s, "with sizes", v) {
		t.Error(fault)
	}
	broken := v.(map[string]any)
	broken["flops"].(map[string]any)["forward"] = "many"
	delete(broken, "memory")
	if faults := s.check(s, "", broken); len(faults) != 2 {
		t.Errorf("a broken report has the faults %q", faults)
	}
}

// demandReasons wants a reason for each figure that is null, its own or its group's.
func demandReasons(t *testing.T, file string, v map[string]any) {
	t.Helper()
	reasons := v["reasons"].(map[string]any)
	for _, group := range []string{"parameters", "flops", "cache", "memory"} {
		for name, x := range v[group].(map[string]any) {
			full := group + "." + name
			for _, key := range []string{full, group, aliases[full]} {
				if reasons[key] != nil {
					x = "a reason"
				}
			}
			if x == nil {
				t.Errorf("%s: %s is null without a reason: %v", filepath.Base(file), full, reasons)
			}
		}
	}
}

// aliases are figures that have no value for the reason of another.
var aliases = map[string]string{
	"parameters.active_without_embedding": "parameters.active",
	"flops.elementwise":                   "flops.forward",
	"cache.bytes_per_token":               "cache.elements_per_token",
	"cache.bytes_at_context":              "cache.at_context",
	"memory.decode_moved":                 "cache.at_context",
}

func bigInt(t *testing.T, text string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		t.Fatal(text)
	}
	return n
}

func TestScaledBytes(t *testing.T) {
	for _, c := range []struct{ n, decimal, binary string }{
		{"999", "", ""},
		{"1000", "1.00 kB", ""},
		{"1024", "1.02 kB", "1.00 KiB"},
		{"1342052838400", "1.34 TB", "1.22 TiB"},
		{"200000000000000000000", "200.00 EB", "173.47 EiB"},
		{"1000000000000000000000000000000000", "1000.00 QB", "788.86 QiB"},
	} {
		n := bigInt(t, c.n)
		if got := scaled(n, 1000, "B"); got != c.decimal {
			t.Errorf("%s bytes: %q, not %q", c.n, got, c.decimal)
		}
		if got := scaled(n, 1024, "iB"); got != c.binary {
			t.Errorf("%s bytes: %q, not %q", c.n, got, c.binary)
		}
	}
}
