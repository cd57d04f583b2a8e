package main

import (
	"archc/backends/checkpoint"
	"archc/backends/host/sampler"
	"archc/backends/host/tokenizer"
	"archc/ir/diag"
	"archc/passes/hardware"
	"archc/passes/search"
)

// The codes of the command itself: R0 files around a run, R1 what a model is asked to do.
var (
	codeCannotRead = &diag.Code{ID: "R001", Title: "an input that cannot be read", Story: `
Sources, images and prompts are regular files of bounded size, or standard input for "-". A directory,
pipe or device in the place of one is refused before it is opened, because reading it could block or
never end.`}
	codeCannotWrite = &diag.Code{ID: "R002", Title: "an output that cannot be written", Story: `
The operating system refused a step of writing. A file is written under another name and renamed last,
so the old one is still there.`}
	codeNoTokenizer = &diag.Code{ID: "R003", Title: "a checkpoint without a tokenizer", Story: `
A prompt in text needs the tokenizer.json of the checkpoint; a vocabulary in another form is not read.
Give ids instead: --tokens 1,2,3.`}
	codeBadImage = &diag.Code{ID: "R004", Title: "an image that cannot be read", Story: `
Images are PNG files of at most 2^26 pixels. Pixels become numbers from 0 to 1, rows from the top, as
[Y, X] for an input with two axes and [C, Y, X] for one with three, where C is 1 (grey), 3 (red, green,
blue) or 4 (and alpha).`}
	codeBadSetting = &diag.Code{ID: "R005", Title: "an end token that is no id", Story: `
eos_token_id in config.json or generation_config.json is one token id or a list of them: it says where a
text ends.`}

	codeNotText = &diag.Code{ID: "R101", Title: "a model that does not speak text", Story: `
A prompt needs a model with one required input of token ids, int[T], and a result [T, V]: a score for
each token that may come next. Other models take --input name=FILE and give --output FILE.`}
	codeBadToken = &diag.Code{ID: "R102", Title: "a token id that the model does not have", Story: `
Ids index the rows of the model's table, from 0 to its size less one. A tokenizer with more tokens than
the table has rows belongs to another model.`}
	codeTooLong = &diag.Code{ID: "R103", Title: "more tokens than positions", Story: `
The model looks its positions up in a table, and a table of P rows has no row for token P + 1. Shorten
the prompt, or ask for fewer new tokens.`}
	codeNoTokens = &diag.Code{ID: "R104", Title: "a prompt without tokens", Story: `
A model continues tokens, so there must be one. Some tokenizers put a beginning token in front of every
text; this one does not, and the text is empty.`}
	codeBadInput = &diag.Code{ID: "R105", Title: "an input that does not fit the model", Story: `
An input has the axes of its type, in their order, and may have one more in front: a batch. Sizes that
the type knows must agree, a free dim has one size in all inputs, ids are whole numbers and truth values
0 or 1.`}
	codeStopped = &diag.Code{ID: "R106", Title: "an evaluation that stopped", Story: `
The evaluation met something that has no value: an index outside its table, and in the reference a tensor
over the memory limit. The place is the line of the program that asked for it.`}
	codeNotFinite = &diag.Code{ID: "R107", Title: "a result that is no number", Story: `
The model gave NaN or infinity where a number is needed to choose the next token or to write JSON. The
cause is a weight or an overflow before it; --trace shows where the first one appears.`}
	codeBadSection = &diag.Code{ID: "R108", Title: "a checkpoint section that cannot be read", Story: `
A model's checkpoint section has two entries: prefix = "text." or optional("text."), which stands in
front of every key, and ignore = ["pattern", ...], the tensors that may be in a file without being read.
In a pattern * stands for one or more characters other than a dot, ** for any.`}
	codeTraceLimit = &diag.Code{ID: "R109", Title: "a trace over the limit", Story: `
--trace keeps every named intermediate until the run is over, at most 4 GiB. Give a shorter input.`}
	codeNotWhole = &diag.Code{ID: "R110", Title: "a count that is not known", Story: `
The count has no exact whole number for these sizes, for example half of an odd square. Choose other
sizes or another --attention.`}
	codeOtherImport = &diag.Code{ID: "R111", Title: "an import that would mean another file", Story: `
archc import writes a file that imports a model which comes with archc. A file of that name beside the
written one is read instead, and this one is another model. Write to another directory, or copy the
model's declarations into the file with --inline.`}
	codeThreshold = &diag.Code{ID: "R112", Title: "a threshold that was passed", Story: `
A figure of a design differs from the first design's by more than --threshold allows, or it is not known,
and then nothing holds. Differences are exact; a percentage is of the first design's figure.`}
	codeMemory = &diag.Code{ID: "R113", Title: "a run over the memory limit", Story: `
Before anything of it is allocated, the memory of a run is computed: the packed weights, the arena of what
is computed on the way, the states with room for the prompt and all new tokens, the inputs. It has to stay
within --max-memory. --dtype bf16 halves the packed weights; states and arena grow with the tokens.`}
	codeForeignFolder = &diag.Code{ID: "R114", Title: "a directory that archc does not replace", Story: `
archc build replaces a directory that it wrote itself, which it knows by a marker file with the hashes of
all others. A directory of somebody else's is never touched; one in which a file was changed or added is
replaced with --force alone.`}
	codeOtherBench = &diag.Code{ID: "R115", Title: "a benchmark of another model", Story: `
archc bench --compare puts two measurements of one model side by side: the name and the number of
parameters must be equal, and one test at least must be in both. Threads and precision may differ.`}
	codeMissing = &diag.Code{ID: "R116", Title: "a tool or a device that is missing or fails", Story: `
--backend cuda compiles a model with NVIDIA's nvcc, or what NVCC in the environment names, and runs it on a device that
the driver finds, of compute capability 8.0 or above. --backend cuda-cpu compiles the same source with a C++17 compiler
(what CXX names, else g++, c++ or clang++) and runs it on the CPU, slowly, for tests. What a compiler makes is kept in
the user's directory for caches, and compiled once.`}
	codeNoKernel = &diag.Code{ID: "R117", Title: "an attention that has no CUDA kernel", Story: `
An attention becomes one CUDA kernel when each weight is made of the scores of one query and one head: any function of
query, key, positions and tables, with any normalizer over the keys that are seen. Heads that talk to each other, and
normalizers over the queries, are computed row by row, which the other backends do: archc run, and archc build --target go.`}
)

var runCodes = []*diag.Code{
	codeCannotRead, codeCannotWrite, codeNoTokenizer, codeBadImage, codeBadSetting,
	codeNotText, codeBadToken, codeTooLong, codeNoTokens, codeBadInput,
	codeStopped, codeNotFinite, codeBadSection, codeTraceLimit, codeNotWhole, codeOtherImport, codeThreshold,
	codeMemory, codeForeignFolder, codeOtherBench, codeMissing, codeNoKernel,
}

// allCodes lists every code that any part of archc can give, in the order of the tables.
func allCodes() []*diag.Code {
	out := diag.Codes()
	for _, c := range checkpoint.Codes {
		out = append(out, &diag.Code{ID: c.ID, Title: c.Title, Story: c.Story})
	}
	for _, c := range tokenizer.Codes {
		out = append(out, &diag.Code{ID: c.ID, Title: c.Title, Story: c.Story})
	}
	for _, c := range sampler.Codes {
		out = append(out, &diag.Code{ID: c.ID, Title: c.Title, Story: c.Story})
	}
	out = append(append(out, hardware.Codes...), search.Codes...)
	return append(out, runCodes...)
}

// codeNamed finds a code; one that no table has still names itself.
func codeNamed(id string) *diag.Code {
	for _, c := range allCodes() {
		if c.ID == id {
			return c
		}
	}
	return &diag.Code{ID: id}
}
