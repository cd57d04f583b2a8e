// Command vectors writes the elementwise functions of backends/kernel from one table.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const where = "../../backends/kernel"

type vec struct{}

func main() {
	for name, s := range map[string]*source{
		"vector_map.go":   exported(),
		"vector_plain.go": plain(),
		"vector_other.go": other(""),
	} {
		text, err := s.formatted()
		if err == nil {
			err = os.WriteFile(filepath.Join(where, name), text, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
