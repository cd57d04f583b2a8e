package hardware

import "archc/ir/diag"

// The codes of device files.
var (
	Malformed = &diag.Code{ID: "H001", Title: "a device file that cannot be read", Story: `
A device file is one YAML mapping of at most 64 KiB: name, compute, bandwidth_GBps, source and confidence are needed;
aliases, memory_GB, interconnect and note may be there. A figure is a decimal number, or a mapping with value, source
and confidence. Anchors, aliases and tags of YAML are not read.`}
	UnknownKey = &diag.Code{ID: "H002", Title: "a key that a device file does not have", Story: `
A figure under a misspelled key would be passed over silently, so each key must be known. The formats under compute are
fp32, tf32, bf16 (which is fp16 too), fp8, int8 and fp4.`}
	Doubtful = &diag.Code{ID: "H003", Title: "a doubtful figure of a device", Story: `
A figure outside of what any device has is a slip of the unit: GB for GB/s, TFLOP for GFLOP, a rate with sparsity. Each
figure has stated bounds; a device does 1 to 10,000 FLOP in the time of one byte and reads all its memory in 1 ms to 10 s;
a narrower format is not slower than a wider one, and fp8 at most 2.1 times as fast as bf16: what is more is mostly
the rate with half of the weights zero.`}
)

// Codes lists them.
var Codes = []*diag.Code{Malformed, UnknownKey, Doubtful}
