// SPDX-License-Identifier: Apache-2.0

// Package probe holds loops that do nothing but reach a limit of the machine: fused multiply-adds on registers, and
// reads of memory. What kernels reach is told as a share of them.
package probe
