package eval

import (
	"fmt"

	"archc/ir"
)

// kernel evaluates one op. It gives new tensors or views and never writes to its arguments.
type kernel func(j *job) ([]*Tensor, error)

// job is one execution of a node.
type job struct {
	*frame
	run  *run
	node *ir.Node
	args []*Tensor
	work *Work
}

// kernels has one row for each row of ir.Ops. It is a function because the ops with regions come back to it.
func kernels() map[*ir.Op]kernel {
	return map[*ir.Op]kernel{
		ir.Arg:       argument,
		ir.Param:     param,
		ir.Input:     input,
		ir.Constant:  constant,
		ir.Extent:    extent,
		ir.Position:  count,
		ir.Map:       apply,
		ir.Contract:  contract,
		ir.Reduce:    reduce,
		ir.Gather:    gather,
		ir.TopK:      topk,
		ir.Cast:      cast,
		ir.Rename:    rename,
		ir.Split:     split,
		ir.Merge:     merge,
		ir.Slice:     slice,
		ir.Pick:      pick,
		ir.Concat:    concat,
		ir.Stack:     stack,
		ir.Transpose: transpose,
		ir.Reverse:   reverse,
		ir.Stop:      stopped,
		ir.Windows:   windows,
		ir.Repeat:    repeat,
		ir.Attend:    attend,
		ir.Experts:   experts,
	}
}

func one(t *Tensor, err error) ([]*Tensor, error) { return []*Tensor{t}, err }

// fresh allocates the node's only result.
func (j *job) fresh(axes []Axis) (*Tensor, error) { return j.run.alloc(j.node.Outs[0].Kind, axes) }

// narrow rounds a real number of the node's result where the run asks for it.
func (j *job) narrow(x float64) float64 {
	if j.run.opt.Round == nil || j.node.Outs[0].Kind != ir.Real {
		return x
	}
	return j.run.opt.Round(x)
}

// axis finds an axis of a tensor; when it is not there, an attend around may be the reason.
func (j *job) axis(t *Tensor, label string) (int, error) {
	at := t.Find(label)
	if at >= 0 {
		return at, nil
	}
	if _, ok := j.fixed[label]; ok {
		return 0, fmt.Errorf("axis %s cannot be used in here: the mask of the attend differs along it", label)
	}
	return 0, fmt.Errorf("no axis %s in %s", label, t)
}

func argument(*job) ([]*Tensor, error) {
	return nil, fmt.Errorf("a region's parameter stands among its nodes")
}

func input(j *job) ([]*Tensor, error) {
	name := j.node.Attr.(*ir.InputAttr).Name
	t := j.run.inputs[name]
	if t == nil {
		return nil, fmt.Errorf("%s is not among the inputs of the module", name)
	}
	return one(t, nil)
}

func constant(j *job) ([]*Tensor, error) {
	return one(Scalar(j.node.Outs[0].Kind, j.narrow(j.node.Attr.(*ir.ConstAttr).Value)), nil)
}

func extent(j *job) ([]*Tensor, error) {
	n, err := j.number(j.node.Attr.(*ir.SizeAttr).Size)
	return one(Scalar(ir.Int, float64(n)), err)
}

func count(j *job) ([]*Tensor, error) {
	axes, err := j.sized([]ir.Axis{j.node.Attr.(*ir.AxisAttr).Axis})
	if err != nil {
		return nil, err
	}
	out, err := j.fresh(axes)
	if err != nil {
		return nil, err
	}
	for i := range out.Data {
		out.Data[i] = float64(i)
	}
	return one(out, nil)
}
