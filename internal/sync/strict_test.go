package sync_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	link "lockerd/internal/sync"
)

// spoiled are readings of an object that some readers take and others do not: each of its fields twice, with the same
// value and with none, and each in capitals, alone and beside itself. So are those of the objects within.
func spoiled(t *testing.T, object string) []string {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		t.Fatal(err)
	}
	with := func(name string, parts ...string) string {
		for _, other := range slices.Sorted(maps.Keys(fields)) {
			if other != name {
				parts = append(parts, fmt.Sprintf("%q:%s", other, fields[other]))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	var all []string
	for name, value := range fields {
		is := fmt.Sprintf("%q:%s", name, value)
		loud := fmt.Sprintf("%q:%s", strings.ToUpper(name), value)
		all = append(all, with(name, is, is), with(name, fmt.Sprintf("%q:null", name), is), with(name, loud),
			with(name, loud, is), with(name, is, loud))
		if value[0] == '{' && len(value) > 2 {
			for _, inner := range spoiled(t, string(value)) {
				all = append(all, with(name, fmt.Sprintf("%q:%s", name, inner)))
			}
		}
	}
	return all
}

// TestOrdersHaveOneReading: a field twice, or in capitals, is refused in every kind of order, signed or not, in its body
// and in its personal part.
func TestOrdersHaveOneReading(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	seal := func(plain string) string { return base64.StdEncoding.EncodeToString(seal(k.public, []byte(plain))) }
	const head = `{"id":"x","cabinet":"demo-1","issued":"2026-11-24T11:22:33Z","expires":"2026-11-24T11:27:33Z",` +
		`"kind":%q,"body":%s%s}`
	sum := sha256.Sum256([]byte("cabinet"))
	bodies := map[string][]string{
		"parcel.announce": {`{"tracking":"A","size":"M","low":true,"company":"c","ask":["phone"]}`, `{"phone":"+491701234567"}`},
		"parcel.cancel":   {`{"tracking":"A"}`},
		"door.unlock":     {`{"door":7,"reason":"because"}`},
		"door.block":      {`{"door":7,"reason":"dirty"}`},
		"door.unblock":    {`{"door":7}`},
		"courier.put": {`{"courier":"eve","company":"c","rights":["drop"],"from":"2026-11-24T11:22:33Z","until":"2027-11-24T11:22:33Z"}`,
			`{"name":"Eve","badge":"K7Q2XW9MTB4N","pin":"471108"}`},
		"courier.remove":       {`{"courier":"eve"}`},
		"resend":               {`{"after":41}`},
		"tokens.revoke":        {`{"ids":["t1"],"until":"2026-11-30T01:00:00Z"}`},
		"pickup.confirm":       {`{"tracking":"A","session":"s-1"}`},
		"person.erase":         {`{"parcel":"p-1"}`},
		"parcel.handed_over":   {`{"tracking":"A"}`},
		"door.looked":          {`{"door":7,"by":"Grace"}`},
		"pickup.reset":         {`{"tracking":"A"}`},
		"parcel.extend":        {`{"tracking":"A","by_hours":48}`},
		"parcel.told":          {`{"tracking":"A","at":"2026-11-24T11:22:33Z"}`},
		"fee.link":             {`{"tracking":"A","amount":250,"currency":"EUR","url":"https://pay.example.org/1","until":"2026-11-30T01:00:00Z"}`},
		"fee.paid":             {`{"tracking":"A","amount":250,"currency":"EUR","reference":"r1"}`},
		"fee.refunded":         {`{"tracking":"A","amount":250,"currency":"EUR","reference":"r1"}`},
		"fee.unpaid":           {`{"charge":"c-1-7","tracking":"A"}`},
		"parcel.new_code":      {`{"tracking":"A"}`},
		"parcel.new_recipient": {`{"tracking":"A","ask":["pin"]}`, `{"phone":"+491701234567","pin":"2468"}`},
		"parcel.status":        {`{"tracking":"A"}`},
		"parcel.share":         {`{"tracking":"A","sharer":"ben","may_end":true}`},
		"parcel.unshare":       {`{"tracking":"A","sharer":"ben"}`},
		"doors.book":           {`{"size":"M","count":1,"company":"c","until":"2026-11-30T01:00:00Z"}`},
		"doors.unbook":         {`{"booking":"o-1"}`},
		"issuer.put":           {`{"issuer":"a","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","signs":["orders"],"until":"2026-11-30T01:00:00Z"}`},
		"issuer.remove":        {`{"issuer":"a"}`},
		"config.put":           {`{"version":"7","sha256":"` + hex.EncodeToString(sum[:]) + `","toml":"cabinet","trial":"2m"}`},
		"cabinet.restart":      {`{}`},
		"report":               {`{"from":"2026-11-24T11:22:33Z","until":"2026-11-24T11:52:33Z"}`},
		"evidence.upload":      {`{"door":7,"from":"2026-11-24T11:22:33Z","until":"2026-11-24T11:52:33Z","url":"https://h.example/x","method":"put"}`},
		"playlist.put": {`{"version":"1","pictures":[{"url":"https://h.example/x","sha256":"` + hex.EncodeToString(sum[:]) +
			`","bytes":7,"seconds":9,"from":"08:00","until":"20:00"}]}`},
		"notice.put":    {`{"texts":[{"language":"de","text":"Hallo"}],"from":"2026-11-24T11:22:33Z","until":"2026-11-30T01:00:00Z"}`},
		"clock.correct": {`{"newest":"2046-11-28T09:00:00Z"}`},
	}
	for _, kind := range link.Kinds() {
		t.Run(kind, func(t *testing.T) {
			b, known := bodies[kind]
			if !known {
				t.Fatal("a kind without an example")
			}
			write := func(personal string) string {
				if personal == "" {
					return fmt.Sprintf(head, kind, b[0], "")
				}
				return fmt.Sprintf(head, kind, b[0], `,"personal":"`+seal(personal)+`"`)
			}
			var personal string
			var bad []string
			if len(b) > 1 {
				personal = b[1]
				for _, p := range spoiled(t, personal) {
					bad = append(bad, write(p))
				}
			}
			if o := link.ReadOrder([]byte(sign(write(personal))), false, false, k); o.Refusal != "" {
				t.Fatalf("the example is refused: %s", o.Refusal)
			}
			for _, payload := range append(bad, spoiled(t, write(personal))...) {
				for _, message := range []string{payload, sign(payload)} {
					if o := link.ReadOrder([]byte(message), false, true, k); o.Refusal == "" {
						t.Errorf("taken: %s", payload)
					}
				}
			}
		})
	}
}
