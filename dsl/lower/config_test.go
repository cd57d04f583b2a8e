package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir/diag"
)

// Configurations through a binding: which settings they give, and what is refused.

const bound = `
model M(D=64, H=8, K=D/H, act=0, tied=false, eps=1e-5) { w : D -> H K;  (x: [T, D]) = w(x) * act * eps }
model Big = M(D=128)
model Other(D=3) { (x: [D]) = x }
from huggingface "OtherLM" { D = d }
`

func configure(t *testing.T, binding, model string, config lower.Config) (string, string) {
	t.Helper()
	text := strings.Replace(bound, "model Big", "from huggingface \"MLM\" {\n"+binding+"\n}\nmodel Big", 1)
	prog, list := check.Load(diag.NewSource("test.arch", text), nil)
	if !list.Empty() {
		return "", list.All[0].Error()
	}
	name, settings, list := lower.Configure(prog, model, []string{"MLM"}, config)
	if !list.Empty() {
		var out []string
		for _, d := range list.All {
			out = append(out, fmt.Sprintf("%s:%d", d.Code.ID, d.Span.Line()))
		}
		return name, strings.Join(out, " ")
	}
	return name, fmt.Sprint(settings)
}

func TestConfigure(t *testing.T) {
	for _, c := range []struct {
		binding, model string
		config         lower.Config
		want           string
	}{
		{"D = d", "", lower.Config{"d": lower.Whole(32)}, "M map[D:32]"},
		{"D = d", "Big", lower.Config{"d": lower.Whole(32)}, "Big map[D:32]"},
		{"D = d", "Other", lower.Config{"d": lower.Whole(32)}, "Other E603:1"},
		{"D = 2 * d", "", lower.Config{"d": 16.0}, "M map[D:32]"},
		{"D = d\nK = k else D / H", "", lower.Config{"d": lower.Whole(32)}, "M E201:5"},
		{"D = d\nH = h\nK = k else D / H", "", lower.Config{"d": lower.Whole(32), "h": lower.Whole(4)}, "M map[D:32 H:4 K:8]"},
		{"D = d\nH = h\nK = k else D / H", "", lower.Config{"d": lower.Whole(32), "h": lower.Whole(4), "k": nil}, "M map[D:32 H:4 K:8]"},
		{"D = a else b.c else 7", "", lower.Config{}, "M map[D:7]"},
		{"D = a else b.c else 7", "", lower.Config{"b.c": lower.Whole(9)}, "M map[D:9]"},
		{"D = a else b.c else 7", "", lower.Config{"b.c": lower.Whole(9), "a": lower.Whole(3)}, "M map[D:3]"},
		{"act = if name == \"relu\" then 1 else 2", "", lower.Config{"name": "relu"}, "M map[act:1]"},
		{"tied = t\neps = e", "", lower.Config{"t": true, "e": 1e-06}, "M map[eps:1e-06 tied:true]"},
		{"D = d", "", lower.Config{"d": 32.5}, "M E604:4"},
		{"D = d", "", lower.Config{"d": lower.Whole(0)}, "M E604:4"},
		{"D = d", "", lower.Config{"d": "x"}, "M E604:4"},
		{"D = d", "", lower.Config{"d": true}, "M E604:4"},
		{"D = d", "", lower.Config{"d": lower.Whole(1 << 40)}, "M E604:4"},
		{"D = d", "", lower.Config{}, "M E601:4"},
		{"D = d", "", lower.Config{"e": lower.Whole(1)}, "M E601:4 E602:3"},
		{"D = d / 0", "", lower.Config{"d": lower.Whole(0)}, "M E106:4"},
		{"D = d\nD = d", "", lower.Config{"d": lower.Whole(8)}, "M E202:5"},
		{"E = d", "", lower.Config{"d": lower.Whole(8)}, "M E508:4"},
		{"act = d + t", "", lower.Config{"d": lower.Whole(8), "t": true}, "M E307:4"},
		{"ignore = [\"x\", \"y\"]\nD = 8", "", lower.Config{"x": 1.0, "y.z": true, "use_cache": true}, "M map[D:8]"},
		{"ignore = [x]\nD = 8", "", lower.Config{}, "M E604:4"},
		{"ignore = \"x\"\nD = 8", "", lower.Config{}, "M E604:4"},
		{"D = 8\nrequire a == 1, \"one\"", "", lower.Config{"a": lower.Whole(2)}, "M E504:5"},
		{"D = 8\nrequire a == 1, \"one\"", "", lower.Config{}, "M map[D:8]"},
		{"D = 8\nrequire a, \"one\"", "", lower.Config{"a": lower.Whole(2)}, "M E501:5"},
		{"D = f(d)", "", lower.Config{"d": lower.Whole(8)}, "M E201:4"},
		{"D = d", "Nothing", lower.Config{"d": lower.Whole(8)}, "Nothing E603:1"},
	} {
		name, got := configure(t, c.binding, c.model, c.config)
		if name != "" {
			got = name + " " + got
		} else if c.model != "" {
			got = c.model + " " + got
		} else {
			got = "M " + got
		}
		if got != c.want {
			t.Errorf("%q %v: %s, want %s", c.binding, c.config, got, c.want)
		}
	}
}
