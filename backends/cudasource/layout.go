package cudasource

import "strings"

// widest is how long a line may be before it is broken at a comma.
const widest = 126

// laid gives lines their indentation, two blanks for each open brace, and breaks long ones. It knows the code that this
// package writes: braces that open a block end a line, braces that close one begin it.
func laid(text string) string {
	var b strings.Builder
	depth, blank := 0, true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			if !blank {
				b.WriteByte('\n')
			}
			blank = true
			continue
		}
		if strings.HasPrefix(line, "}") && !strings.HasPrefix(line, "}  // namespace") {
			depth--
		}
		indent := strings.Repeat("  ", max(depth, 0))
		if strings.HasPrefix(line, "public:") || strings.HasPrefix(line, "private:") {
			indent = " "
		}
		b.WriteString(broken(indent, line))
		blank = false
		if strings.HasSuffix(line, "{") && !strings.HasPrefix(line, "namespace") {
			depth++
		}
	}
	return b.String()
}

// broken is a line, in several where it is too long: behind commas, else behind blanks, and never in a string or a comment.
func broken(indent, line string) string {
	var b strings.Builder
	for len(indent)+len(line) > widest && !strings.HasPrefix(line, "#") {
		if strings.HasPrefix(line, "//") {
			cut := strings.LastIndexByte(line[:widest-len(indent)], ' ')
			if cut < widest/2 {
				break
			}
			b.WriteString(indent + line[:cut] + "\n")
			line = "// " + strings.TrimLeft(line[cut:], " ")
			continue
		}
		cut := cutAt(line, widest-len(indent))
		if cut < 0 {
			break
		}
		b.WriteString(indent + line[:cut] + "\n")
		line = "    " + strings.TrimLeft(line[cut:], " ")
	}
	b.WriteString(indent + line + "\n")
	return b.String()
}

// cutAt is the last place below n behind a comma and outside of strings, -1 without one.
func cutAt(line string, n int) int {
	cut, inside := -1, false
	for i := 0; i < n; i++ {
		switch {
		case inside && line[i] == '\\':
			i++
		case line[i] == '"':
			inside = !inside
		case !inside && line[i] == ',' && i > 8:
			cut = i + 1
		}
		if !inside && strings.HasPrefix(line[i:], "//") {
			break
		}
	}
	return cut
}
