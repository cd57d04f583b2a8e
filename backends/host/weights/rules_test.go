package weights

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"h.*.attn.bias", "h.0.attn.bias", true},
		{"h.*.attn.bias", "h.12.attn.bias", true},
		{"h.*.attn.bias", "h.0.1.attn.bias", false},
		{"h.*.attn.bias", "h..attn.bias", false},
		{"**.bias", "h.0.attn.bias", true},
		{"**.bias", ".bias", false},
		{"a*z", "abz", true},
		{"a*z", "az", false},
		{"a", "a", true},
		{"a", "ab", false},
		{"*", "a.b", false},
		{"**", "a.b", true},
	} {
		if got := matches(c.pattern, c.name); got != c.want {
			t.Errorf("matches(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}

// TestPatternsAreRegexps compares with the regular expression that a pattern stands for.
func TestPatternsAreRegexps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab.*]{0,8}`).Draw(t, "pattern")
		name := rapid.StringMatching(`[ab.]{0,10}`).Draw(t, "name")
		expr := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*\*`, `.+`)
		expr = strings.ReplaceAll(expr, `\*`, `[^.]+`)
		if want := regexp.MustCompile("^" + expr + "$").MatchString(name); matches(pattern, name) != want {
			t.Fatalf("matches(%q, %q) is not %v", pattern, name, want)
		}
	})
}
