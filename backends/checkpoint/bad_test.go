package checkpoint

import (
	"math"
	"os"
	"strings"
	"testing"
)

// one is an entry of one byte between offsets 0 and 1.
const one = `{"dtype":"U8","shape":[1],"data_offsets":[0,1]}`

func entryText(dtype, shape, offsets string) string {
	return `{"w":{"dtype":` + dtype + `,"shape":` + shape + `,"data_offsets":` + offsets + `}}`
}

// badFiles are single files, each refused with its code, tensor and words.
var badFiles = []struct {
	what, content      string
	code, tensor, says string
}{
	// the length
	{"no bytes", "", CodeTooShort, "", "the file has 0 bytes"},
	{"one byte", "\x02", CodeTooShort, "", "1 bytes"},
	{"seven bytes", "\x02\x00\x00\x00\x00\x00\x00", CodeTooShort, "", "7 bytes"},
	{"length 0", withLength(0, "{}"), CodeHeaderSize, "", "is 0"},
	{"length 1", withLength(1, "{}"), CodeJSON, "", "the text ends"},
	{"length of the file less 8, that is all: not JSON", withLength(4, "abcd"), CodeJSON, "", "opening brace"},
	{"length of the file less 7", withLength(3, "{}"), CodeHeaderSize, "", "3, but only 2 bytes follow"},
	{"length alone", withLength(2, ""), CodeHeaderSize, "", "only 0 bytes"},
	{"length 2^31", withLength(1<<31, "{}"), CodeHeaderSize, "", "2147483648, the limit is 100000000"},
	{"length 2^63", withLength(1<<63, "{}"), CodeHeaderSize, "", "9223372036854775808"},
	{"length 2^64-1", withLength(math.MaxUint64, "{}"), CodeHeaderSize, "", "18446744073709551615"},

	// the JSON
	{"not an object", image(`[]`, 0), CodeJSON, "", `found '['`},
	{"a string", image(`"a"`, 0), CodeJSON, "", "opening brace"},
	{"byte-order mark", image("\xef\xbb\xbf{}", 0), CodeJSON, "", "byte-order mark (at byte 8)"},
	{"leading space", image(` {}`, 0), CodeJSON, "", "found ' '"},
	{"invalid UTF-8", image("{\"a\xff\":"+one+"}", 1), CodeUTF8, "",
		"0xff is not valid UTF-8 there (at byte 11)"},
	{"half a surrogate pair", image(`{"\ud800":`+one+`}`, 1), CodeUTF8, "", "half of a surrogate pair"},
	{"surrogates in wrong order", image(`{"\udc00\ud800":`+one+`}`, 1), CodeUTF8, "", "surrogate"},
	{"broken escape", image(`{"\x41":`+one+`}`, 1), CodeJSON, "", "escape"},
	{"line break in a name", image("{\"a\n\":"+one+"}", 1), CodeJSON, "", "control character 0x0a"},
	{"trailing comma", image(`{"a":`+one+`,}`, 1), CodeJSON, "", "a key in quotes"},
	{"no colon", image(`{"a" `+one+`}`, 1), CodeJSON, "", "a colon"},
	{"no end", image(`{"a":`+one, 1), CodeJSON, "", "the text ends"},
	{"no end of string", image(`{"abc`, 0), CodeJSON, "", "inside a string"},
	{"two objects", image(`{}{}`, 0), CodeJSON, "", "only spaces"},
	{"line break as padding", image("{}\n", 0), CodeJSON, "", "only spaces"},
	{"NUL as padding", image("{}\x00", 0), CodeJSON, "", "only spaces"},
	{"duplicate name", image(`{"a":`+one+`,"a":`+one+`}`, 1), CodeDuplicate, "",
		`the key "a" twice (at byte 61)`},
	{"duplicate by escape", image(`{"a":`+one+`,"\u0061":`+one+`}`, 1), CodeDuplicate, "", `"a" twice`},
	{"duplicate key in a tensor",
		image(`{"w":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1),
		CodeDuplicate, "w", `"dtype" twice`},
	{"duplicate metadata", image(`{"__metadata__":{"a":"b","a":"c"}}`, 0), CodeDuplicate, "", `"a" twice`},
	{"two metadata", image(`{"__metadata__":{},"__metadata__":{}}`, 0), CodeDuplicate, "", "__metadata__"},
	{"metadata a list", image(`{"__metadata__":[]}`, 0), CodeWrongKind, "", "is an array, expected an object"},
	{"metadata null", image(`{"__metadata__":null}`, 0), CodeWrongKind, "", "is null"},
	{"metadata of numbers", image(`{"__metadata__":{"a":1}}`, 0), CodeWrongKind, "",
		"is a number, expected a string"},
	{"metadata nested", image(`{"__metadata__":{"a":{}}}`, 0), CodeWrongKind, "", "is an object"},
	{"tensor not an object", image(`{"w":[1]}`, 0), CodeWrongKind, "w", "is an array"},
	{"tensor null", image(`{"w":null}`, 0), CodeWrongKind, "w", "is null"},
	{"dtype missing", image(`{"w":{"shape":[1],"data_offsets":[0,1]}}`, 1), CodeWrongKind, "w",
		"dtype is missing"},
	{"shape missing", image(`{"w":{"dtype":"U8","data_offsets":[0,1]}}`, 1), CodeWrongKind, "w",
		"shape is missing"},
	{"offsets missing", image(`{"w":{"dtype":"U8","shape":[1]}}`, 1), CodeWrongKind, "w",
		"data_offsets is missing"},
	{"unknown key", image(`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":0}}`, 1),
		CodeWrongKind, "w", `unknown key "x"`},
	{"key in another case", image(`{"w":{"dtype":"U8","Shape":[1],"data_offsets":[0,1]}}`, 1),
		CodeWrongKind, "w", `unknown key "Shape"`},

	// element types
	{"dtype unknown", image(entryText(`"F33"`, `[1]`, `[0,4]`), 4), CodeDType, "w", `unknown dtype "F33"`},
	{"dtype lower case", image(entryText(`"f32"`, `[1]`, `[0,4]`), 4), CodeDType, "w", `"f32"`},
	{"dtype F4", image(entryText(`"F4"`, `[2]`, `[0,1]`), 1), CodeDType, "w", "F4 packs several"},
	{"dtype F6", image(entryText(`"F6_E2M3"`, `[4]`, `[0,3]`), 3), CodeDType, "w", "F6_E2M3 packs"},
	{"dtype a number", image(entryText(`32`, `[1]`, `[0,4]`), 4), CodeWrongKind, "w", "dtype is a number"},

	// shapes
	{"shape negative", image(entryText(`"U8"`, `[-1]`, `[0,1]`), 1), CodeShape, "w", `shape[0] is "-1"`},
	{"shape -0", image(entryText(`"U8"`, `[-0]`, `[0,0]`), 0), CodeShape, "w", `"-0"`},
	{"shape a fraction", image(entryText(`"U8"`, `[1.0]`, `[0,1]`), 1), CodeShape, "w", `"1.0"`},
	{"shape an exponent", image(entryText(`"U8"`, `[1e0]`, `[0,1]`), 1), CodeShape, "w", `"1e0"`},
	{"shape a string", image(entryText(`"U8"`, `["1"]`, `[0,1]`), 1), CodeWrongKind, "w",
		"shape[0] is a string"},
	{"shape nested", image(entryText(`"U8"`, `[[1]]`, `[0,1]`), 1), CodeWrongKind, "w",
		"shape[0] is an array"},
	{"shape null", image(entryText(`"U8"`, `null`, `[0,1]`), 1), CodeWrongKind, "w", "shape is null"},
	{"shape with leading zero", image(entryText(`"U8"`, `[01]`, `[0,1]`), 1), CodeJSON, "w", "leading zero"},
	{"shape [2^32, 2^32]", image(entryText(`"U8"`, `[4294967296,4294967296]`, `[0,0]`), 0), CodeLimit, "w",
		"4294967296"},
	{"shape product 2^64", image(entryText(`"U8"`, `[65536,65536,65536,65536]`, `[0,0]`), 0), CodeLimit,
		"w", "elements"},
	{"shape product 2^64 under a zero", image(entryText(`"U8"`, `[0,65536,65536,65536,65536]`, `[0,0]`), 0),
		CodeLimit, "w", "elements"},
	{"shape [0, 2^63]", image(entryText(`"U8"`, `[0,9223372036854775808]`, `[0,0]`), 0), CodeShape, "w",
		"2^63-1"},
	{"shape 2^64", image(entryText(`"U8"`, `[18446744073709551616]`, `[0,0]`), 0), CodeShape, "w", "shape[0]"},
	{"rank 9", image(entryText(`"U8"`, `[1,1,1,1,1,1,1,1,1]`, `[0,1]`), 1), CodeLimit, "w", "rank above 8"},
	{"rank 64", image(entryText(`"U8"`, "["+strings.Repeat("1,", 63)+"1]", `[0,1]`), 1), CodeLimit, "w",
		"rank above 8"},

	// offsets
	{"begin after end", image(entryText(`"U8"`, `[1]`, `[1,0]`), 1), CodeOffsets, "w",
		"begin at 1 and end before, at 0"},
	{"begin after the file", image(entryText(`"U8"`, `[1]`, `[100,101]`), 1), CodeCut, "w", "ends at 101"},
	{"end after the file", image(entryText(`"U8"`, `[2]`, `[0,2]`), 1), CodeCut, "w", "holds 1 bytes of data"},
	{"end 2^63-1", image(entryText(`"U8"`, `[1]`, `[9223372036854775806,9223372036854775807]`), 1),
		CodeCut, "w", "ends at"},
	{"end 2^63", image(entryText(`"U8"`, `[1]`, `[0,9223372036854775808]`), 1), CodeOffsets, "w", "2^63-1"},
	{"negative begin", image(entryText(`"U8"`, `[1]`, `[-1,0]`), 1), CodeOffsets, "w", `"-1"`},
	{"one offset", image(entryText(`"U8"`, `[1]`, `[0]`), 1), CodeOffsets, "w", "has 1 numbers"},
	{"three offsets", image(entryText(`"U8"`, `[1]`, `[0,1,2]`), 1), CodeOffsets, "w", "more than two"},
	{"offsets a fraction", image(entryText(`"U8"`, `[1]`, `[0,1.0]`), 1), CodeOffsets, "w", `"1.0"`},
	{"fewer bytes than the shape", image(entryText(`"F32"`, `[2,3]`, `[0,20]`), 20),
		CodeOffsets, "w", "shape [2, 3] of F32 needs 24 bytes, data_offsets [0, 20] hold 20"},
	{"bytes for an empty tensor", image(entryText(`"U8"`, `[0]`, `[0,1]`), 1), CodeOffsets, "w",
		"needs 0 bytes"},
	{"no bytes for a scalar", image(entryText(`"U8"`, `[]`, `[0,0]`), 0), CodeOffsets, "w", "needs 1 bytes"},

	// the layout
	{"overlap", image(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},
		"w":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3),
		CodeOverlap, "w", `its data [1, 3] overlaps that of "a", which ends at 2`},
	{"the same bytes twice", image(`{"a":`+one+`,"w":`+one+`}`, 1), CodeOverlap, "w", `"a"`},
	{"empty tensor inside another", image(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},
		"w":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}`, 2), CodeOverlap, "w", `"a"`},
	{"hole", image(`{"a":`+one+`,"w":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3),
		CodeHole, "w", "bytes 1 to 1 before it"},
	{"hole at the start", image(entryText(`"U8"`, `[1]`, `[1,2]`), 2), CodeHole, "w", "bytes 0 to 0"},
	{"empty tensor after a hole",
		image(`{"a":`+one+`,"w":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}`, 2),
		CodeHole, "w", "belong to no tensor"},
	{"trailing bytes", image(entryText(`"U8"`, `[1]`, `[0,1]`), 3), CodeTrailing, "w", "2 bytes follow"},
	{"trailing bytes without a tensor", image(`{}`, 1), CodeTrailing, "", "1 bytes follow"},

	// other files
	{"Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
		CodeLFSPointer, "", "LFS"},
	{"GGUF", "GGUF\x03\x00\x00\x00\x01\x00\x00\x00", CodeOtherFormat, "", "GGUF"},
	{"zip", "PK\x03\x04\x00\x00\x08\x08\x00\x00", CodeOtherFormat, "", "zip"},
	{"zip with a possible length", "PK\x03\x04\x00\x00\x00\x00" + strings.Repeat("x", 100),
		CodeOtherFormat, "", "zip"},
	{"pickle", "\x80\x02}q\x00(X\x01\x00", CodeOtherFormat, "", "pickle"},
	{"pickle with a possible length", "\x80\x02\x00\x00\x00\x00\x00\x00" + strings.Repeat("}", 1000),
		CodeOtherFormat, "", "pickle"},
	{"gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", CodeOtherFormat, "", "gzip"},
	{"web page", "<!DOCTYPE html><html></html>", CodeOtherFormat, "", "web page"},
}

func TestBadFiles(t *testing.T) {
	for _, c := range badFiles {
		t.Run(c.what, func(t *testing.T) {
			path := save(t, "", "x.safetensors", c.content)
			demand(t, openFails(t, path, Limits{}), c.code, path, c.tensor, c.says)
		})
	}
}

// TestEveryTruncation cuts a good file at every byte: each cut must be refused.
func TestEveryTruncation(t *testing.T) {
	whole := image(`{"__metadata__":{"k":"\u00e9"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},`+
		`"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}  `, 11)
	for n := range len(whole) {
		path := save(t, "", "x.safetensors", whole[:n])
		c, err := Open(path)
		if err == nil {
			c.Close()
			t.Fatalf("opened when cut to %d of %d bytes", n, len(whole))
		}
		if demand(t, err, err.(*Error).Code, path, err.(*Error).Tensor, ""); t.Failed() {
			t.Fatalf("cut to %d bytes", n)
		}
	}
}

// TestSparseFile has files so large that nothing but their headers may be looked at: the largest
// up to 1 EiB that the file system can pretend to have, and one with a true header of 2 TiB.
func TestSparseFile(t *testing.T) {
	path := save(t, "", "x.safetensors", image(`{}`, 0))
	for size := int64(1 << 60); os.Truncate(path, size) != nil; size /= 2 {
	}
	demand(t, openFails(t, path, Limits{}), CodeTrailing, path, "", "bytes follow")

	header := entryText(`"U8"`, `[1048576,2097152]`, `[0,2199023255552]`)
	path = saveSparse(t, "x.safetensors", withLength(uint64(len(header)), header), 8+int64(len(header))+1<<41)
	c := mustOpen(t, path)
	_, err := c.Float64s("w", nil)
	demand(t, err, CodeLimit, path, "w", "17592186044416 bytes of memory")
	_, err = c.Raw("w")
	demand(t, err, CodeLimit, path, "w", "2199023255552 bytes of memory")
}
