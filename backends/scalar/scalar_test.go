package scalar

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// TestNames: the names are those of the functions, so that written code calls what this process does.
func TestNames(t *testing.T) {
	same := func(fn, want string, f any) {
		t.Helper()
		full := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
		if name := full[strings.LastIndexByte(full, '.')+1:]; name != want {
			t.Errorf("%s: the function is %s, its name %s", fn, name, want)
		}
	}
	for fn, k := range Unaries {
		same(fn, k.Name, k.F)
	}
	for fn, k := range Binaries {
		same(fn, k.Name, k.VV)
		same(fn, k.Name+"N", k.VN)
		same(fn, "N"+k.Name, k.NV)
	}
}
