//go:build !linux || !(amd64 || arm64)

package cudarun

import (
	"errors"
	"runtime"
)

// unsupported says why this machine cannot load engines at all.
func unsupported() string {
	return "Linux on amd64 or arm64: engines are not loaded on " + runtime.GOOS + "/" + runtime.GOARCH
}

func load(string) (*api, error) { return nil, errors.New(unsupported()) }

func device() (code, missing string) { return "", unsupported() }
