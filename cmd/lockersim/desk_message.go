package main

import (
	"encoding/hex"
	"encoding/json"
	"slices"

	"lockerd/internal/contract"
)

// events deals with a message of records. An error means that one of them could not be kept: those before it were, and are dropped when
// the message is tried again.
func (d *Desk) events(payload []byte) error {
	records, err := contract.Unpack(payload)
	if err != nil {
		d.now.Refused = err.Error()
		d.log.Warn("message cannot be read", "err", err)
		return nil // it will not be better next time
	}
	for _, r := range records {
		if err := d.event(r); err != nil {
			return err
		}
	}
	return nil
}

// document is a retained payload as JSON; one that is none is shown as hex.
func document(payload []byte) json.RawMessage {
	if json.Valid(payload) {
		return slices.Clone(payload)
	}
	text, _ := json.Marshal(hex.EncodeToString(payload)) // a string always marshals
	return text
}
