package contract

// What the dictionary is made of.

// RecordsText is the text of packed records.
func RecordsText(records [][]byte) []byte {
	p := newPacker(records)
	for _, r := range records {
		p.add(r)
	}
	return p.text
}

// StateText is the text of a packed state.
func StateText(state []byte) []byte {
	text, _ := shorten(nil, nil, state, 0)
	return gather(text)
}

// Envelope is a message of any text.
var Envelope = envelope

// MaxOut is how large a message may become.
const MaxOut = maxOut
