package program

import (
	"fmt"
	"os"
	"path/filepath"

	"archc/backends/checkpoint"
)

const generationFile = "generation_config.json"

// BadEnd is an eos_token_id that is no token id.
type BadEnd struct {
	Path string
	Kind checkpoint.Kind // what stands there instead
}

// Error names the file and what stands there.
func (e *BadEnd) Error() string {
	return fmt.Sprintf("%s: eos_token_id has %s, which is no token id", e.Path, e.Kind)
}

// EndTokens reads the tokens that end a text: eos_token_id, of generation_config.json before config.json: a number or a
// list of them. None where no file says. Errors: *checkpoint.Error, *BadEnd.
func EndTokens(dir string) ([]int, error) {
	for _, file := range []string{generationFile, checkpoint.ConfigFile} {
		path := filepath.Join(dir, file)
		if _, err := os.Lstat(path); dir == "" || err != nil {
			continue
		}
		root, err := checkpoint.ReadJSON(path, checkpoint.JSONLimits{})
		if err != nil {
			return nil, err
		}
		v, ok := root.Get("eos_token_id")
		if !ok || v.Kind() == checkpoint.Null {
			continue
		}
		list := []checkpoint.Value{v}
		if v.Kind() == checkpoint.Array {
			list = nil
			for _, x := range v.Elements() {
				list = append(list, x)
			}
		}
		var ends []int
		for _, x := range list {
			id, err := x.Int64()
			if err != nil || id < 0 {
				return nil, &BadEnd{path, x.Kind()}
			}
			ends = append(ends, int(id))
		}
		return ends, nil
	}
	return nil, nil
}
