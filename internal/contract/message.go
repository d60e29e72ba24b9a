package contract

import "time"

// Version is the version of this contract. Within one major version a cabinet may send fields, kinds and codes more than before, and
// understand orders more; it never takes one away, nor changes a meaning (docs/contract/README.md).
const Version = "1.0"

// Presence is the retained message on presence: whether the cabinet is connected.
type Presence struct {
	// Online is false after a clean stop, and in the last will, which the broker publishes if the cabinet vanishes.
	Online bool `json:"online"`
	// At is the cabinet's clock. The last will has none.
	At time.Time `json:"at,omitzero"`
	// Version is that of lockerd, or of whatever else runs the cabinet. The last will has none.
	Version string `json:"version,omitempty"`
	// Contract is the version of this contract that the cabinet speaks. The last will has none.
	Contract string `json:"contract,omitempty" form:"version"`
}

// An Ack is the payload of a signed ack: the cloud has stored this record and all before it. It has no time: having a record does not
// expire, and a replayed ack frees nothing that it did not free at first.
type Ack struct {
	Cabinet string `json:"cabinet"` // with Epoch and Seq, the record's name
	Epoch   string `json:"epoch"`
	// Seq may be any number of records after the one of the ack before.
	Seq *uint64 `json:"seq"`
	// Hash is the SHA-256 of the record's public line as it arrived: the next record has it as its prev.
	Hash string `json:"hash" form:"hash"`
}

// Boxes are a record's second line, where it has one: personal data, encrypted to the operator (crypto_box_seal).
type Boxes struct {
	// Phone is the recipient's phone number.
	Phone []byte `json:"phone,omitempty"`
	// Code is the pickup code.
	Code []byte `json:"code,omitempty"`
}
