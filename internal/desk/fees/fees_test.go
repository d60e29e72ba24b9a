package fees_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/fees"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

const link = "https://pay.example/?order={order}&amount={amount}&currency={currency}"

func good() fees.Config {
	return fees.Config{Currency: "EUR", Link: link, Tariffs: map[string]tariff.Tariff{
		"storage": {Free: 86400, Steps: []tariff.Rate{{Every: 86400, Price: 250}}, QuietWeekdays: []string{"sunday"}}}}
}

// TestSettings: what is wrong is said with its name.
func TestSettings(t *testing.T) {
	c := good()
	if err := c.Validate("Europe/Berlin"); err != nil {
		t.Fatal(err)
	}
	if got := c.Tariffs["storage"]; got.Currency != "EUR" || got.Zone != "Europe/Berlin" {
		t.Errorf("want currency and zone completed, got %+v", got)
	}
	if err := (&fees.Config{}).Validate("UTC"); err != nil {
		t.Errorf("want no fees to be right, too, got %v", err)
	}
	set := func(change func(*fees.Config)) *fees.Config { c := good(); change(&c); return &c }
	for want, c := range map[string]*fees.Config{
		"currency: must be given": set(func(c *fees.Config) { c.Currency = "" }),
		"three capitals":          set(func(c *fees.Config) { c.Currency = "euro" }),
		"storage: is in another": set(func(c *fees.Config) {
			c.Tariffs["storage"] = tariff.Tariff{Currency: "CHF", Steps: []tariff.Rate{{Every: 60}}}
		}),
		"storage: has no steps":          set(func(c *fees.Config) { c.Tariffs["storage"] = tariff.Tariff{} }),
		"storage: tariff: step 1: every": set(func(c *fees.Config) { c.Tariffs["storage"] = tariff.Tariff{Steps: []tariff.Rate{{Every: 1}}} }),
		"storage: cap: is at most": set(func(c *fees.Config) {
			c.Tariffs["storage"] = tariff.Tariff{Steps: []tariff.Rate{{Every: 60, Price: 1}}, Cap: contract.MaxAmount + 1}
		}),
		"a name has 1 to 64":                 set(func(c *fees.Config) { c.Tariffs["a b"] = c.Tariffs["storage"] }),
		"{tracking} is no place":             set(func(c *fees.Config) { c.Link = "https://pay.example/{order}/{tracking}" }),
		"link: is https://":                  set(func(c *fees.Config) { c.Link = "http://pay.example/{order}" }),
		"with a host and no name":            set(func(c *fees.Config) { c.Link = "https://me:secret@pay.example/{order}" }),
		"has no place":                       set(func(c *fees.Config) { c.Link = "https://{order}.pay.example/" }),
		"as \"https://pay.example":           set(func(c *fees.Config) { c.Link = "https://pay.example/{order}/{" }),
		"must name what is paid for":         set(func(c *fees.Config) { c.Link = "https://pay.example/?{amount}" }),
		"a host and no name or password, as": set(func(c *fees.Config) { c.Link = "HTTPS://{order}.pay.example/" }),
		"{cabinet} and {parcel}":             set(func(c *fees.Config) { c.Link = "https://pay.example/{parcel}" }), // two cabinets may have one of that name
		"more than 300 characters":           set(func(c *fees.Config) { c.Link = "https://pay.example/{order}" + strings.Repeat("x", 280) }),
	} {
		if err := c.Validate("UTC"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// TestALinkIsFilled: percent-encoded wherever a place stands.
func TestALinkIsFilled(t *testing.T) {
	c := fees.Config{Currency: "EUR", Link: "https://pay.example/{cabinet}/{parcel}?o={order}&a={amount}&s={sum}&c={currency}"}
	p := desk.Parcel{Cabinet: "demo-1", ID: "p 1/&?#%+é", Order: "desk-1", Fee: &desk.Fee{Currency: "EUR"}}
	if got, want := c.Pay(p, 250), "https://pay.example/demo-1/p%201%2F%26%3F%23%25%2B%C3%A9?o=desk-1&a=250&s=2.50&c=EUR"; got != want {
		t.Errorf("want %s, got %s", want, got)
	}
	p.ID = ".." // a cabinet may say so: browsers would go up a folder
	if got := c.Pay(p, 250); got != "" {
		t.Errorf("want none, got %s", got)
	}
	unclear := p
	unclear.ID, unclear.Fee = "p1", &desk.Fee{Currency: "EUR", Unclear: "c-1-7"} // nobody knows whether it was paid at the terminal
	p.ID, p.Order = "p1", ""
	for _, got := range []string{c.Pay(p, 250), c.Pay(unclear, 250), c.Pay(desk.Parcel{Order: "o"}, 250), (&fees.Config{}).Pay(p, 250)} {
		if got != "" {
			t.Errorf("want none, got %s", got)
		}
	}
}

func TestTerms(t *testing.T) {
	c := good()
	if err := c.Validate("UTC"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		due  int64
		want string
		err  error
	}{
		{"", 0, "null", nil},
		{"", 1250, `{"currency":"EUR","due":1250}`, nil},
		{"storage", 0, `{"name":"storage","currency":"EUR","tariff":{"currency":"EUR","zone":"UTC","free_s":86400,"steps":[{"every_s":86400,"price":250}],"quiet_weekdays":["sunday"]}}`, nil},
		{"other", 0, "", fees.ErrTariff},
		{"", -1, "", fees.ErrDue},
		{"", contract.MaxAmount + 1, "", fees.ErrDue},
	} {
		got, err := c.Terms(test.name, test.due)
		if !errors.Is(err, test.err) || err == nil && got.String() != test.want {
			t.Errorf("%q %d: want %s, %v, got %s, %v", test.name, test.due, test.want, test.err, got, err)
		}
	}
	if _, err := (&fees.Config{}).Terms("storage", 0); !errors.Is(err, fees.ErrNone) {
		t.Errorf("want none without settings, got %v", err)
	}
}

// shelf holds errands, and the orders that carry them out.
type shelf struct {
	errands []books.Errand
	sent    []string
	dropped int
	fails   error
}

func (s *shelf) Errands(context.Context, int) ([]books.Errand, error) { return s.errands, nil }

func (s *shelf) DropErrand(_ context.Context, id string) error {
	s.dropped++
	return s.end(id)
}

func (s *shelf) end(id string) error {
	for i, e := range s.errands {
		if e.ID == id {
			s.errands = append(s.errands[:i:i], s.errands[i+1:]...)
			return nil
		}
	}
	return books.ErrDone
}

func (s *shelf) Send(_ context.Context, o orders.Order) (string, error) {
	if s.fails != nil {
		return "", s.fails
	}
	s.sent = append(s.sent, fmt.Sprintf("%s %s %v %s", o.Kind, o.By, o.Body, o.Life))
	return "o", s.end(o.Errand)
}

// TestErrands: each is carried out once, when the books take it; what nobody waits for any more is dropped.
func TestErrands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().UTC()
		waits := desk.Parcel{Cabinet: "demo-1", ID: "p1", Tracking: "T1", Order: "o1", Status: desk.Waiting, Fee: &desk.Fee{Currency: "EUR"}}
		begun, gone := waits, waits
		begun.Fee = &desk.Fee{Account: locker.Account{From: now}}
		gone.Status = desk.Collected
		told := desk.Errand{Kind: "parcel.told", Cabinet: "demo-1", Parcel: "p1", At: now.Add(-time.Hour + time.Millisecond)}
		asked := func(until time.Duration) desk.Errand {
			return desk.Errand{Kind: "fee.link", Cabinet: "demo-1", Parcel: "p1", Amount: 250, Currency: "EUR", Until: now.Add(until)}
		}
		s := &shelf{fails: errors.New("the disk is full"), errands: []books.Errand{{ID: "1", Errand: told, Of: waits}, {ID: "2", Errand: told, Of: begun}, {ID: "3", Errand: told, Of: gone}, {ID: "4", Errand: asked(15 * time.Minute), Of: waits},
			{ID: "5", Errand: asked(0), Of: waits}, {ID: "6", Errand: asked(time.Hour), Of: gone}, {ID: "7", Errand: desk.Errand{Kind: "fee.link", Cabinet: "demo-1", Parcel: "p1", Amount: 1, Currency: "EUR"}, Of: waits}}}
		c := good()
		var log bytes.Buffer
		e := fees.New(&c, s, s, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		ended := make(chan error)
		go func() { ended <- e.Run(ctx) }()
		synctest.Wait()
		if len(s.errands) != 7 || !strings.Contains(log.String(), "the disk is full") {
			t.Fatalf("want all kept while the books take nothing, got %+v, %s", s.errands, &log)
		}
		s.fails = nil
		e.Wake()
		synctest.Wait()
		want := []string{
			fmt.Sprintf("parcel.told lockerdesk {T1 %s} 0s", now.Add(-time.Hour)),
			fmt.Sprintf("fee.link lockerdesk {T1 250 EUR https://pay.example/?order=o1&amount=250&currency=EUR %s} 15m0s", now.Add(15*time.Minute)),
			fmt.Sprintf("fee.link lockerdesk {T1 1 EUR https://pay.example/?order=o1&amount=1&currency=EUR %s} 0s", time.Time{}),
		}
		if strings.Join(s.sent, "\n") != strings.Join(want, "\n") || s.dropped != 4 || len(s.errands) != 0 {
			t.Errorf("want\n%s\nand 4 dropped, got %d\n%s", strings.Join(want, "\n"), s.dropped, strings.Join(s.sent, "\n"))
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
