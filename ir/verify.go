package ir

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir/diag"
)

// Rule is one numbered rule of the verifier.
type Rule struct {
	ID string // V01, V02, ...
	// Structural rules are what the others, the text form and the type rules rely on: behind a broken one
	// nothing else is checked.
	Structural bool
	check      func(c *checker)
	Text       string // what holds in every valid module; spec/ir.md prints it
}

// Rules lists the rules in the order in which they are checked.
func Rules() []Rule { return rules[:] }

var rules = [...]Rule{
	{"V01", true, onePlace,
		"A module has a body. Every node and every region stands in one place, and regions nest at " +
			"most 64 deep."},
	{"V02", true, knownOps,
		"A node's op is a row of the table. The parameters of a region, and they alone, are arg " +
			"nodes, of one result."},
	{"V03", true, shapes,
		"A node has its op's attribute, number of arguments and regions."},
	{"V04", true, visible,
		"An argument, a region's result and an output are defined before they are used, in the same " +
			"region or in one around it."},
	{"V05", true, kinds,
		"A kind is real, int or bool."},
	{"V06", true, distinctLabels,
		"The labels of a type are distinct and not empty."},
	{"V07", true, sizes,
		"The names in a size are plain names. A size that is a number is whole and not negative."},
	{"V08", true, inputs,
		"The body has no parameters. Input nodes stand in the body alone, and they are the module's " +
			"inputs, under their names and in their order."},
	{"V09", true, inferred,
		"The types of a node are those that its op's rule gives."},
	{"V10", false, dimRows,
		"A dim has one row in the dims table. Where it has factors, their sizes make its size."},
	{"V11", false, dimSizesHold,
		"An axis whose label is in the dims table has the size that stands there; in the regions of " +
			"an attend, the key axis has the free size of its own label, the number of admitted keys, and in the body of " +
			"an experts so have the rows."},
	{"V12", false, ports,
		"Inputs have different names, and outputs have. The body gives the outputs."},
	{"V13", false, constants,
		"A constant has no axes. What is bool is 0 or 1 and what is int is whole, in constants, " +
			"defaults and fills. A drawn input is uniform or normal, real, and has no default."},
	{"V14", false, placeholders,
		"A key in braces, {l} or {l+1}, names the variable of a repeat or experts around the param, " +
			"which runs a known number of times."},
	{"V15", false, storedLabels,
		"The stored dims of a param hold each of its labels once."},
	{"V16", false, oneTypePerKey,
		"A stored tensor has one type: params whose keys can be the same are the same."},
	{"V17", false, loopVars,
		"The variable of a repeat or experts is a plain name, other than those of the repeats and experts around it " +
			"and than the free dims of the inputs; the body takes it first, as an int without axes."},
	{"V18", false, attendOperands,
		"Some query has the query axis, some key or value has the key axis; queries have no key axis, " +
			"keys and values no query axis, and the two labels differ."},
	{"V19", false, attendParams,
		"The regions of an attend take score(i, j, queries, keys), mask(i, j), norm(s) or norm(s, i, j), and " +
			"weight(w) or weight(w, i, j): i int without axes, j int along the key axis, queries without the query axis, s and w what " +
			"the region before gives."},
	{"V20", false, attendCaptures,
		"In the regions of an attend no value has the query axis. A value from outside that has the " +
			"query or the key axis is used there as the table of a gather along it, and in no other way."},
	{"V21", false, attendWeights,
		"Scores and weights are numbers with the key axis."},
	{"V22", false, expertsCaptures,
		"In the body of an experts no value from outside depends on an input: what does is an operand. Nor has one a " +
			"size over the label of the rows."},
	{"V23", false, expertsRows,
		"In the body of an experts the rows are apart: no node sums, chooses, counts, orders or renames along their " +
			"axis, and no other size is over its label."},
	{"V24", false, carriedTypes,
		"An output that has the name of an input is carried between calls, and has the type of that input."},
	{"V25", false, linearStates,
		"An input with an output of its name and a ' behind it is a state: it is used once, and so is what the body " +
			"of a repeat takes of it where it is sliced. So its next value may be written in its place."},
}

// Violation is one broken rule, at one node or of the module as a whole.
type Violation struct {
	Rule string // its number
	Node *Node  // nil when it is of the module as a whole
	At   string // the node's number and op, as Print shows them: %12 contract
	Msg  string
	Src  diag.Span // the text that the node comes from
}

// Error names the rule, the node and what is wrong.
func (v *Violation) Error() string {
	at, src := v.At, v.Src.String()
	if at != "" {
		at = " " + at
	}
	if src != "" {
		src = " (" + src + ")"
	}
	return v.Rule + at + ": " + v.Msg + src
}

// Verify checks every rule and returns what is broken, as *Violation, in the order of the rules. Behind a
// broken structural rule it stops.
func Verify(m *Module) []error { return check(m, func(Rule) bool { return true }) }

// structure checks the structural rules alone.
func structure(m *Module) []error { return check(m, func(r Rule) bool { return r.Structural }) }

func check(m *Module, wanted func(Rule) bool) []error {
	c := &checker{m: m}
	for _, r := range Rules() {
		if !wanted(r) {
			continue
		}
		c.rule = r.ID
		r.check(c)
		if r.Structural && len(c.errs) > 0 {
			break
		}
	}
	return c.errs
}

// checker runs the rules over one module.
type checker struct {
	m    *Module
	rule string
	errs []error
	ids  map[Value]int
}

// broken reports that the rule does not hold at n, nil for the module as a whole.
func (c *checker) broken(n *Node, format string, args ...any) {
	v := &Violation{Rule: c.rule, Node: n, Msg: fmt.Sprintf(format, args...)}
	if n != nil {
		v.At, v.Src = c.name(n), n.Src
	}
	c.errs = append(c.errs, v)
}

// name is a node as the text form shows it. Numbers exist only once every node stands in one place.
func (c *checker) name(n *Node) string {
	op := "node without an op"
	if n.Op != nil {
		op = n.Op.Name
	}
	if c.rule == "V01" {
		return op
	}
	if c.ids == nil {
		c.ids = number(c.m)
	}
	if id, ok := c.ids[Value{n, 0}]; ok && len(n.Outs) > 0 {
		return fmt.Sprintf("%%%d %s", id, op)
	}
	return op
}

// place is where a node stands: the region, and the node that the region belongs to; nil for the body's.
type place struct {
	region *Region
	owner  *Node
	outer  *place
}

// walk visits every node with its place, outer before inner.
func (c *checker) walk(visit func(n *Node, at *place)) {
	var region func(r *Region, owner *Node, outer *place)
	region = func(r *Region, owner *Node, outer *place) {
		at := &place{r, owner, outer}
		for _, n := range slices.Concat(r.Params, r.Nodes) {
			visit(n, at)
			for _, inner := range n.Regions {
				region(inner, n, at)
			}
		}
	}
	region(c.m.Body, nil, nil)
}

// around yields the nodes whose regions a place is in, from the inside out.
func (at *place) around(yield func(*Node) bool) {
	for ; at != nil && at.owner != nil; at = at.outer {
		if !yield(at.owner) {
			return
		}
	}
}

// each visits the nodes of one op.
func (c *checker) each(op *Op, visit func(n *Node, at *place)) {
	c.walk(func(n *Node, at *place) {
		if n.Op == op {
			visit(n, at)
		}
	})
}

// list prints labels in brackets, for messages.
func list(labels []string) string { return "[" + strings.Join(labels, ", ") + "]" }
