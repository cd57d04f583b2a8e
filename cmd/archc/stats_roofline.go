package main

import (
	"fmt"
	"math/big"
	"slices"

	"archc/passes/roofline"
)

// plot writes the roofline: prefills up to the context, decode steps at batches up to 512.
func (p *placed) plot(file string) error {
	var points []roofline.Point
	lengths := []int64{p.context}
	if p.decode != nil {
		near := func(n int64) bool { return n > p.context/3 } // their labels would meet
		lengths = append(slices.DeleteFunc([]int64{32, 256, 2048, 16384}, near), p.context)
	}
	for _, n := range lengths {
		x, err := p.Prefill(p.precision, p.batch, n)
		if err != nil {
			return wrong(codeNotWhole, "%v", err)
		}
		label := "T = " + grouped(big.NewInt(n))
		if p.decode == nil {
			label = fmt.Sprintf("B = %d", p.batch)
		}
		points = append(points, roofline.Point{Label: label, Bound: roofline.BoundOf(p.device, p.precision, x)})
	}
	for _, batch := range []int64{1, 8, 64, 512} {
		if p.decode == nil {
			break
		}
		x, err := p.Decode(p.precision, batch, p.past())
		if err != nil {
			return wrong(codeNotWhole, "%v", err)
		}
		points = append(points, roofline.Point{Label: fmt.Sprintf("B = %d", batch), Decode: true,
			Bound: roofline.BoundOf(p.device, p.precision, x)})
	}
	title := fmt.Sprintf("%s on %s, weights in %s", p.Model, p.device.Name, p.precision.Name)
	if len(p.Lengths) > 0 {
		title += ", context " + grouped(big.NewInt(p.context))
	}
	return replace(file, []byte(roofline.Plot(p.device, title, points)))
}
