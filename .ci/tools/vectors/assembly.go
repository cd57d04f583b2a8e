// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"

	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// assembled gives the assembly of all functions, and their declarations in Go.
func assembled() (text, stubs []byte, err error) {
	g := newGen()
	g.ConstraintExpr("!purego")
	for _, h := range byHand {
		h.asm(g)
	}
	for _, r := range table {
		switch {
		case r.as != "":
		case r.bound > 0:
			g.bounded("avx2"+r.name, r.bound, r.asm)
		case r.args == 1:
			g.elementwise("avx2"+r.name, []string{"x"}, false, max(1, r.times), r.asm)
		default:
			g.elementwise("avx2"+r.name, []string{"x", "y"}, true, max(1, r.times), r.asm)
		}
	}
	g.laneExpSum512()
	g.transpose()
	g.data()
	f, err := g.Result()
	if err != nil {
		return nil, nil, err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return nil, nil, err
	}
	c := printer.Config{Argv: []string{"vectors"}, Pkg: "kernel"}
	if text, err = printer.NewGoAsm(c).Print(f); err != nil {
		return nil, nil, err
	}
	if stubs, err = printer.NewStubs(c).Print(f); err != nil {
		return nil, nil, err
	}
	_, stubs, _ = bytes.Cut(stubs, []byte("package kernel\n"))
	return text, stubs, nil
}
