package ir

// LeafAt adds a leaf to the open region at a level (0 is the outermost): a parameter that a region uses stands
// outside, where it is read once.
func (b *Builder) LeafAt(level int, op *Op, attr Attr, t Type) Value {
	kept := b.stack
	b.stack = b.stack[:level+1]
	v := b.Leaf(op, attr, t)
	b.stack = kept
	return v
}
