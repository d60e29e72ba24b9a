// Package contract holds what of the contract with the cloud is made for programs, as files beside this one: docs/contract/README.md.
package contract

import _ "embed"

// Schema is schema.json: JSON Schema (2020-12) of every message.
//
//go:embed schema.json
var Schema []byte
