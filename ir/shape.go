package ir

import (
	"fmt"
	"reflect"
	"strings"
)

// shape checks what the type rules rely on: the attribute's kind, the number of arguments, the regions.
// Types are the rule's own business.
func (n *Node) shape() error {
	if err := n.attrFits(); err != nil {
		return err
	}
	if k, a := len(n.Args), n.Op.Args; k < a.Min || a.Max >= 0 && k > a.Max {
		return fmt.Errorf("takes %s, not %d", a, k)
	}
	return n.regionsFit()
}

func (n *Node) attrFits() error {
	switch {
	case n.Op.Attr == nil && n.Attr != nil:
		return fmt.Errorf("takes no attribute")
	case n.Op.Attr != nil && (n.Attr == nil || reflect.ValueOf(n.Attr).IsNil()):
		return fmt.Errorf("lacks its attribute")
	case n.Op.Attr != nil && reflect.TypeOf(n.Attr) != reflect.TypeOf(n.Op.Attr()):
		return fmt.Errorf("has an attribute of another op: %T", n.Attr)
	}
	switch a := n.Attr.(type) {
	case *MapAttr:
		if a.Fn == nil || FnNamed(a.Fn.Name) != a.Fn {
			return fmt.Errorf("applies a function that is not of the table")
		}
	case *RepeatAttr:
		if !a.bounded() {
			return fmt.Errorf("runs %s times from %d by %d: not steps of 1 or more with numbers below 2^31",
				a.Count, a.First, a.Step)
		}
		if a.Carries(len(n.Args)) < 0 {
			return fmt.Errorf("%d arguments are not %d slices", len(n.Args), len(a.Slices))
		}
	case *WindowsAttr:
		if !a.bounded() {
			return fmt.Errorf("steps of %d and %d between %d and %d: not steps of 1 or more, pads of 0 or more, "+
				"below 2^31", a.Stride, a.Dilate, a.Low, a.High)
		}
	case *AttendAttr:
		if a.Queries < 0 || a.Keys < 0 || len(n.Args) <= a.Queries+a.Keys {
			return fmt.Errorf("%d arguments are not %d queries, %d keys and a value",
				len(n.Args), a.Queries, a.Keys)
		}
	}
	return nil
}

// regionsFit walks both lists: an absent region is skipped where its name ends in a question mark.
func (n *Node) regionsFit() error {
	k := 0
	for _, want := range n.Op.Regions {
		name, optional := strings.CutSuffix(want, "?")
		switch {
		case k < len(n.Regions) && n.Regions[k] != nil && n.Regions[k].Name == name:
			k++
		case !optional:
			return fmt.Errorf("lacks its region %s", name)
		}
	}
	if k < len(n.Regions) {
		return fmt.Errorf("has %d regions, its op takes %s", len(n.Regions), strings.Join(n.Op.Regions, ", "))
	}
	return nil
}

// infer is the type rule behind the checks that it relies on; it never panics on a node whose arguments are
// nodes.
func (n *Node) infer() ([]Type, error) {
	if err := n.shape(); err != nil {
		return nil, err
	}
	return n.Op.Infer(n)
}

// String says the bounds in words.
func (a Arity) String() string {
	switch {
	case a.Max == 0:
		return "no arguments"
	case a.Min == a.Max && a.Min == 1:
		return "1 argument"
	case a.Min == a.Max:
		return fmt.Sprintf("%d arguments", a.Min)
	case a.Max < 0 && a.Min == 0:
		return "any number of arguments"
	case a.Max < 0:
		return fmt.Sprintf("%d or more arguments", a.Min)
	}
	return fmt.Sprintf("%d to %d arguments", a.Min, a.Max)
}
