// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego

package kernel

import "sync/atomic"

var machine = portable

// pause is a moment of spinning.
func pause() {
	for range 16 {
		idle.Load()
	}
}

var idle atomic.Uint32
