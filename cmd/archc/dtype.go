package main

import (
	"archc/backends/cudasource"
	"archc/backends/kernel"
)

// dtype is how an engine holds the weights of products: as elements, or, where generated CUDA quantizes them, in a format;
// then the element is that of the matrices that stay, and of what products of many rows multiply.
type dtype struct {
	element kernel.Element
	format  *cudasource.Format
}

// dtypes are those that --dtype names.
var dtypes = map[string]dtype{
	"f32":      {kernel.Float32, nil},
	"bf16":     {kernel.BFloat16, nil},
	"int8":     {kernel.BFloat16, cudasource.FormatNamed("int8")},
	"int4":     {kernel.BFloat16, cudasource.FormatNamed("int4")},
	"fp8":      {kernel.BFloat16, cudasource.FormatNamed("fp8")},
	"int8+f32": {kernel.Float32, cudasource.FormatNamed("int8")},
	"int4+f32": {kernel.Float32, cudasource.FormatNamed("int4")},
	"fp8+f32":  {kernel.Float32, cudasource.FormatNamed("fp8")},
}
