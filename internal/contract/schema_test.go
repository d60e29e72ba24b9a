package contract_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
)

var update = flag.Bool("update", false, "write docs/contract/schema.json and docs/asyncapi.yaml anew")

const schemaFile = "../../docs/contract/schema.json"

// TestSchemaIsThatOfTheTypes: docs/contract/schema.json is what the Go types say, so that code and contract cannot drift apart.
func TestSchemaIsThatOfTheTypes(t *testing.T) {
	text := encode(t, schemaOfAll(t))
	same(t, schemaFile, text)
}

// same compares a file with what it should be, or writes it with -update.
func same(t *testing.T, name string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the types say (%v): run go test ./internal/contract -update, and look at the difference", name, err)
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// schemaOfAll is the contract as one JSON Schema: each message and each of its parts under $defs.
func schemaOfAll(t *testing.T) object {
	t.Helper()
	s := &schemas{source: readSource(t, "../locker", "."), defs: map[string]any{}}
	s.def("presence", contract.Presence{}, false)
	s.def("state", locker.Summary{}, false)
	s.def("line", contract.Received{}, false)
	s.def("boxes", contract.Boxes{}, false)
	s.def("ack", contract.Ack{}, true)
	s.def("envelope", contract.Order{}, true)
	s.defs["record"] = s.records(t)
	s.defs["order"] = s.orders()
	names := make([]string, 0, len(s.defs))
	for name := range s.defs {
		names = append(names, name)
	}
	slices.Sort(names)
	var defs object
	for _, name := range names {
		defs = append(defs, pair{name, s.defs[name]})
	}
	return object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "The contract between a cabinet and its cloud"},
		{"description", "Made from the Go types by internal/contract, TestSchemaIsThatOfTheTypes; do not edit. " +
			"What the cabinet sends may have fields that are not known; what is sent to it must not."},
		{"version", contract.Version},
		{"$defs", defs},
	}
}

// records are the public lines of every kind: the event depends on the kind. A kind that is not known is passed over.
func (s *schemas) records(t *testing.T) object {
	t.Helper()
	kinds := locker.Kinds()
	slices.Sort(kinds)
	var cases []any
	for _, kind := range kinds {
		e, err := locker.DecodeEvent(kind, []byte("{}"), locker.Personal{})
		if err != nil {
			t.Fatal(err)
		}
		s.def("event."+kind, e, false)
		cases = append(cases, when(kind, "event", "event."+kind))
	}
	return object{
		{"description", "A record's public line, the first line of a message on events. Its event depends on its kind. Pass over kinds that are not known, " +
			"and still count them in the chain."},
		{"$ref", "#/$defs/line"},
		{"allOf", cases},
	}
}

// orders are the orders of every kind: the body depends on the kind.
func (s *schemas) orders() object {
	kinds := make([]string, 0, len(contract.Orders))
	for kind := range contract.Orders {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	var cases []any
	for _, kind := range kinds {
		form := contract.Orders[kind]
		s.def("order."+kind, form.Body, true)
		s.defs["order."+kind] = append(s.defs["order."+kind].(object), together[kind]...)
		c := when(kind, "body", "order."+kind)
		then := c[1].value.(object)
		switch {
		case form.Personal == nil:
			then = property(then, "personal", object{{"maxLength", 0}})
		case form.MustPersonal:
			then = append(property(then, "personal", object{{"minLength", 1}}), pair{"required", []string{"personal"}})
		}
		if form.Personal != nil {
			s.def("personal."+kind, form.Personal, true)
		}
		c[1].value = then
		cases = append(cases, c)
	}
	asks := func(what locker.Condition) object {
		return object{{"properties", object{{"body", object{{"properties", object{{"ask", object{{"contains", object{{"const", what}}}}}}}, {"required", []string{"ask"}}}}}}}
	}
	cases = append(cases, object{ // readAsk: what is asked for must be given
		{"if", object{{"properties", object{{"kind", object{{"enum", []string{"parcel.announce", "parcel.new_recipient"}}}}}}, {"anyOf", []any{asks(locker.ConditionPhone), asks(locker.ConditionPIN)}}}},
		{"then", object{{"properties", object{{"personal", object{{"minLength", 1}}}}}, {"required", []string{"personal"}}}},
	})
	return object{
		{"description", "An order, the payload of a JWS on orders. Its body depends on its kind; $defs named personal.KIND say what is in the box."},
		{"$ref", "#/$defs/envelope"},
		{"properties", object{{"kind", object{{"enum", kinds}}}}},
		{"allOf", cases},
	}
}

// together is what the fields of a body must be to each other, where internal/sync asks more of it than of each field alone.
var together = map[string]object{
	"parcel.extend": {
		{"oneOf", []any{given("until"), given("by_hours")}},
		{"allOf", []any{object{{"properties", object{{"by_hours", object{{"minimum", 1}, {"maximum", contract.MaxHours}}},
			{"price", object{{"minimum", 0}, {"maximum", contract.MaxAmount}}}}}}}},
	},
	"parcel.announce": {{"allOf", []any{object{{"properties", object{{"hours", object{{"minimum", 0}, {"maximum", contract.MaxHours}}}, {"fee", object{{"properties", object{
		{"currency", object{{"pattern", capitals}}}, {"due", object{{"minimum", 0}, {"maximum", contract.MaxAmount}}}}},
		{"anyOf", []any{given("tariff"), object{{"properties", object{{"due", object{{"minimum", 1}}}}}, {"required", []string{"due"}}}}}}}}}}}}},
	"fee.link": {{"allOf", []any{object{{"properties", object{{"url", object{{"pattern", "^https://[^/]"}}},
		{"amount", object{{"minimum", 1}, {"maximum", contract.MaxAmount}}}, {"currency", object{{"pattern", capitals}}}}}}}}},
	"fee.paid":      {money},
	"fee.refunded":  {money},
	"parcel.status": {{"oneOf", []any{given("tracking"), given("parcel")}}},
	"doors.book": {{"allOf", []any{object{{"properties", object{
		{"doors", object{{"maxItems", contract.MaxDoors}}}, {"count", object{{"minimum", 0}, {"maximum", contract.MaxDoors}}}}}}}}},
	"person.erase": {{"oneOf", []any{given("tracking"), given("parcel"), given("courier")}}},
	"playlist.put": {{"allOf", []any{object{{"properties", object{{"pictures", object{
		{"maxItems", contract.MaxPictures},
		{"items", object{{"properties", object{
			{"sha256", object{{"pattern", "^[0-9a-f]*$"}}},
			{"bytes", object{{"minimum", 1}, {"maximum", contract.MaxPicture}}},
			{"seconds", object{{"minimum", contract.LeastShown}, {"maximum", contract.MostShown}}},
		}}, {"dependentRequired", object{{"from", []string{"until"}}, {"until", []string{"from"}}}}}},
	}}}}}}}},
	"notice.put": {{"allOf", []any{object{{"properties", object{{"texts", object{{"maxItems", contract.MaxTexts}}}}}}}}},
	"evidence.upload": {
		{"oneOf", []any{given("photo"), given("sha256"), given("parcel"), given("door")}},
		{"dependentRequired", object{{"door", []string{"from", "until"}}, {"from", []string{"door"}}, {"until", []string{"door"}}}},
	},
}

// capitals is how a currency is written.
const capitals = "^[A-Z]{3}$"

// money is what an order about money must be besides.
var money = pair{"allOf", []any{object{{"properties", object{{"amount", object{{"minimum", 1}, {"maximum", contract.MaxAmount}}},
	{"currency", object{{"pattern", capitals}}}}}}}}

func given(name string) object { return object{{"required", []string{name}}} }

// when says what a field is where the kind is this one.
func when(kind, field, def string) object {
	return object{
		{"if", object{{"properties", object{{"kind", object{{"const", kind}}}}}}},
		{"then", object{{"properties", object{{field, ref(def)}}}}},
	}
}

// property adds a property to a schema whose first keyword is its properties.
func property(o object, name string, schema object) object {
	o[0].value = append(o[0].value.(object), pair{name, schema})
	return o
}

func ref(def string) object { return object{{"$ref", "#/$defs/" + def}} }

// schemas makes definitions from types.
type schemas struct {
	source source
	defs   map[string]any
}

// def defines a struct under a name. Closed: a field that is not known is refused.
func (s *schemas) def(name string, v any, closed bool) {
	s.struct_(name, reflect.TypeOf(v), closed)
}

func (s *schemas) struct_(name string, typ reflect.Type, closed bool) {
	s.defs[name] = nil // a type that holds itself
	properties, required := s.fields(typ, closed)
	o := object{{"type", "object"}}
	short := name[strings.Index(name, ".")+1:] // "door.opened" of "event.door.opened"
	if doc := named(s.source.doc(typ, ""), typ.Name(), short); doc != "" {
		o = append(object{{"description", doc}}, o...)
	}
	if len(properties) == 0 {
		properties = object{}
	}
	o = append(o, pair{"properties", properties})
	if len(required) > 0 {
		o = append(o, pair{"required", required})
	}
	s.defs[name] = append(o, pair{"additionalProperties", !closed})
}

// fields are a struct's properties. What it may leave out is not required.
func (s *schemas) fields(typ reflect.Type, closed bool) (properties object, required []string) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
			continue
		case f.Anonymous && name == "":
			p, r := s.fields(f.Type, closed)
			properties, required = append(properties, p...), append(required, r...)
			continue
		}
		if !strings.Contains(options, "omit") || typ == reflect.TypeFor[contract.Order]() && (name == "issued" || name == "expires") {
			required = append(required, name) // an order that is signed must say when
		}
		o := s.value(f.Type, closed)
		o = narrow(o, f, typ)
		if doc := named(s.source.doc(typ, f.Name), f.Name, name); doc != "" {
			o = append(object{{"description", doc}}, o...)
		}
		properties = append(properties, pair{name, o})
	}
	return properties, required
}

// named is a comment that begins with a name of the contract instead of Go's.
func named(doc, was, is string) string {
	doc = strings.TrimPrefix(strings.TrimPrefix(doc, "An "), "A ")
	if rest, ok := strings.CutPrefix(doc, was+" "); ok {
		return "`" + is + "` " + rest
	}
	return doc
}

// rfc3339 is how a time is written: JSON Schema's own format also allows small letters, which a cabinet refuses.
const rfc3339 = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`

const base64Text = `^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$`

// value is the schema of a type.
func (s *schemas) value(typ reflect.Type, closed bool) object {
	switch typ {
	case reflect.TypeFor[time.Time]():
		return object{{"type", "string"}, {"format", "date-time"}, {"pattern", rfc3339}}
	case reflect.TypeFor[json.RawMessage]():
		return object{{"type", "object"}}
	case reflect.TypeFor[locker.Hash]():
		return object{{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}}
	case reflect.TypeFor[[]byte](), reflect.TypeFor[locker.Box]():
		return object{{"type", "string"}, {"contentEncoding", "base64"}, {"pattern", base64Text}}
	}
	switch typ.Kind() {
	case reflect.String:
		if typ.PkgPath() != "" {
			return s.enum(typ, closed)
		}
		return object{{"type", "string"}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int, reflect.Int64:
		return object{{"type", "integer"}}
	case reflect.Uint64, reflect.Uint8:
		return object{{"type", "integer"}, {"minimum", 0}}
	case reflect.Pointer:
		return s.value(typ.Elem(), closed)
	case reflect.Slice:
		if closed {
			return object{{"type", "array"}, {"items", s.value(typ.Elem(), closed)}}
		}
		return object{{"type", []string{"array", "null"}}, {"items", s.value(typ.Elem(), closed)}} // an empty list may be null
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", s.value(typ.Elem(), closed)}}
	case reflect.Struct:
		if _, done := s.defs[typ.Name()]; !done {
			s.struct_(typ.Name(), typ, closed)
		}
		return ref(typ.Name())
	default:
		panic("no schema of " + typ.String())
	}
}

// enum defines a named text by its constants.
func (s *schemas) enum(typ reflect.Type, closed bool) object {
	values := contract.Enum(typ)
	constants := s.source.constants[typ.Name()]
	if !closed || values == nil {
		values = nil
		for _, c := range constants {
			values = append(values, c.value)
		}
	}
	name := typ.Name()
	if closed {
		name = "Ordered" + name
	}
	if len(values) == 0 {
		panic("no constants of " + typ.String())
	}
	doc := s.source.doc(typ, "")
	for _, c := range constants {
		if c.doc != "" && slices.Contains(values, c.value) {
			doc += "\n- `" + c.value + "`: " + c.doc
		}
	}
	s.defs[name] = object{{"description", doc}, {"type", "string"}, {"enum", values}}
	return ref(name)
}

// printable is what contract.Plain allows.
const printable = `[\p{L}\p{M}\p{N}\p{P}\p{S} ]`

// oneOfThem are the bodies of which one field of several is given: what is given is not empty.
var oneOfThem = []reflect.Type{reflect.TypeFor[contract.Erase](), reflect.TypeFor[contract.Upload](), reflect.TypeFor[contract.AskStatus]()}

// narrow adds what a field's tags say.
func narrow(o object, f reflect.StructField, in reflect.Type) object {
	form := contract.FormOf(f)
	switch form.Kind {
	case "text":
		o = append(o, pair{"minLength", form.Least}, pair{"maxLength", form.Most}, pair{"pattern", "^" + printable + "*$"})
	case "ids":
		items := append(o[1].value.(object), pair{"minLength", form.Least}, pair{"maxLength", form.Most}, pair{"pattern", "^" + printable + "*$"})
		o[1].value = items
		o = append(o, pair{"minItems", 1})
	case "given":
		if f.Type.Kind() == reflect.String {
			o = append(o, pair{"minLength", 1})
		}
	case "tracking": // blanks of any sort are as good as one
		o = append(o, pair{"minLength", form.Least}, pair{"maxLength", form.Most}, pair{"pattern", `^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\p{Cf}]*$`})
	case "digits":
		o = append(o, pair{"pattern", "^([0-9]{" + itoa(form.Least) + "," + itoa(form.Most) + "})?$"})
	case "phone":
		o = append(o, pair{"pattern", `^([+]?[0-9]{5,15})?$`})
	case "time":
		o = append(o, pair{"pattern", "^(([01][0-9]|2[0-3]):[0-5][0-9])?$"})
	case "door":
		o = append(o, pair{"minimum", 1}, pair{"maximum", contract.MaxDoor})
	case "hash":
		o = append(o, pair{"pattern", "^[0-9a-f]{64}$"})
	case "version":
		o = append(o, pair{"pattern", "^[0-9]+[.][0-9]+$"})
	}
	if slices.Contains(oneOfThem, in) {
		if f.Name == "Door" {
			o = append(o, pair{"minimum", 1}, pair{"maximum", contract.MaxDoor})
		}
		for i := range o {
			if o[i].name == "minLength" {
				o[i].value = 1
			}
		}
	}
	if values := f.Tag.Get("enum"); values != "" {
		o = append(o, pair{"enum", strings.Split(values, ",")})
	}
	return o
}

// TestCodesAreDocumented: docs/cloud.md says what each code of a refusal means.
func TestCodesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/cloud.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := readSource(t, "../locker").constants["RefusalCode"]
	if len(codes) < 30 {
		t.Errorf("want all codes, got %d", len(codes))
	}
	for _, c := range codes {
		if !strings.Contains(string(text), "`"+c.value+"`") {
			t.Errorf("docs/cloud.md does not name the code %s", c.value)
		}
	}
}
