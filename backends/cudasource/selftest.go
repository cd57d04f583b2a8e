package cudasource

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
)

// check notes a tile of the library that the model uses, at sizes that it uses it for: test.cu holds it to plain loops there.
// Sizes that hang on a run are left to the tests of the library itself.
func (m *model) check(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(ir.Size); ok {
			n, known := s.Int()
			if !known {
				return
			}
			args[i] = n
		}
	}
	if line := fmt.Sprintf(format, args...); !slices.Contains(m.checks, line) {
		m.checks = append(m.checks, line)
	}
}

// checkedHeaders are those of the library that test.cu reads, whatever the model uses.
var checkedHeaders = []string{"attend.cuh", "attend_few.cuh", "product.cuh", "product_exact.cuh", "stream.cuh", "topk.cuh"}

// shapesHeader writes what hangs on the model in its self-test. Products of bf16 round what they read on their way in tiles
// and not in streams, so that pieces of a prompt differ by that.
func (m *model) shapesHeader() string {
	tolerance := "1e-4"
	if m.BFloat16 {
		tolerance = "0.0625"
	}
	var b strings.Builder
	b.WriteString("// shapes.h: what test.cu asks of the library at the sizes of this model, and how much logits may differ between ways to\n" +
		"// divide a prompt, of the largest. What a model chooses by nearly equal numbers may fall otherwise there: then another\n" +
		"// number of tokens (-n) is within it again.\n#pragma once\n\n")
	fmt.Fprintf(&b, "constexpr double pieces_tolerance = %s;\n\nstatic void check_shapes() {\n", tolerance)
	for _, c := range m.checks {
		b.WriteString(c + "\n")
	}
	b.WriteString("}\n")
	return laid(b.String())
}
