package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"lockerd/internal/sync/cloudtest"
)

// TestAParcelThatCosts: its recipient is told, so that its time begins; at the kiosk the door stays shut until it is paid for, behind the
// link that lockerdesk has brought; the provider's handler says that the money is there, twice, and the door opens, once. lockerdesk is
// killed on the way.
func TestAParcelThatCosts(t *testing.T) {
	s := newSite(t, true)
	// What stands in the configuration as an example is one.
	block := regexp.MustCompile(`(?s)#\[fees\].*?#cap[^\n]*\n`).FindString(s.read(s.config))
	s.change(s.config, block, strings.NewReplacer("\n#", "\n", "#[fees]", "[fees]", "free_s = 259200", "free_s = 0", "price = 150", "price = 250",
		"https://pay.example.org/?order={order}&amount={amount}&currency={currency}", "https://pay.example/{cabinet}/{parcel}?a={amount}").Replace(block))
	s.open()
	s.typed("ada@recipient.example\n+491701234567\nAda\n", "lockerdesk", "announce", "--config", s.config, "demo-1", "RR123456785DE", "--size", "M", "--tariff", "storage", "--due", "12.50")
	s.brings("RR123456785DE")
	letter := s.letter("Ihr Paket ist da")
	s.kill()
	s.open()
	s.says("lockerd", "kind=parcel.told")
	if page := s.page(letter); !strings.Contains(page, "15,00\u00a0EUR") || !strings.Contains(page, `href="https://pay.example/demo-1/`) {
		t.Errorf("want what is owed and where it is paid, got\n%s", page)
	}
	s.hand("scan", map[string]string{"text": s.qr(letter)})
	s.says("lockerd", "kind=fee.asked")
	s.says("lockerd", "kind=fee.linked")

	key := regexp.MustCompile(`lockerdesk_[A-Z0-9]+`).FindString(s.run("lockerdesk", "key", "add", "--config", s.config, "shop", "--scope", "parcels:read,payments:write"))
	parcel := regexp.MustCompile(`"parcel":"([^"]+)"`).FindStringSubmatch(s.ask(key, "GET", "/parcels", ""))
	if parcel == nil {
		t.Fatal("the parcel is in no list")
	}
	money := "/cabinets/demo-1/parcels/" + parcel[1] + "/payments"
	story := s.ask(key, "GET", strings.Replace(money, "payments", "story", 1), "")
	if !strings.Contains(story, `"url":"https://pay.example/demo-1/`+parcel[1]+`?a=1500"`) {
		t.Errorf("want the link for what is owed with the cabinet, got %s", story)
	}
	for range 2 {
		s.ask(key, "POST", money, `{"amount":1500,"currency":"EUR","reference":"psp-1"}`)
	}
	s.hand("doors/"+s.opened(2)+"/push", struct{}{})
	s.letter("Ihr Paket wurde abgeholt")
	var is struct {
		Fee   struct{ Paid, Owed int }
		Items []struct{ Reference, Counted string }
	}
	cloudtest.Eventually(t, "the payment counts", func() bool {
		fatal(t, json.Unmarshal([]byte(s.ask(key, "GET", money, "")), &is))
		return len(is.Items) == 1 && is.Items[0].Counted != ""
	})
	if is.Fee.Paid != 1500 || is.Fee.Owed != 0 {
		t.Errorf("want 15.00 paid and nothing owed, got %+v", is)
	}
	for what, n := range map[string]int{"kind=fee.paid": 1, "kind=parcel.told": 1, "kind=order.refused": 0} {
		if got := strings.Count(s.read(s.logs["lockerd"]), what); got != n {
			t.Errorf("%s: want %d, got %d", what, n, got)
		}
	}
}

// ask asks lockerdesk over REST, with a key.
func (s *site) ask(key, method, path, body string) string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.public+"/api/v1"+path, strings.NewReader(body))
	fatal(s.t, err)
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	fatal(s.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	fatal(s.t, err)
	if answer.StatusCode >= 300 {
		s.t.Fatal(fmt.Sprint(method, " ", path, ": ", answer.Status, " ", string(text)))
	}
	return string(text)
}
