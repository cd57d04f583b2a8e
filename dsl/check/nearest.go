package check

import "archc/ir/diag"

// Bounds of a search for the name that was meant: whoever types a name of more letters copies it, and a program may
// declare more names than can be compared with every mistake.
const (
	maxMeant      = 48
	maxCandidates = 2000
)

// Nearest is diag.Nearest within bounds: "" when the name is long, and no more than so many candidates are compared.
func Nearest(name string, candidates []string) string {
	if len(name) > maxMeant {
		return ""
	}
	var near []string
	for _, c := range candidates {
		if d := len(c) - len(name); max(d, -d) <= len(name)/3+1 {
			near = append(near, c)
		}
		if len(near) == maxCandidates {
			break
		}
	}
	return diag.Nearest(name, near)
}
