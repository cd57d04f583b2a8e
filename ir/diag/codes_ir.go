package diag

// Codes of the IR's text form (E70x). Users meet them only when they write or edit IR text by hand.
var (
	IRSyntax = &Code{"E701", "text that is not IR", `
The text form of the IR has one statement a line: dim rows, nodes (%3 = op attributes arguments : types), regions in
braces, outputs. What stands here cannot continue the statement.`}
	IRName = &Code{"E702", "a name that the IR text does not define", `
Ops, scalar functions and regions are those of the tables in spec/ir.md. A value is used after the line that defines it,
in the same region or one inside; its number is defined once.`}
	IRType = &Code{"E703", "a node that breaks its op's rule", `
Each op's rule gives the types of its results from arguments, attributes and regions. Types written in the text are
checked against it; param, input and const state theirs.`}
	IRSize = &Code{"E704", "a size that cannot be read", `
A size is a polynomial over dim names: 2*B*T^2 + 1/2*T, with min(a, b), max(a, b) and floor(a). A label that is no plain
name needs its size written behind it: "H K"=4096.`}
	IRLimit = &Code{"E705", "IR text over a limit", `
Regions nest 64 deep, sizes 32; a size has at most 256 terms and exponents up to 64; a type has at most 64 axes; a module
a million nodes.`}
)

// IRCodes lists the codes of the IR's text form.
var IRCodes = []*Code{IRSyntax, IRName, IRType, IRSize, IRLimit}
