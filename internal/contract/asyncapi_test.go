package contract_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"lockerd/internal/contract"
	"lockerd/internal/contract/schema"
	"lockerd/internal/locker"
)

const asyncAPIFile = "../../docs/asyncapi.yaml"

// channel is a topic.
type channel struct {
	Name, Title, Words string
	Up                 bool // from the cabinet
	Retain             bool
	Messages           []string
}

// message is what is sent on a channel.
type message struct {
	Name, Title, Summary, Words, Tag string
	ContentType, Typ                 string // Typ is the type in the JWS header of what is signed
	Payload, Example                 any
}

// TestAsyncAPIIsThatOfTheTypes: docs/asyncapi.yaml is what its template and the types say, and its examples are as the schemas want them.
func TestAsyncAPIIsThatOfTheTypes(t *testing.T) {
	text, err := os.ReadFile("testdata/asyncapi.yaml.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	functions := template.FuncMap{"json": func(v any) (string, error) { return inline(v) }, "quote": func(s string) (string, error) { return inline(s) }}
	page, err := template.New("asyncapi").Funcs(functions).Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	all := schemaOfAll(t)
	if *update { // the examples are held against the file
		same(t, schemaFile, encode(t, all))
	}
	messages := messagesOf(t, all)
	channels := []channel{
		{"presence", "Is it connected", "Whether the cabinet is connected. The broker publishes the last will if it vanishes, at the latest 45 seconds after the last sign of life.", true, true, nil},
		{"state", "The newest state", "Doors, what is free, faults; nothing about people. At most once a second.", true, true, nil},
		{"events", "The journal", "Everything that happened, one record a message, in order. A second line, where there is one, holds personal data in boxes ($defs/boxes).", true, false, nil},
		{"acks", "I have everything up to here", "Signed. At the latest 30 seconds after a record came, and not more than a few a second.", false, false, nil},
		{"orders", "What to do", "Signed, and never retained: an order is meant once. An event answers each.", false, false, nil},
	}
	for i := range channels {
		for _, m := range messages {
			if m.Tag == channels[i].Name {
				channels[i].Messages = append(channels[i].Messages, m.Name)
			}
		}
	}
	var out bytes.Buffer
	if err := page.Execute(&out, map[string]any{"Version": contract.Version, "Channels": channels, "Messages": messages}); err != nil {
		t.Fatal(err)
	}
	same(t, asyncAPIFile, out.Bytes())
}

// inline is JSON on one line, which is YAML, too.
func inline(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSpace(b.String()), err
}

// messagesOf are all messages, with examples that were held against the schemas.
func messagesOf(t *testing.T, all object) []message {
	t.Helper()
	x := exampler(t, all)
	schemas, err := schema.Strict()
	if err != nil {
		t.Fatal(err)
	}
	file := func(def string) object { return object{{"$ref", "./contract/schema.json#/$defs/" + def}} }
	messages := []message{
		{Name: "presence", Title: "Presence", Summary: "The cabinet is connected, or left.", Tag: "presence", Payload: file("presence"), Example: x.of("presence")},
		{Name: "presence.will", Title: "Last will", Summary: "The broker says that the cabinet vanished.", Tag: "presence", Payload: file("presence"),
			Example: object{{"online", false}}},
		{Name: "state", Title: "State", Summary: "The newest state.", Tag: "state", Payload: file("state"), Example: x.of("state")},
		{Name: "ack", Title: "Ack", Summary: "The cloud has this record and all before it.", Tag: "acks", ContentType: "application/jose", Typ: "lockerd-ack",
			Payload: file("ack"), Example: x.of("ack")},
	}
	kinds := locker.Kinds()
	slices.Sort(kinds)
	for _, kind := range kinds {
		messages = append(messages, message{Name: "event." + kind, Title: kind, Summary: x.doc("event." + kind), Tag: "events",
			Payload: object{{"allOf", []any{file("line"), object{{"properties", object{
				{"kind", object{{"const", kind}}}, {"event", file("event." + kind)}}}}}}},
			Example: x.record(kind)})
	}
	for _, kind := range sorted(contract.Orders) {
		m := message{Name: "order." + kind, Title: kind, Summary: x.doc("order." + kind), Tag: "orders", ContentType: "application/jose", Typ: "lockerd-order",
			Payload: object{{"allOf", []any{file("envelope"), object{{"properties", object{
				{"kind", object{{"const", kind}}}, {"body", file("order." + kind)}}}}}}},
			Example: x.order(kind)}
		if contract.Orders[kind].Personal != nil {
			m.Words = "In the box of personal, in JSON, is $defs/personal." + kind + " of the schemas: " + x.text("personal."+kind)
		}
		messages = append(messages, m)
	}
	for i := range messages {
		m := &messages[i]
		if m.ContentType == "" {
			m.ContentType = "application/json"
		}
		text, err := inline(m.Example)
		if err != nil {
			t.Fatal(err)
		}
		check := schemas.FromCabinet
		if m.Typ != "" {
			check = schemas.ToCabinet
		}
		if err := check(m.Tag, []byte(text)); err != nil {
			t.Errorf("example of %s: %v", m.Name, err)
		}
	}
	return messages
}

// TestAsyncAPIParserTakesIt: AsyncAPI's own parser has no complaint about docs/asyncapi.yaml. `build/test-needs` installs it where it is missing.
func TestAsyncAPIParserTakesIt(t *testing.T) {
	tool, err := filepath.Abs("../../build/asyncapi")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(tool, "node_modules/@asyncapi/parser")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("AsyncAPI's parser is missing: build/test-needs")
		}
		t.Skip("AsyncAPI's parser is missing: build/test-needs")
	}
	file, err := filepath.Abs(asyncAPIFile)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "node", filepath.Join(tool, "check.mjs"), file).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if want := "channels 5"; !strings.Contains(string(out), want) {
		t.Errorf("want it read whole (%s), got %s", want, out)
	}
}
