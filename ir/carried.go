package ir

// Carried is what one call of a module hands to the next: the memory of the segments read so far, the state of a
// recurrence.
type Carried struct {
	Input, Output Port // of one name and one type
}

// Carried lists the outputs that have the name of an input, in the order of the outputs: what a call gives there, the
// next call takes. The names say it, so no pass can lose it; rule V24 holds the types together.
func (m *Module) Carried() []Carried {
	var out []Carried
	for _, o := range m.Outputs {
		for _, in := range m.Inputs {
			if in.Name == o.Name {
				out = append(out, Carried{in, o})
			}
		}
	}
	return out
}

func carriedTypes(c *checker) {
	for _, p := range c.m.Carried() {
		if in, out := p.Input.Type(), p.Output.Type(); !in.Equal(out) {
			c.broken(p.Output.Node, "the output %s is %s, the input of that name %s", p.Output.Name, long(out), long(in))
		}
	}
}
