package contract_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/contract"
)

// values are what the fields of examples hold, by their names; by "kind.field" where a kind needs another.
var values = map[string]any{
	"cabinet": "demo-1", "epoch": "8d41f0c2a7b95e13", "previous": "05c7e1b8834af2d9", "seq": 18, "v": 1, "up": 12345, "version": "0.1.0", "contract": contract.Version,
	"prev": "66510e2e65235889161de4f63216e271188191f98f01c83bca479461e2b3448f", "hash": "8d2bcd4933a9028082ba457938b7a4573381042d39e6e372c37bf934f5a1facd",
	"sha256": "e0ccdad3ce76a13944ae507cf20de0393058291e89c7d5964e19482f23c50422",
	"door":   7, "from": 7, "to": 8, "size": "M", "tracking": "JJD000390007", "parcel": "p-4f1c", "session": "s-91ab", "unlock": "u-3a07", "order": "o-1001", "of": "door.unlock",
	"courier": "c1", "company": "Example Parcel", "mask": "•••••67", "technician": "ida", "enrolment": "e-77d0", "issuer": "example", "language": "en",
	"bus": "main", "board": 1, "channel": 7, "family": "8A", "channels": 24, "baud": 9600, "column": 1, "camera": "front", "scanner": "front", "photo": "2f9c1e.photo",
	"by": "order:o-1001", "with": "jonas", "source": "contact 7", "token": "Zm9vYmFyYmF6", "format": "sscc", "contents": "parcel", "state": "closed", "contact": "latch",
	"answers": 3, "channel_7": nil, "within_ms": 2000, "waits_ms": 400, "for_ms": 60000, "step": 1, "count": 12, "missing": 2, "after": 0, "id": "o-1001",
	"reason": "recipient on the phone, order 4711", "phone": "+491701234567", "pin": "471108", "badge": "K7Q2XW9MTB4N", "name": "Eve",
	"what": "p-3a07", "why": "no answer for 8s", "do": "have a courier take it back at the kiosk", "detail": "no answer", "failed": 1, "found": nil,
	"jump_ms": 86400000, "parcels": 2, "overdue": 1, "held": 0, "closed": 0, "boot": "4c1f9a52", "booted_ms": 21000, "pin_digits": 8, "badge_characters": 12,
	"inventory": "i-8d41f0c2", "differences": 1, "began": "2026-11-24T11:02:33.123Z",
	"amount": 250, "whole": 250, "left": 0, "over": 0, "currency": "EUR", "due": 1990, "reference": "psp-77d0e1", "price": 300, "owed": 250,
	"receipt": "004711/118", "told": "2026-11-24T11:25:00Z", "free_s": 86400, "every_s": 86400, "times": 4, "charge": "begun", "cap": 1000, "multiple": 5, "zone": "Europe/Berlin",
	"quiet_weekdays": []string{"sunday"}, "quiet_dates": []string{"2026-12-25"},
	"sharer": "ben", "ids": "Zm9vYmFyYmF6", "photos": "2f9c1e.photo", "technicians": "ida",
}

// own are the values of a kind's own fields where the name alone says too little.
var own = map[string]any{
	"event.setup.surveyed.failed": "main: no answer", "event.door.unblocked.by": "technician:ida", "event.door.said_open.by": "recipient",
	"event.order.refused.why": "expired", "event.order.refused.code": "expired", "event.unlock.refused.why": "no such door", "event.look.refused.why": "the door stands open",
	"event.parcel.disputed.by": "sensor", "event.guards.cleared.by": "grace", "event.clock.set.by": "order:o-1001", "event.clock.corrected.by": "technician:ida",
	"event.setup.failed.why": "lockerd began anew with another wiring", "event.look.refused.by": "grace", "event.unlock.refused.by": "grace",
	"event.courier.signed_in.by": "badge", "event.look.refused.code": "door_open", "event.unlock.refused.code": "no_such_door",
	"order.issuer.put.key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "order.issuer.put.signs": []string{"orders"}, "order.doors.book.doors": []int{3, 4},
	"order.parcel.extend.by_hours": 48, "order.config.put.version": "2026-12-01.1", "order.config.put.toml": "cabinet = \"demo-1\"\n", "order.config.put.trial": "5m",
	"order.config.put.sha256":    "a9dee52f8d1f0d870880f54dd9f78c367cea33e40b6f2268a4d571fe3a9f8012",
	"order.playlist.put.version": "winter-1", "order.playlist.put.url": "https://pictures.example.org/winter.jpg", "order.playlist.put.bytes": 184320, "order.playlist.put.seconds": 20,
	"order.playlist.put.from": "08:00", "order.playlist.put.until": "20:00", "order.notice.put.text": "On Monday a technician will be here from 9 to 10.",
	"event.playlist.asked.version": "winter-1", "event.playlist.shown.version": "winter-1", "event.playlist.failed.version": "winter-1", "event.playlist.asked.bytes": 184320,
	"event.notice.put.text": "On Monday a technician will be here from 9 to 10.", "event.notice.removed.notice": "o-1001", "event.playlist.asked.hosts": []string{"pictures.example.org"},
	"order.evidence.upload.url": "https://photos.example.org/up/7d1e", "order.door.looked.by": "caretaker-2", "order.tokens.revoke.until": "2026-11-30T00:00:00Z", "event.sequence.started.by": "ida",
	"event.fee.charging.charge": "c-8d41f0c2-118", "event.fee.stopping.charge": "c-8d41f0c2-118", "event.fee.declined.charge": "c-8d41f0c2-118",
	"event.fee.uncertain.charge": "c-8d41f0c2-118", "event.fee.paid.charge": "c-8d41f0c2-118", "event.fee.paid.reference": "c-8d41f0c2-118", "event.fee.paid.order": "",
	"order.fee.unpaid.charge": "c-8d41f0c2-118", "event.terminal.lost.why": "offline", "event.fee.stopping.why": "paid", "event.fee.uncertain.why": "lost",
	"order.fee.link.url": "https://pay.example.org/p/77d0e1", "event.fee.linked.url": "https://pay.example.org/p/77d0e1", "order.parcel.told.at": "2026-11-24T11:25:00Z",
	"order.parcel.announce.tariff": json.RawMessage(`{"currency":"EUR","free_s":86400,"steps":[{"every_s":86400,"price":250}],"cap":1000}`),
	"order.parcel.announce.hours":  24, "sharer": "ben",
	"event.drop.started.from": "sender", "event.parcel.announced.from": "sender", "order.parcel.announce.from": "sender", "event.inventory.started.by": "ida", "event.inventory.ended.by": "ida", "event.inventory.ended.why": "done", "event.inventory.door.believed": "parcel",
}

// examples makes an example of each definition from its schema: every field that may be there is.
type examples struct {
	t    *testing.T
	defs map[string]any
	def  string // whose example is made
}

func exampler(t *testing.T, all object) *examples {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(encode(t, all), &doc); err != nil {
		t.Fatal(err)
	}
	return &examples{t: t, defs: doc["$defs"].(map[string]any)}
}

func (x *examples) doc(def string) string {
	text, _ := x.defs[def].(map[string]any)["description"].(string)
	first, _, _ := strings.Cut(text, "\n")
	return first
}

func (x *examples) of(def string) any {
	x.def = def
	return x.value(x.defs[def].(map[string]any), "")
}

// text is an example as JSON.
func (x *examples) text(def string) string {
	text, err := inline(x.of(def))
	if err != nil {
		x.t.Fatal(err)
	}
	return text
}

func (x *examples) record(kind string) any {
	line := x.of("line").(object)
	return line.with("kind", kind).with("event", x.of("event."+kind)).without("sealed")
}

// order is an order with its personal part in a box to the cabinet of docs/cloud.md.
func (x *examples) order(kind string) any {
	o := x.of("envelope").(object)
	body := x.of("order." + kind).(object)
	switch kind { // only one of them may be named
	case "person.erase":
		body = body.without("tracking").without("courier")
	case "parcel.extend":
		body = body.without("until")
	case "parcel.status":
		body = body.without("parcel")
	case "doors.book":
		body = body.without("size").without("count").without("company")
	case "evidence.upload":
		body = body.without("sha256").without("parcel").without("door").without("from").without("until")
	}
	o = o.with("kind", kind).with("body", body).without("personal")
	if contract.Orders[kind].Personal != nil {
		o = append(o, pair{"personal", x.sealed(x.text("personal." + kind))})
	}
	return o
}

// sealed seals with the chance that the text gives, so that it is the same each time.
func (x *examples) sealed(text string) string {
	key, err := base64.StdEncoding.DecodeString("X/uYNGYc9MLzT0dVx/7B6MaGgp8UuzhaXMB7Pg9WdFc=")
	if err != nil {
		x.t.Fatal(err)
	}
	seed := sha256.Sum256([]byte(text))
	b, err := box.SealAnonymous(nil, []byte(text), (*[32]byte)(key), bytes.NewReader(seed[:]))
	if err != nil {
		x.t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func (x *examples) value(schema map[string]any, name string) any {
	if v, ok := own[x.def+"."+name]; ok {
		return v
	}
	if to, ok := schema["$ref"].(string); ok {
		return x.value(x.defs[strings.TrimPrefix(to, "#/$defs/")].(map[string]any), name)
	}
	if list, ok := schema["enum"].([]any); ok {
		if v, known := values[name]; known && slices.Contains(list, v) {
			return v
		}
		return list[slices.IndexFunc(list, func(v any) bool { return v != "" })]
	}
	typ := schema["type"]
	if list, ok := typ.([]any); ok {
		typ = list[0]
	}
	v := values[name]
	switch typ {
	case "object":
		return x.object(schema)
	case "array":
		return []any{x.value(schema["items"].(map[string]any), name)}
	case "boolean":
		return true
	case "integer":
		if n, ok := v.(int); ok {
			return n
		}
		return 1
	}
	switch s, ok := v.(string); {
	case schema["format"] == "date-time":
		return map[string]string{"issued": "2026-11-24T11:22:00Z", "expires": "2026-11-24T11:24:00Z", "newest": "2046-11-24T11:30:12Z"}[name] + map[bool]string{
			false: "2026-11-24T11:22:33.123Z"}[name == "issued" || name == "expires" || name == "newest"]
	case schema["contentEncoding"] == "base64":
		return "JBWZUjvrC39sG4Z5WzqJCfen9Z04rtGRyrQgminJ5F3aymBKmO05Y0Y66mazGQDhRh3c4V3b4XJrt+LHxQ=="
	case schema["pattern"] == "^[0-9a-f]{64}$" && !contract.IsHash(s):
		return values["sha256"]
	case ok:
		return s
	}
	return name
}

func (x *examples) object(schema map[string]any) object {
	properties, _ := schema["properties"].(map[string]any)
	o := object{}
	if properties == nil && schema["additionalProperties"] != nil {
		if of, ok := schema["additionalProperties"].(map[string]any); ok {
			return object{{"M", x.value(of, "")}}
		}
	}
	required, _ := schema["required"].([]any)
	var names []string
	for _, n := range required { // first what is always there, in its order
		names = append(names, n.(string))
	}
	for _, n := range slices.Sorted(maps.Keys(properties)) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, n := range names {
		if p, ok := properties[n].(map[string]any); ok {
			o = append(o, pair{n, x.value(p, n)})
		}
	}
	return o
}

func (o object) with(name string, value any) object {
	out := slices.Clone(o)
	for i := range out {
		if out[i].name == name {
			out[i].value = value
			return out
		}
	}
	return append(out, pair{name, value})
}

func (o object) without(name string) object {
	return slices.DeleteFunc(slices.Clone(o), func(p pair) bool { return p.name == name })
}
