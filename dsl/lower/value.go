package lower

import (
	"math"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// value is what an expression stands for while lowering. One of the types below, or a part of a block: *instance,
// *linear, *parameter, *stack.
type value interface{ what() string }

type (
	// tensor is a value of the running program.
	tensor struct{ v ir.Value }
	// constant is a number or truth value known when compiling.
	constant struct {
		kind ir.Kind
		f    float64
	}
	// extent is a size that the input binds.
	extent struct{ size ir.Size }
	// layered is a number that the layer index decides: known for each layer, the same text for all.
	layered struct {
		kind ir.Kind
		*layerNumber
	}
	// dims is a dim, product or sum used as a value.
	dims struct{ s shape }
	// text is a string; byLayer where it stands for another one in each layer of a stack.
	text struct {
		s       string
		byLayer bool
	}
	// nothing is `none`.
	nothing struct{}
	// tuple is several results.
	tuple struct{ items []value }
	// function is a declared function, method or pattern with the scope that its body sees.
	function struct {
		decl  *syntax.Func
		scope *scope
	}
	// builtin is a row of the table in builtin.go.
	builtin struct{ row *builtinRow }
	// template is a block that may still take arguments.
	template struct {
		decl  *check.Decl
		block *syntax.Block
		scope *scope // of its declaration
		args  []given
		over  []override // of the variants and fields that it is reached through
		copy  *copied    // where it is a copy of a joint stack
	}
	// deferred is a region given as a value: { m = max(s); ... }.
	deferred struct {
		body  []syntax.Stmt
		scope *scope
	}
	// late is one name of a block's constant that the running program computes, such as frequencies: it is computed
	// in the region that uses it.
	late struct {
		let   *lateLet
		index int
	}
	// poison is the value of what was already reported.
	poison struct{}
)

// given is an evaluated argument of a block.
type given struct {
	name string
	val  value
	at   diag.Span
}

func (tensor) what() string { return "a tensor" }
func (c constant) what() string {
	if c.kind == ir.Bool {
		return "a truth value"
	}
	return "a number"
}
func (extent) what() string     { return "a size" }
func (layered) what() string    { return "a number of the layer" }
func (dims) what() string       { return "a dim" }
func (text) what() string       { return "a string" }
func (nothing) what() string    { return "none" }
func (tuple) what() string      { return "several results" }
func (function) what() string   { return "a function" }
func (builtin) what() string    { return "a built-in function" }
func (template) what() string   { return "a block" }
func (deferred) what() string   { return "a region" }
func (late) what() string       { return "a tensor" }
func (poison) what() string     { return "an error" }
func (*instance) what() string  { return "a block" }
func (*linear) what() string    { return "a linear map" }
func (*parameter) what() string { return "a parameter" }
func (*stack) what() string     { return "a stack" }

func poisoned(v value) bool {
	_, bad := v.(poison)
	return bad
}

func number(f float64) constant { return constant{ir.Real, f} }

func whole(n int64) constant { return constant{ir.Int, float64(n)} }

func truth(b bool) constant {
	if b {
		return constant{ir.Bool, 1}
	}
	return constant{ir.Bool, 0}
}

// int reports the constant as a whole number.
func (c constant) int() (int64, bool) {
	if c.kind == ir.Bool || c.f != math.Trunc(c.f) || math.Abs(c.f) > maxExact {
		return 0, false
	}
	return int64(c.f), true
}

// settle gives sizes and dims as numbers where they are numbers.
func settle(v value) value {
	switch x := v.(type) {
	case dims:
		return settle(extent{x.s.size()})
	case extent:
		if n, ok := x.size.Int(); ok {
			return whole(n)
		}
		if r, ok := x.size.Rat(); ok {
			f, _ := r.Float64()
			return number(f)
		}
	}
	return v
}

// sizeOf gives a compile-time value as a size; a layer's is decided for the layer being lowered.
func sizeOf(v value) (ir.Size, bool) {
	switch x := v.(type) {
	case dims:
		return x.s.size(), true
	case extent:
		return x.size, true
	case constant:
		n, ok := x.int()
		return ir.Const(n), ok
	case layered:
		n, ok := constant{x.kind, x.value()}.int()
		x.decide()
		return ir.Const(n), ok
	}
	return ir.Size{}, false
}

// known gives the compile-time number or truth value of v; a layer's is decided for the layer being lowered.
func known(v value) (constant, bool) {
	switch x := settle(v).(type) {
	case constant:
		return x, true
	case layered:
		x.decide()
		return constant{x.kind, x.value()}, true
	}
	return constant{}, false
}

// tensorOf gives a value of the running program; false when v is none.
func (l *lowerer) tensorOf(v value) (ir.Value, bool) {
	switch x := settle(v).(type) {
	case tensor:
		return x.v, true
	case constant:
		return l.constant(x), true
	case extent:
		return l.b.Must(ir.Extent, &ir.SizeAttr{Size: x.size}), true
	case layered:
		return l.emitted(x.layerNumber), true
	}
	return ir.Value{}, false
}

func (l *lowerer) constant(c constant) ir.Value {
	return l.b.Leaf(ir.Constant, &ir.ConstAttr{Value: c.f}, ir.Scalar(c.kind))
}
