package lower_test

import (
	"strings"
	"testing"

	"archc/dsl/lower"
)

// Settings, defaults and variants: which value a parameter has.

func set(text string) lower.Options {
	opt := lower.Options{Settings: map[string]string{}}
	for _, field := range strings.Fields(text) {
		name, value, _ := strings.Cut(field, "=")
		if name == "model" {
			opt.Model = value
			continue
		}
		opt.Settings[name] = value
	}
	return opt
}

const variants = `
model Base(D=8, H=4, K=D/H, F=4 D, s=2, tied=false) {
  w : D -> H K
  v : D -> F with bias if tied
  (x: [T, D]) -> a: [T, H, K], b: [] = w(x), s
}
model Wide = Base(D=16, s=3)
model Half(N=4) = Base(D=2 N, H=N)
model Same(D=6) = Base(D=2 D, H=3)
model Odd  = Wide
`

func TestPrecedence(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"model=Base", "v.weight[32 8] w.weight[8 8]"},
		{"model=Base D=12", "v.weight[48 12] w.weight[12 12]"},
		{"model=Base D=12 K=3", "v.weight[48 12] w.weight[12 12]"},
		{"model=Base K=5 F=7 tied=true", "v.bias[7] v.weight[7 8] w.weight[20 8]"},
		{"model=Wide", "v.weight[64 16] w.weight[16 16]"},
		{"model=Wide D=4", "v.weight[16 4] w.weight[4 4]"},
		{"model=Odd D=4 H=2", "v.weight[16 4] w.weight[4 4]"},
		{"model=Half", "v.weight[32 8] w.weight[8 8]"},
		{"model=Half N=3", "v.weight[24 6] w.weight[6 6]"},
		{"model=Half N=3 D=9", "v.weight[36 9] w.weight[9 9]"},
		{"model=Same", "v.weight[48 12] w.weight[12 12]"},
		{"model=Same D=3", "v.weight[24 6] w.weight[6 6]"},
	} {
		m := compile(t, variants, set(c.set))
		if got := keys(t, m); got != c.want {
			t.Errorf("%s: %s, want %s", c.set, got, c.want)
		}
	}
}

// A derived dim that is set to what it is anyway stays derived: D = H K.
func TestSetToItsOwnValueKeepsTheFact(t *testing.T) {
	text := "model M(D=8, H=4, K=D/H) { w : D -> H K\n(x: [T, D]) -> [T, D] = w(x) }"
	compile(t, text, set("K=2"))
	compile(t, text, set("D=12 H=2 K=6"))
	if got := faults(text, set("K=3")); got != "E304:2" {
		t.Errorf("K is not D/H: %s, want E304:2", got)
	}
}

func TestSettingMistakes(t *testing.T) {
	const text = "model M(D=8, F=2 D, s=1.5, n=3, yes=true, act=relu, any=none) {\n(x: [T, D]) = x }"
	for _, c := range []struct{ set, want string }{
		{"", ""},
		{"s=2 n=4 yes=false D=+4", "E509:1"},
		{"s=1e-3", ""},
		{"s=abc", "E509:1"},
		{"s=Inf", "E509:1"},
		{"s=true", "E509:1"},
		{"n=1.5", ""},
		{"yes=1", "E509:1"},
		{"act=3", "E509:1"},
		{"any=3", "E509:1"},
		{"D=0", "E509:1"},
		{"D=07", "E509:1"},
		{"D=1_0", "E509:1"},
		{"D=99999999999999999999", "E509:1"},
		{"D=8.0", "E509:1"},
		{"E=8", "E508:1"},
		{"model=N", "E208:1"},
	} {
		if got := faults(text, set(c.set)); got != c.want {
			t.Errorf("%s: %s, want %s", c.set, got, c.want)
		}
	}
}

func TestVariantMistakes(t *testing.T) {
	for _, c := range []struct{ text, set, want string }{
		{"model A = A\n", "", "E505:1"},
		{"model A = B\nmodel B = A", "model=A", "E505:1"},
		{"model A = relu", "", "E210:1"},
		{"model A = 3", "", "E210:1"},
		{"model A = B()", "", "E201:1"},
		{"model A = RMSNorm(D=8)\n", "", ""},
		{"model A(D) = Base(D=D)" + variants, "model=A", "E507:1"},
		{"model A = Base(E=3)" + variants, "model=A", "E508:1"},
		{"model A = Base(D=3, D=4)" + variants, "model=A", "E207:1"},
		{"model A = Base(1, 2, 3, 4, 5, 6, 7)" + variants, "model=A", "E207:1"},
		{"model A(D=5, D=6) = Base()" + variants, "model=A", "E202:1"},
		{"model A = Base(D=8) with { w = 3 }" + variants, "model=A", "E201:1"},
		{variants, "", "E208:1"},
	} {
		if got := faults(c.text, set(c.set)); got != c.want {
			t.Errorf("%q %s: %s, want %s", c.text, c.set, got, c.want)
		}
	}
}

// A variant's own dims do not get in the way of the names that its base's inputs bind.
func TestVariantDimsAndFreeDims(t *testing.T) {
	m := compile(t, "model B(D=8) { (x: [T, D]) -> [T, T2] { y = x[T = T2]\nsum[D](x * y) } }\nmodel A(T=4) = B(D=2 T)",
		set("model=A"))
	if got := m.Inputs[0].Type().String(); got != "[T.2, D]" {
		t.Errorf("the input is %s", got)
	}
}
