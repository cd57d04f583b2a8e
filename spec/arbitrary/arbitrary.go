// Package arbitrary makes random architectures, as the text of .arch files, for tests: causal models of tokens that can
// be decoded one token at a time, and, for tests of refusals, models that need the future, each with its cause.
//
// It must not know the compiler: no package of the module, no IR, no evaluation. What it says about a file (it is well
// typed, it is causal) is true by how the text is put together, so that a test that compiles and runs the file has
// something to prove. A file that does not compile is a mistake of the compiler or of this package, never of chance.
//
// Every choice has a path ("layer0.mixer.score") and is a number whose 0 is the plainest. From a seed all choices follow
// by their paths; a smaller variant of a file keeps all choices but one. See Shrink.
package arbitrary

import (
	"slices"
	"strings"
)

// Arch is one architecture.
type Arch struct {
	Text     string            // one file with one model: (tokens: int[T], ...) -> [T, V]
	Settings map[string]string // parameters of the model to be set when it is lowered; may be empty
	Inputs   []Input           // in order; the first is the sequence that is decoded
	Uses     []string          // the constructs that occur, of Constructs, sorted
	Cause    string            // why it cannot be decoded: a construct of the group future; "" where it can
	Size     int               // what Shrink makes smaller: 0 is the plainest architecture
	Longest  int               // the most tokens it is defined for; 0 is any number

	of      Options
	choices []choice
}

// Input is one input of the model.
type Input struct {
	Name     string
	Dim      string // T, or S for a second sequence
	Below    int    // ints lie from 0 up to but not including it; 0 for a bool
	Optional bool
}

// Options narrow what is chosen. Names are those of Constructs; a name that is none of them panics.
type Options struct {
	Without []string // these do not occur
	With    []string // these are chosen wherever they are offered
	Future  bool     // one value needs the future, see Arch.Cause
}

// New makes the architecture of a seed, of all constructs. It is the same on every platform and for every Go version.
func New(seed uint64) Arch { return Options{}.New(seed) }

// New makes the architecture of a seed within the options.
func (o Options) New(seed uint64) Arch {
	for _, name := range slices.Concat(o.Without, o.With) {
		if !slices.Contains(Constructs(), name) {
			panic("arbitrary: there is no construct " + name)
		}
	}
	return o.make(&chooser{seed: seed})
}

// make writes the architecture that a chooser's choices give.
func (o Options) make(c *chooser) Arch {
	c.options, c.used = o, map[string]bool{}
	g := &generator{chooser: c}
	root := g.model()
	a := Arch{Text: strings.Join(root.lines(0), "\n") + "\n", Settings: g.settings, Inputs: g.inputs,
		Cause: g.cause, Longest: g.longest, of: o, choices: c.made}
	for name := range c.used {
		a.Uses = append(a.Uses, name)
	}
	slices.Sort(a.Uses)
	for _, c := range c.made {
		a.Size += c.value
	}
	return a
}
