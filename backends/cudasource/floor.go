package cudasource

import (
	"cmp"
	"fmt"
	"slices"

	"archc/ir"
	"archc/passes/plan"
)

// Device is one for which comments say how long a kernel takes at the least. Without a name they do not.
type Device struct {
	Name              string
	Bytes             float64 // of memory, a second
	Float32, BFloat16 float64 // FLOPs a second: multiply-adds in float, tensor cores in bf16
}

// moment is a run of a plan that comments tell numbers of.
type moment struct {
	says   string
	counts *plan.Counter
}

// manyRows is how many rows there are in comments, new ones or behind a new one.
const manyRows = 4096

// moments are a row behind many and many rows, as far as the plan is for them; fewer is for kernels of few rows among those for
// many. Of what is computed at once it is one.
func (m *model) moments(p *plan.Plan) (out, fewer []moment) {
	many := manyRows
	if n := int(m.Text.Positions); n > 0 && n < many {
		many = n
	}
	add := func(to *[]moment, says string, rows, past int) {
		dims := map[string]int{}
		for _, d := range m.dims {
			dims[d.name] = rows
		}
		for _, x := range m.slides {
			dims[x.Start], dims[x.Room] = 0, rows+past
		}
		dims[plan.Batch], dims[plan.Room], dims[m.Program.Past] = 1, rows+past, past
		if c, err := plan.Count(p, dims); err == nil {
			*to = append(*to, moment{says, c})
		}
	}
	free := slices.ContainsFunc(m.dims, func(d dim) bool { return d.name != plan.Batch })
	few := p == m.Program.Few || m.Program.Few == nil
	switch {
	case m.Device.Name == "":
	case m.Program.Past == "" && free:
		add(&out, fmt.Sprintf("free dims of %d", many), many, 0)
	case m.Program.Past == "":
		add(&out, "a batch of 1", 1, 0)
	case p == m.Program.Few || p == m.Program.Step:
		if few {
			add(&out, fmt.Sprintf("a row behind %d", many-1), 1, many-1)
		}
		add(&fewer, fmt.Sprintf("%d rows behind %d", fewRows, many-fewRows), fewRows, many-fewRows)
		if p == m.Program.Step {
			add(&out, fmt.Sprintf("%d rows", many), many, 0)
		}
	}
	return out, fewer
}

// does says what instruction a kernel is, which runs once in each run of the host's loops around it.
func (k *kernel) does(i plan.Instruction) {
	open := slices.Clone(k.open)
	k.work = func(c *plan.Counter) plan.Work {
		x, n := c.Of(i), int64(1)
		for _, l := range open {
			n *= max(1, c.Size(l.Count))
		}
		return plan.Work{Read: x.Read / n, Written: x.Written / n, Weights: x.Weights / n, Contraction: x.Contraction / n,
			Elementwise: x.Elementwise / n, Bound: x.Bound}
	}
	half := func(views []plan.View) int64 {
		if slices.ContainsFunc(views, func(v plan.View) bool { return k.halves[v.Store] }) {
			return 2
		}
		return 4
	}
	k.readBytes, k.writtenBytes = half(plan.Reads(i)), half(plan.Writes(i))
}

// copies says that a kernel writes n numbers, and reads them or not.
func (k *kernel) copies(n ir.Size, reads int64) {
	n = k.size(n)
	k.work = func(c *plan.Counter) plan.Work { return plan.Work{Read: reads * c.Size(n), Written: c.Size(n)} }
	k.readBytes, k.writtenBytes = 4, 4
}

// sayFloors says what a launch does, and how long that takes at the least: the longest of its bytes, its products and its
// other operations at the published rates of the device. Weights count in their format, what is read and what is written in
// float, or in bf16 where some of it is.
func (k *kernel) sayFloors() {
	if k.work == nil {
		return
	}
	device := k.model.Device
	moments := k.moments
	if k.few {
		moments = k.fewRows
	}
	for _, at := range moments {
		x := k.work(at.counts)
		rate, of := device.Float32, "FLOPs in float"
		if k.tensor {
			rate, of = device.BFloat16, "FLOPs on tensor cores"
		}
		bytes := k.readBytes*x.Read + k.writtenBytes*x.Written + int64(k.weightBytes*float64(x.Weights))
		type bound struct {
			seconds float64
			of      string
		}
		longest := slices.MaxFunc([]bound{
			{float64(bytes) / device.Bytes, "bytes"}, {float64(x.Contraction) / rate, of}, {float64(x.Elementwise) / device.Float32, "FLOPs in float"},
		}, func(a, b bound) int { return cmp.Compare(a.seconds, b.seconds) })
		most := ""
		if x.Bound {
			most = "at most "
		}
		k.say("%s: %s%s FLOPs, %s bytes; floor %s on %s, by its %s.", at.says, most, grouped(x.Contraction+x.Elementwise), grouped(bytes),
			duration(longest.seconds), device.Name, longest.of)
	}
}

// grouped is a number with its digits in threes.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// duration is a time with three digits.
func duration(seconds float64) string {
	for _, u := range []struct {
		unit string
		of   float64
	}{{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}} {
		if seconds >= u.of {
			return fmt.Sprintf("%.3g %s", seconds/u.of, u.unit)
		}
	}
	return fmt.Sprintf("%.3g ns", seconds/1e-9)
}
