package contracttest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Keys is docs/contract/keys.json: pairs of examples that everybody can read, in base64, which lockerd refuses in a configuration.
type Keys struct {
	Issuer          string `json:"issuer"`
	IssuerSeed      []byte `json:"issuer_seed"`
	IssuerPublic    []byte `json:"issuer_public"`
	StrangerSeed    []byte `json:"stranger_seed"`
	StrangerPublic  []byte `json:"stranger_public"`
	OperatorPrivate []byte `json:"operator_private"`
	OperatorPublic  []byte `json:"operator_public"`
	CabinetPrivate  []byte `json:"cabinet_private"`
	CabinetPublic   []byte `json:"cabinet_public"`
}

// Scenario is a line of receiving.jsonl: what comes to the receiver of a cabinet's records, and its verdicts.
type Scenario struct {
	Name    string `json:"name"`
	Cabinet string `json:"cabinet"`
	Steps   []Step `json:"steps"`
	Head    Head   `json:"head"`
}

// Step is a message of the events topic and the verdict on it.
type Step struct {
	Payload string `json:"payload"`
	Verdict string `json:"verdict"`
}

// Head is a record by its name and hash: what may be acknowledged.
type Head struct {
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
	Hash  string `json:"hash"`
}

// Box is an entry of boxes.json: a sealed box, and what it opens to; nil if it must not open.
type Box struct {
	To    string  `json:"to"`
	Box   []byte  `json:"box"`
	Plain *string `json:"plain"`
	Why   string  `json:"why,omitempty"`
}

// Order is a line of orders.jsonl: a message, and the code of its refusal; "" if its form is good.
type Order struct {
	Name     string    `json:"name"`
	Message  string    `json:"message"`
	Retained bool      `json:"retained,omitempty"`
	ID       string    `json:"id"`
	Code     string    `json:"code"`
	At       time.Time `json:"at"`
}

// Ack is a line of acks.jsonl: a message, and the record that it names if it counts.
type Ack struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Counts  bool   `json:"counts"`
	Head
}

// Token is a line of tokens.jsonl: what is scanned, and what it claims if its signature and form are good.
type Token struct {
	Name    string    `json:"name"`
	Text    string    `json:"text"`
	Good    bool      `json:"good"`
	ID      string    `json:"id,omitempty"`
	Cabinet string    `json:"cabinet,omitempty"`
	Parcel  string    `json:"parcel,omitempty"`
	Door    int       `json:"door,omitempty"`
	Courier string    `json:"courier,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}

// Packed is a line of packed.jsonl: a message in the packed form, and what it is in the plain one; or why it is to be refused.
type Packed struct {
	Name       string   `json:"name"`
	Topic      string   `json:"topic"` // "events" or "state"
	Dictionary int      `json:"dictionary"`
	Packed     string   `json:"packed"`          // hex
	Text       string   `json:"text,omitempty"`  // what the frame decompresses to
	Plain      []string `json:"plain,omitempty"` // payloads of the plain form, the oldest first
	Why        string   `json:"why,omitempty"`   // it is to be refused as a whole
}

// Read reads a file of docs/contract that is one JSON value.
func Read[T any](t testing.TB, name string) (v T) {
	t.Helper()
	if err := json.Unmarshal(Text(t, name), &v); err != nil {
		t.Fatalf("docs/contract/%s: %v", name, err)
	}
	return v
}

// Lines reads a file of docs/contract with a JSON value a line. An empty one fails the test.
func Lines[T any](t testing.TB, name string) (all []T) {
	t.Helper()
	for line := range bytes.Lines(Text(t, name)) {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("docs/contract/%s, line %d: %v", name, len(all)+1, err)
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		t.Fatalf("docs/contract/%s is empty", name)
	}
	return all
}

// Text reads a file of docs/contract.
func Text(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Path is where a file of docs/contract is: below the folder with go.mod, which is one above the test's own.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "docs", "contract", name)
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("no go.mod above the test")
	return ""
}
