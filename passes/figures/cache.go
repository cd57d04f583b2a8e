package figures

import (
	"slices"

	"archc/ir"
	"archc/passes"
	"archc/passes/decode"
)

// Cache is what one sequence keeps from token to token, in numbers. Marks are what is no real number (which tokens
// are padding, which ids there were): at most a byte or a word each, and counted apart.
type Cache struct {
	Past   string // the free dim that is the number of tokens so far
	States []decode.State
	// All is everything that is kept behind Past tokens. PerToken is what the second token adds: the growth below
	// every window. Constant is what is there before the first token and hangs on no source. PerSource is what each
	// token of a source adds.
	All, PerToken, Constant, PerSource ir.Size
	Marks                              ir.Size // behind Past tokens
}

func cacheOf(s *passes.Steps) *Cache {
	c := &Cache{Past: s.Past, States: s.States}
	for _, x := range s.States {
		if x.Type.Kind == ir.Real {
			c.All = c.All.Add(x.Elements())
		} else {
			c.Marks = c.Marks.Add(x.Elements())
		}
	}
	c.PerToken = c.At(ir.Const(1)).Sub(c.At(ir.Size{}))
	fixed := c.At(ir.Size{})
	none, one := map[string]ir.Size{}, map[string]ir.Size{}
	for _, f := range fixed.Frees() {
		none[f], one[f] = ir.Size{}, ir.Const(1)
	}
	c.Constant = fixed.Substitute(none)
	if len(none) > 0 {
		c.PerSource = fixed.Substitute(one).Sub(c.Constant)
	}
	return c
}

// At is the numbers that are kept behind so many tokens.
func (c *Cache) At(past ir.Size) ir.Size { return c.All.Substitute(map[string]ir.Size{c.Past: past}) }

// Frees are the dims of sources that All hangs on beside the tokens so far.
func (c *Cache) Frees() []string {
	return slices.DeleteFunc(c.All.Frees(), func(f string) bool { return f == c.Past })
}
