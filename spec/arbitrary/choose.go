package arbitrary

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
)

// chooser gives the value of every choice: by the seed, or as recorded.
type chooser struct {
	options  Options
	seed     uint64
	recorded map[string]int // not nil: a choice that is not here has value 0
	path     []string
	made     []choice // in order
	used     map[string]bool
}

type choice struct {
	path  string
	value int
}

// option is a row of a table of constructs; a row without a name is the absence of one and always allowed.
type option struct {
	name   string
	weight int // relative to its neighbours
}

func (o option) row() option { return o }

type row interface{ row() option }

// pick chooses a row of a table whose constructs are called "group name". The plainest comes first.
func pick[R row](c *chooser, group string, from []R) R {
	var allowed, wanted []R
	for _, r := range from {
		name := group + " " + r.row().name
		if !slices.Contains(c.options.Without, name) {
			allowed = append(allowed, r)
		}
		if slices.Contains(c.options.With, name) {
			wanted = append(wanted, r)
		}
	}
	if wanted != nil {
		allowed = wanted
	}
	if allowed == nil {
		panic("arbitrary: the options leave nothing to choose for " + group)
	}
	var weights []int
	for _, r := range allowed {
		weights = append(weights, r.row().weight)
	}
	r := allowed[c.choose(group, weights)]
	if r.row().name != "" {
		c.used[group+" "+r.row().name] = true
	}
	return r
}

// has chooses whether a construct of the group part occurs.
func (c *chooser) has(name string) bool {
	i := slices.IndexFunc(parts, func(o option) bool { return o.name == name })
	if i < 0 {
		panic("arbitrary: there is no part " + name)
	}
	yes := parts[i]
	saved := c.path
	defer func() { c.path = saved }()
	c.path = append(slices.Clone(saved), strings.ReplaceAll(name, " ", "-"))
	return pick(c, "part", []option{{weight: 100 - yes.weight}, yes}).name != ""
}

// number chooses one of some numbers, the plainest first.
func (c *chooser) number(name string, of ...int) int {
	weights := make([]int, len(of))
	for i := range weights {
		weights[i] = 1
	}
	return of[c.choose(name, weights)]
}

// choose is one choice at the present path.
func (c *chooser) choose(name string, weights []int) int {
	path := strings.Join(append(slices.Clone(c.path), name), ".")
	if slices.ContainsFunc(c.made, func(m choice) bool { return m.path == path }) {
		panic("arbitrary: two choices are called " + path)
	}
	value := 0
	if c.recorded != nil {
		value = min(c.recorded[path], len(weights)-1) // another choice may have made the table shorter
	} else {
		value = weighted(c.seed, path, weights)
	}
	c.made = append(c.made, choice{path, value})
	return value
}

// weighted draws by seed and path alone, so that a new choice elsewhere changes none of the others.
func weighted(seed uint64, path string, weights []int) int {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, path) // never fails
	total := 0
	for _, w := range weights {
		total += w
	}
	at := int(rand.NewPCG(seed, h.Sum64()).Uint64() % uint64(total))
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	panic("arbitrary: weights without a sum")
}

// within makes the choices of f under one more name of the path.
func (c *chooser) within(name string, f func()) {
	c.path = append(c.path, name)
	f()
	c.path = c.path[:len(c.path)-1]
}
