// SPDX-License-Identifier: Apache-2.0

//go:build amd64 && !purego

package kernel

//go:noescape
func cpuid(leaf, sub uint32) (a, b, c, d uint32)

// xgetbv is the lower half of register XCR0: which vector registers the system saves.
//
//go:noescape
func xgetbv() uint32

// pause tells the core that the caller spins. It takes 40 to 150 cycles.
//
//go:noescape
func pause()

var machine = detect()

// detect reads which vector instructions the processor has and the system allows. Bits: Intel, "Software Developer's
// Manual", volume 2, CPUID; volume 1, 13.3 (XCR0) and 15.2 (detection of AVX-512).
func detect() level {
	leaves, _, _, _ := cpuid(0, 0)
	if leaves < 7 {
		return portable
	}
	_, _, one, _ := cpuid(1, 0)
	const need1 = 1<<12 | 1<<27 | 1<<28 | 1<<29 // FMA, OSXSAVE, AVX, F16C
	if one&need1 != need1 {
		return portable
	}
	saved := xgetbv()
	_, seven, _, _ := cpuid(7, 0)
	if saved&0x06 != 0x06 || seven&(1<<5) == 0 { // xmm and ymm; AVX2
		return portable
	}
	const need7 = 1<<16 | 1<<17 | 1<<30 | 1<<31     // AVX-512 F, DQ, BW, VL: what every server since 2017 has together
	if saved&0xe6 != 0xe6 || seven&need7 != need7 { // also masks and zmm
		return avx2
	}
	return avx512
}
