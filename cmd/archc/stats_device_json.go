package main

import (
	"math/big"

	"archc/passes/roofline"
)

// The JSON of stats --device: bytes are exact, times in seconds.
type (
	placedJSON struct {
		Model    string     `json:"model"`
		Device   string     `json:"device"`
		Dtype    string     `json:"dtype"`
		Group    int64      `json:"group"`
		Batch    int64      `json:"batch"`
		Context  int64      `json:"context"`
		Memory   fitJSON    `json:"memory"`
		Prefill  boundJSON  `json:"prefill"`
		Decode   *boundJSON `json:"decode"` // null with a reason where the model is not computed token by token
		NoDecode string     `json:"no_decode,omitempty"`
		Binding  string     `json:"binding"`
	}
	fitJSON struct {
		Weights    *big.Int `json:"weights_bytes"`
		Cache      *big.Int `json:"cache_bytes"`
		Overhead   *big.Int `json:"overhead_bytes"`
		Device     *big.Int `json:"device_bytes"` // null where it is not known; fits is too
		Fits       *bool    `json:"fits"`
		MaxContext *big.Int `json:"max_context"` // null where nothing grows
		MaxBatch   *big.Int `json:"max_batch"`
	}
	boundJSON struct {
		FLOPs     *big.Int `json:"flops"`
		Bytes     float64  `json:"bytes"`
		Format    string   `json:"format"`
		Compute   float64  `json:"compute_seconds"`
		Bandwidth float64  `json:"bandwidth_seconds"`
		Seconds   float64  `json:"at_least_seconds"`
		Binds     string   `json:"binds"`
	}
)

func (p *placed) report() placedJSON {
	bound := func(b roofline.Bound) boundJSON {
		return boundJSON{b.FLOPs, b.Bytes, b.Format, b.Compute, b.Bandwidth, b.Seconds(), b.Binds()}
	}
	f := p.fit
	out := placedJSON{Model: p.Model, Device: p.device.Name, Dtype: p.precision.Name, Group: p.precision.Group, Batch: p.batch,
		Context: p.context, Prefill: bound(p.prefill), NoDecode: p.NoSteps, Binding: p.binds(),
		Memory: fitJSON{f.Weights, f.Cache, f.Overhead, f.Memory, nil, f.MaxContext, f.MaxBatch}}
	if f.Memory != nil {
		out.Memory.Fits = &f.Fits
	}
	if p.decode != nil {
		d := bound(*p.decode)
		out.Decode = &d
	}
	return out
}
