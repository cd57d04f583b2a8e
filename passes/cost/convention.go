package cost

import (
	"fmt"
	"math/big"

	"archc/ir"
)

// Rows says for which rows the work of experts is counted.
type Rows string

// The conventions of --moe.
const (
	Active   Rows = "active"   // those that are selected
	Capacity Rows = "capacity" // as many places as each expert has, filled or not
	All      Rows = "total"    // every row in every expert
)

// Experts is a convention for experts. Factor is the capacity factor, more than 0, with Capacity alone.
type Experts struct {
	What   Rows
	Factor *big.Rat
}

func (e Experts) check() error {
	switch {
	case e.What != Active && e.What != Capacity && e.What != All:
		return fmt.Errorf("rows of experts %q are none of active, capacity, total", e.What)
	case (e.What == Capacity) != (e.Factor != nil):
		return fmt.Errorf("a capacity factor belongs to the rows of a capacity, and they to it")
	case e.Factor != nil && e.Factor.Sign() <= 0:
		return fmt.Errorf("the capacity factor %s is not more than 0", e.Factor.RatString())
	}
	return nil
}

// rows is for how many rows all experts of a node work together. A capacity is rounded up for each expert (Lepikhin
// et al. 2021, algorithm 1): E * ceil(factor * selections / E).
func (e Experts) rows(selections ir.Size, n *ir.Node) (ir.Size, error) {
	a, index := n.Attr.(*ir.ExpertsAttr), n.Args[0].Type()
	switch e.What {
	case Capacity:
		count, ok := a.Of.Size.Int()
		if !ok || count < 1 {
			return ir.Size{}, fmt.Errorf("%s experts have no known capacity", a.Of.Size)
		}
		share := selections.Mul(ir.Rational(e.Factor)).Mul(inverse(count))
		return ir.Const(-count).Mul(ir.Floor(ir.Const(-1).Mul(share))), nil
	case All:
		slots, ok := index.Axes[index.Find(a.Slot)].Size.Int()
		if !ok || slots < 1 {
			return ir.Size{}, fmt.Errorf("a row selects %s experts, which is no number", index.Axes[index.Find(a.Slot)].Size)
		}
		return selections.Mul(inverse(slots)).Mul(a.Of.Size), nil
	}
	return selections, nil
}
