package checkpoint

import (
	"encoding/binary"
	"strings"
)

// reader fills dst with the bytes of a file from offset on; it never reads less.
type reader func(dst []byte, offset int64) error

// parseFile reads length and header of one safetensors file of size bytes, checks everything
// but the values, and gives the tensors with offsets from the start of the file.
func parseFile(path string, size int64, read reader, limits Limits) (*header, error) {
	var start [32]byte // as long as the longest magic of another format needs
	first := start[:min(int64(len(start)), size)]
	if err := read(first, 0); err != nil {
		return nil, err
	}
	n, err := headerLength(first, size, limits)
	if err != nil {
		if other := otherFormat(path, first); other != nil {
			return nil, other
		}
		return nil, locate(err, path, "")
	}
	h, err := readHeader(n, size, read, limits)
	if err != nil {
		// A few formats begin with bytes that make a possible length.
		if other := otherFormat(path, first); other != nil && first[lengthBytes] != '{' {
			return nil, other
		}
		return nil, locate(err, path, "")
	}
	for i := range h.tensors {
		h.tensors[i].File = path
		h.tensors[i].Offset += lengthBytes + n
	}
	return h, nil
}

// headerLength reads the length and checks it before anything is allocated by it.
func headerLength(first []byte, size int64, limits Limits) (int64, error) {
	if size < lengthBytes {
		return 0, refuse(CodeTooShort, "the file has %d bytes, the header length alone takes %d", size, lengthBytes)
	}
	n, left := binary.LittleEndian.Uint64(first), size-lengthBytes
	switch {
	case n == 0:
		return 0, refuse(CodeHeaderSize, "the header length is 0, a header has at least 2 bytes").at(0)
	case n > uint64(limits.Header):
		return 0, refuse(CodeHeaderSize, "the header length is %d, the limit is %d", n, limits.Header).at(0)
	case n > uint64(left):
		return 0, refuse(CodeHeaderSize, "the header length is %d, but only %d bytes follow", n, left).at(0)
	}
	return int64(n), nil
}

func readHeader(n, size int64, read reader, limits Limits) (*header, error) {
	text, err := readString(n, lengthBytes, read)
	if err != nil {
		return nil, err
	}
	dataLen := size - lengthBytes - n
	h, err := parseHeader(text, dataLen, limits)
	if err != nil {
		return nil, err
	}
	return h, h.checkLayout(dataLen)
}

// chunkBytes is how much is read at a time where the whole is not needed at once. It is a
// multiple of every element size.
const chunkBytes = 1 << 18

// readString reads in chunks, so that a large header is not held twice.
func readString(n, offset int64, read reader) (string, error) {
	var b strings.Builder
	b.Grow(int(n))
	chunk := make([]byte, min(n, chunkBytes))
	for done := int64(0); done < n; done += int64(len(chunk)) {
		chunk = chunk[:min(n-done, int64(len(chunk)))]
		if err := read(chunk, offset+done); err != nil {
			return "", err
		}
		b.Write(chunk)
	}
	return b.String(), nil
}
