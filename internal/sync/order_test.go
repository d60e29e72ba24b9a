package sync_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
	link "lockerd/internal/sync"
)

func TestReadOrder(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	personal := func(plain string) string { return base64.StdEncoding.EncodeToString(seal(k.public, []byte(plain))) }
	announce := func(body, personal string) string {
		return fmt.Sprintf(`{"id":"a1","cabinet":"demo-1","kind":"parcel.announce",`+
			`"expires":"2026-11-30T00:00:00Z","body":%s,"personal":%q}`, body, personal)
	}
	refused := func(id, kind, why string) locker.Order {
		return locker.Order{ID: id, Kind: kind, Cabinet: "demo-1", Refusal: why,
			Expires: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)}
	}
	good := locker.Order{ID: "u1", Kind: "door.unlock", Cabinet: "demo-1",
		Issued:  time.Date(2026, 11, 24, 11, 22, 33, 0, time.UTC),
		Expires: time.Date(2026, 11, 24, 11, 27, 33, 0, time.UTC),
		Unlock:  &locker.UnlockOrder{Door: 7, Reason: "the recipient called"}}
	signedBy := func(o locker.Order) locker.Order { o.Issuer = "cloud"; return o }
	forged := func(id, why string) locker.Order { return locker.Order{ID: id, Unproven: true, Refusal: why} }
	const notPersonal = "personal: must be an object with a phone, a pin or both, and no more"
	const notPhone = "personal: phone: must be 5 to 15 digits, with or without a leading +"
	for _, c := range []struct {
		name, payload string
		retained      bool
		strict        bool // orders must be signed
		want          locker.Order
	}{
		{name: "unlock", payload: plainUnlock("u1"), want: good},
		{name: "signed", payload: unlock("u1"), strict: true, want: signedBy(good)},
		{name: "signed where it need not be", payload: unlock("u1"), want: signedBy(good)},
		{name: "signed, with a bad form", payload: sign(`{"id":"x","kind":"door.open_all"}`), strict: true,
			want: locker.Order{ID: "x", Issuer: "cloud", Refusal: "kind: not one of this release"}},
		{name: "signed, of another time",
			payload: sign(`{"id":"x","issued":"9999-12-31T23:59:59-23:00","kind":"resend","body":{}}`),
			strict:  true, want: locker.Order{ID: "x", Kind: "resend", Issuer: "cloud", Resend: &locker.ResendOrder{}}},
		{name: "signed rubbish", payload: sign(`rubbish`), strict: true,
			want: locker.Order{Issuer: "cloud", Refusal: "cannot be read"}},
		{name: "unsigned where it must be signed", payload: plainUnlock("u1"), strict: true,
			want: forged("u1", "not signed")},
		{name: "unsigned and without sense", payload: `{"id":"u1","x":1}`, strict: true, want: forged("u1", "not signed")},
		{name: "retained", payload: unlock("u1"), retained: true, want: forged("u1", "retained: an order is meant once")},
		{name: "by a stranger", payload: signBy(stranger, plainUnlock("u1")), strict: true,
			want: forged("u1", "the signature is wrong")},
		{name: "by a stranger where it need not be signed", payload: signBy(stranger, plainUnlock("u1")),
			want: forged("u1", "the signature is wrong")},
		{name: "by a key that signs tokens alone", payload: signBy(tokens, plainUnlock("u1")), strict: true,
			want: forged("u1", "signed with a key that does not count here")},
		{name: "by nobody", strict: true,
			payload: "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(plainUnlock("u1"))) + ".",
			want:    forged("u1", "signed by another algorithm than Ed25519")},
		{name: "signed, too long", strict: true,
			payload: sign(`{"id":"x","cabinet":"` + strings.Repeat("x", link.MaxOrder) + `"}`),
			want:    forged("", "longer than 81920 bytes")},
		{name: "the looks of something signed", payload: "eyJ", want: forged("", "not signed in the form that counts here")},
		{name: "a number from a web page", payload: `{"id":"x","kind":"parcel.handed_over","body":{"tracking":"3S\u00a0AB\u200b12"}}`,
			want: locker.Order{ID: "x", Kind: "parcel.handed_over", HandOver: &locker.HandOverOrder{Tracking: "3S\u00a0AB\u200b12"}}},
		{name: "announcement without a phone", payload: announce(`{"tracking":"JJD0001","size":"M"}`, ""),
			want: locker.Order{ID: "a1", Kind: "parcel.announce", Cabinet: "demo-1",
				Expires:  time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC),
				Announce: &locker.AnnounceOrder{Tracking: "JJD0001", Size: "M"}}},

		{name: "handed over", payload: `{"id":"x","kind":"parcel.handed_over","body":{"tracking":"A"}}`,
			want: locker.Order{ID: "x", Kind: "parcel.handed_over", HandOver: &locker.HandOverOrder{Tracking: "A"}}},
		{name: "looked", payload: `{"id":"x","kind":"door.looked","body":{"door":7,"by":"Grace"}}`,
			want: locker.Order{ID: "x", Kind: "door.looked", Looked: &locker.LookedOrder{Door: 7, By: "Grace"}}},
		{name: "reset", payload: `{"id":"x","kind":"pickup.reset","body":{"tracking":"A"}}`,
			want: locker.Order{ID: "x", Kind: "pickup.reset", Reset: &locker.ResetOrder{Tracking: "A"}}},
		{name: "clock", payload: `{"id":"x","kind":"clock.correct","body":{"newest":"2046-11-28T09:00:00Z"}}`,
			want: locker.Order{ID: "x", Kind: "clock.correct",
				Correct: &locker.CorrectOrder{Newest: time.Date(2046, 11, 28, 9, 0, 0, 0, time.UTC)}}},
		{name: "clock of no time", payload: `{"id":"x","kind":"clock.correct","body":{}}`,
			want: locker.Order{ID: "x", Kind: "clock.correct",
				Refusal: "body: newest: must be given"}},
		{name: "handed over without a number", payload: `{"id":"x","kind":"parcel.handed_over","body":{}}`,
			want: locker.Order{ID: "x", Kind: "parcel.handed_over", Refusal: "body: tracking: must have 1 to 64 printable characters"}},
		{name: "handed over to somebody", payload: `{"id":"x","kind":"parcel.handed_over","body":{"tracking":"A","to":"Eve"}}`,
			want: locker.Order{ID: "x", Kind: "parcel.handed_over", Refusal: "body: a field that is not known"}},
		{name: "handed over with a phone", payload: `{"id":"x","kind":"parcel.handed_over","body":{"tracking":"A"},"personal":"AA=="}`,
			want: locker.Order{ID: "x", Kind: "parcel.handed_over", Refusal: "personal: such an order is about no person"}},
		{name: "looked by nobody", payload: `{"id":"x","kind":"door.looked","body":{"door":7}}`,
			want: locker.Order{ID: "x", Kind: "door.looked", Refusal: "body: by: must have 1 to 64 printable characters"}},
		{name: "looked into no door", payload: `{"id":"x","kind":"door.looked","body":{"by":"Grace"}}`,
			want: locker.Order{ID: "x", Kind: "door.looked", Refusal: "body: door: there is no such number"}},
		{name: "reset of a door", payload: `{"id":"x","kind":"pickup.reset","body":{"door":7}}`,
			want: locker.Order{ID: "x", Kind: "pickup.reset", Refusal: "body: a field that is not known"}},
		{name: "cancel", payload: `{"id":"x","kind":"parcel.cancel","body":{"tracking":"A"}}`,
			want: locker.Order{ID: "x", Kind: "parcel.cancel", Cancel: &locker.CancelOrder{Tracking: "A"}}},
		{name: "block", payload: `{"id":"x","kind":"door.block","body":{"door":7,"reason":"dirty"}}`,
			want: locker.Order{ID: "x", Kind: "door.block", Block: &locker.BlockOrder{Door: 7, Reason: "dirty"}}},
		{name: "unblock", payload: `{"id":"x","kind":"door.unblock","body":{"door":7}}`,
			want: locker.Order{ID: "x", Kind: "door.unblock", Unblock: &locker.UnblockOrder{Door: 7}}},
		{name: "courier", payload: `{"id":"x","kind":"courier.put","body":{"courier":"eve","company":"New"},"personal":"` +
			personal(`{"name":"Eve","badge":"K7Q2XW9MTB4N","pin":"4711080815"}`) + `"}`,
			want: locker.Order{ID: "x", Kind: "courier.put", CourierPut: &locker.Courier{ID: "eve", Company: "New", Name: "Eve",
				Badge: k.Hash("K7Q2XW9MTB4N"), BadgeCharacters: 12, PIN: k.Hash("4711080815"), PINDigits: 10}}},
		{name: "courier in the clear", payload: `{"id":"x","kind":"courier.put","body":{"courier":"eve","pin":"471108"}}`,
			want: locker.Order{ID: "x", Kind: "courier.put", Refusal: "body: a field that is not known"}},
		{name: "courier with a weak PIN", payload: `{"id":"x","kind":"courier.put","body":{"courier":"eve"},"personal":"` +
			personal(`{"pin":"1"}`) + `"}`,
			want: locker.Order{ID: "x", Kind: "courier.put", Refusal: "personal: pin: must be 6 to 10 digits"}},
		{name: "courier with a badge of ones", payload: `{"id":"x","kind":"courier.put","body":{"courier":"eve"},"personal":"` +
			personal(`{"badge":"111111111111"}`) + `"}`,
			want: locker.Order{ID: "x", Kind: "courier.put", Refusal: "personal: badge: must be by chance"}},
		{name: "courier without anything", payload: `{"id":"x","kind":"courier.put","body":{"courier":"eve"}}`,
			want: locker.Order{ID: "x", Kind: "courier.put", Refusal: "personal: cannot be opened with this cabinet's key"}},
		{name: "remove", payload: `{"id":"x","kind":"courier.remove","body":{"courier":"eve"}}`,
			want: locker.Order{ID: "x", Kind: "courier.remove", CourierRemove: &locker.CourierRemoveOrder{ID: "eve"}}},
		{name: "resend", payload: `{"id":"x","kind":"resend","body":{"after":41}}`,
			want: locker.Order{ID: "x", Kind: "resend", Resend: &locker.ResendOrder{After: 41}}},
		{name: "revoke",
			payload: `{"id":"x","kind":"tokens.revoke","body":{"ids":["t1","t2"],"until":"2026-11-30T01:00:00+01:00"}}`,
			want: locker.Order{ID: "x", Kind: "tokens.revoke", Revoke: &locker.RevokeOrder{IDs: []string{"t1", "t2"},
				Until: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)}}},
		{name: "revoke without a name",
			payload: `{"id":"x","kind":"tokens.revoke","body":{"ids":[""],"until":"2026-11-30T00:00:00Z"}}`,
			want:    locker.Order{ID: "x", Kind: "tokens.revoke", Refusal: "body: ids: must have 1 to 64 printable characters"}},
		{name: "erase", payload: `{"id":"x","kind":"person.erase","body":{"parcel":"p-1"}}`,
			want: locker.Order{ID: "x", Kind: "person.erase", Erase: &locker.Erasure{Parcel: "p-1"}}},
		{name: "erase two", payload: `{"id":"x","kind":"person.erase","body":{"parcel":"p-1","courier":"eve"}}`,
			want: locker.Order{ID: "x", Kind: "person.erase",
				Refusal: "body: must name a tracking number, a parcel or a courier, and one of them only"}},

		{name: "block for no known reason", payload: `{"id":"x","kind":"door.block","body":{"door":7,"reason":"haunted"}}`,
			want: locker.Order{ID: "x", Kind: "door.block",
				Refusal: "body: reason: is one of jammed, occupied, damaged, dirty, service"}},
		{name: "no such condition", payload: announce(`{"tracking":"A","ask":["confirm","riddle"]}`, ""),
			want: refused("a1", "parcel.announce", "body: ask: is one of phone, pin, confirm")},
		{name: "no such right", payload: `{"id":"x","kind":"courier.put","body":{"courier":"eve","rights":["drop","rule"]}}`,
			want: locker.Order{ID: "x", Kind: "courier.put",
				Refusal: "body: rights: is one of drop, recall_own, recall_company, collect"}},

		{name: "no tracking", payload: announce(`{}`, ""),
			want: refused("a1", "parcel.announce", "body: tracking: must have 1 to 64 printable characters")},
		{name: "tracking with a control character", payload: announce(`{"tracking":"A\u0007"}`, ""),
			want: refused("a1", "parcel.announce", "body: tracking: must have 1 to 64 printable characters")},
		{name: "long size", payload: announce(`{"tracking":"A","size":"`+strings.Repeat("x", 17)+`"}`, ""),
			want: refused("a1", "parcel.announce", "body: size: must have at most 16 printable characters")},
		{name: "body of the wrong type", payload: announce(`[]`, ""),
			want: refused("a1", "parcel.announce", "body: must be an object")},
		{name: "field of the wrong type", payload: announce(`{"tracking":491701234567}`, ""),
			want: refused("a1", "parcel.announce", "body: tracking: of the wrong type")},
		{name: "unknown field in the body", payload: announce(`{"tracking":"A","phone":"+491701234567"}`, ""),
			want: refused("a1", "parcel.announce", "body: a field that is not known")},
		{name: "box for somebody else",
			payload: announce(`{"tracking":"A"}`, base64.StdEncoding.EncodeToString(seal(k.operator, []byte(`{}`)))),
			want:    refused("a1", "parcel.announce", "personal: cannot be opened with this cabinet's key")},
		{name: "personal of the wrong type", payload: announce(`{"tracking":"A"}`, personal(`"+491701234567"`)),
			want: refused("a1", "parcel.announce", notPersonal)},
		{name: "personal with more", payload: announce(`{"tracking":"A"}`, personal(`{"phone":"+491701234567","name":"x"}`)),
			want: refused("a1", "parcel.announce", notPersonal)},
		{name: "phone with letters", payload: announce(`{"tracking":"A"}`, personal(`{"phone":"+49170CALLME"}`)),
			want: refused("a1", "parcel.announce", notPhone)},
		{name: "phone too long", payload: announce(`{"tracking":"A"}`, personal(`{"phone":"1234567890123456"}`)),
			want: refused("a1", "parcel.announce", notPhone)},
		{name: "phone of a sign", payload: announce(`{"tracking":"A"}`, personal(`{"phone":"+"}`)),
			want: refused("a1", "parcel.announce", notPhone)},

		{name: "unknown kind", payload: `{"id":"x","kind":"door.open_all"}`,
			want: locker.Order{ID: "x", Refusal: `kind: not one of this release`}},
		{name: "no body", payload: `{"id":"x","kind":"door.unlock"}`,
			want: locker.Order{ID: "x", Kind: "door.unlock", Refusal: "body: missing"}},
		{name: "no door", payload: `{"id":"x","kind":"door.unlock","body":{}}`,
			want: locker.Order{ID: "x", Kind: "door.unlock", Refusal: "body: door: there is no such number"}},
		{name: "half a door", payload: `{"id":"x","kind":"door.unlock","body":{"door":1.5}}`,
			want: locker.Order{ID: "x", Kind: "door.unlock", Refusal: "body: door: of the wrong type"}},
		{name: "no door so high", payload: `{"id":"x","kind":"door.unlock","body":{"door":1e99}}`,
			want: locker.Order{ID: "x", Kind: "door.unlock", Refusal: "body: door: of the wrong type"}},
		{name: "an unlock about a person", payload: `{"id":"x","kind":"door.unlock","body":{"door":1},"personal":"AA=="}`,
			want: locker.Order{ID: "x", Kind: "door.unlock", Refusal: "personal: such an order is about no person"}},

		{name: "unknown field", payload: `{"id":"x","door":1}`,
			want: locker.Order{ID: "x", Refusal: "a field that is not known"}},
		{name: "something behind", payload: plainUnlock("x") + `{}`,
			want: locker.Order{ID: "x", Refusal: "something follows its end"}},
		{name: "cut off", payload: `{"cabinet":"demo-1","id":"x","kind":"do`,
			want: locker.Order{ID: "x", Refusal: "cannot be read"}},
		{name: "bad time", payload: `{"id":"x","expires":"tomorrow"}`,
			want: locker.Order{ID: "x", Refusal: "expires: of the wrong type"}},
		{name: "bad base64", payload: `{"id":"x","personal":"***"}`,
			want: locker.Order{ID: "x", Refusal: "personal: of the wrong type"}},
		{name: "too long", payload: `{"id":"x","cabinet":"` + strings.Repeat("x", link.MaxOrder) + `"}`,
			want: forged("x", "longer than 81920 bytes")},
		{name: "not UTF-8", payload: "{\"id\":\"x\",\"cabinet\":\"\xff\"}",
			want: locker.Order{ID: "x", Refusal: "not UTF-8"}},

		{name: "no id", payload: `{"kind":"door.unlock"}`,
			want: locker.Order{Kind: "door.unlock", Refusal: "id: must have 1 to 64 printable characters"}},
		{name: "long id", payload: `{"id":"` + strings.Repeat("x", 65) + `"}`,
			want: locker.Order{Refusal: "id: must have 1 to 64 printable characters"}},
		{name: "id that is none", payload: `{"id":7}`,
			want: locker.Order{Refusal: "id: of the wrong type"}},
		{name: "id further down", payload: `{"body":{"id":"inner"},"x":1}`,
			want: locker.Order{Refusal: "a field that is not known"}},
		{name: "empty", payload: ``,
			want: locker.Order{Refusal: "missing"}},
		{name: "null", payload: `null`,
			want: locker.Order{Refusal: "must be an object"}},
		{name: "list", payload: `[1]`,
			want: locker.Order{Refusal: "must be an object"}},
		{name: "deep", payload: strings.Repeat("[", 8000), want: locker.Order{Refusal: "cannot be read"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := link.ReadOrder([]byte(c.payload), c.retained, !c.strict, k)
			if !reflect.DeepEqual(c.want, got) {
				t.Errorf("\nwant %+v\n got %+v", c.want, got)
			}
			if got.Refusal != "" && locker.CodeOf(got.Refusal) == locker.CodeOther {
				t.Errorf("%q has no code", got.Refusal)
			}
		})
	}

	t.Run("announcement with a phone", func(t *testing.T) {
		payload := announce(`{"tracking":"JJD0001"}`, personal(`{"phone":"+491701234567"}`))
		got := link.ReadOrder([]byte(payload), false, true, k)
		if got.Refusal != "" || got.Announce == nil || got.Announce.Mask != "•••••67" {
			t.Fatalf("got %+v", got)
		}
		operator := &keys{public: k.operator, private: k.opening}
		if plain, err := operator.Open(got.Announce.Phone); err != nil || string(plain) != "+491701234567" {
			t.Errorf("the operator opens %q, %v", plain, err)
		}
	})
}

// Every kind of the contract has its reader, and the other way round.
func TestKindsAreTheContracts(t *testing.T) {
	t.Parallel()
	if got := slices.Sorted(maps.Keys(contract.Orders)); !slices.Equal(got, link.Kinds()) {
		t.Errorf("want %v, got %v", got, link.Kinds())
	}
}

// FuzzReadOrder: whatever comes, the order has one body or a refusal, and says nothing longer than it may.
func FuzzReadOrder(f *testing.F) {
	k := newKeys(f)
	f.Add([]byte(unlock("o1")), false, false)
	f.Add([]byte(plainUnlock("o1")), false, true)
	f.Add([]byte(`{"id":"a","kind":"parcel.announce","body":{"tracking":"x","size":"S"},"personal":"AA=="}`), false, true)
	f.Add([]byte(`{"id":"a","kind":"parcel.handed_over","body":{"tracking":"x"}}`), false, true)
	f.Add([]byte(`{"id":"a","kind":"door.looked","body":{"door":7,"by":"x"}}`), false, true)
	f.Add([]byte("eyJ.eyJpZCI6IngifQ.x"), false, false)
	f.Add([]byte(`{"id":"a"}{`), true, false)
	f.Fuzz(func(t *testing.T, payload []byte, retained, allow bool) {
		o := link.ReadOrder(payload, retained, allow, k)
		bodies := 0
		for v, i := reflect.ValueOf(o), 0; i < v.NumField(); i++ {
			if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
				bodies++
			}
		}
		if (o.Refusal == "") != (bodies == 1) || bodies > 1 {
			t.Fatalf("want one body or a refusal: %+v", o)
		}
		if bodies == 1 && (o.ID == "" || retained || o.Unproven || !allow && o.Issuer == "") {
			t.Fatalf("an order that must not be followed: %+v", o)
		}
		if len([]rune(o.ID)) > 64 || len(o.Refusal) > 100 || len(o.Kind) > 20 {
			t.Fatalf("too long: %+v", o)
		}
	})
}
