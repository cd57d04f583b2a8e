package arbitrary

import (
	"slices"
	"strings"
)

// Shrink gives smaller variants of an architecture, in the order to try them: a layer kept alone, then each choice made
// plainer. Each has a smaller Size; the list is the same whenever it is made. A Future variant keeps a cause.
func (a Arch) Shrink() []Arch {
	var out []Arch
	try := func(recorded map[string]int) {
		if b := a.of.make(&chooser{recorded: recorded}); b.Size < a.Size {
			out = append(out, b)
		}
	}
	for _, kind := range layerPaths[1:] {
		recorded, found := map[string]int{}, false
		for _, c := range a.choices {
			if rest, ok := strings.CutPrefix(c.path, kind); ok {
				recorded[layerPaths[0]+rest], found = c.value, true
			} else if !ofLayer(c.path) {
				recorded[c.path] = c.value
			}
		}
		if recorded["kinds"] = 0; found {
			try(recorded)
		}
	}
	for i, c := range a.choices {
		for _, value := range slices.Compact([]int{0, c.value / 2, c.value - 1}) {
			if value >= c.value {
				break // it is the plainest already, or stands there twice
			}
			recorded := map[string]int{}
			for j, other := range a.choices {
				if recorded[other.path] = other.value; i == j {
					recorded[other.path] = value
				}
			}
			try(recorded)
		}
	}
	return out
}

// Minimize shrinks as long as a variant fails, and gives the last one that does: none of its variants fails.
func (a Arch) Minimize(fails func(Arch) bool) Arch {
	for {
		smaller := false
		for _, b := range a.Shrink() {
			if fails(b) {
				a, smaller = b, true
				break
			}
		}
		if !smaller {
			return a
		}
	}
}

var layerPaths = []string{"layer0.", "layer1.", "layer2."}

func ofLayer(path string) bool {
	return slices.ContainsFunc(layerPaths, func(p string) bool { return strings.HasPrefix(path, p) })
}
