// Package ir is the architecture IR: SSA over tensors whose axes have names. It holds the table of ops with their
// type and cost rules, the sizes (canonical polynomials), the graph, the verifier and the text form.
//
// It must not know the language, any model or block, any file format or any backend. Depth is not in the IR: a
// stack of layers is one repeat node, and nothing here grows with the number of layers.
package ir
