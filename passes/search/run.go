package search

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"runtime/debug"
	"slices"
	"sync"

	"archc/ir/diag"
)

// State is what became of a point.
type State string

// The states of a point.
const (
	Counted   State = "counted"   // kept, in a space without objectives
	Front     State = "front"     // kept, and no other point beats it
	Dominated State = "dominated" // kept, and another point beats it
	Filtered  State = "filtered"  // a constraint does not hold
	Refused   State = "refused"   // the model does not compile
	Unknown   State = "unknown"   // a constraint or an objective has no value
)

// Measured is what a point was counted to have.
type Measured struct {
	Figures map[string]*big.Int
	Missing map[string]string   // why a figure has no number
	Dims    map[string]*big.Rat // of the model at this point
	// Fits tells the bytes that the point needs on a device and those that there are; nil where no one asks.
	Fits func(*Fit) (need, room *big.Int, err error)
}

// Point is one combination of values.
type Point struct {
	Values  []string // of the space's parameters, in their order
	State   State
	Reason  string // of filtered, refused and unknown
	Refusal error  // of refused
	*Measured
	space *Space
	goals []*big.Rat
}

// Counter counts one point. A refusal is a mistake of the model at this point; an error ends the search.
type Counter func(settings map[string]string) (m *Measured, refusal, err error)

// workers is how many points are counted at a time.
const workers = 2

// Run counts all points, in any order and several at a time, and gives them in the order of the space, judged. tick is
// told how many are done, if it is there.
func (s *Space) Run(ctx context.Context, count Counter, tick func(done, all int)) ([]*Point, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	points := make([]*Point, s.Size().Int64())
	errs := make([]error, len(points))
	var group sync.WaitGroup
	var mutex sync.Mutex
	next, done, failed := 0, 0, false
	take := func() int {
		mutex.Lock()
		defer mutex.Unlock()
		if failed { // points are taken in order, so all before the one that failed are taken already
			return len(points)
		}
		next++
		return next - 1
	}
	for range workers {
		group.Go(func() {
			for i := take(); i < len(points) && ctx.Err() == nil; i = take() {
				points[i] = &Point{Values: s.values(i), space: s}
				errs[i] = points[i].count(count)
				mutex.Lock()
				failed = failed || errs[i] != nil
				if done++; tick != nil {
					tick(done, len(points))
				}
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, err := range errs { // the first in the order of the space, whoever met it first
		if err != nil {
			return nil, err
		}
	}
	s.judge(points)
	return points, nil
}

// Settings are the values by name.
func (p *Point) Settings() map[string]string {
	out := map[string]string{}
	for i, q := range p.space.Parameters {
		out[q.Name] = p.Values[i]
	}
	return out
}

// count settles what a point has by itself: all but its place among the others. A panic becomes an error, since no
// one could catch it outside of its goroutine.
func (p *Point) count(count Counter) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic at the point %v: %v\n%s", p.Values, r, debug.Stack())
		}
	}()
	early, late := p.space.split()
	if held, err := p.holds(early); !held || err != nil {
		return err // what the parameters alone rule out is not compiled: the constraint is the better reason
	}
	p.Measured, p.Refusal, err = count(p.Settings())
	if err != nil {
		return err
	}
	if p.Refusal != nil {
		p.State, p.Reason = Refused, p.Refusal.Error()
		return nil
	}
	if held, err := p.holds(late); !held || err != nil {
		return err
	}
	for _, o := range p.space.Objectives {
		v, err := p.Value(o.Expr)
		if known, err := p.settle(err); !known || err != nil {
			return err
		}
		if o.Max {
			v = new(big.Rat).Neg(v)
		}
		p.goals = append(p.goals, v)
	}
	return nil
}

// split divides the constraints into those over parameters alone and the others.
func (s *Space) split() (early, late []*Expr) {
	for _, c := range s.Constraints {
		if slices.ContainsFunc(c.names(), func(n *node) bool { return s.parameter(n.name) < 0 }) {
			late = append(late, c)
		} else {
			early = append(early, c)
		}
	}
	return early, late
}

func (p *Point) holds(all []*Expr) (bool, error) {
	for _, c := range all {
		held, err := c.root.holds(p.lookup)
		if known, err := p.settle(err); !known || err != nil {
			return false, err
		}
		if !held {
			p.State, p.Reason = Filtered, c.Text+" does not hold"+p.sides(c.root)
			return false, nil
		}
	}
	return true, nil
}

// sides tells the two numbers of a comparison, or of a question, that does not hold.
func (p *Point) sides(n *node) string {
	if n.fit != nil {
		need, room, err := p.fits(n.fit)
		if err != nil {
			return ""
		}
		return fmt.Sprintf(": %s bytes against %s", Grouped(new(big.Rat).SetInt(need)), Grouped(new(big.Rat).SetInt(room)))
	}
	if operators[n.op].level != comparison {
		return ""
	}
	a, errA := n.args[0].value(p.lookup)
	b, errB := n.args[1].value(p.lookup)
	if errA != nil || errB != nil {
		return ""
	}
	return fmt.Sprintf(": %s against %s", Grouped(a), Grouped(b))
}

// settle marks a point that lacks a value; another error stays one.
func (p *Point) settle(err error) (known bool, _ error) {
	if g := (*gap)(nil); errors.As(err, &g) {
		p.State, p.Reason = Unknown, g.reason
		return false, nil
	}
	return err == nil, err
}

// Value computes an expression at the point. An error says why the point has no value.
func (p *Point) Value(e *Expr) (*big.Rat, error) { return e.root.value(p.lookup) }

// lookup finds a name: a parameter of the space, a figure, a dim of the model.
func (p *Point) lookup(n *node) (*big.Rat, error) {
	if n.fit != nil {
		need, room, err := p.fits(n.fit)
		if err != nil || need.Cmp(room) > 0 {
			return new(big.Rat), err
		}
		return big.NewRat(1, 1), nil
	}
	if i := p.space.parameter(n.name); i >= 0 {
		v, ok := number(p.Values[i])
		if !ok {
			return nil, &gap{fmt.Sprintf("%s = %s is no number", n.name, p.Values[i])}
		}
		return v, nil
	}
	if p.Measured == nil {
		return nil, &gap{n.name + " is not known: the point was not counted"}
	}
	if _, is := FigureNamed(n.name); is {
		if v := p.Figures[n.name]; v != nil {
			return new(big.Rat).SetInt(v), nil
		}
		return nil, &gap{n.name + " is not known: " + p.Missing[n.name]}
	}
	if v := p.Dims[n.name]; v != nil {
		return v, nil
	}
	return nil, p.unknown(n)
}

func (p *Point) unknown(n *node) error {
	var names []string
	for _, q := range p.space.Parameters {
		names = append(names, q.Name)
	}
	for _, f := range Figures {
		names = append(names, f.Name)
	}
	for name := range p.Dims {
		names = append(names, name)
	}
	slices.Sort(names)
	d := diag.New(unknownName, n.at, "%s is no parameter of the space, no figure and no dim of the model", n.name)
	if near := diag.Nearest(n.name, names); near != "" {
		return d.Suggest("did you mean %s?", near)
	}
	return d.Suggest("there are %s", list(names))
}

// judge marks the front among the points that are kept.
func (s *Space) judge(points []*Point) {
	kept := slices.DeleteFunc(slices.Clone(points), func(p *Point) bool { return p.State != "" })
	rows := make([][]*big.Rat, len(kept))
	for i, p := range kept {
		rows[i] = p.goals
	}
	for i, on := range front(rows) {
		switch {
		case len(s.Objectives) == 0:
			kept[i].State = Counted
		case on:
			kept[i].State = Front
		default:
			kept[i].State = Dominated
		}
	}
}
