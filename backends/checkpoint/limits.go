package checkpoint

import "cmp"

// Hard limits on what a checkpoint may claim. Each bounds memory or time that a file of a few
// bytes could otherwise demand; Limits overrides them one by one.
const (
	MaxHeader   = 100_000_000 // bytes of a safetensors header, the limit of the format's own library
	MaxTensors  = 1_000_000   // tensors in one checkpoint, all shards together
	MaxMetadata = 1_000_000   // entries of one file's __metadata__
	MaxName     = 1 << 10     // bytes of a tensor name
	MaxRank     = 8           // dimensions of a tensor
	MaxDim      = 1<<31 - 1   // size of one dimension
	MaxElements = 1 << 48     // elements of a tensor
	MaxShards   = 4096        // files of one checkpoint
	MaxLoad     = 1 << 36     // bytes that one call may allocate for its result

	MaxJSONBytes  = 64 << 20 // bytes of config.json or an index
	MaxJSONDepth  = 64       // objects and arrays open at once
	MaxJSONValues = 1 << 22  // values in one JSON text, keys not counted

	MaxNPYHeader = 1<<16 - 1 // bytes of a .npy header, what its version 1 can express
)

// Limits overrides the limits of this package. A field that is zero keeps its default, so
// Limits{} is what Open uses.
type Limits struct {
	Header   int64 // bytes, default MaxHeader
	Tensors  int64 // default MaxTensors
	Metadata int64 // default MaxMetadata
	Name     int64 // bytes, default MaxName
	Rank     int64 // default MaxRank
	Dim      int64 // default MaxDim
	Elements int64 // default MaxElements
	Shards   int64 // default MaxShards
	Load     int64 // bytes, default MaxLoad
	JSON     JSONLimits
}

// JSONLimits bounds one JSON text. A field that is zero keeps its default.
type JSONLimits struct {
	Bytes  int64 // default MaxJSONBytes
	Depth  int64 // default MaxJSONDepth
	Values int64 // default MaxJSONValues
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Header:   cmp.Or(l.Header, MaxHeader),
		Tensors:  cmp.Or(l.Tensors, MaxTensors),
		Metadata: cmp.Or(l.Metadata, MaxMetadata),
		Name:     cmp.Or(l.Name, MaxName),
		Rank:     cmp.Or(l.Rank, MaxRank),
		Dim:      cmp.Or(l.Dim, MaxDim),
		Elements: cmp.Or(l.Elements, MaxElements),
		Shards:   cmp.Or(l.Shards, MaxShards),
		Load:     cmp.Or(l.Load, MaxLoad),
		JSON:     l.JSON.withDefaults(),
	}
}

func (l JSONLimits) withDefaults() JSONLimits {
	return JSONLimits{
		Bytes:  cmp.Or(l.Bytes, MaxJSONBytes),
		Depth:  cmp.Or(l.Depth, MaxJSONDepth),
		Values: cmp.Or(l.Values, MaxJSONValues),
	}
}
