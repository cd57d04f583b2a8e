package checkpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseJSON(t *testing.T) {
	var keys []string
	for i := range 40 {
		keys = append(keys, fmt.Sprintf(`"k%d":%d`, i, i))
	}
	v, err := ParseJSON([]byte(` {"n":12345678901234567890,"s":"\u00e9\"\/\b\ud83d\ude00","a":[1,-0.5e3,[],{}],`+
		`"t":true,"z":null,`+
		`"many":{`+strings.Join(keys, ",")+"}}\n"), JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for key, member := range v.Members() {
		seen = append(seen, fmt.Sprintf("%s %s %d", key, member.Kind(), member.Len()))
	}
	if got, want := strings.Join(seen, "; "),
		"n a number 0; s a string 0; a an array 4; t a boolean 0; z null 0; many an object 40"; got != want {
		t.Errorf("members %s, expected %s", got, want)
	}
	n, _ := v.Get("n")
	if n.Text() != "12345678901234567890" || n.Offset() != 6 {
		t.Errorf("n is %s at %d", n.Text(), n.Offset())
	}
	_, err = n.Int64()
	demand(t, err, CodeWrongKind, "", "", `"12345678901234567890" is not a 64-bit integer (at byte 6)`)
	if s, _ := v.Get("s"); s.Text() != "é\"/\b😀" {
		t.Errorf("s is %q", s.Text())
	}
	if _, ok := v.Get("N"); ok {
		t.Error("keys are found in another case")
	}
	many, _ := v.Get("many")
	for i := range 40 {
		if m, ok := many.Get(fmt.Sprintf("k%d", i)); !ok || m.Text() != fmt.Sprint(i) {
			t.Errorf("k%d is %q", i, m.Text())
		}
	}
	if _, ok := many.Get("k40"); ok {
		t.Error("k40 exists")
	}
	a, _ := v.Get("a")
	for i, item := range a.Elements() {
		if x, err := item.Float64(); i == 1 && (err != nil || x != -500) {
			t.Errorf("a[1] is %v: %v", x, err)
		}
	}
}

func TestValueKinds(t *testing.T) {
	v, err := ParseJSON([]byte(`{"f":1.0,"e":1e3,"s":"1","z":null,"b":false,"big":1e999}`), JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	get := func(key string) Value { m, _ := v.Get(key); return m }
	for _, c := range []struct {
		err  func() error
		says string
	}{
		{func() error { _, err := get("f").Int64(); return err }, `"1.0" is not a 64-bit integer`},
		{func() error { _, err := get("e").Int64(); return err }, `"1e3" is not a 64-bit integer`},
		{func() error { _, err := get("s").Int64(); return err }, "found a string, expected an integer"},
		{func() error { _, err := get("z").Int64(); return err }, "found null, expected an integer"},
		{func() error { _, err := get("none").Int64(); return err }, "found missing, expected an integer"},
		{func() error { _, err := get("b").Float64(); return err }, "found a boolean, expected a number"},
		{func() error { _, err := get("big").Float64(); return err }, "too large"},
		{func() error { _, err := get("f").Bool(); return err }, "found a number, expected true or false"},
		{func() error { _, err := get("f").Str(); return err }, "found a number, expected a string"},
	} {
		demand(t, c.err(), CodeWrongKind, "", "", c.says)
	}
}

func TestBadJSON(t *testing.T) {
	for _, c := range []struct{ text, code, says string }{
		{"", CodeJSON, "the text ends where a value is expected (at byte 0)"},
		{"\xef\xbb\xbf{}", CodeJSON, "byte-order mark"},
		{`{"a":1}x`, CodeJSON, "found 'x' where the end"},
		{`{"a":1,}`, CodeJSON, "found '}' where a key in quotes is expected (at byte 7)"},
		{`[1,]`, CodeJSON, "found ']' where a value is expected (at byte 3)"},
		{`[1 2]`, CodeJSON, "a comma or a closing bracket"},
		{`{a:1}`, CodeJSON, "a key in quotes"},
		{`{'a':1}`, CodeJSON, "a key in quotes"},
		{`// x`, CodeJSON, "found '/'"},
		{`NaN`, CodeJSON, "found 'N'"},
		{`-Infinity`, CodeJSON, "a digit"},
		{`nul`, CodeJSON, "a value"},
		{`truex`, CodeJSON, "found 'x'"},
		{`010`, CodeJSON, "leading zero"},
		{`-01`, CodeJSON, "leading zero"},
		{`1.`, CodeJSON, "after the decimal point"},
		{`.5`, CodeJSON, "found '.'"},
		{`1e`, CodeJSON, "exponent"},
		{`+1`, CodeJSON, "found '+'"},
		{`0x10`, CodeJSON, "found 'x'"},
		{`1_000`, CodeJSON, "found '_'"},
		{`"a`, CodeJSON, "inside a string"},
		{`"\`, CodeJSON, "escape"},
		{`"\u12`, CodeJSON, "escape"},
		{`"\u12g4"`, CodeJSON, "escape"},
		{`"\u 123"`, CodeJSON, "escape"},
		{"\"\t\"", CodeJSON, "control character 0x09"},
		{"\"\xff\"", CodeUTF8, "0xff is not valid UTF-8 there (at byte 1)"},
		{"\"\xed\xa0\x80\"", CodeUTF8, "0xed"},
		{`"\udead"`, CodeUTF8, "surrogate"},
		{`"\ud800\ud800"`, CodeUTF8, "surrogate"},
		{`"\ud800x"`, CodeUTF8, "surrogate"},
		{`{"a":1,"b":{"c":1,"c":2}}`, CodeDuplicate, `"c" twice (at byte 18)`},
		{`{"a":1,"\u0061":1}`, CodeDuplicate, `"a" twice`},
		{strings.Repeat("[", 10_000_000), CodeLimit, "nested deeper than 64 (at byte 64)"},
		{`{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"10":0,"9":0}`, CodeDuplicate, `"9" twice`},
	} {
		_, err := ParseJSON([]byte(c.text), JSONLimits{})
		demand(t, err, c.code, "", "", c.says)
	}
}

func TestReadConfigRefuses(t *testing.T) {
	for _, c := range []struct{ content, code, says string }{
		{`[]`, CodeWrongKind, "found an array, expected an object"},
		{`{"D":010}`, CodeJSON, "leading zero"},
		{`{"D":1,"D":2}`, CodeDuplicate, `"D" twice`},
		{"version https://git-lfs.github.com/spec/v1\n", CodeLFSPointer, "LFS"},
		{"", CodeJSON, "the text ends"},
	} {
		path := save(t, "", ConfigFile, c.content)
		for _, name := range []string{path, filepath.Dir(path)} {
			_, err := ReadConfig(name)
			demand(t, err, c.code, path, "", c.says)
		}
	}
	dir := t.TempDir()
	_, err := ReadConfig(dir)
	demand(t, err, CodeNothingHere, filepath.Join(dir, ConfigFile), "", "no such file")
	path := saveSparse(t, ConfigFile, "{}", MaxJSONBytes+1)
	_, err = ReadConfig(path)
	demand(t, err, CodeLimit, path, "", "67108865 bytes, the limit is 67108864")
}

// FuzzJSON compares with encoding/json: what is accepted must be valid there, mean the same,
// and what is refused as malformed must be invalid there.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e+3,"x\u00e9\ud83d\ude00\n",true,false,null,{}],"b":{"c":[]}}`, `[[[[]]]]`, `"\\"`,
		`{"a":1,"a":2}`, `01`, "\"\x7f\u2028\"", ` [ 1 , 2 ] `, `-0`, `1E-0`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ParseJSON(data, JSONLimits{})
		if err != nil {
			if e := err.(*Error); e.Code == CodeJSON && json.Valid(data) {
				t.Fatalf("%q is valid JSON: %v", data, err)
			}
			return
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil || !json.Valid(data) {
			t.Fatalf("%q is accepted, encoding/json says %v", data, err)
		}
		got, err1 := json.Marshal(plain(v))
		wanted, err2 := json.Marshal(want)
		if err1 != nil || err2 != nil || !bytes.Equal(got, wanted) {
			t.Fatalf("%q is %s, expected %s (%v, %v)", data, got, wanted, err1, err2)
		}
	})
}

// plain turns a Value into what encoding/json decodes into.
func plain(v Value) any {
	switch v.Kind() {
	case Object:
		m := map[string]any{}
		for key, member := range v.Members() {
			m[key] = plain(member)
		}
		return m
	case Array:
		a := []any{}
		for _, item := range v.Elements() {
			a = append(a, plain(item))
		}
		return a
	case String:
		return v.Text()
	case Number:
		return json.Number(v.Text())
	case Boolean:
		return v.Text() == "true"
	}
	return nil
}
