package plan

// softmaxFLOPs are those of a softmax for each pair: the largest, the difference, the exponential, the sum, the quotient.
const softmaxFLOPs = 5

func (c *Counter) attention(a *Attention, open []*Loop) Work {
	w := c.moved(a)
	w.Read = 0
	for _, d := range a.Dots {
		sum := c.dims(d.Sum)
		w.Read += c.elements(d.Query.Axes) + c.elements(d.Key.Axes)*sum
	}
	for _, o := range a.Score {
		if o.View.Store != nil {
			w.Read += c.elements(o.View.Axes)
			if o.Fn == "lookup" && len(o.Args) > 0 {
				w.Read += c.elements(o.View.Axes) * (c.size(o.Size) - 1)
			}
		}
	}
	for _, o := range a.Norm {
		if o.View.Store != nil {
			w.Read += c.elements(o.View.Axes)
			if o.Fn == "lookup" {
				w.Read += c.elements(o.View.Axes) * (c.size(o.Size) - 1)
			}
		}
	}
	w.Written = 0
	pair, scalar := c.scorePair(a)
	for _, v := range a.Values {
		n := c.size(v.Size)
		pair += 2 * n
		w.Read += c.elements(v.Value.Axes) * n
		w.Written += c.elements(v.Out.Axes) * n
	}
	scalar += c.normPair(a)
	var pairs int64
	pairs, w.per, w.Bound = c.pairs(a, open)
	w.Contraction, w.Elementwise = pair*pairs, scalar*pairs
	return w
}

// scorePair is the work of one score, of contractions and of other functions.
func (c *Counter) scorePair(a *Attention) (pair, scalar int64) {
	for _, d := range a.Dots {
		pair += 2 * c.dims(d.Sum)
	}
	for _, o := range a.Score {
		n := c.dims(o.Axes) * c.dims(o.Sum)
		switch {
		case o.Fn == "product":
			pair += 2 * n
		case len(o.Args) > 0 && o.Fn != "lookup":
			scalar += n
		}
	}
	return pair, scalar
}

// normPair is the work of a normalizer for each key of a lane. What it does for two keys is as much for each as there
// are keys.
func (c *Counter) normPair(a *Attention) (n int64) {
	if a.Norm == nil {
		return softmaxFLOPs
	}
	for _, o := range a.Norm {
		along := o.Along
		for _, k := range o.Args {
			along = max(along, a.Norm[k].Along)
		}
		switch {
		case len(o.Args) == 0 || o.Fn == "other" || o.Fn == "lookup" || along == PerLane:
		case along == PerTwo:
			n += c.size(a.Key.Size)
		default:
			n++
		}
	}
	return n
}
