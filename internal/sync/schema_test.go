package sync_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"lockerd/internal/contract"
	"lockerd/internal/contract/schema"
	link "lockerd/internal/sync"
)

const (
	bodyless = `{}`
	someID   = `{"courier":"eve"}`
)

// picture is a playlist of one picture, with these fields besides its address and hash.
func picture(more string) string {
	return `{"version":"1","pictures":[{"url":"https://h.example/x.png","sha256":"` + strings.Repeat("a9", 32) + `",` + more + `}]}`
}

// forms are orders of every kind: the body and the personal part in clear, and whether they are well formed.
var forms = []struct {
	kind, body, personal string
	good                 bool
}{
	{"parcel.announce", `{"tracking":"JJD0001","size":"M","low":true,"company":"Example Parcel","ask":["confirm"]}`, "", true},
	{"parcel.announce", `{"tracking":"JJD0001","ask":["phone","pin"]}`, `{"phone":"+491701234567","pin":"2468"}`, true},
	{"parcel.announce", `{"tracking":"3S AB\u200b12"}`, `{"phone":"12345"}`, true},
	{"parcel.announce", `{"tracking":"` + strings.Repeat("ü", 64) + `","size":"","company":""}`, "", true},
	{"parcel.announce", bodyless, "", false},
	{"parcel.announce", `{"tracking":""}`, "", false},
	{"parcel.announce", `{"tracking":"` + strings.Repeat("x", 65) + `"}`, "", false},
	{"parcel.announce", `{"tracking":"A\u0007"}`, "", false},
	{"parcel.announce", `{"tracking":"A","size":"` + strings.Repeat("x", 17) + `"}`, "", false},
	{"parcel.announce", `{"tracking":"A","size":"a\u00a0b"}`, "", false},
	{"parcel.announce", `{"tracking":"A","ask":["riddle"]}`, "", false},
	{"parcel.announce", `{"tracking":"A","ask":["pin"]}`, "", false},
	{"parcel.announce", `{"tracking":"A","Size":"M"}`, "", false},
	{"parcel.announce", `{"tracking":17}`, "", false},
	{"parcel.announce", `[]`, "", false},
	{"parcel.cancel", `{"tracking":"A"}`, "", true},
	{"parcel.cancel", `{"tracking":"A","door":7}`, "", false},
	{"door.unlock", `{"door":7,"reason":"recipient on the phone"}`, "", true},
	{"door.unlock", `{"door":9999}`, "", true},
	{"door.unlock", `{"door":0}`, "", false},
	{"door.unlock", `{"door":10000}`, "", false},
	{"door.unlock", `{"door":1.5}`, "", false},
	{"door.unlock", `{"door":"7"}`, "", false},
	{"door.unlock", `{"door":7,"reason":"` + strings.Repeat("x", 201) + `"}`, "", false},
	{"door.unlock", `{"door":7}`, `{}`, false},
	{"door.block", `{"door":7,"reason":"dirty"}`, "", true},
	{"door.block", `{"door":7,"reason":"haunted"}`, "", false},
	{"door.block", `{"door":7,"reason":"restless"}`, "", false},
	{"door.block", `{"door":7}`, "", false},
	{"door.unblock", `{"door":7}`, "", true},
	{"door.unblock", `{"door":-7}`, "", false},
	{"courier.put", `{"courier":"eve","company":"New","rights":["drop","collect"],"from":"2026-11-24T00:00:00Z","until":"2026-12-24T00:00:00.5+01:00"}`,
		`{"name":"Eve","badge":"K7Q2XW9MTB4N","pin":"4711080815"}`, true},
	{"courier.put", someID, `{"name":"Eve"}`, true},
	{"courier.put", someID, "", false},
	{"courier.put", `{"courier":"eve","rights":["rule"]}`, `{"name":"Eve"}`, false},
	{"courier.put", `{"courier":"eve","from":"tomorrow"}`, `{"name":"Eve"}`, false},
	{"courier.put", `{"courier":"eve","from":"2026-11-24t00:00:00z"}`, `{"name":"Eve"}`, false},
	{"courier.put", `{"courier":"eve","from":"2026-11-24T00:00:00"}`, `{"name":"Eve"}`, false},
	{"courier.remove", someID, "", true},
	{"courier.remove", `{"courier":""}`, "", false},
	{"resend", `{"after":41}`, "", true},
	{"resend", bodyless, "", true},
	{"resend", `{"after":-1}`, "", false},
	{"tokens.revoke", `{"ids":["t1","t2"],"until":"2026-11-30T01:00:00+01:00"}`, "", true},
	{"tokens.revoke", `{"ids":[],"until":"2026-11-30T01:00:00+01:00"}`, "", false},
	{"tokens.revoke", `{"ids":[""],"until":"2026-11-30T01:00:00+01:00"}`, "", false},
	{"tokens.revoke", `{"ids":["t1"]}`, "", false},
	{"pickup.confirm", `{"tracking":"A","session":"s-1"}`, "", true},
	{"pickup.confirm", `{"session":"s-1"}`, "", false},
	{"person.erase", `{"parcel":"p-1"}`, "", true},
	{"person.erase", `{"tracking":"A"}`, "", true},
	{"person.erase", `{"parcel":"p-1","courier":"eve"}`, "", false},
	{"person.erase", bodyless, "", false},
	{"parcel.handed_over", `{"tracking":"A"}`, "", true},
	{"parcel.handed_over", `{"tracking":"A","to":"Eve"}`, "", false},
	{"door.looked", `{"door":7,"by":"caretaker-2"}`, "", true},
	{"door.looked", `{"door":7}`, "", false},
	{"pickup.reset", `{"tracking":"A"}`, "", true},
	{"pickup.reset", `{"door":7}`, "", false},
	{"clock.correct", `{"newest":"2046-11-28T09:00:00Z"}`, "", true},
	{"clock.correct", bodyless, "", false},
	{"config.put", `{"version":"1","sha256":"a9dee52f8d1f0d870880f54dd9f78c367cea33e40b6f2268a4d571fe3a9f8012","toml":"cabinet = \"demo-1\"\n","trial":"5m"}`,
		"", true},
	{"config.put", `{"version":"1","sha256":"a9dee52f8d1f0d870880f54dd9f78c367cea33e40b6f2268a4d571fe3a9f8012"}`, "", false},
	{"config.put", `{"version":"1","sha256":"a9","toml":"cabinet = \"demo-1\"\n"}`, "", false},
	{"cabinet.restart", bodyless, "", true},
	{"cabinet.restart", `{"at":"2026-11-30T01:00:00Z"}`, "", false},
	{"report", `{"from":"2026-11-30T01:00:00Z","until":"2026-11-30T02:00:00Z"}`, "", true},
	{"report", `{"from":"yesterday"}`, "", false},
	{"evidence.upload", `{"photo":"2f9c1e.photo","url":"https://photos.example.org/up","method":"put"}`, "", true},
	{"evidence.upload", `{"door":7,"from":"2026-11-30T01:00:00Z","until":"2026-11-30T02:00:00Z","url":"https://photos.example.org/up","method":"tus"}`, "", true},
	{"evidence.upload", `{"door":7,"url":"https://photos.example.org/up","method":"tus"}`, "", false},
	{"evidence.upload", `{"parcel":"p-1","door":7,"url":"https://photos.example.org/up","method":"tus"}`, "", false},
	{"evidence.upload", `{"url":"https://photos.example.org/up","method":"tus"}`, "", false},
	{"evidence.upload", `{"parcel":"p-1","url":"https://photos.example.org/up","method":"pigeon"}`, "", false},
	{"evidence.upload", `{"parcel":"p-1","from":"2026-11-30T01:00:00Z","url":"https://photos.example.org/up","method":"put"}`, "", false},
	{"playlist.put", `{"version":"1"}`, "", true},
	{"playlist.put", picture(`"bytes":7,"seconds":9`), "", true},
	{"playlist.put", picture(`"bytes":7,"seconds":9,"from":"22:00","until":"06:00"`), "", true},
	{"playlist.put", picture(`"bytes":0,"seconds":9`), "", false},
	{"playlist.put", picture(`"bytes":8388609,"seconds":9`), "", false},
	{"playlist.put", picture(`"bytes":7,"seconds":4`), "", false},
	{"playlist.put", picture(`"bytes":7,"seconds":9,"from":"22:00"`), "", false},
	{"playlist.put", picture(`"bytes":7,"seconds":9,"from":"22:00","until":"24:00"`), "", false},
	{"playlist.put", picture(`"bytes":7,"seconds":9,"from":"8:00","until":"9:00"`), "", false},
	{"playlist.put", picture(`"bytes":7`), "", false},
	{"playlist.put", picture(`"bytes":7,"seconds":9,"volume":11`), "", false},
	{"playlist.put", strings.ReplaceAll(picture(`"bytes":7,"seconds":9`), "a9", "A9"), "", false},
	{"notice.put", bodyless, "", true},
	{"notice.put", `{"texts":[{"language":"de","text":"Hallo"},{"language":"en","text":"Hello"}],"from":"2026-11-30T01:00:00Z"}`, "", true},
	{"notice.put", `{"texts":[{"language":"de","text":""}]}`, "", false},
	{"notice.put", `{"texts":[{"language":"d","text":"Hallo"}]}`, "", false},
	{"notice.put", `{"texts":[{"text":"Hallo"}]}`, "", false},
	{"notice.put", `{"texts":["Hallo"]}`, "", false},
	{"parcel.extend", `{"tracking":"A","until":"2026-11-30T01:00:00+01:00"}`, "", true},
	{"parcel.extend", `{"tracking":"A","by_hours":48}`, "", true},
	{"parcel.extend", `{"tracking":"A","by_hours":2161}`, "", false},
	{"parcel.extend", `{"tracking":"A","by_hours":-1}`, "", false},
	{"parcel.extend", `{"tracking":"A"}`, "", false},
	{"parcel.extend", `{"tracking":"A","by_hours":48,"price":300}`, "", true},
	{"parcel.announce", `{"tracking":"A","fee":{"currency":"EUR","due":1990}}`, "", true},
	{"parcel.announce", `{"tracking":"A","fee":{"currency":"EUR"}}`, "", false},
	{"parcel.announce", `{"tracking":"A","fee":{"currency":"eur","due":1990}}`, "", false},
	{"parcel.told", `{"tracking":"A","at":"2026-11-24T11:22:33Z"}`, "", true},
	{"parcel.told", `{"tracking":"A"}`, "", false},
	{"fee.link", `{"tracking":"A","amount":250,"currency":"EUR","url":"https://pay.example.org/1"}`, "", true},
	{"fee.link", `{"tracking":"A","amount":250,"currency":"EUR","url":"http://pay.example.org/1"}`, "", false},
	{"fee.paid", `{"tracking":"A","amount":250,"currency":"EUR","reference":"r1"}`, "", true},
	{"fee.paid", `{"tracking":"A","amount":0,"currency":"EUR","reference":"r1"}`, "", false},
	{"fee.refunded", `{"tracking":"A","amount":250,"currency":"EU","reference":"r1"}`, "", false},
	{"fee.refunded", `{"tracking":"A","amount":250,"currency":"EUR","reference":"r1"}`, "", true},
	{"fee.unpaid", `{"charge":"c-1-7"}`, "", true},
	{"fee.unpaid", `{"tracking":"A"}`, "", false},
	{"parcel.announce", `{"tracking":"A","from":"sender","company":"C","until":"2026-11-30T00:00:00Z"}`, "", true},
	{"parcel.announce", `{"tracking":"A","from":"renter","hours":36,"company":"C"}`, "", true},
	{"parcel.announce", `{"tracking":"A","from":"renter","hours":2161,"company":"C"}`, "", false},
	{"parcel.share", `{"tracking":"A","sharer":"ben","may_end":true}`, "", true},
	{"parcel.share", `{"tracking":"A"}`, "", false},
	{"parcel.unshare", `{"tracking":"A","sharer":"ben"}`, "", true},
	{"parcel.unshare", bodyless, "", false},
	{"parcel.new_code", `{"tracking":"A"}`, "", true},
	{"parcel.new_code", `{"tracking":"A","code":"12345678"}`, "", false},
	{"parcel.new_recipient", `{"tracking":"A","ask":["phone"]}`, `{"phone":"+491701234567"}`, true},
	{"parcel.new_recipient", `{"tracking":"A","ask":["phone"]}`, "", false},
	{"parcel.status", `{"parcel":"p-1"}`, "", true},
	{"parcel.status", `{"parcel":"p-1","tracking":"A"}`, "", false},
	{"doors.book", `{"doors":[3,4],"tracking":"A","until":"2026-11-30T00:00:00Z"}`, "", true},
	{"doors.book", `{"size":"M","count":401,"tracking":"A"}`, "", false},
	{"doors.book", `{"doors":["3"],"tracking":"A"}`, "", false},
	{"doors.unbook", `{"booking":"o-1"}`, "", true},
	{"doors.unbook", bodyless, "", false},
	{"issuer.put", `{"issuer":"next","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","signs":["orders","tokens"]}`, "", true},
	{"issuer.put", `{"issuer":"next","key":"AAAA","signs":["orders"]}`, "", false},
	{"issuer.remove", `{"issuer":"last"}`, "", true},
	{"issuer.remove", `{"issuer":"longer than a name"}`, "", false},
	{"door.open_all", bodyless, "", false},
}

// TestReaderAndSchemaAgree: what the schema allows the reader reads, and what the reader refuses the schema forbids.
func TestReaderAndSchemaAgree(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	schemas, err := schema.Published()
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]bool{}
	for _, f := range forms {
		order := fmt.Sprintf(`{"id":"o-1","cabinet":"demo-1","kind":%q,"issued":"2026-11-24T09:00:00Z","expires":"2026-11-30T00:00:00Z","body":%s`,
			f.kind, f.body)
		if f.personal != "" {
			order += fmt.Sprintf(`,"personal":%q`, base64.StdEncoding.EncodeToString(seal(k.public, []byte(f.personal))))
		}
		order += "}"
		if o := link.ReadOrder([]byte(order), false, true, k); (o.Refusal == "") != f.good {
			t.Errorf("reader: want %t, got %q: %s", f.good, o.Refusal, order)
		}
		if err := schemas.Check("order", []byte(order)); (err == nil) != f.good {
			t.Errorf("schema: want %t, got %v", f.good, err)
		}
		good[f.kind] = good[f.kind] || f.good
	}
	for kind := range contract.Orders {
		if !good[kind] {
			t.Errorf("no order %s is tried here: add a good one and a bad one", kind)
		}
	}
}

// TestReaderAndSchemaAgreeOnPersonal is the same of what is in the boxes.
func TestReaderAndSchemaAgreeOnPersonal(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	schemas, err := schema.Published()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		kind, body, personal string
		good                 bool
	}{
		{"parcel.announce", `{"tracking":"A","ask":["pin"]}`, `{"phone":"+491701234567","pin":"24680000"}`, true},
		{"parcel.announce", `{"tracking":"A"}`, `{"phone":"1234"}`, false},
		{"parcel.announce", `{"tracking":"A"}`, `{"phone":"+1234567890123456"}`, false},
		{"parcel.announce", `{"tracking":"A"}`, `{"phone":"+49170CALLME"}`, false},
		{"parcel.announce", `{"tracking":"A","ask":["pin"]}`, `{"pin":"123"}`, false},
		{"parcel.announce", `{"tracking":"A","ask":["pin"]}`, `{"pin":"123456789"}`, false},
		{"parcel.announce", `{"tracking":"A"}`, `{"name":"Eve"}`, false},
		{"parcel.announce", `{"tracking":"A"}`, `[]`, false},
		{"courier.put", someID, `{"name":"Eve","badge":"K7Q2XW9MTB4N","pin":"471108"}`, true},
		{"courier.put", someID, bodyless, true},
		{"courier.put", someID, `{"pin":"47110"}`, false},
		{"courier.put", someID, `{"pin":"abcdefgh"}`, false},
		{"courier.put", someID, `{"name":"` + strings.Repeat("x", 65) + `"}`, false},
		{"courier.put", someID, `{"phone":"+491701234567"}`, false},
	} {
		order := fmt.Sprintf(`{"id":"o-1","cabinet":"demo-1","kind":%q,"issued":"2026-11-24T09:00:00Z","expires":"2026-11-30T00:00:00Z","body":%s,"personal":%q}`,
			f.kind, f.body, base64.StdEncoding.EncodeToString(seal(k.public, []byte(f.personal))))
		if o := link.ReadOrder([]byte(order), false, true, k); (o.Refusal == "") != f.good {
			t.Errorf("reader: want %t, got %q: %s", f.good, o.Refusal, f.personal)
		}
		if err := schemas.Check("personal."+f.kind, []byte(f.personal)); (err == nil) != f.good {
			t.Errorf("schema: want %t, got %v", f.good, err)
		}
	}
}

// TestDocumentKeepsTheSchema: what docs/cloud.md shows is of the contract.
func TestDocumentKeepsTheSchema(t *testing.T) {
	t.Parallel()
	schemas, err := schema.Strict()
	if err != nil {
		t.Fatal(err)
	}
	check := func(sort string, of func(text []byte) error) {
		for _, example := range examples(t, sort) {
			if err := of([]byte(example)); err != nil {
				t.Error(err)
			}
		}
	}
	check("record", func(text []byte) error { return schemas.FromCabinet("events", text) })
	check("state", func(text []byte) error { return schemas.FromCabinet("state", text) })
	check("order", func(text []byte) error { return schemas.ToCabinet("orders", text) })
	check("signed", func(text []byte) error { return schemas.ToCabinet("orders", text) })
	check("ack", func(text []byte) error { return schemas.ToCabinet("acks", text) })
	check("signed-ack", func(text []byte) error { return schemas.ToCabinet("acks", text) })
}
