package main

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// invoke runs a command line inside the test, as main does.
func invoke(t *testing.T, stdin string, args ...string) (stdout, stderr string, code exitCode) {
	t.Helper()
	var out, errs bytes.Buffer
	s := &session{ctx: t.Context(), in: strings.NewReader(stdin), out: bufio.NewWriter(&out), err: &errs}
	code = dispatch(s, args)
	return out.String(), errs.String(), code
}

// succeed is invoke for what must work.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, code := invoke(t, "", args...)
	if code != exitOK || stderr != "" {
		t.Fatalf("archc %s: exit code %d, standard error:\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// testData is the folder of real checkpoints. Unset, the test skips; set, what is missing there is a
// failure.
func testData(t *testing.T, path ...string) string {
	t.Helper()
	root := os.Getenv("ARCHC_TESTDATA")
	if root == "" {
		t.Skip("ARCHC_TESTDATA is not set: no real checkpoints")
	}
	file := filepath.Join(append([]string{root}, path...)...)
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	return file
}
