package checkpoint

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Named is a tensor to write: row-major elements in exactly one of Float32 and Float64. A
// tensor without elements is F32 unless Float64 is set.
type Named struct {
	Name    string
	Shape   []int64
	Float32 []float32
	Float64 []float64
}

func (t Named) dtype() DType {
	if t.Float64 != nil {
		return F64
	}
	return F32
}

func (t Named) elements() int64 { return int64(len(t.Float32) + len(t.Float64)) }

// Write writes a safetensors file: under a temporary name in the same directory, synced, then
// renamed, so that path is at every moment the old file or the whole new one. The same tensors
// give the same bytes: larger elements first, which aligns the data, then by name. What Open
// would refuse is not written. meta becomes __metadata__; nil leaves it out.
func Write(path string, tensors []Named, meta map[string]string) error {
	tensors = slices.Clone(tensors)
	slices.SortStableFunc(tensors, func(a, b Named) int {
		return cmp.Or(-cmp.Compare(a.dtype().Bytes(), b.dtype().Bytes()), cmp.Compare(a.Name, b.Name))
	})
	if err := checkNamed(tensors, meta); err != nil {
		return locate(err, path, "")
	}
	start, err := encodeHeader(tensors, meta)
	if err != nil {
		return locate(err, path, "")
	}
	return replaceFile(path, func(w *bufio.Writer) error {
		if _, err := w.Write(start); err != nil {
			return err
		}
		for _, t := range tensors {
			if err := writeElements(w, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkNamed refuses what could not be read back.
func checkNamed(tensors []Named, meta map[string]string) error {
	limits := Limits{}.withDefaults()
	if int64(len(tensors)) > limits.Tensors || int64(len(meta)) > limits.Metadata {
		return refuse(CodeWrite, "%d tensors and %d metadata entries, the limits are %d and %d",
			len(tensors), len(meta), limits.Tensors, limits.Metadata)
	}
	seen := map[string]bool{}
	for _, t := range tensors {
		if why := badNamed(t, seen[t.Name], limits); why != nil {
			return why.of(t.Name)
		}
		seen[t.Name] = true
	}
	for key, value := range meta {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return refuse(CodeWrite, "metadata %s is not valid UTF-8", quoted(key))
		}
	}
	return nil
}

func badNamed(t Named, seen bool, limits Limits) *Error {
	switch {
	case seen:
		return refuse(CodeWrite, "is given twice")
	case t.Name == "__metadata__":
		return refuse(CodeWrite, "the name is reserved")
	case !utf8.ValidString(t.Name) || int64(len(t.Name)) > limits.Name:
		return refuse(CodeWrite, "the name is not valid UTF-8 of at most %d bytes", limits.Name)
	case len(t.Float32) > 0 && t.Float64 != nil:
		return refuse(CodeWrite, "has both Float32 and Float64 elements")
	case int64(len(t.Shape)) > limits.Rank:
		return refuse(CodeWrite, "has rank %d, the limit is %d", len(t.Shape), limits.Rank)
	}
	for _, dim := range t.Shape {
		if dim < 0 || dim > limits.Dim {
			return refuse(CodeWrite, "shape %s has a dimension outside 0 to %d", shapeText(t.Shape), limits.Dim)
		}
	}
	if n, err := countElements(t.Shape, limits); err != nil || n != t.elements() {
		return refuse(CodeWrite, "shape %s does not have %d elements, as many as are given",
			shapeText(t.Shape), t.elements())
	}
	return nil
}

// encodeHeader gives the header with its length, padded so that the data starts at a multiple
// of eight.
func encodeHeader(tensors []Named, meta map[string]string) ([]byte, error) {
	h := append(make([]byte, lengthBytes), '{')
	if meta != nil {
		h = appendMetadata(h, meta)
	}
	offset := int64(0)
	for _, t := range tensors {
		if h[len(h)-1] != '{' {
			h = append(h, ',')
		}
		h = appendString(h, t.Name)
		h = append(h, `:{"dtype":"`+string(t.dtype())+`","shape":[`...)
		h = appendInts(h, t.Shape)
		end := offset + t.elements()*t.dtype().Bytes()
		h = append(appendInts(append(h, `],"data_offsets":[`...), []int64{offset, end}), "]}"...)
		offset = end
	}
	h = append(h, '}')
	for len(h)%8 != 0 {
		h = append(h, ' ')
	}
	if n := len(h) - lengthBytes; n > MaxHeader {
		return nil, refuse(CodeWrite, "the header would have %d bytes, the limit is %d", n, MaxHeader)
	}
	binary.LittleEndian.PutUint64(h, uint64(len(h)-lengthBytes))
	return h, nil
}

func appendMetadata(h []byte, meta map[string]string) []byte {
	h = append(h, `"__metadata__":{`...)
	for i, key := range slices.Sorted(maps.Keys(meta)) {
		if i > 0 {
			h = append(h, ',')
		}
		h = append(appendString(h, key), ':')
		h = appendString(h, meta[key])
	}
	return append(h, '}')
}

// appendString appends a JSON string; s is valid UTF-8, for which Marshal cannot fail.
func appendString(h []byte, s string) []byte {
	text, _ := json.Marshal(s)
	return append(h, text...)
}

func appendInts(h []byte, ns []int64) []byte {
	for i, n := range ns {
		if i > 0 {
			h = append(h, ',')
		}
		h = strconv.AppendInt(h, n, 10)
	}
	return h
}

func writeElements(w *bufio.Writer, t Named) error {
	var b [8]byte
	for _, x := range t.Float32 {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(x))
		if _, err := w.Write(b[:4]); err != nil {
			return err
		}
	}
	for _, x := range t.Float64 {
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(x))
		if _, err := w.Write(b[:]); err != nil {
			return err
		}
	}
	return nil
}

// replaceFile puts what fill writes in the place of path in one step, or leaves path alone.
func replaceFile(path string, fill func(w *bufio.Writer) error) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return refuse(CodeWrite, "is not a regular file and is not replaced").in(path)
	}
	f, err := createTemp(filepath.Dir(path))
	if err != nil {
		return refuse(CodeWrite, "no temporary file beside it").in(path).because(err)
	}
	if err := finishFile(f, fill); err != nil {
		os.Remove(f.Name())
		return refuse(CodeWrite, "cannot be written").in(path).because(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		os.Remove(f.Name())
		return refuse(CodeWrite, "cannot be renamed into place").in(path).because(err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return refuse(CodeWrite, "is written, but its directory cannot be synced").in(path).because(err)
	}
	return nil
}

// createTemp is os.CreateTemp with the permissions that the user's mask gives new files.
func createTemp(dir string) (*os.File, error) {
	for {
		name := fmt.Sprintf(".checkpoint-%d-%x.tmp", os.Getpid(), time.Now().UnixNano())
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !os.IsExist(err) {
			return f, err
		}
	}
}

// finishFile fills, syncs and closes f, and gives the first error.
func finishFile(f *os.File, fill func(w *bufio.Writer) error) error {
	w := bufio.NewWriterSize(f, chunkBytes)
	err := fill(w)
	for _, step := range []func() error{w.Flush, f.Sync} {
		if err == nil {
			err = step()
		}
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
