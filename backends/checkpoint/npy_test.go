package checkpoint

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// npyImage is a .npy file; the header is padded with spaces and a line break to n bytes.
func npyImage(dict string, n int64, version byte, data string) string {
	if pad := int(n) - len(dict) - 1; pad >= 0 {
		dict += strings.Repeat(" ", pad) + "\n"
	}
	start := []byte{0x93, 'N', 'U', 'M', 'P', 'Y', version, 0}
	if version == 1 {
		start = binary.LittleEndian.AppendUint16(start, uint16(len(dict)))
	} else {
		start = binary.LittleEndian.AppendUint32(start, uint32(len(dict)))
	}
	return string(start) + dict + data
}

func npyOnly(dict string, n int64, version byte, data string) error {
	file := npyImage(dict, n, version, data)
	read := func(dst []byte, offset int64) error { copy(dst, file[offset:]); return nil }
	_, err := readNPY(int64(len(file)), read, Limits{}.withDefaults())
	return err
}

func dict(descr, order, shape string) string {
	return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }"
}

// TestReadNPY begins with files that NumPy 2.4 wrote.
func TestReadNPY(t *testing.T) {
	pad := func(n int) string { return strings.Repeat(" ", n) + "\n" }
	for _, c := range []struct{ what, file, want string }{
		{"f4", "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }" + pad(58) +
			"\x00\x00\xc0?\x00\x00\x00\xc0\x00\x00@@\x00\x00\x80@", "F32 [2 2] [1.5 -2 3 4]"},
		{"scalar i8", "\x93NUMPY\x01\x00v\x00{'descr': '<i8', 'fortran_order': False, 'shape': (), }" + pad(62) +
			"\x07\x00\x00\x00\x00\x00\x00\x00", "I64 [] [7]"},
		{"bool", "\x93NUMPY\x01\x00v\x00{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }" + pad(60) +
			"\x01\x00",
			"BOOL [2] [1 0]"},
		{"version 2, empty",
			"\x93NUMPY\x02\x00t\x00\x00\x00{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3), }" + pad(56),
			"F64 [0 3] []"},
		{"u1, keys in another order", npyImage(`{"shape": (3,), 'descr':"|u1",'fortran_order':False}`, 0, 1,
			"\x00\x80\xff"),
			"U8 [3] [0 128 255]"},
		{"i4", npyImage(dict("'<i4'", "False", "(1,)"), 100, 1, "\xff\xff\xff\xff"), "I32 [1] [-1]"},
		{"f2", npyImage(dict("'<f2'", "False", "(1,)"), 100, 2, "\x00\xbc"), "F16 [1] [-1]"},
	} {
		t.Run(c.what, func(t *testing.T) {
			a, err := ReadNPY(save(t, "", "x.npy", c.file))
			if got := fmt.Sprintln(a.DType, a.Shape, a.Values); err != nil || got != c.want+"\n" {
				t.Errorf("got %s, expected %s: %v", got, c.want, err)
			}
		})
	}
}

// TestReadLargeNPY spans several chunks.
func TestReadLargeNPY(t *testing.T) {
	const n = 3*chunkBytes/8 + 5
	var data []byte
	for i := range n {
		data = binary.LittleEndian.AppendUint64(data, uint64(i))
	}
	a, err := ReadNPY(save(t, "", "x.npy", npyImage(dict("'<i8'", "False", fmt.Sprintf("(%d,)", n)), 100,
		1, string(data))))
	if err != nil || len(a.Values) != n {
		t.Fatalf("%d values: %v", len(a.Values), err)
	}
	for i, x := range a.Values {
		if x != float64(i) {
			t.Fatalf("value %d is %v", i, x)
		}
	}
}

func TestBadNPY(t *testing.T) {
	good := dict("'|u1'", "False", "(1,)")
	for _, c := range []struct{ what, file, code, says string }{
		{"empty", "", CodeTooShort, "0 bytes"},
		{"magic alone", "\x93NUMPY", CodeTooShort, "6 bytes"},
		{"no magic", "NUMPY\x93\x01\x00\x02\x00{}", CodeNPY, "mark"},
		{"LFS pointer", "version https://git-lfs.github.com/spec/v1\n", CodeLFSPointer, "LFS"},
		{"zip, as .npz is", "PK\x03\x04" + strings.Repeat("\x00", 20), CodeOtherFormat, "zip"},
		{"version 0", npyImage(good, 100, 0, "x"), CodeNPY, "version 0.0"},
		{"version 3", npyImage(good, 100, 3, "x"), CodeNPY, "version 3.0"},
		{"header beyond the file", "\x93NUMPY\x01\x00\xff\x00{}", CodeHeaderSize, "255"},
		{"header 2^32-1", "\x93NUMPY\x02\x00\xff\xff\xff\xff{}", CodeHeaderSize, "4294967295"},
		{"version 2 cut", "\x93NUMPY\x02\x00\x01\x00", CodeNPY, "version 2.0"},
		{"no header", npyImage("", 0, 1, ""), CodeNPY, "opening brace"},
		{"not ASCII", npyImage("{'é'", 100, 1, ""), CodeUTF8, "0xc3"},
		{"NUL", npyImage("{\x00}", 100, 1, ""), CodeUTF8, "0x00"},
		{"key missing", npyImage("{'descr': '|u1', 'shape': (1,)}", 100, 1, "x"), CodeNPY, "lacks fortran_order"},
		{"key twice", npyImage("{'descr': '|u1', 'descr': '|u1'}", 100, 1, "x"), CodeDuplicate, `"descr" twice`},
		{"key unknown", npyImage("{'code': 'exit()'}", 100, 1, "x"), CodeNPY, `unknown key "code"`},
		{"code", npyImage("__import__('os')", 100, 1, "x"), CodeNPY, "opening brace"},
		{"after the end", npyImage(good+" {}", 100, 1, "x"), CodeNPY, "end of the header"},
		{"big-endian", npyImage(dict("'>f4'", "False", "(1,)"), 100, 1, "xxxx"), CodeDType, `">f4"`},
		{"objects", npyImage(dict("'|O'", "False", "(1,)"), 100, 1, "xxxx"), CodeDType, `"|O"`},
		{"complex", npyImage(dict("'<c8'", "False", "(1,)"), 100, 1, "xxxxxxxx"), CodeDType, `"<c8"`},
		{"records", npyImage(dict("[('a', '<f4')]", "False", "(1,)"), 100, 1, "xxxx"), CodeDType, "records"},
		{"descr not a string", npyImage(dict("4", "False", "(1,)"), 100, 1, "xxxx"), CodeNPY, "a string"},
		{"string without end", npyImage("{'descr", 100, 1, "x"), CodeNPY, "without end"},
		{"string with escape", npyImage(`{'d\x65scr'`, 100, 1, "x"), CodeNPY, "escapes"},
		{"Fortran order", npyImage(dict("'|u1'", "True", "(1,)"), 100, 1, "x"), CodeNPY, "Fortran"},
		{"order a number", npyImage(dict("'|u1'", "0", "(1,)"), 100, 1, "x"), CodeNPY, "True or False"},
		{"shape no tuple", npyImage(dict("'|u1'", "False", "(1)"), 100, 1, "x"), CodeNPY, "not a tuple"},
		{"shape a list", npyImage(dict("'|u1'", "False", "[1]"), 100, 1, "x"), CodeNPY, "a tuple"},
		{"shape negative", npyImage(dict("'|u1'", "False", "(-1,)"), 100, 1, "x"), CodeShape, `"-1"`},
		{"shape 2^64", npyImage(dict("'|u1'", "False", "(18446744073709551616,)"), 100, 1, "x"), CodeShape,
			"2^63-1"},
		{"dim 2^31", npyImage(dict("'|u1'", "False", "(2147483648,)"), 100, 1, "x"), CodeLimit, "2147483648"},
		{"product", npyImage(dict("'<f8'", "False", "(1073741824, 1073741824)"), 100, 1, "x"), CodeLimit,
			"elements"},
		{"cut", npyImage(dict("'<f4'", "False", "(2,)"), 100, 1, "xxxxxxx"), CodeCut, "holds 7 bytes of data"},
		{"much cut", npyImage(dict("'<f8'", "False", "(16777216, 16777216)"), 100, 1, ""), CodeCut,
			"holds 0 bytes"},
		{"trailing", npyImage(dict("'<f4'", "False", "(1,)"), 100, 1, "xxxxx"), CodeTrailing,
			"holds 5 bytes of data"},
		{"bool 2", npyImage(dict("'|b1'", "False", "(2,)"), 100, 1, "\x01\x02"), CodeInexact,
			"element 1, at [1] of [2]"},
		{"i8 2^53+1", npyImage(dict("'<i8'", "False", "(1,)"), 100, 1, "\x01\x00\x00\x00\x00\x00\x20\x00"),
			CodeInexact, "element 0"},
	} {
		t.Run(c.what, func(t *testing.T) {
			path := save(t, "", "x.npy", c.file)
			_, err := ReadNPY(path)
			demand(t, err, c.code, path, "", c.says)
		})
	}
	path := save(t, "", "x.npy", npyImage(dict("'|u1'", "False", "(3,)"), 100, 1, "xxx"))
	for load, ok := range map[int64]bool{23: false, 24: true, 25: true} {
		if _, err := ReadNPYLimits(path, Limits{Load: load}); (err == nil) != ok {
			t.Errorf("limit %d: %v", load, err)
		}
	}
}
