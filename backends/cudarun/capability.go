package cudarun

import "fmt"

// codeFor is what nvcc makes for a compute capability: machine code of the two tiers that kernels are written for, and for
// what came later PTX of the first, which the driver compiles.
func codeFor(major, minor int) (code, missing string) {
	switch {
	case major < 8:
		return "", fmt.Sprintf("a device: the first one has compute capability %d.%d, and the kernels need 8.0", major, minor)
	case major == 8:
		return "arch=compute_80,code=sm_80", ""
	case major == 9:
		return "arch=compute_90a,code=sm_90a", ""
	}
	return "arch=compute_80,code=compute_80", ""
}
