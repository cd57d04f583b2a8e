package ir

import "strconv"

// A build for 32-bit machines stops here: element counts are ints, and those of one tensor reach 2^48.
const _ = uint(strconv.IntSize - 64)
