package contract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The forms in which a payload may be on the air. Its first byte says which: formPlain or formPacked.
//
// Plain is JSON, one record in a message of the events topic. Packed is
//
//	0x01 | uvarint length of the bytes of chance | those bytes | a zstd frame without its magic number, made with Dictionary
//
// The frame holds a text (air_text.go), and a message of the events topic any number of records (air_record.go). A record is restored
// byte for byte, so hashes, acks and the rules of receiving are the same in both forms.
const (
	formPlain  = '{'
	formPacked = 0x01
)

// Limits of a packed message, for whoever unpacks what somebody else has sent.
const (
	maxText    = 1 << 20 // bytes of the text
	maxOut     = 8 << 20 // bytes that it may become
	MaxRecords = 1000    // records in a message
)

var errForm = errors.New("contract: a payload begins with { or 0x01")

// Pack makes one message of records in plain form, the oldest first. There is at least one, and at most MaxRecords.
func Pack(records [][]byte) []byte {
	p := newPacker(records)
	for _, r := range records {
		p.add(r)
	}
	return envelope(p.text, p.chance)
}

// Unpack returns the records of a message of the events topic in plain form, the oldest first: what ParseEvent reads, byte for byte as
// the cabinet has hashed it. A plain message is its own only record. The result may share memory with the payload.
func Unpack(payload []byte) ([][]byte, error) {
	switch {
	case len(payload) > 0 && payload[0] == formPlain:
		return [][]byte{payload}, nil
	case len(payload) == 0 || payload[0] != formPacked:
		return nil, errForm
	}
	text, chance, err := open(payload)
	if err != nil {
		return nil, fmt.Errorf("contract: unpack records: %w", err)
	}
	u := unpacker{chance: expander{chance: chance, room: maxOut}}
	for n := 1; len(text) > 0; n++ {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte{'\n'})
		if err := u.line(line); err != nil {
			return nil, fmt.Errorf("contract: unpack records: line %d: %w", n, err)
		}
	}
	return u.records, nil
}

// envelope puts a text and its bytes of chance into a message.
func envelope(text, chance []byte) []byte {
	payload := binary.AppendUvarint([]byte{formPacked}, uint64(len(chance)))
	return append(append(payload, chance...), compress(text)...)
}

// open takes them out of it.
func open(payload []byte) (text, chance []byte, err error) {
	rest := payload[1:]
	length, n := binary.Uvarint(rest)
	if n <= 0 || length > uint64(len(rest)-n) {
		return nil, nil, errors.New("cut short")
	}
	chance, rest = rest[n:][:length], rest[n:][length:]
	text, err = decompress(rest)
	return text, chance, err
}
