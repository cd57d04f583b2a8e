//go:build amd64 || arm64

package cudarun

import (
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// The attributes of a device that hold its compute capability (CUDA driver API, CUdevice_attribute).
const (
	capabilityMajor = 75
	capabilityMinor = 76
)

const driverLibrary = "libcuda.so.1"

// device gives the code that the first device runs, as nvcc's -gencode takes it, or what is missing for one.
func device() (code, missing string) {
	library, err := purego.Dlopen(driverLibrary, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return "", "a device: the driver does not load: " + err.Error()
	}
	var start func(flags uint32) int32
	var count func(n *int32) int32
	var attribute func(value *int32, attribute, device int32) int32
	var describe func(code int32, text **byte) int32
	for _, f := range []struct {
		name string
		to   any
	}{
		{"cuInit", &start}, {"cuDeviceGetCount", &count},
		{"cuDeviceGetAttribute", &attribute}, {"cuGetErrorString", &describe},
	} {
		at, err := purego.Dlsym(library, f.name)
		if err != nil {
			return "", fmt.Sprintf("a device: the driver %s has no %s", driverLibrary, f.name)
		}
		purego.RegisterFunc(f.to, at)
	}
	says := func(call string, code int32) string {
		var text *byte
		if describe(code, &text) != 0 || text == nil {
			return fmt.Sprintf("a device: %s gives error %d", call, code)
		}
		return fmt.Sprintf("a device: %s gives error %d, %s", call, code, cString(text))
	}
	var n, major, minor int32
	if wrong := start(0); wrong != 0 {
		return "", says("cuInit", wrong)
	}
	if wrong := count(&n); wrong != 0 {
		return "", says("cuDeviceGetCount", wrong)
	}
	if n == 0 {
		return "", "a device: the driver sees none"
	}
	if wrong := attribute(&major, capabilityMajor, 0); wrong != 0 {
		return "", says("cuDeviceGetAttribute", wrong)
	}
	if wrong := attribute(&minor, capabilityMinor, 0); wrong != 0 {
		return "", says("cuDeviceGetAttribute", wrong)
	}
	return codeFor(int(major), int(minor))
}

// cString is a C string as a text; of a long one, its beginning.
func cString(text *byte) string {
	const most = 200
	for n := range most {
		if *(*byte)(unsafe.Add(unsafe.Pointer(text), n)) == 0 {
			return unsafe.String(text, n)
		}
	}
	return unsafe.String(text, most)
}
