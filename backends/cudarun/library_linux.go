//go:build amd64 || arm64

package cudarun

import (
	"github.com/ebitengine/purego"
)

// unsupported says why this machine cannot load engines at all.
func unsupported() string { return "" }

// load loads a library and finds its functions.
func load(path string) (*api, error) {
	library, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, err
	}
	a := &api{}
	for _, f := range []struct {
		name string
		to   any
	}{
		{"engine_open", &a.open}, {"engine_set", &a.set}, {"engine_run", &a.run},
		{"engine_get", &a.get}, {"engine_close", &a.close}, {"engine_error", &a.message},
	} {
		at, err := purego.Dlsym(library, f.name)
		if err != nil {
			return nil, err
		}
		purego.RegisterFunc(f.to, at)
	}
	return a, nil
}
