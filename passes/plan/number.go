package plan

// Walk visits the instructions of a block and of the blocks inside in order, outer before inner.
func (k *Block) Walk(visit func(i Instruction)) {
	for _, i := range k.Code {
		visit(i)
		if inner := Inside(i); inner != nil {
			inner.Walk(visit)
		}
	}
}

// Inside is the block that an instruction holds, nil without one.
func Inside(i Instruction) *Block {
	switch i := i.(type) {
	case *Loop:
		return i.Body
	case *Admit:
		return i.Body
	case *Select:
		return i.Body
	}
	return nil
}

// number counts the instructions.
func (b *builder) number() {
	n := 0
	b.plan.Body.Walk(func(i Instruction) {
		i.note().Number = n
		n++
	})
	for s, most := range b.dynamic {
		b.plan.Bounds = append(b.plan.Bounds, Bound{s, most})
	}
}
