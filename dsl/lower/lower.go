package lower

import (
	"errors"
	"math"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

var inf = math.Inf(1)

// Options choose the model and settle its parameters.
type Options struct {
	Model    string            // "" for the default: the only one, or the one named like the file
	Settings map[string]string // parameter = value, as written; wins over defaults and a variant's arguments
	Method   string            // a function of the model that is its entry; "" for its forward function
}

type lowerer struct {
	b        *ir.Builder
	list     *diag.List
	prog     *check.Program
	builtins map[string]*builtinRow
	files    map[*check.Scope]*scope
	spent    budget
	calls    []diag.Span // of functions and blocks, from the outside in

	settings map[string]string
	used     map[string]bool // settings that a parameter has taken
	train    bool            // what `train` is

	axes   map[string]*axis // by label; inside a region of attend, the key axis as it is there
	dims   map[dimKey]*axis
	taken  map[string]int       // how many labels begin with a name
	border shape                // formals of the call whose arguments are being matched
	prime  map[*axis]*axis      // of D -> D: the input's axis inside the stored tensor
	keys   map[*axis][]*keyAxis // of attend: the key axis inside

	regions  []*ir.Region  // open ones, as in the builder
	wholes   []wholeRegion // those that hold parameters
	vars     int           // repeat variables so far
	variants int           // of variants, that are being applied
	lines    []*overrideLine
	inputs   []ir.Port
	levels   []*level                // open regions that run as a whole
	bound    map[*syntax.Call]string // the local that a call's value is bound to

	made     map[*ir.Node]*linear  // for messages: the map that made a value
	chosen   map[*ir.Node]*choice  // the number of an expert inside a sum over a selection
	operands map[*ir.Node]ir.Value // for messages: what an operand of attend is outside
	numbers  map[*binding]bool     // that were told to be no dims
}

func newLowerer(prog *check.Program, list *diag.List) *lowerer {
	return &lowerer{b: &ir.Builder{}, list: list, prog: prog, builtins: builtinTable(),
		files: map[*check.Scope]*scope{}, settings: map[string]string{}, used: map[string]bool{},
		axes: map[string]*axis{}, dims: map[dimKey]*axis{}, taken: map[string]int{}, prime: map[*axis]*axis{},
		keys: map[*axis][]*keyAxis{}, made: map[*ir.Node]*linear{}, chosen: map[*ir.Node]*choice{},
		operands: map[*ir.Node]ir.Value{}, bound: map[*syntax.Call]string{}, numbers: map[*binding]bool{}}
}

// Lower gives the IR of one model of the program. The list holds every mistake; the module is nil when there is one.
func Lower(prog *check.Program, opt Options) (*ir.Module, *diag.List) {
	l := newLowerer(prog, &diag.List{})
	if opt.Settings != nil {
		l.settings = opt.Settings
	}
	decl := Choose(prog, opt.Model, l.list)
	if decl == nil {
		return nil, l.list
	}
	l.trainSetting(decl)
	m := l.model(decl, opt.Method)
	l.unusedSettings(decl)
	if l.list.Empty() {
		l.oneTypePerKey(m)
	}
	if !l.list.Empty() {
		l.list.Sort()
		return nil, l.list
	}
	return m, l.list
}

func (l *lowerer) model(decl *check.Decl, method string) *ir.Module {
	body, _ := l.enter("body", decl.Name().At)
	defer l.leave()
	defer l.whole()()
	lv, done := l.open(l.drawnInput)
	defer done()
	root, ok := l.instantiate(l.declared(decl).(template), "", nil, decl.Name().At)
	if !ok {
		return nil
	}
	m := &ir.Module{Name: decl.Name().Name, Body: body}
	if method != "" && !l.enterAt(root, method) {
		return nil
	}
	l.forward(m, root)
	l.sideOutputs(m, lv)
	l.touch(root)
	if method == "" {
		l.unmatched()
	}
	if !l.list.Empty() {
		return nil
	}
	m.Inputs = l.inputs
	m.Dims = l.dimTable(m)
	return m
}

// oneTypePerKey reports two fields that want one stored tensor in two shapes. Keys in repeats stand for many, so the
// verifier's rule is asked.
func (l *lowerer) oneTypePerKey(m *ir.Module) {
	for _, err := range ir.Verify(m) {
		if v := (*ir.Violation)(nil); errors.As(err, &v) && v.Rule == "V16" {
			l.fail(l.otherUse(m, v))
		}
	}
}

// otherUse says where else a key is used, when it is written in the same way there.
func (l *lowerer) otherUse(m *ir.Module, v *ir.Violation) *diag.Diagnostic {
	key := v.Node.Attr.(*ir.ParamAttr).Key
	var other *ir.Node
	m.Body.Walk(func(n *ir.Node, _ int) {
		if a, ok := n.Attr.(*ir.ParamAttr); ok && other == nil && a.Key == key && n != v.Node && n.Src != v.Src {
			other = n
		}
	})
	if other == nil && !strings.Contains(key, "{") {
		return diag.New(diag.SharedShape, v.Src, "all blocks have %q together, and its dims differ from block to block", key).
			Suggest("a stack `L * Block` stores a tensor for each of them")
	}
	const help = "fields of one key are one tensor: give one of them another name with `as`"
	if other == nil {
		return diag.New(diag.SharedShape, v.Src, "%s", v.Msg).Suggest(help)
	}
	return diag.New(diag.SharedShape, v.Src, "the key %q is %s here and %s elsewhere", key, l.typeText(v.Node.Outs[0]),
		l.typeText(other.Outs[0])).
		Note(other.Src, "%s has that key too", other.Src.Text()).Suggest(help)
}
