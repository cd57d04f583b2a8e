package decode

import (
	"archc/ir"
)

// classifyRepeat settles the carries: what a run gives is what the next one takes.
func (d *deriver) classifyRepeat(n *ir.Node) {
	a, body := n.Attr.(*ir.RepeatAttr), n.Regions[0]
	carries := a.Carries(len(n.Args))
	offset, scans := d.along(a.Count)
	for i, p := range body.Params {
		switch {
		case i == 0:
			d.set(p, info{})
		default:
			d.set(p, d.of(n.Args[i-1]))
		}
	}
	for {
		d.classify(body)
		settled := true
		for i := range carries {
			p := body.Params[i+1]
			before := d.infos[p][0]
			after := before.join(d.of(body.Results[i]))
			if after != before {
				settled = false
				d.set(p, after)
			}
		}
		if settled || d.fault != nil {
			break
		}
	}
	outs := make([]info, 0, len(n.Outs))
	for i := range carries {
		x := d.of(body.Results[i]).join(d.infos[body.Params[i+1]][0])
		if d.mentions(a.Count) && x.total == nil {
			x.total = d.because(n, "it is what the last row leaves")
		}
		outs = append(outs, x)
	}
	for _, v := range body.Results[carries:] {
		outs = append(outs, d.of(v))
	}
	if d.mentions(a.Count) && (!scans || offset != 0) {
		for i := range outs {
			if outs[i].total == nil {
				outs[i].total = d.because(n, "it runs another number of times than there are rows")
			}
		}
	}
	d.infos[n] = outs
}

func (d *deriver) classifyExperts(n *ir.Node) {
	x := d.arguments(n)
	for _, p := range n.Regions[0].Params {
		d.set(p, x)
	}
	d.classify(n.Regions[0])
	d.set(n, x.join(d.of(n.Regions[0].Results[0])))
}

func (d *deriver) arguments(n *ir.Node) info {
	x := info{}
	for _, v := range n.Args {
		x = x.join(d.of(v))
	}
	return x
}

// classifyAttend asks whether a query sees rows that come behind it.
func (d *deriver) classifyAttend(n *ir.Node) {
	a := n.Attr.(*ir.AttendAttr)
	x := d.arguments(n)
	for _, r := range n.Regions {
		query, keys := r.Positions()
		for i, p := range r.Params {
			d.set(p, d.parameter(n, r, i, x))
			if p == query || p == keys {
				d.rowParam[p] = true
			}
		}
		d.classify(r)
		x = x.join(d.of(r.Results[0]))
	}
	query, key := d.axisOf(n, a.Query), d.axisOf(n, a.Key)
	if key.timed {
		d.tails[n] = d.needed(n, query, key)
	}
	switch {
	case !key.timed:
	case !query.timed:
		if x.total == nil {
			x.total = d.because(n, "it looks at all rows")
		}
	case key.irregular || query.irregular:
		x.total = d.because(n, "its rows are not those of the sequence")
	default:
		if why := d.aheadOf(n, query.offset, key.offset); why != nil {
			x.total = why
		}
	}
	d.set(n, x)
}

// parameter is what a region takes: positions, the operands, or what the region before it gives, which x holds.
func (d *deriver) parameter(n *ir.Node, r *ir.Region, i int, x info) info {
	query, keys := r.Positions()
	switch {
	case r.Params[i] == query || r.Params[i] == keys:
		return info{}
	case r.Name == "score":
		return d.of(n.Args[i-2])
	}
	return x
}

// role is how an axis of an attend runs along the sequence.
type role struct {
	timed, irregular bool
	offset           int64
}

func (d *deriver) axisOf(n *ir.Node, label string) role {
	for _, v := range n.Args {
		t := v.Type()
		if i := t.Find(label); label != "" && i >= 0 {
			c, ok := d.along(t.Axes[i].Size)
			timed := d.mentions(t.Axes[i].Size)
			return role{timed, timed && !ok, c}
		}
	}
	return role{}
}
