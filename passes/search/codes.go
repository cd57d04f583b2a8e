package search

import "archc/ir/diag"

// The codes of search spaces.
var (
	badSpace = &diag.Code{ID: "R401", Title: "a search space that cannot be read", Story: `
A space is one YAML document of at most 256 KiB: a mapping with the keys file, model, parameters, constraints,
objectives, batch, seq, context and dtype. Each key stands once; anchors, aliases and tags are refused, because
a reader should see each value where it counts.`}
	unknownKey = &diag.Code{ID: "R402", Title: "an unknown key of a search space", Story: `
A key that nothing reads is most likely a misspelt one, and a search without its constraint looks like one with it.
So it is refused.`}
	badValues = &diag.Code{ID: "R403", Title: "values of a parameter that make no list", Story: `
A parameter of a space has one value, a list of them, or a range {from, to, step} or {from, to, factor} of whole
numbers with both ends. A value that stands twice would count its points twice.`}
	badExpression = &diag.Code{ID: "R404", Title: "an expression that cannot be read", Story: `
Constraints are conditions and objectives are min or max of a number. Both are written with + - * / %, comparisons,
& | ! and parentheses over numbers (1e9, 40_000), parameters, dims and figures, and are computed exactly.`}
	unknownName = &diag.Code{ID: "R405", Title: "an unknown name in an expression", Story: `
An expression over a point reads the parameters of the space, the dims of the model, and the figures: archc sweep
--help lists them.`}
	tooMany = &diag.Code{ID: "R406", Title: "too many points", Story: `
A space has at most 4096 points, the product of the lengths of all lists: each one is compiled and counted. Leave
values out, or search in two rounds, a coarse and a fine one.`}
	missingSize = &diag.Code{ID: "R407", Title: "a figure without its size", Story: `
FLOPs need the length of the sequence (seq), and what is kept in all the number of tokens that have been read
(context). A figure that is asked for without its size is refused rather than counted at one that nobody chose.`}
)

// Codes are the codes of this package.
var Codes = []*diag.Code{badSpace, unknownKey, badValues, badExpression, unknownName, tooMany, missingSize}
