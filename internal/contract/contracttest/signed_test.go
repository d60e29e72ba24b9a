package contracttest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	. "lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

const (
	orderHeader = `{"alg":"EdDSA","kid":"example","typ":"lockerd-order"}`
	ackHeader   = `{"alg":"EdDSA","kid":"example","typ":"lockerd-ack"}`
)

// TestOrders writes the orders; what they are to come to is held in internal/sync, where orders are read.
func TestOrders(t *testing.T) {
	k := keys()
	phone := base64.StdEncoding.EncodeToString(sealed(t, chance(), k.CabinetPublic, `{"phone":"+491701234567"}`))
	strange := base64.StdEncoding.EncodeToString(sealed(t, chance(), k.OperatorPublic, `{"phone":"+491701234567"}`))
	number := 0
	text := func(kind, body, more string) string {
		number++
		return fmt.Sprintf(`{"id":"o-%d","cabinet":"demo-1","kind":%q,"issued":"2026-11-24T11:59:00Z","expires":"2026-11-24T12:04:00Z","body":%s%s}`, number, kind, body, more)
	}
	var all []any
	add := func(name, message, code string) *Order {
		o := &Order{Name: name, Message: message, ID: fmt.Sprint("o-", number), Code: code, At: noon}
		all = append(all, o)
		return o
	}
	order := func(name, kind, body, more, code string) *Order {
		return add(name, jws(k.IssuerSeed, orderHeader, text(kind, body, more)), code)
	}
	changed := func(name, old, other, code string) *Order {
		return add(name, jws(k.IssuerSeed, orderHeader, strings.Replace(text("resend", `{"after":0}`, ""), old, other, 1)), code)
	}
	order("a resend", "resend", `{"after":0}`, "", "")
	order("an unlock", "door.unlock", `{"door":7,"reason":"the recipient is on the phone"}`, "", "")
	order("a parcel with a phone", "parcel.announce", `{"tracking":"JJD000390007","size":"M"}`, `,"personal":"`+phone+`"`, "")
	order("a parcel without a phone", "parcel.announce", `{"tracking":"JJD000390008"}`, "", "")
	add("under the algorithm's newer name", jws(k.IssuerSeed, `{"alg":"Ed25519","kid":"example","typ":"lockerd-order"}`, text("resend", `{"after":0}`, "")), "")
	add("the header's fields in another order", jws(k.IssuerSeed, `{"typ":"lockerd-order","kid":"example","alg":"EdDSA"}`, text("resend", `{"after":0}`, "")), "")

	order("retained", "resend", `{"after":0}`, "", "retained").Retained = true
	add("unsigned", text("resend", `{"after":0}`, ""), "not_signed")
	add("by a stranger", jws(k.StrangerSeed, orderHeader, text("resend", `{"after":0}`, "")), "bad_signature")
	add("by a key of another name", jws(k.IssuerSeed, `{"alg":"EdDSA","kid":"other","typ":"lockerd-order"}`, text("resend", `{"after":0}`, "")), "unknown_key")
	add("an ack's type", jws(k.IssuerSeed, ackHeader, text("resend", `{"after":0}`, "")), "bad_signature")
	add("no type", jws(k.IssuerSeed, `{"alg":"EdDSA","kid":"example"}`, text("resend", `{"after":0}`, "")), "bad_signature")
	add("another algorithm", jws(k.IssuerSeed, `{"alg":"HS256","kid":"example","typ":"lockerd-order"}`, text("resend", `{"after":0}`, "")), "bad_signature")
	add("no algorithm", strings.TrimRight(jws(k.IssuerSeed, `{"alg":"none","kid":"example","typ":"lockerd-order"}`, text("resend", `{"after":0}`, "")),
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), "bad_signature")
	add("an unknown field in the header", jws(k.IssuerSeed, `{"alg":"EdDSA","kid":"example","typ":"lockerd-order","x":1}`, text("resend", `{"after":0}`, "")), "bad_signature")
	good := jws(k.IssuerSeed, orderHeader, text("resend", `{"after":0}`, ""))
	add("cut off", good[:len(good)-10], "bad_signature")

	changed("for another cabinet", `"demo-1"`, `"demo-2"`, "other_cabinet")
	changed("expired", `12:04:00Z`, `11:59:30Z`, "expired")
	changed("without an expiry", `"expires":"2026-11-24T12:04:00Z",`, "", "bad_times")
	changed("without its time of issue", `"issued":"2026-11-24T11:59:00Z",`, "", "bad_times")
	changed("expires before it is issued", `11:59:00Z`, `12:05:00Z`, "bad_times")
	changed("for more than seven days", `2026-11-24T12:04`, `2026-12-24T12:04`, "bad_times")
	add("an unlock of the future", jws(k.IssuerSeed, orderHeader, strings.NewReplacer("11:59:00Z", "12:02:00Z").Replace(text("door.unlock", `{"door":7,"reason":"r"}`, ""))), "issued_in_future")
	changed("an unknown kind", `"resend"`, `"door.open_all"`, "unknown_kind")
	changed("an unknown field", `"body"`, `"note":"","body"`, "malformed")
	changed("a field twice", `"body"`, `"kind":"resend","body"`, "malformed")
	changed("a field in capitals", `"body"`, `"BODY"`, "malformed")
	changed("something after the end", `{"after":0}}`, `{"after":0}} {}`, "malformed")
	order("an unknown field in the body", "resend", `{"after":0,"x":1}`, "", "malformed")
	order("a field of the wrong type", "resend", `{"after":"0"}`, "", "malformed")
	order("a field twice in the body", "resend", `{"after":0,"after":1}`, "", "malformed")
	order("a personal part where none goes", "resend", `{"after":0}`, `,"personal":"`+phone+`"`, "malformed_box")
	order("a box for somebody else", "parcel.announce", `{"tracking":"JJD000390009"}`, `,"personal":"`+strange+`"`, "unreadable_box")
	order("a door that is none", "door.unlock", `{"door":0,"reason":"r"}`, "", "malformed")
	add("no id", jws(k.IssuerSeed, orderHeader, strings.Replace(text("resend", `{"after":0}`, ""), fmt.Sprintf(`"o-%d"`, number), `""`, 1)), "malformed").ID = ""
	same(t, "orders.jsonl", all...)
}

// TestAcks writes the acks; internal/sync holds that they count or do not.
func TestAcks(t *testing.T) {
	k := keys()
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(Line("8d41f0c2a7b95e13", 18, "", "run.started"))))
	head := Head{Epoch: "8d41f0c2a7b95e13", Seq: 18, Hash: hash}
	word := fmt.Sprintf(`{"cabinet":"demo-1","epoch":%q,"seq":18,"hash":%q}`, head.Epoch, hash)
	var all []any
	good := func(name, message string) {
		all = append(all, Ack{Name: name, Message: message, Counts: true, Head: head})
	}
	bad := func(name, message string) { all = append(all, Ack{Name: name, Message: message}) }
	change := func(old, other string) string {
		return jws(k.IssuerSeed, ackHeader, strings.Replace(word, old, other, 1))
	}
	good("signed", jws(k.IssuerSeed, ackHeader, word))
	good("under the algorithm's newer name", jws(k.IssuerSeed, `{"alg":"Ed25519","kid":"example","typ":"lockerd-ack"}`, word))
	good("the fields in another order", jws(k.IssuerSeed, ackHeader, fmt.Sprintf(`{"hash":%q,"seq":18,"epoch":%q,"cabinet":"demo-1"}`, hash, head.Epoch)))
	bad("unsigned", word)
	bad("by a stranger", jws(k.StrangerSeed, ackHeader, word))
	bad("by a key of another name", jws(k.IssuerSeed, `{"alg":"EdDSA","kid":"other","typ":"lockerd-ack"}`, word))
	bad("an order's type", jws(k.IssuerSeed, orderHeader, word))
	bad("no type", jws(k.IssuerSeed, `{"alg":"EdDSA","kid":"example"}`, word))
	bad("for another cabinet", change("demo-1", "demo-2"))
	bad("without a hash", change(`,"hash":"`+hash+`"`, ""))
	bad("a hash in capitals", change(hash, strings.ToUpper(hash)))
	bad("a short hash", change(hash, hash[2:]))
	bad("without a seq", change(`"seq":18,`, ""))
	bad("a negative seq", change("18", "-18"))
	bad("an unknown field", change(`"seq"`, `"at":"2026-11-24T12:00:00Z","seq"`))
	bad("a field twice", change(`"seq"`, `"seq":17,"seq"`))
	bad("something after the end", jws(k.IssuerSeed, ackHeader, word+"{}"))
	same(t, "acks.jsonl", all...)
}

// TestTokens: each is good or not as the file says.
func TestTokens(t *testing.T) {
	k := keys()
	const header = `{"alg":"EdDSA","kid":"example"}`
	until := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	const parcel = `{"aud":"demo-1","jti":"t-1","par":"JJD000390007","exp":1796083200}`
	base := Token{Good: true, ID: "t-1", Cabinet: "demo-1", Expires: until}
	var all []any
	good := func(name, text string, claims Token) {
		claims.Name, claims.Text = name, text
		all = append(all, claims)
	}
	bad := func(name, text string) { all = append(all, Token{Name: name, Text: text}) }
	change := func(old, other string) string {
		return jws(k.IssuerSeed, header, strings.Replace(parcel, old, other, 1))
	}
	with := func(change func(*Token)) Token { b := base; change(&b); return b }
	aParcel := with(func(t *Token) { t.Parcel = "JJD000390007" })
	good("for a parcel", jws(k.IssuerSeed, header, parcel), aParcel)
	good("with the type that a JWT may have", jws(k.IssuerSeed, `{"alg":"EdDSA","kid":"example","typ":"JWT"}`, parcel), aParcel)
	good("for a door", change(`"par":"JJD000390007"`, `"door":7,"iat":1796000000`), with(func(t *Token) { t.Door = 7 }))
	good("for a courier", change(`"par":"JJD000390007"`, `"cou":"c1","iat":1796000000`), with(func(t *Token) { t.Courier = "c1" }))
	bad("by a stranger", jws(k.StrangerSeed, header, parcel))
	bad("by a key of another name", jws(k.IssuerSeed, `{"alg":"EdDSA","kid":"other"}`, parcel))
	bad("an order's type", jws(k.IssuerSeed, orderHeader, parcel))
	bad("another algorithm", jws(k.IssuerSeed, `{"alg":"none","kid":"example"}`, parcel))
	bad("an unknown claim", change(`"exp"`, `"once":true,"exp"`))
	bad("a claim twice", change(`"exp"`, `"par":"JJD000390008","exp"`))
	bad("two things", change(`"exp"`, `"door":7,"exp"`))
	bad("nothing", change(`"par":"JJD000390007",`, ""))
	bad("without an expiry", change(`,"exp":1796083200`, ""))
	bad("cabinets in a list", change(`"demo-1"`, `["demo-1"]`))
	bad("an id of 33 bytes", change(`t-1`, strings.Repeat("x", 33)))
	same(t, "tokens.jsonl", all...)

	issuers, err := credential.NewIssuers([]credential.Issuer{{ID: k.Issuer, Key: base64.StdEncoding.EncodeToString(k.IssuerPublic), Signs: []string{"tokens"}}})
	fatal(t, err)
	for _, v := range Lines[Token](t, "tokens.jsonl") {
		got := issuers.Token(v.Text)
		want := locker.Token{ID: v.ID, Cabinet: v.Cabinet, Parcel: v.Parcel, Door: v.Door, Courier: v.Courier, Expires: v.Expires, Issued: got.Issued}
		if good := got.Refusal == ""; good != v.Good || good && got != want {
			t.Errorf("%s: want good %t, %+v, got %+v", v.Name, v.Good, want, got)
		}
	}
}
