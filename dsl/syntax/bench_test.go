package syntax

import (
	"strings"
	"testing"

	"archc/ir/diag"
)

// BenchmarkParse reads sources at the limit of 100,000 tokens. Each must stay well under two seconds.
func BenchmarkParse(b *testing.B) {
	field := "  x.y : D -> H K + F over T window(3) with bias as \"a.b\"\n" // 21 tokens with the line's end
	brackets := strings.Repeat("(", MaxDepth-3) + "x" + strings.Repeat(")", MaxDepth-3) + "\n"
	shapes := []struct{ name, text string }{
		{"fields", "model Wide {\n" + strings.Repeat(field, MaxTokens/21-1) + "}\n"},
		{"statements", "block A { (x) {\n" + strings.Repeat("x\n", MaxTokens/2-6) + "} }"},
		{"prefixes", "block A { (x) {\n" + strings.Repeat("-x\n", MaxTokens/3-6) + "} }"},
		{"brackets", "block A { (x) {\n" + strings.Repeat(brackets, MaxTokens/(2*MaxDepth-4)-1) + "} }"},
		{"arguments", "f(x) = f(" + strings.Repeat("x,", MaxTokens/2-6) + ")"},
		{"declarations", strings.Repeat("f(x)=x\n", MaxTokens/7-1)},
	}
	for _, s := range shapes {
		b.Run(s.name, func(b *testing.B) {
			src := diag.NewSource("wide.arch", s.text)
			for b.Loop() {
				if _, list := Parse(src); !list.Empty() {
					b.Fatal(list.All[0])
				}
			}
		})
	}
}
