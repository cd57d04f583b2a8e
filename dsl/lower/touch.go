package lower

import (
	"fmt"
	"slices"

	"archc/ir"
	"archc/ir/diag"
)

// What no body uses is stored all the same, so it is counted: its parameters are read and nothing is done with them.

// touch makes the parameters of fields that no body has used: they are stored, so they are counted.
func (l *lowerer) touch(in *instance) {
	for _, f := range in.order {
		if l.spent.over {
			return
		}
		switch v := l.fieldValue(f).(type) {
		case *parameter:
			l.readParameter(v)
		case *convolution:
			l.touchConvolution(v)
		case *linear:
			l.aside(func() { l.weight(v) })
			if v.bias != "" {
				l.biasOf(v)
			}
		case *instance:
			l.touch(v)
		case *stack:
			l.touchStack(v)
		}
	}
}

// touchStack refuses a stack of which nothing runs, and touches the layers that do not. Where something else is wrong
// the call may be behind it.
func (l *lowerer) touchStack(st *stack) {
	switch {
	case st.count == 0 || !l.list.Empty():
	case !st.use.any:
		st.use.any = true
		l.fail(diag.New(diag.Unused, st.field.at, "the stack %s never runs", st.field.name).
			Suggest("call it in the forward function, or remove it"))
	default:
		l.touchLayers(st)
	}
}

// touchLayers makes loops over the layers that no call has run, which read their parameters and carry nothing.
func (l *lowerer) touchLayers(st *stack) {
	v := l.loopVar()
	var known [][]record
	var kinds []int // of the layers since the last one that ran
	for n := int64(0); n <= st.count; n++ {
		if n == st.count || st.use.ran[n] {
			for _, r := range runsOf(kinds) {
				r.first += n - int64(len(kinds))
				l.touchRun(st, v, r)
			}
			kinds = nil
			continue
		}
		v.now, v.offset = n, 0
		kind := slices.IndexFunc(known, func(rs []record) bool { return l.sameText(rs, v, st.field.at) })
		if kind < 0 {
			kind = len(known)
			known = append(known, l.touchAside(st, v))
		}
		if !l.list.Empty() || l.spent.over || len(known) > maxKinds {
			return
		}
		kinds = append(kinds, kind)
	}
	st.use.marks(0, st.count)
}

// touchAside touches a layer for what it decides.
func (l *lowerer) touchAside(st *stack, v *layerVar) []record {
	v.records = nil
	l.aside(func() {
		defer l.whole()()
		v.value = l.b.Param(ir.Scalar(ir.Int), v.name)
		l.touchLayer(st, v)
	})
	return v.records
}

// touchLayer touches a layer of a stack; its own stacks need not run.
func (l *lowerer) touchLayer(st *stack, v *layerVar) {
	in, ok := l.layer(st, v)
	if !ok {
		return
	}
	l.still(in)
	l.touch(in)
}

// still marks the stacks of a block that does not run.
func (l *lowerer) still(in *instance) {
	for _, f := range in.order {
		switch v := l.fieldValue(f).(type) {
		case *stack:
			v.use.any = true
		case *instance:
			l.still(v)
		}
	}
}

func (l *lowerer) touchRun(st *stack, v *layerVar, r run) {
	body, ok := l.enter("body", st.field.at)
	if !ok {
		return
	}
	l.touchTurn(st, v, r)
	l.leave()
	if len(body.Nodes) == 0 {
		return
	}
	l.b.Src = st.field.at
	attr := &ir.RepeatAttr{Var: v.name, First: r.first, Step: r.period, Count: ir.Const(r.count)}
	if _, err := l.b.Add(ir.Repeat, attr, nil, body); err != nil {
		l.fail(diag.New(diag.StackType, st.field.at, "%v", err))
	}
}

func (l *lowerer) touchTurn(st *stack, v *layerVar, r run) {
	defer l.whole()()
	v.value = l.b.Param(ir.Scalar(ir.Int), v.name)
	for k := range r.period {
		v.now, v.offset = r.first+k, k
		l.touchLayer(st, v)
	}
}

// loopVar is the index of one more loop.
func (l *lowerer) loopVar() *layerVar {
	l.vars++
	if l.vars == 1 {
		return &layerVar{name: "l"}
	}
	return &layerVar{name: fmt.Sprintf("l%d", l.vars)}
}
