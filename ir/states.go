package ir

// The rule about states: what a step program keeps from one step to the next.

// NextName is the name of the output that gives the next value of the state that is an input of a name. It is another
// type where the state grows: rows so far, and the new ones.
func NextName(state string) string { return state + "'" }

// States lists the inputs that are states, with the outputs that the next step takes, in the order of the inputs.
func (m *Module) States() []Carried {
	byName := map[string]Port{}
	for _, o := range m.Outputs {
		byName[o.Name] = o
	}
	var out []Carried
	for _, in := range m.Inputs {
		if o, ok := byName[NextName(in.Name)]; ok {
			out = append(out, Carried{in, o})
		}
	}
	return out
}

// linearStates counts the uses of a state: where there is one, whoever uses it may write the next value in its place.
// What a loop slices or carries of a state is a state of its body.
func linearStates(c *checker) {
	states := c.m.States()
	if len(states) == 0 {
		return
	}
	used := map[Value][]*Node{}
	where := map[Value][]int{} // the argument's number; -1 for the result of a region
	note := func(v Value, by *Node, at int) {
		used[v], where[v] = append(used[v], by), append(where[v], at)
	}
	c.walk(func(n *Node, _ *place) {
		for i, v := range n.Args {
			note(v, n, i)
		}
		for _, r := range n.Regions {
			for _, v := range r.Results {
				note(v, n, -1)
			}
		}
	})
	for _, o := range c.m.Outputs {
		note(o.Value, nil, -1)
	}
	var once func(v Value, what string)
	once = func(v Value, what string) {
		users := used[v]
		if len(users) != 1 {
			c.broken(v.Node, "the state %s is used %d times, not once", what, len(users))
			return
		}
		n := users[0]
		if at := where[v][0]; at >= 0 && n.Op == Repeat && at >= n.Attr.(*RepeatAttr).Carries(len(n.Args)) {
			once(Value{n.Regions[0].Params[at+1], 0}, what)
		}
	}
	for _, s := range states {
		once(s.Input.Value, s.Input.Name)
	}
}
