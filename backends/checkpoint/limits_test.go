package checkpoint

import (
	"fmt"
	"strings"
	"testing"
)

// manyTensors is a header of n empty tensors.
func manyTensors(n int64) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `"t%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`, i)
	}
	b.WriteString("}")
	return b.String()
}

func manyEntries(n int64) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `"k%d":"x.safetensors"`, i)
	}
	return b.String()
}

func manyShards(n int64) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `"k%d":"%d.safetensors"`, i, i)
	}
	return `{"weight_map":{` + b.String() + `}}`
}

func headerOnly(text string, limits Limits) error {
	h, err := parseHeader(text, 0, limits.withDefaults())
	if err == nil {
		err = h.checkLayout(0)
	}
	return err
}

func shapeOnly(shape string, data int64, limits Limits) error {
	_, err := parseHeader(entryText(`"U8"`, shape, fmt.Sprintf("[0,%d]", data)), data, limits.withDefaults())
	return err
}

func jsonOnly(text string, limits JSONLimits) error {
	_, err := ParseJSON([]byte(text), limits)
	return err
}

func indexOnly(text string, limits Limits) error {
	v, err := ParseJSON([]byte(text), JSONLimits{})
	if err == nil {
		_, err = parseIndex(v, limits.withDefaults())
	}
	return err
}

// limitCases try one size under each limit; where the true limit is too large for a test that
// runs in seconds, the same code runs under a smaller one.
var limitCases = []struct {
	what  string
	limit int64
	code  string
	try   func(n int64) error
}{
	{"header bytes", MaxHeader, CodeHeaderSize, func(n int64) error {
		_, err := headerLength([]byte(withLength(uint64(n), "")), n+lengthBytes, Limits{}.withDefaults())
		return err
	}},
	{"tensors", 1000, CodeLimit, func(n int64) error {
		return headerOnly(manyTensors(n),
			Limits{Tensors: 1000})
	}},
	{"metadata entries", 1000, CodeLimit, func(n int64) error {
		return headerOnly(`{"__metadata__":{`+manyEntries(n)+`}}`, Limits{Metadata: 1000})
	}},
	{"name bytes", MaxName, CodeLimit, func(n int64) error {
		return headerOnly(`{"`+strings.Repeat("x",
			int(n))+`":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, Limits{})
	}},
	{"name bytes behind an escape", MaxName, CodeLimit, func(n int64) error {
		return headerOnly(`{"\u0041`+strings.Repeat("x",
			int(n-1))+`":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, Limits{})
	}},
	{"rank", MaxRank, CodeLimit, func(n int64) error {
		return shapeOnly("["+strings.Repeat("1,",
			int(n-1))+"1]", 1, Limits{})
	}},
	{"dim", MaxDim, CodeLimit, func(n int64) error { return shapeOnly(fmt.Sprintf("[%d]", n), n, Limits{}) }},
	{"elements", MaxElements, CodeLimit, func(n int64) error {
		// 2^48-1 = 13421773 * 20971507 + rest has no such split; one factor is enough under a large dim limit.
		return shapeOnly(fmt.Sprintf("[%d]", n), n, Limits{Dim: 1 << 62})
	}},
	{"elements of a product", 1 << 48, CodeLimit, func(n int64) error {
		return shapeOnly(fmt.Sprintf("[16777216,%d]", 16777216+n-1<<48), (16777216+n-1<<48)<<24, Limits{})
	}},
	{"shards", MaxShards, CodeLimit, func(n int64) error { return indexOnly(manyShards(n), Limits{}) }},
	{"index entries", 1000, CodeLimit, func(n int64) error {
		return indexOnly(`{"weight_map":{`+manyEntries(n)+`}}`, Limits{Tensors: 1000})
	}},
	{"name bytes in the index", MaxName, CodeLimit, func(n int64) error {
		return indexOnly(`{"weight_map":{"`+strings.Repeat("x", int(n))+`":"x.safetensors"}}`, Limits{})
	}},
	{"JSON bytes", MaxJSONBytes, CodeLimit, func(n int64) error {
		return jsonOnly("["+strings.Repeat(" ", int(n-2))+"]", JSONLimits{})
	}},
	{"JSON depth", MaxJSONDepth, CodeLimit, func(n int64) error {
		return jsonOnly(strings.Repeat("[", int(n))+strings.Repeat("]", int(n)), JSONLimits{})
	}},
	{"JSON depth of objects", MaxJSONDepth, CodeLimit, func(n int64) error {
		return jsonOnly(strings.Repeat(`{"a":`, int(n))+"0"+strings.Repeat("}", int(n)), JSONLimits{})
	}},
	{"JSON values", 1000, CodeLimit, func(n int64) error {
		return jsonOnly("["+strings.Repeat("0,", int(n-2))+"0]", JSONLimits{Values: 1000})
	}},
	{".npy header bytes", MaxNPYHeader, CodeHeaderSize, func(n int64) error {
		return npyOnly("{'descr': '<f4', 'fortran_order': False, 'shape': (0,)}", n, 2, "")
	}},
	{".npy rank", MaxRank, CodeLimit, func(n int64) error {
		return npyOnly("{'descr': '|u1', 'fortran_order': False, 'shape': ("+strings.Repeat("1,",
			int(n))+")}", 200, 1, "x")
	}},
}

func TestLimits(t *testing.T) {
	for _, c := range limitCases {
		t.Run(c.what, func(t *testing.T) {
			for _, n := range []int64{c.limit - 1, c.limit} {
				if err := c.try(n); err != nil {
					t.Errorf("%d: %v", n, err)
				}
			}
			tensor := ""
			if err := c.try(c.limit + 1); err == nil {
				t.Errorf("%d is accepted, the limit is %d", c.limit+1, c.limit)
			} else {
				tensor = err.(*Error).Tensor
				demand(t, err, c.code, "", tensor, "")
			}
		})
	}
}

// TestDefaultLimits holds the documented numbers, which limitCases replaces in part.
func TestDefaultLimits(t *testing.T) {
	want := Limits{Header: 100_000_000, Tensors: 1_000_000, Metadata: 1_000_000, Name: 1024, Rank: 8,
		Dim:      2147483647,
		Elements: 281474976710656, Shards: 4096, Load: 68719476736, JSON: JSONLimits{67108864, 64, 4194304}}
	if got := (Limits{}).withDefaults(); got != want {
		t.Errorf("defaults %+v, expected %+v", got, want)
	}
	if got := want.withDefaults(); got != want {
		t.Errorf("set limits became %+v", got)
	}
}

// TestLoadLimit has three elements of one byte: three bytes as they are, 24 as float64.
func TestLoadLimit(t *testing.T) {
	path := save(t, "", "x.safetensors", image(entryText(`"U8"`, `[3]`, `[0,3]`), 3))
	for _, c := range []struct {
		load     int64
		raw, f64 bool
	}{{2, false, false}, {3, true, false}, {4, true, false}, {23, true, false}, {24, true, true}, {25,
		true, true}} {
		ck, err := OpenLimits(path, Limits{Load: c.load})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ck.Raw("w"); (err == nil) != c.raw {
			t.Errorf("Raw under %d: %v", c.load, err)
		}
		if _, err := ck.Float64s("w", nil); (err == nil) != c.f64 {
			t.Errorf("Float64s under %d: %v", c.load, err)
		}
		if _, err := ck.Float64s("w", make([]float64, 3)); err != nil {
			t.Errorf("Float64s into given memory under %d: %v", c.load, err)
		}
		ck.Close()
	}
}

// TestTensorsOfAllShards counts over files: two with two tensors under a limit of 3, 4 and 5.
func TestTensorsOfAllShards(t *testing.T) {
	dir := saveAll(t, map[string]string{
		IndexFile: mapTo("a", shard1, "b", shard1, "c", shard2, "d", shard2),
		shard1:    shardOf("a", "b"), shard2: shardOf("c", "d"),
	})
	for limit, ok := range map[int64]bool{3: false, 4: true, 5: true} {
		c, err := OpenLimits(dir, Limits{Tensors: limit})
		if (err == nil) != ok {
			t.Errorf("limit %d: %v", limit, err)
		}
		if err == nil {
			c.Close()
		}
	}
}

// TestFullSize has hostile headers of the full size; each must be refused quickly.
func TestFullSize(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 100 MB")
	}
	long := `{"` + strings.Repeat("x", MaxHeader-50)
	path := save(t, "", "x.safetensors", withLength(MaxHeader, long+strings.Repeat(" ", MaxHeader-len(long))))
	demand(t, openFails(t, path, Limits{}), CodeLimit, path, "", "a name of more than 1024 bytes")
	path = save(t, "", "x.safetensors", image(manyTensors(MaxTensors+1), 0))
	demand(t, openFails(t, path, Limits{}), CodeLimit, path, "", "more than 1000000 tensors")
}
