package arrays

import (
	"fmt"
	"path/filepath"
	"strings"

	"archc/backends/checkpoint"
)

// Array is what a file holds: row-major, its outermost dimension first.
type Array struct {
	Shape []int64
	Data  []float64
}

// Want is what is known of an input before its file is read.
type Want struct {
	Name     string // of the tensor, where a file has several
	Axes     int    // without a batch
	Channels int64  // of an image with three axes: 1, 3 or 4; 0 is what the image has
}

// Fault is what is wrong with a file, if that is nothing that package checkpoint finds.
type Fault int

// The faults.
const (
	UnknownType Fault = iota // the name ends in no extension that is read
	BadImage                 // a picture that cannot be read
)

// Error is a file that cannot be read as an array.
type Error struct {
	Fault Fault
	Msg   string
}

// Error names the file and what is wrong with it.
func (e *Error) Error() string { return e.Msg }

// Read reads an array by the file's extension: .safetensors, of which it takes the tensor with the name or the only one,
// .npy, or .png. Errors: *Error, *checkpoint.Error.
func Read(file string, want Want) (Array, error) {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".npy":
		x, err := checkpoint.ReadNPY(file)
		return Array{x.Shape, x.Values}, err
	case ".safetensors":
		return readStored(file, want.Name)
	case ".png":
		return readImage(file, want)
	}
	return Array{}, &Error{UnknownType, fmt.Sprintf("%s is none of .safetensors, .npy, .png", file)}
}

func readStored(file, name string) (Array, error) {
	c, err := checkpoint.Open(file)
	if err != nil {
		return Array{}, err
	}
	defer c.Close()
	if names := c.Names(); len(names) == 1 {
		name = names[0]
	}
	t, ok := c.Lookup(name)
	if !ok {
		return Array{}, &checkpoint.Error{Code: checkpoint.CodeNoTensor, File: file, Offset: -1,
			Msg: fmt.Sprintf("it has several tensors, none of them %q", name)}
	}
	data, err := c.Float64s(name, nil)
	return Array{t.Shape, data}, err
}
