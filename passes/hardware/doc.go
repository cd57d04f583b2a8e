// Package hardware reads what is known about a device: its peak rates by number format, its memory and its bandwidth.
// A file that comes with archc and one of a user are read alike. It knows no model and computes no time.
//
// A file is YAML, a figure a number or a mapping with a source and a confidence of its own:
//
//	name: H200-SXM
//	aliases: [h200]
//	compute: {fp32: 67, bf16: 989.4}  # dense, 10^12 FLOP a second; bf16 is fp16 too
//	memory_GB: {value: 141, source: the data sheet, confidence: high}
//	bandwidth_GBps: 4800
//	source: where the figures without one of their own stand
//	confidence: high
package hardware
