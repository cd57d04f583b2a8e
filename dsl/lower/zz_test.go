package lower_test

import (
	"os"
	"strings"
	"testing"

	"archc/dsl/lower"
	"archc/ir/diag"
)

func TestZZ(t *testing.T) {
	b, _ := os.ReadFile("/tmp/rev/progs")
	for _, p := range strings.Split(string(b), "----\n") {
		text := p
		if !strings.Contains(p, "model ") {
			text = header + p + "}"
		}
		_, list := load(text, lower.Options{})
		var o strings.Builder
		_ = diag.Human(&o, list.All)
		t.Logf("%s\n=====>\n%s", p, o.String())
	}
}
