// SPDX-License-Identifier: Apache-2.0

// Command vectors writes the functions over vectors of backends/kernel from one table: what callers see, the
// assembly, the twins in Go, and what chooses between them. It writes into the folder that its argument names; with
// -fit it prints the polynomials of coefficients.go.
package main

import (
	"log"
	"os"
	"path/filepath"
	"slices"
)

const license = "// SPDX-License-Identifier: Apache-2.0\n\n"

func main() {
	log.SetFlags(0)
	switch {
	case len(os.Args) != 2:
		log.Fatal("usage: vectors FOLDER, or vectors -fit")
	case os.Args[1] == "-fit":
		printFits(os.Stdout)
	default:
		if err := write(os.Args[1]); err != nil {
			log.Fatal(err)
		}
	}
}

func write(folder string) error {
	assembly, stubs, err := assembled()
	if err != nil {
		return err
	}
	files := map[string][]byte{"vector_amd64.s": assembly}
	for name, s := range map[string]*source{
		"vector_map.go":      exported(),
		"vector_plain.go":    plain(),
		"vector_other.go":    other(),
		"vector_amd64.go":    dispatch(stubs),
		"vector_map_test.go": tested(),
	} {
		if files[name], err = s.formatted(); err != nil {
			return err
		}
	}
	for name, text := range files {
		text = slices.Concat([]byte(license), text)
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
