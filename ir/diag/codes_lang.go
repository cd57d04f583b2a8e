package diag

// Codes of meaning: E2 names and declarations, E3 dims and types, E4 attention, E5 what is known when compiling,
// E6 configurations, E8 what a model is used for.
var (
	UnknownName = &Code{"E201", "a name that nothing declares",
		"A name must be a field, a parameter, a local, a block or function of the file, an import, or the " +
			"library's. The nearest visible name is suggested."}
	Duplicate = &Code{"E202", "a name declared twice",
		"A scope declares each name once; nothing shadows."}
	BadImport = &Code{"E203", "an import that cannot be read",
		"An import names a file beside the importing one, by its base name. Cycles, paths and more than " +
			"64 files are refused."}
	BindingModel = &Code{"E204", "a binding without a model",
		"A `from` binding sets the dims of the model declared last before it."}
	Shadow = &Code{"E205", "a name that would hide another",
		"A local may be bound again; it may not take the name of a field, a parameter or a dim that is " +
			"visible, and `i`, `j`, `s`, `w` belong to attend."}
	NotCallable = &Code{"E206", "a call of what is no function",
		"Blocks, maps, functions and stacks are called; numbers, tensors and dims are not."}
	WrongArgs = &Code{"E207", "arguments that do not fit the parameters",
		"Each parameter without a default takes one argument, by position or by name; there are no " +
			"others."}
	NoModel = &Code{"E208", "no such model in the file",
		"A file's default model is its only one, or the one named like the file; `--model` names another."}
	Unused = &Code{"E209", "what stands here has no effect",
		"Only the last statement of a body is its value. An expression before it that is bound to nothing " +
			"does nothing."}
	WrongPlace = &Code{"E210", "something that may not stand here",
		"Fields stand in blocks, statements in functions, `yield` in a scan, regions in attend. A block " +
			"that has parameters stands only in a field."}
	Unsupported = &Code{"E211", "a form that this version does not compile",
		"The form belongs to the language; this compiler does not lower it yet."}
	NoDim = &Code{"E301", "a dimension that is not there",
		"Reductions, products and calls name the axes they work on. The operand must have an axis of that " +
			"very dim: a dim of the same size under another name is another dim."}
	SizeMismatch = &Code{"E302", "one name, two sizes",
		"Axes with one label must have one size."}
	OuterProduct = &Code{"E303", "a dimension that the declared result does not have",
		"Products broadcast by name. A dim that only one factor has must appear in the declared result; " +
			"otherwise a typo would become a silent outer product."}
	MissingDim = &Code{"E304", "a declared dimension that the value does not have",
		"The value of a function has exactly the dims that its signature declares, and those it is lifted " +
			"over."}
	TwiceDim = &Code{"E305", "a dimension that would stand twice",
		"One tensor cannot have two axes of one name. Rename one: `k[T = S]`."}
	NotSplit = &Code{"E306", "a value that does not come apart that way",
		"`a, b = x` takes a value with several results, a sum of dims (`N + R`), or a product with a " +
			"number (`4 U`), with as many parts as there are names."}
	BadKind = &Code{"E307", "the wrong kind of value",
		"Types are int, bool and real. Conditions are bool, table look-ups int, arithmetic takes numbers."}
	NeverSplits = &Code{"E308", "`+` does not split or merge dims",
		"Only maps, products and attend use H = G R by themselves. A sum takes operands that name the " +
			"same dims."}
	AmbiguousAxis = &Code{"E309", "which dimension is meant is not clear",
		"Write the axis in brackets: `sum[K](x)`, `attend[S](q; k, v)`, `x[T: 0]`."}
	LiftedDim = &Code{"E310", "a dim that is both mapped over and used inside",
		"A function on [D] applied to [T, H, D] maps over T and H. If its body uses H itself, its " +
			"signature must say so."}
	StackType = &Code{"E311", "a layer that changes the type of what it carries",
		"The layers of a stack run one after another: each gives back the type it takes. So do the steps of a " +
			"scan, and calls of a model: an output that has the name of an input is the next call's."}
	SharedShape = &Code{"E312", "a shared tensor of another shape",
		"`= field` stores one tensor once: both uses must store the same dims in the same order."}
	BadRange = &Code{"E313", "an index or range outside its dimension",
		"A literal index or range must lie inside the dim."}
	Uneven = &Code{"E314", "a dim that does not divide",
		"A signature such as `[T, 2 P]` takes an axis that the number divides."}
	AttendShape = &Code{"E401", "attend without queries, keys or values",
		"`attend(q; k, v) { score = ... }`: queries before the semicolon, then keys, then one value."}
	AttendRegion = &Code{"E402", "an unknown or missing part of attend",
		"attend has `score`, and optionally `mask`, `norm` and `weight`."}
	PairCapture = &Code{"E403", "a captured tensor along the sequence",
		"Score and mask see one query and one key. A tensor from outside with the query's or key's axis " +
			"is read at a position: `valid[j]`, `r[i - j]`."}
	NoMask = &Code{"E404", "a mask that is no condition",
		"A mask is a condition on i and j, or patterns joined with `&`, `|` and `!`."}
	EmptyRow = &Code{"E405", "a mask that leaves a query without a key",
		"A pattern of positions alone is known when compiling. A row of it that admits no key gives 0 for every " +
			"input, which is never meant: `j < i` leaves the first query alone, `j <= i` does not. A mask that " +
			"reads an input may leave a row empty when running: that row is 0."}
	NotConstant = &Code{"E501", "a value that is not known when compiling",
		"Dims, stack depths, conditions of fields and numbers of parameters are known when compiling: " +
			"they may use dims, numbers, parameters and the layer index."}
	BadDim = &Code{"E502", "a dim that is not a positive whole number",
		"Dims are whole numbers from 1 to 2147483647. In a type a dim is a name, a product `H K`, a sum `N + R` or " +
			"a number. What is computed is declared first: `N = D/2` is a dim, and `[T, D/2]` no type."}
	NotDivisible = &Code{"E503", "a division of dims with a remainder",
		"`K = D/H` is the fact D = H K, so H must divide D."}
	RequireFailed = &Code{"E504", "a requirement that does not hold",
		"A `require` of the file is false for these dims."}
	Recursion = &Code{"E505", "a block or function that contains itself",
		"The language is total: no block, function or pattern may lead back to itself."}
	Budget = &Code{"E506", "an elaboration budget is used up",
		"A program has at most 1,000,000 IR nodes, 65,536 layers in a stack and a nesting of 100 calls."}
	MissingParam = &Code{"E507", "a parameter without a value",
		"A parameter without a default needs a value: in the call, by `--set`, or through a " +
			"configuration."}
	UnknownParam = &Code{"E508", "a parameter that the model does not have",
		"`--set`, a call or a configuration names a parameter that is not declared."}
	BadSetting = &Code{"E509", "a setting that does not fit its parameter",
		"A dim takes a whole number, a flag true or false, a number a number."}
	BadStored = &Code{"E510", "a stored order that is not this tensor",
		"`stored [...]` lists the same dims in another order, each once."}
	NotDecodable = &Code{"E801", "a model that cannot be computed token by token",
		"A model that continues tokens computes each row from the rows up to it. What looks ahead (a mask that admits " +
			"later keys, a sum over the whole sequence, a reversed scan) is computed for a whole sequence only."}
	ConfigKey = &Code{"E601", "a configuration lacks a field",
		"The binding reads a field that the configuration does not have; `else` gives a default."}
	ConfigUnknown = &Code{"E602", "a configuration field that the binding does not understand",
		"A field may change the mathematics, so every field is read, required to have a value, or listed " +
			"as ignored."}
	ConfigModel = &Code{"E603", "a configuration of another architecture",
		"The configuration's `architectures` names a model that no binding of the file covers."}
	ConfigValue = &Code{"E604", "a configuration value of the wrong type",
		"Dims are whole numbers; flags are true or false; null counts as absent."}
)

var languageCodes = []*Code{
	UnknownName,
	Duplicate,
	BadImport,
	BindingModel,
	Shadow,
	NotCallable,
	WrongArgs,
	NoModel,
	Unused,
	WrongPlace,
	Unsupported,
	NoDim,
	SizeMismatch,
	OuterProduct,
	MissingDim,
	TwiceDim,
	NotSplit,
	BadKind,
	NeverSplits,
	AmbiguousAxis,
	LiftedDim,
	StackType,
	SharedShape,
	BadRange,
	Uneven,
	AttendShape,
	AttendRegion,
	PairCapture,
	NoMask,
	EmptyRow,
	NotConstant,
	BadDim,
	NotDivisible,
	RequireFailed,
	Recursion,
	Budget,
	MissingParam,
	UnknownParam,
	BadSetting,
	BadStored,
	ConfigKey,
	ConfigUnknown,
	ConfigModel,
	ConfigValue,
	NotDecodable,
}
