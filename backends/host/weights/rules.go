package weights

import "strings"

// Rules are what a model's checkpoint section says about the names in a file:
//
//	checkpoint { prefix = optional("transformer.");  ignore = ["h.*.attn.bias"] }
type Rules struct {
	Prefix   string // stands in front of every key
	Optional bool   // or may be missing
	Ignore   []string
}

// Stored lists the names under which a key may be in a file.
func (r Rules) Stored(key string) []string {
	switch {
	case r.Prefix == "":
		return []string{key}
	case r.Optional:
		return []string{key, r.Prefix + key}
	}
	return []string{r.Prefix + key}
}

// Ignored reports whether a name of a file is one that need not be read. Patterns are written with or without the
// prefix.
func (r Rules) Ignored(name string) bool {
	bare := strings.TrimPrefix(name, r.Prefix)
	for _, p := range r.Ignore {
		if matches(p, bare) || matches(p, name) {
			return true
		}
	}
	return false
}

// matches compares a name with a pattern: * is one or more characters other than a dot, ** one or more of
// any. The work is the product of the lengths: rows are pattern positions, columns name positions.
func matches(pattern, name string) bool {
	can := make([]bool, len(name)+1)
	can[0] = true
	for i := 0; i < len(pattern); i++ {
		next := make([]bool, len(name)+1)
		any := strings.HasPrefix(pattern[i:], "**")
		star := pattern[i] == '*'
		for j := range len(name) {
			switch {
			case star && (any || name[j] != '.'):
				next[j+1] = can[j] || next[j]
			case !star && pattern[i] == name[j]:
				next[j+1] = can[j]
			}
		}
		if any {
			i++
		}
		can = next
	}
	return can[len(name)]
}
