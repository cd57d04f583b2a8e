package checkpoint

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// image is a safetensors file with this header and n bytes of data that count up.
func image(header string, n int) string {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i)
	}
	return withLength(uint64(len(header)), header+string(data))
}

// withLength puts any header length in front of any rest.
func withLength(n uint64, rest string) string {
	return string(binary.LittleEndian.AppendUint64(nil, n)) + rest
}

// save writes a file in a fresh directory, or in dir if it is not "".
func save(t *testing.T, dir, name, content string) string {
	t.Helper()
	if dir == "" {
		dir = t.TempDir()
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// saveSparse writes start and lets the file be size bytes long.
func saveSparse(t *testing.T, name, start string, size int64) string {
	t.Helper()
	path := save(t, "", name, start)
	if err := os.Truncate(path, size); err != nil {
		t.Skipf("the file system has no sparse file of %d bytes: %v", size, err)
	}
	return path
}

func mustOpen(t *testing.T, path string) *Checkpoint {
	t.Helper()
	c, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// openFails opens and demands an error; a checkpoint that opens is closed again.
func openFails(t *testing.T, path string, limits Limits) error {
	t.Helper()
	c, err := OpenLimits(path, limits)
	if err == nil {
		c.Close()
		t.Fatal("opened, expected an error")
	}
	return err
}

// demand checks code, file and tensor of an error, and that the message holds text. An
// expected file of "" is not checked.
func demand(t *testing.T, err error, code, file, tensor, text string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, expected an *Error with code %s", err, code)
	}
	if e.Code != code || e.Tensor != tensor {
		t.Errorf("got %s for tensor %q, expected %s for tensor %q: %v", e.Code, e.Tensor, code, tensor, e)
	}
	if file != "" && e.File != file {
		t.Errorf("blames file %q, expected %q: %v", e.File, file, e)
	}
	if !strings.Contains(e.Error(), text) {
		t.Errorf("error %q does not say %q", e.Error(), text)
	}
	if strings.ContainsAny(e.Error(), "\n\x1b") {
		t.Errorf("error %q has control characters", e.Error())
	}
	return e
}

// testData is the folder with real checkpoints; where none is named the test is skipped.
func testData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("ARCHC_TESTDATA")
	if dir == "" {
		t.Skip("ARCHC_TESTDATA is not set: no real checkpoints to read")
	}
	return dir
}
