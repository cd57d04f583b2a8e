package tokenizer

// Code is one stable error code with the story that `archc explain CODE` prints.
type Code struct {
	ID    string // "T001"; an ID never changes its meaning and is never reused
	Title string // what went wrong, in a few words
	Story string // two or three sentences: what the rule is, why it is one, what to do
}

// Codes lists every code of this package in order. T00x: the file as JSON; T01x: its components; T02x: its
// vocabulary; T03x: text and ids at run time. A test provokes each one.
var Codes = []Code{
	{"T001", "not a readable tokenizer.json", `
The file must be one JSON object in UTF-8 without a byte order mark. A file that starts with "version
https://git-lfs" is a pointer: fetch the real file with "git lfs pull".`},
	{"T002", "the tokenizer is over a limit", `
A tokenizer.json has at most 64 MiB, nesting 64, 2^20 tokens, 2^21 merges, 2^16 added tokens and 64
components. The limits are checked before memory is taken, so that a hostile file cannot exhaust the
machine.`},
	{"T003", "a key stands twice in one object", `
JSON readers disagree on which of two equal keys counts, so a file with one is ambiguous. Remove one of
them.`},
	{"T004", "a value is missing or of the wrong kind", `
The key must be there and hold the kind of value that the message names. Whole numbers are written with
digits alone: no fraction, no exponent.`},
	{"T005", "an unknown key", `
Every key may change how text is split, so one that this reader does not know is refused instead of
ignored. If it is harmless, remove it from the file.`},
	{"T010", "an unknown component", `
Tokenizers are assembled from named parts, and the name is not one that this reader implements. Guessing
would give ids that look right and are wrong; the message lists the parts that are known.`},
	{"T011", "an unknown split pattern", `
Split patterns are regular expressions with lookahead, which run here as hand-written scanners chosen by
the exact text of the pattern. This text is not in the table; a new scanner needs a row there and a test.`},
	{"T012", "a setting that is not supported", `
The key is known but this value asks for behaviour that is not implemented, for example dropout or
truncation. Set it to the value that the message names if the model does not depend on it.`},
	{"T013", "components that do not fit together", `
Each part is known but this order or combination is not defined here, for example two byte-level steps,
or Replace after Fuse when decoding.`},
	{"T020", "a bad token id", `
Ids run from 0 to 2^20-1: they index the rows of the embedding table. A negative or huge id points at a
damaged file.`},
	{"T021", "two tokens share an id", `
An id must mean one token, otherwise decoding is ambiguous. Give one of the two tokens named in the
message an id of its own.`},
	{"T022", "an added token contradicts the vocabulary", `
An added token takes the id that the vocabulary gives its text, or else the next free id after the
vocabulary. The file states another one, and programs disagree on which to believe.`},
	{"T023", "a bad merge", `
A merge names two tokens whose concatenation is a token as well; all three must be in the vocabulary. It
is spelled "a b" or ["a", "b"].`},
	{"T024", "a merge stands twice", `
The position of a merge is its rank, so a pair listed twice has two ranks. Remove one of them.`},
	{"T025", "the template names an unknown token", `
The post-processor adds tokens such as <s> around the text. Each one must be described under
special_tokens with ids that the vocabulary has.`},
	{"T030", "the text is not valid UTF-8", `
Text is encoded character by character, and the bytes at the named offset are none. Convert the text to
UTF-8 first; replacing the bytes silently would change the prompt.`},
	{"T031", "the text is too long", `
One call encodes at most 16 MiB of text, and at most 64 MiB after normalization. Split the text and
encode the parts.`},
	{"T032", "a character without a token", `
No token covers the character, and the tokenizer has neither byte fallback nor an unknown token. Leave
the character out, or use a tokenizer whose alphabet has it.`},
	{"T033", "an id without a token", `
Decoding needs a token for each id. Ids beyond the vocabulary come from an embedding table that was
padded, or from another model's tokenizer.`},
}

// Lookup finds the row of a code.
func Lookup(id string) (Code, bool) {
	for _, c := range Codes {
		if c.ID == id {
			return c, true
		}
	}
	return Code{}, false
}
