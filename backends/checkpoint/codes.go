package checkpoint

// Code describes one stable error code: a title of a few words and two or three sentences for
// whoever asks what the code means.
type Code struct{ ID, Title, Story string }

// The codes. A number is never given a second meaning.
const (
	CodeUnreadable  = "C001"
	CodeNotRegular  = "C002"
	CodeNothingHere = "C003"
	CodeOutside     = "C004"
	CodeLFSPointer  = "C005"
	CodeOtherFormat = "C006"
	CodeTooShort    = "C007"
	CodeHeaderSize  = "C008"
	CodeJSON        = "C009"
	CodeUTF8        = "C010"
	CodeDuplicate   = "C011"
	CodeLimit       = "C012"
	CodeWrongKind   = "C013"
	CodeDType       = "C014"
	CodeShape       = "C015"
	CodeOffsets     = "C016"
	CodeOverlap     = "C017"
	CodeHole        = "C018"
	CodeCut         = "C019"
	CodeTrailing    = "C020"
	CodeShardName   = "C021"
	CodeShardLost   = "C022"
	CodeMisplaced   = "C023"
	CodeTwice       = "C024"
	CodeUnlisted    = "C025"
	CodeTotalSize   = "C026"
	CodeChanged     = "C027"
	CodeNoTensor    = "C028"
	CodeNotExpected = "C029"
	CodeInexact     = "C030"
	CodeNotFinite   = "C031"
	CodeNotTied     = "C032"
	CodeUnused      = "C033"
	CodeWrite       = "C034"
	CodeNPY         = "C035"
	CodeClosed      = "C036"
	CodeAmbiguous   = "C037"
)

// Codes is every code of this package in order.
var Codes = []Code{
	{CodeUnreadable, "file cannot be read",
		"The operating system refused to open or read the file, and its own reason follows the " +
			"message. Usual causes are permissions, a failing disk or network mount, or too many open " +
			"files."},
	{CodeNotRegular, "not a regular file",
		"A checkpoint is made of regular files. A directory, pipe, socket or device in the place of " +
			"one is refused before it is opened, because reading it could block or never end."},
	{CodeNothingHere, "no checkpoint here",
		"The path does not exist, or the directory holds neither model.safetensors nor " +
			"model.safetensors.index.json. A .safetensors file with another name can be given by its own " +
			"path. Pickled weights (.bin, .pt, .pth) are never read."},
	{CodeOutside, "link leads out of the directory",
		"A file of a checkpoint directory is a symbolic link whose target is outside that directory, " +
			"absolute or circular. Following it would let a downloaded checkpoint read any file of this " +
			"machine. Put the real file in the directory, or give the path of the file itself."},
	{CodeLFSPointer, "Git LFS pointer instead of the file",
		"The file is the small text that Git stores in place of a large file, not the file. The " +
			"repository was cloned without Git LFS: run `git lfs install` and `git lfs pull` in it."},
	{CodeOtherFormat, "a file of another format",
		"The first bytes are those of another known format, which the message names. Only safetensors " +
			"checkpoints and .npy arrays are read; convert or unpack the file first."},
	{CodeTooShort, "file too short",
		"The file is too short to hold even the fixed fields that every file of its format begins " +
			"with. It is empty, or a download was interrupted at once."},
	{CodeHeaderSize, "impossible header length",
		"The length that the file gives for its header is zero, larger than the rest of the file, or " +
			"above the limit. Either the file is cut, or it is not of this format and its first bytes " +
			"mean something else."},
	{CodeJSON, "malformed JSON",
		"The text breaks the grammar of JSON (RFC 8259) at the byte given. Comments, trailing commas, " +
			"NaN, leading zeros and a byte-order mark are not JSON."},
	{CodeUTF8, "not valid UTF-8",
		"JSON is UTF-8. Replacing an invalid byte would silently change a name, so the text is " +
			"refused. An escaped half of a surrogate pair counts as invalid too, and .npy headers must be " +
			"plain ASCII."},
	{CodeDuplicate, "key given twice",
		"An object has the same key twice, so two readers could take different values from the same " +
			"file. Keys are compared exactly, case included."},
	{CodeLimit, "limit exceeded",
		"The file claims more than this reader accepts: the message gives what it claims and the " +
			"limit. The limits keep a small hostile file from taking all memory; the caller can raise " +
			"them."},
	{CodeWrongKind, "unexpected JSON value or key",
		"A value has another kind than its place demands, a required key is missing, or a key is not " +
			"known there. Unknown keys are refused because a misspelt one would otherwise be silently " +
			"ignored."},
	{CodeDType, "unsupported element type",
		"The element type is not known, is written in another case than the format's, or packs " +
			"several elements in a byte. Complex types can be listed and copied, but not turned into real " +
			"numbers."},
	{CodeShape, "impossible shape",
		"A shape is a list of non-negative integers. Dimensions, rank and element count have limits, " +
			"and the product is checked before anything is computed from it, also where another dimension " +
			"is zero."},
	{CodeOffsets, "offsets disagree with the shape",
		"data_offsets must be two integers, begin not after end, and span exactly the bytes that " +
			"shape and dtype need. A mismatch means that header and data were not written together."},
	{CodeOverlap, "tensors overlap",
		"Two tensors claim the same bytes. The format forbids it; a shared tensor is stored once, " +
			"under one name. Empty tensors take no bytes, but may not lie inside another tensor."},
	{CodeHole, "bytes that belong to no tensor",
		"Between two tensors, or before the first one, lie bytes that the header does not describe. " +
			"The format forbids it, as such bytes can hide another file."},
	{CodeCut, "file cut short",
		"The header describes more data than the file holds. The download or copy was most likely " +
			"interrupted; fetch the file again."},
	{CodeTrailing, "bytes after the last tensor",
		"The file goes on after everything that its header describes. Either something was appended " +
			"to it or the header does not belong to this data."},
	{CodeShardName, "shard name refused",
		"A shard in weight_map must be the plain name of a .safetensors file in the directory of the " +
			"index. Paths, `..`, backslashes, colons, control characters and empty names are refused, " +
			"wherever they would lead."},
	{CodeShardLost, "shard missing",
		"The index names a file that is not in the directory. The checkpoint was downloaded in part; " +
			"fetch the missing file."},
	{CodeMisplaced, "tensor is not where the index says",
		"The index assigns the tensor to a shard that does not hold it. Index and shards come from " +
			"different versions of the checkpoint, or a shard was replaced."},
	{CodeTwice, "tensor in two shards",
		"Two shards hold a tensor of the same name, so it is not known which one is meant. One of the " +
			"files is most likely a copy or left over from another version."},
	{CodeUnlisted, "tensor not in the index",
		"A shard holds a tensor that the index does not list. Index and shards come from different " +
			"versions of the checkpoint."},
	{CodeTotalSize, "total_size is wrong",
		"metadata.total_size of the index differs from the bytes of all tensors. A shard may have " +
			"been replaced by one of another type; if the shards are known to be right, correct or remove " +
			"the entry."},
	{CodeChanged, "file changed while open",
		"The file was cut, rewritten or touched after its header was read, so what its bytes mean is " +
			"no longer known. Do not write to a checkpoint that is in use; write a new file and rename it " +
			"into place."},
	{CodeNoTensor, "no such tensor",
		"The checkpoint has no tensor of that name. Names are compared exactly; a prefix such as " +
			"`model.` is part of the name. The nearest name, if there is one, is given as help."},
	{CodeNotExpected, "tensor is not as expected",
		"The tensor exists with another shape or element type than asked for. An equal element count " +
			"does not make shapes equal: a transposed matrix would load and compute nonsense."},
	{CodeInexact, "value has no exact float64",
		"An integer above 2^53 lies between two float64 values, or a bool is a byte other than 0 and " +
			"1. Rounding it silently would change the data."},
	{CodeNotFinite, "NaN or infinity",
		"A stored number is NaN or infinite; element and byte offset are given. One such weight " +
			"usually turns every output into NaN."},
	{CodeNotTied, "tied tensors differ",
		"Two tensors that the model shares are both stored, with different shapes, types or bytes. " +
			"Loading either one would silently ignore the other."},
	{CodeUnused, "tensors that nothing uses",
		"The checkpoint holds tensors that the model never names. Ignoring them could hide a bias or " +
			"a layer that the architecture lacks."},
	{CodeWrite, "checkpoint cannot be written",
		"The tensors to write contradict themselves, or the operating system refused a step of " +
			"writing. The file is written under a temporary name and renamed last, so a failure leaves " +
			"the old one untouched."},
	{CodeNPY, "unreadable .npy file",
		"The header of a .npy file is a Python dictionary with exactly descr, fortran_order and " +
			"shape. Versions 1 and 2, little-endian numbers and bools in C order are read; object arrays " +
			"hold pickled code and never are."},
	{CodeClosed, "checkpoint is closed",
		"A tensor was asked for after Close. This is a mistake of the program, not of the file."},
	{CodeAmbiguous, "two checkpoints in one directory",
		"The directory has both model.safetensors and an index for shards, and nothing says which one " +
			"is meant. Give the path of the one to read."},
}
