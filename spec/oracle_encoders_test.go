package spec_test

// encoderCases are encoders, encoder-decoders and the parts of the library.
var encoderCases = []oracleCase{}
