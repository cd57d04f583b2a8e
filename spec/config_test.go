package spec_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"archc/dsl/lower"
)

// flatConfig reads a config.json of a case into dotted fields and its architectures.
func flatConfig(t *testing.T, text string) ([]string, lower.Config) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var top map[string]any
	if err := dec.Decode(&top); err != nil {
		t.Fatal(err)
	}
	var arch []string
	if list, ok := top["architectures"].([]any); ok {
		for _, a := range list {
			arch = append(arch, a.(string))
		}
	}
	out := lower.Config{}
	flatten(out, "", top)
	return arch, out
}

func flatten(out lower.Config, prefix string, m map[string]any) {
	for k, v := range m {
		switch x := v.(type) {
		case map[string]any:
			flatten(out, prefix+k+".", x)
		case []any:
			items := lower.List{}
			for _, e := range x {
				items = append(items, configScalar(e))
			}
			out[prefix+k] = items
		default:
			out[prefix+k] = configScalar(v)
		}
	}
}

func configScalar(v any) any {
	switch x := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(x.String(), 10, 64); err == nil {
			return lower.Whole(n)
		}
		f, _ := x.Float64()
		return f
	case []any, map[string]any:
		return nil
	}
	return v
}
