package stdlib

import (
	"embed"
	"io/fs"

	"archc/ir/diag"
)

//go:embed hardware/*.yaml
var devices embed.FS

// Devices returns the files of hardware in the order of their names, one file a device.
func Devices() []*diag.Source {
	names, err := fs.Glob(devices, "hardware/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var out []*diag.Source
	for _, n := range names {
		text, err := devices.ReadFile(n)
		if err != nil {
			panic(err) // embedded: it is there
		}
		out = append(out, diag.NewSource("stdlib/"+n, string(text)))
	}
	return out
}
