package checkpoint

import (
	"encoding/binary"
	"strings"
)

// npyHeader is what the header of a .npy file says; end is the offset of the data.
type npyHeader struct {
	row   dtypeRow
	shape []int64
	end   int64
}

// npyFixed is magic, version and the header length of version 1.
const npyFixed = 10

func readNPYHeader(size int64, read reader, limits Limits) (npyHeader, error) {
	if size < npyFixed {
		return npyHeader{}, refuse(CodeTooShort, "the file has %d bytes, the fixed part of a .npy header has %d",
			size, npyFixed)
	}
	var start [npyFixed + 2]byte
	first := start[:min(size, int64(len(start)))]
	if err := read(first, 0); err != nil {
		return npyHeader{}, err
	}
	if string(first[:6]) != npyMagic {
		return npyHeader{}, refuse(CodeNPY, "the file does not start with the mark of a .npy file").at(0)
	}
	at, n := int64(npyFixed), int64(binary.LittleEndian.Uint16(first[8:]))
	switch version := first[6]; {
	case version == 2 && len(first) == len(start):
		at, n = int64(len(start)), int64(binary.LittleEndian.Uint32(first[8:]))
	case version != 1:
		return npyHeader{}, refuse(CodeNPY, "version %d.%d, versions 1 and 2 are read", version, first[7]).at(6)
	}
	if n > MaxNPYHeader || n > size-at {
		return npyHeader{}, refuse(CodeHeaderSize, "the header length is %d, the limit is %d and %d bytes follow",
			n, MaxNPYHeader, size-at).at(8)
	}
	text, err := readString(n, at, read)
	if err != nil {
		return npyHeader{}, err
	}
	h, err := parseNPYHeader(text, at, limits)
	h.end = at + n
	return h, err
}

// parseNPYHeader reads the dictionary literal, whose keys come in any order.
func parseNPYHeader(text string, base int64, limits Limits) (npyHeader, error) {
	p := &npyParser{scanner: &scanner{text: text, base: base}, limits: limits, seen: map[string]bool{}}
	for i := range len(text) {
		if text[i] >= 0x80 || text[i] < 0x20 && text[i] != '\n' {
			return p.npyHeader, p.refuse(i, CodeUTF8, "byte %#02x in the header", text[i])
		}
	}
	if err := p.dictionary(); err != nil {
		return p.npyHeader, err
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !p.seen[key] {
			return p.npyHeader, p.refuse(0, CodeNPY, "the header lacks %s", key)
		}
	}
	return p.npyHeader, nil
}

// npyParser reads the few forms of Python literals that NumPy writes.
type npyParser struct {
	*scanner
	npyHeader
	limits Limits
	seen   map[string]bool
}

// take consumes c, if it comes next.
func (p *npyParser) take(c byte) bool {
	if p.next() != c || p.pos >= len(p.text) {
		return false
	}
	p.pos++
	return true
}

func (p *npyParser) wrong(want string) error {
	e := p.unexpected(want)
	e.Code = CodeNPY
	return e
}

func (p *npyParser) dictionary() error {
	if !p.take('{') {
		return p.wrong("an opening brace")
	}
	for !p.take('}') {
		p.next()
		at := p.pos
		key, err := p.quoted()
		if err != nil {
			return err
		}
		if p.seen[key] {
			return p.refuse(at, CodeDuplicate, "the header has the key %s twice", quoted(key))
		}
		p.seen[key] = true
		if !p.take(':') {
			return p.wrong("a colon after the key")
		}
		if err := p.value(key, at); err != nil {
			return err
		}
		if !p.take(',') && p.next() != '}' {
			return p.wrong("a comma or a closing brace")
		}
	}
	if p.next(); p.pos < len(p.text) {
		return p.wrong("the end of the header")
	}
	return nil
}

func (p *npyParser) value(key string, at int) error {
	p.next()
	switch key {
	case "descr":
		return p.descr()
	case "fortran_order":
		return p.order()
	case "shape":
		return p.tuple()
	}
	return p.refuse(at, CodeNPY, "the header has an unknown key %s", quoted(key))
}

// quoted reads a string without escapes, which NumPy never needs here.
func (p *npyParser) quoted() (string, error) {
	p.next()
	if !p.at(`'"`) {
		return "", p.wrong("a string")
	}
	start := p.pos + 1
	end := strings.IndexByte(p.text[start:], p.text[p.pos])
	if end < 0 || strings.IndexByte(p.text[start:start+end], '\\') >= 0 {
		return "", p.refuse(p.pos, CodeNPY, "a string without end, or with escapes")
	}
	p.pos = start + end + 1
	return p.text[start : start+end], nil
}

func (p *npyParser) descr() error {
	at := p.pos
	if p.at("[") {
		return p.refuse(at, CodeDType, "an array of records is not supported")
	}
	descr, err := p.quoted()
	if err != nil {
		return err
	}
	var known []string
	for _, k := range npyTypes {
		if k.descr == descr {
			p.row, _ = dtypeOf(string(k.dtype))
			return nil
		}
		known = append(known, k.descr)
	}
	e := p.refuse(at, CodeDType, "element type %s is not supported", quoted(descr)).
		withHelp("known: " + strings.Join(known, " "))
	switch {
	case strings.HasPrefix(descr, ">"):
		e.Help = "it is big-endian; save it as little-endian"
	case strings.HasSuffix(descr, "O"):
		e.Help = "object arrays hold pickled code and are never read"
	}
	return e
}

func (p *npyParser) order() error {
	rest := p.text[p.pos:]
	switch {
	case strings.HasPrefix(rest, "False"):
		p.pos += len("False")
		return nil
	case strings.HasPrefix(rest, "True"):
		return p.refuse(p.pos, CodeNPY, "the array is in Fortran order").
			withHelp("save numpy.ascontiguousarray(x)")
	}
	return p.wrong("True or False")
}

// tuple reads (), (3,) or (3, 4); (3) is a number to Python and no shape.
func (p *npyParser) tuple() error {
	start := p.pos
	if !p.take('(') {
		return p.wrong("a tuple")
	}
	comma := true
	for !p.take(')') {
		if !comma {
			return p.wrong("a comma or a closing parenthesis")
		}
		if int64(len(p.shape)) >= p.limits.Rank {
			return p.refuse(start, CodeLimit, "rank above %d", p.limits.Rank)
		}
		p.next()
		at := p.pos
		dim, err := p.count("shape", int64(len(p.shape)), CodeShape)
		if err != nil {
			return err
		}
		if dim > p.limits.Dim {
			return p.refuse(at, CodeLimit, "shape[%d] is %d, the limit is %d", len(p.shape), dim, p.limits.Dim)
		}
		p.shape = append(p.shape, dim)
		comma = p.take(',')
	}
	if len(p.shape) == 1 && !comma {
		return p.refuse(start, CodeNPY, "the shape is a number in parentheses, not a tuple")
	}
	return nil
}
