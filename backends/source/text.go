package source

// Text says how a model continues token ids: the input that takes them and the output that scores those that may come. It
// is empty for a model that is computed at once.
type Text struct {
	Input, Output string
	Vocab         int64 // ids run from 0 to Vocab-1
	Positions     int64 // that the model has; 0 without a limit
}
