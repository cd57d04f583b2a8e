// Package sparsity finds which pairs of query and key the mask of an attend admits: their exact number as a formula in
// the sizes, full and partial tiles, whether a query looks ahead, how far back it looks, and rows without a key. It
// never makes an array of T x S.
//
// It knows no name of a block, a model or a pattern: it reads the mask region of the IR as a function of i and j.
package sparsity
