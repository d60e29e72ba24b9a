// Package schema holds messages between a cabinet and its cloud against docs/contract/schema.json.
package schema

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	files "lockerd/docs/contract"
)

// Schemas are docs/contract/schema.json, compiled. Strict ones allow no field that the contract does not name, in what the cabinet sends either:
// so a test notices what a receiver has to pass over.
type Schemas struct {
	compiler *jsonschema.Compiler
	mu       sync.Mutex
}

// Strict are the strict schemas, read once.
var Strict = sync.OnceValues(func() (*Schemas, error) { return load(true) })

// Published are the schemas as they are published, read once.
var Published = sync.OnceValues(func() (*Schemas, error) { return load(false) })

const location = "schema.json"

func load(strict bool) (*Schemas, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(files.Schema))
	if err != nil {
		return nil, fmt.Errorf("schema: read schemas: %w", err)
	}
	if strict {
		tighten(doc)
	}
	s := &Schemas{compiler: jsonschema.NewCompiler()}
	s.compiler.AssertFormat()
	return s, s.compiler.AddResource(location, doc)
}

// tighten lets no object have fields that are not known.
func tighten(v any) {
	switch v := v.(type) {
	case map[string]any:
		if v["additionalProperties"] == true {
			v["additionalProperties"] = false
		}
		for _, inside := range v {
			tighten(inside)
		}
	case []any:
		for _, inside := range v {
			tighten(inside)
		}
	}
}

// Check holds a JSON text against a definition ("record", "order.door.unlock"). There is an error where there is no such definition.
func (s *Schemas) Check(def string, text []byte) error {
	s.mu.Lock()
	schema, err := s.compiler.Compile(location + "#/$defs/" + def)
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("schema: %s: %w", def, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("schema: %s: %w", def, err)
	}
	if err := schema.Validate(v); err != nil {
		return fmt.Errorf("schema: %s: %.2000s: %w", def, text, err)
	}
	return nil
}

// FromCabinet holds a message of the cabinet against the contract. topic is the last part of its topic's name.
func (s *Schemas) FromCabinet(topic string, payload []byte) error {
	switch topic {
	case "presence":
		return s.Check("presence", payload)
	case "state":
		return s.Check("state", payload)
	case "events":
		return s.record(payload)
	}
	return fmt.Errorf("schema: a cabinet sends nothing on %s", topic)
}

// record also refuses a kind that is not known, which a receiver passes over.
func (s *Schemas) record(payload []byte) error {
	public, personal, has := bytes.Cut(payload, []byte{'\n'})
	var line struct {
		Kind  string
		Event json.RawMessage
	}
	if err := json.Unmarshal(public, &line); err != nil {
		return fmt.Errorf("schema: record: %w", err)
	}
	err := errors.Join(s.Check("line", public), s.Check("event."+line.Kind, line.Event))
	if has {
		err = errors.Join(err, s.Check("boxes", personal))
	}
	return err
}

// ToCabinet holds an order or an ack, signed or bare, against the contract.
func (s *Schemas) ToCabinet(topic string, payload []byte) error {
	payload, err := Unsigned(payload)
	switch {
	case err != nil:
		return err
	case topic == "orders":
		return s.Check("order", payload)
	case topic == "acks":
		return s.Check("ack", payload)
	}
	return fmt.Errorf("schema: a cabinet listens to nothing on %s", topic)
}

// Unsigned is the payload of a JWS in compact form, without a look at its signature; a bare payload is itself.
func Unsigned(message []byte) ([]byte, error) {
	if !bytes.HasPrefix(message, []byte("ey")) {
		return message, nil
	}
	parts := strings.Split(string(message), ".")
	if len(parts) != 3 {
		return nil, errors.New("schema: not a JWS in compact form")
	}
	return base64.RawURLEncoding.DecodeString(parts[1])
}
