package tokenizer

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
)

// TestSmall runs toy tokenizers, one for each component, against answers of the reference library.
// spec/oracle/tokenizer/small.mjs wrote the file.
func TestSmall(t *testing.T) {
	var file struct {
		Texts []string
		Bases map[string]map[string]json.RawMessage
		Rows  []struct {
			Name, Base string
			Set        map[string]json.RawMessage
			IDs        [][]int
			Text       []string
		}
	}
	data, err := os.ReadFile("testdata/small.json")
	if err == nil {
		err = json.Unmarshal(data, &file)
	}
	if err != nil || len(file.Rows) < 20 {
		t.Fatalf("%d rows: %v", len(file.Rows), err)
	}
	for _, row := range file.Rows {
		tok := mustLoad(t, override(t, file.Bases[row.Base], row.Set))
		for i, text := range file.Texts {
			ids, err := tok.Encode(text, true)
			if err != nil || !slices.Equal(ids, row.IDs[i]) {
				t.Errorf("%s: %q\n got %v (%v)\nwant %v", row.Name, text, ids, err, row.IDs[i])
			}
			back, err := tok.DecodeAll(row.IDs[i])
			if err != nil || back != row.Text[i] {
				t.Errorf("%s: %v\n got %q (%v)\nwant %q", row.Name, row.IDs[i], back, err, row.Text[i])
			}
		}
	}
}

// override replaces members of base; of the model only the members that are named.
func override(t *testing.T, base, set map[string]json.RawMessage) string {
	out := maps.Clone(base)
	for k, v := range set {
		if k == "model" {
			var model map[string]json.RawMessage
			for _, part := range []json.RawMessage{base[k], v} {
				if err := json.Unmarshal(part, &model); err != nil {
					t.Fatal(err)
				}
			}
			v = marshal(t, model)
		}
		out[k] = v
	}
	return string(marshal(t, out))
}

func marshal(t *testing.T, v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
