package ui_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// send posts a body as our page would, but for the changes.
func send(t *testing.T, base, body string, changes ...func(*http.Request)) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/press", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", base)
	for _, change := range changes {
		change(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusAccepted && res.ContentLength != 0 {
		t.Errorf("a press is answered with %d bytes, want none", res.ContentLength)
	}
	return res.StatusCode
}

func TestPress(t *testing.T) {
	tests := []struct {
		name, body string
		want       ui.Press // the zero Press: refused
	}{
		{"action", `{"revision":"41","action":"pickup"}`, ui.Press{Revision: 41, Action: locker.ActionPickup}},
		{"largest revision", `{"revision":"18446744073709551615","action":"back"}`,
			ui.Press{Revision: 18446744073709551615, Action: locker.ActionBack}},
		{"size", `{"revision":"1","action":"size","size":"M"}`,
			ui.Press{Revision: 1, Action: locker.ActionSize, Size: "M"}},
		{"language", `{"revision":"1","action":"language","language":"ar"}`,
			ui.Press{Revision: 1, Action: locker.ActionLanguage, Language: "ar"}},
		{"door", `{"revision":"1","action":"door","door":7}`,
			ui.Press{Revision: 1, Action: locker.ActionDoor, Door: 7}},
		{"reason", `{"revision":"1","action":"reason","reason":"dirty"}`,
			ui.Press{Revision: 1, Action: locker.ActionReason, Reason: locker.BlockDirty}},
		{"code", `{"revision":"7","code":"12345678"}`, ui.Press{Revision: 7, Code: "12345678"}},
		{"phone", `{"revision":"7","phone":"+4915112345667"}`, ui.Press{Revision: 7, Phone: "+4915112345667"}},
		{"size of a door to add", `{"revision":"1","action":"add_door","size":"M"}`,
			ui.Press{Revision: 1, Action: locker.ActionAddDoor, Size: "M"}},
		{"board", `{"revision":"1","action":"rewire","board":{"bus":"main","board":2}}`,
			ui.Press{Revision: 1, Action: locker.ActionRewire, Board: locker.Board{Bus: "main", Board: 2}}},
		{"parcel's number", `{"revision":"7","tracking":"1Z999AA1-42"}`, ui.Press{Revision: 7, Tracking: "1Z999AA1-42"}},
		{"present", `{"revision":"7","present":true}`, ui.Press{Revision: 7, Present: true}},

		{"empty", ``, ui.Press{}},
		{"no JSON", `action=pickup`, ui.Press{}},
		{"nothing said", `{"revision":"1"}`, ui.Press{}},
		{"two things said", `{"revision":"1","action":"back","code":"1234"}`, ui.Press{}},
		{"two presses", `{"revision":"1","action":"back"}{"revision":"1","action":"back"}`, ui.Press{}},
		{"unknown field", `{"revision":"1","action":"back","lock":7}`, ui.Press{}},
		{"a revision twice", `{"revision":"1","revision":"2","action":"back"}`, ui.Press{}},
		{"an action twice", `{"revision":"1","action":"cancel_yes","action":"back"}`, ui.Press{}},
		{"a code twice", `{"revision":"1","code":"1234","code":"5678"}`, ui.Press{}},
		{"a door twice", `{"revision":"1","action":"door","door":7,"door":8}`, ui.Press{}},
		{"a line twice", `{"revision":"1","action":"rewire","board":{"bus":"main","bus":"side","board":2}}`, ui.Press{}},
		{"a phone twice", `{"revision":"1","phone":"+4915112345667","phone":"+4915112345668"}`, ui.Press{}},
		{"an action in capitals", `{"revision":"1","ACTION":"back"}`, ui.Press{}},
		{"a revision in capitals", `{"Revision":"1","action":"back"}`, ui.Press{}},
		{"a code in capitals", `{"revision":"1","CODE":"1234"}`, ui.Press{}},
		{"a line in capitals", `{"revision":"1","action":"rewire","board":{"Bus":"main","board":2}}`, ui.Press{}},
		{"not UTF-8", "{\"revision\":\"1\",\"action\":\"size\",\"size\":\"\xff\"}", ui.Press{}},
		{"something behind", `{"revision":"1","action":"back"}]`, ui.Press{}},
		{"door without its action", `{"revision":"1","action":"back","door":7}`, ui.Press{}},
		{"no door", `{"revision":"1","action":"door"}`, ui.Press{}},
		{"door below zero", `{"revision":"1","action":"door","door":-7}`, ui.Press{}},
		{"reason without its action", `{"revision":"1","action":"back","reason":"dirty"}`, ui.Press{}},
		{"no reason", `{"revision":"1","action":"reason"}`, ui.Press{}},
		{"unknown reason", `{"revision":"1","action":"reason","reason":"whim"}`, ui.Press{}},
		{"unknown action", `{"revision":"1","action":"open_sesame"}`, ui.Press{}},
		{"revision below zero", `{"revision":"-1","action":"back"}`, ui.Press{}},
		{"board without its action", `{"revision":"1","action":"back","board":{"bus":"main","board":2}}`, ui.Press{}},
		{"no board", `{"revision":"1","action":"rewire"}`, ui.Press{}},
		{"board below zero", `{"revision":"1","action":"rewire","board":{"bus":"main","board":-2}}`, ui.Press{}},
		{"personal code as a parcel's number", `{"revision":"1","tracking":"LD1:123456"}`, ui.Press{}},
		{"small letters in a parcel's number", `{"revision":"1","tracking":"1z999aa1"}`, ui.Press{}},
		{"endless parcel's number", `{"revision":"1","tracking":"` + strings.Repeat("1", 36) + `"}`, ui.Press{}},
		{"size without its action", `{"revision":"1","action":"back","size":"M"}`, ui.Press{}},
		{"no size", `{"revision":"1","action":"size"}`, ui.Press{}},
		{"unknown language", `{"revision":"1","action":"language","language":"xx"}`, ui.Press{}},
		{"letters in a code", `{"revision":"1","code":"12a4"}`, ui.Press{}},
		{"endless code", `{"revision":"1","code":"1234567890123"}`, ui.Press{}},
		{"endless phone number", `{"revision":"1","phone":"+1234567890123456"}`, ui.Press{}},
		{"nobody's phone number", `{"revision":"1","phone":"12345"}`, ui.Press{}},
		{"letters in a phone number", `{"revision":"1","phone":"+49 151"}`, ui.Press{}},
		{"too large", `{"revision":"1","action":"back"` + strings.Repeat(" ", 5000) + `}`, ui.Press{}},
	}
	_, d, web := kiosk(t, ui.Config{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, presses := send(t, web.URL, tt.body), d.take()
			if tt.want == (ui.Press{}) {
				if status != http.StatusBadRequest || len(presses) != 0 {
					t.Errorf("want 400 and no press, got %d and %v", status, presses)
				}
				return
			}
			if status != http.StatusAccepted || len(presses) != 1 || presses[0] != tt.want {
				t.Errorf("want 202 and %+v, got %d and %+v", tt.want, status, presses)
			}
		})
	}
}

func TestPressThatIsLost(t *testing.T) {
	_, d, web := kiosk(t, ui.Config{})
	d.broken = true
	if got := send(t, web.URL, `{"revision":"1","action":"back"}`); got != http.StatusServiceUnavailable {
		t.Errorf("want 503, got %d", got)
	}
}

func TestPressNeverTellsWhatWasTyped(t *testing.T) {
	p := ui.Press{Revision: 3, Code: "12345678"}
	q := ui.Press{Revision: 4, Phone: "+4915112345667"}
	r := ui.Press{Revision: 5, Tracking: "JD014600006281230701"}
	said := fmt.Sprintf("%v %s %+v %v %v %+v %v", p, q, q, p.LogValue(), q.LogValue(), r, r.LogValue())
	for _, secret := range []string{"1234", "4915", "JD01"} {
		if strings.Contains(said, secret) {
			t.Errorf("a press tells %q: %s", secret, said)
		}
	}
}

func TestForeignersAreRefused(t *testing.T) {
	_, d, web := kiosk(t, ui.Config{})
	_, port, err := net.SplitHostPort(strings.TrimPrefix(web.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	tests := []struct {
		name   string
		change []func(*http.Request)
		want   int
	}{
		{"our own page", nil, http.StatusAccepted},
		{"by name", []func(*http.Request){host("localhost:" + port), set("Origin", "http://localhost:"+port)},
			http.StatusAccepted},
		{"a browser of today", []func(*http.Request){set("Sec-Fetch-Site", "same-origin")}, http.StatusAccepted},
		{"a name that was rebound", []func(*http.Request){
			host("evil.example:" + port), set("Origin", "http://evil.example:"+port),
		}, http.StatusForbidden},
		{"another port in the name", []func(*http.Request){host("127.0.0.1:1"), set("Origin", "http://127.0.0.1:1")},
			http.StatusForbidden},
		{"another site's page", []func(*http.Request){set("Origin", "https://evil.example")}, http.StatusForbidden},
		{"another port's page", []func(*http.Request){set("Origin", "http://127.0.0.1:1")}, http.StatusForbidden},
		{"a page without a name", []func(*http.Request){set("Origin", "null")}, http.StatusForbidden},
		{"a sibling's page", []func(*http.Request){set("Sec-Fetch-Site", "same-site")}, http.StatusForbidden},
		{"out of nowhere", []func(*http.Request){func(r *http.Request) { r.Header.Del("Origin") }},
			http.StatusForbidden},
		{"not JSON", []func(*http.Request){set("Content-Type", "text/plain")}, http.StatusBadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := send(t, web.URL, `{"revision":"1","action":"back"}`, tt.change...)
			if got != tt.want {
				t.Errorf("want %d, got %d", tt.want, got)
			}
			if pressed := len(d.take()) > 0; pressed != (tt.want == http.StatusAccepted) {
				t.Errorf("pressed: %v", pressed)
			}
		})
	}
	t.Run("the stream for another site", func(t *testing.T) {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+"/events", nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("want 403, got %d", res.StatusCode)
		}
	})
	t.Run("the wrong method", func(t *testing.T) {
		if res, _ := get(t, web.URL+"/press"); res.status != http.StatusMethodNotAllowed {
			t.Errorf("want 405, got %d", res.status)
		}
	})
}
