// Package webhook tells records to other programs by HTTP, signed after the Standard Webhooks specification
// (https://www.standardwebhooks.com). It owns no delivery: they lie in the books until the other side has taken them.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
)

// Times and amounts.
const (
	look       = 15 * time.Second // between two looks into the outbox, if nobody wakes it
	atOnce     = 64               // deliveries of one look to one address
	atOneHook  = 4                // of them to one address at a time
	answerWait = 15 * time.Second // for the whole of one request
	answerMost = 4 << 10          // bytes of an answer that are read before the connection is given up
	maxURL     = 2048
)

// Config says which addresses webhooks may have.
type Config struct {
	// Allow are networks ("10.0.0.0/8") that are not public and may be told nevertheless: whoever may add a webhook reaches what is
	// there from this machine. To addresses in them http:// may be used, too.
	Allow []string `toml:"allow"`
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	_, err := c.networks()
	return err
}

func (c Config) networks() (list []netip.Prefix, err error) {
	for _, text := range c.Allow {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf(`webhooks: allow: is a network, as "10.0.0.0/8": %w`, err)
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// Books are the outbox. books.Books are such.
type Books interface {
	Deliveries(ctx context.Context, most int) ([]books.Delivery, error)
	Delivered(ctx context.Context, d books.Delivery) error
	DeliverLater(ctx context.Context, d books.Delivery, at time.Time, why string) error
	GiveUp(ctx context.Context, d books.Delivery, why string) error
}

// Sender sends. Run owns it; Wake may be called from anywhere.
type Sender struct {
	books  Books
	allow  []netip.Prefix
	client *http.Client
	log    *slog.Logger
	wake   chan struct{}
}

// New makes a sender, which Run starts. The configuration was validated.
func New(cfg Config, b Books, log *slog.Logger) *Sender {
	s := &Sender{books: b, log: log, wake: make(chan struct{}, 1)}
	s.allow, _ = cfg.networks() // Validate has read them
	dialer := &net.Dialer{Timeout: answerWait, Control: s.guard}
	s.client = &http.Client{Timeout: answerWait, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		// No proxy: it would be the one that dials, and nobody would guard it.
		Transport: &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: 100, MaxIdleConnsPerHost: atOneHook,
			IdleConnTimeout: time.Minute, TLSHandshakeTimeout: answerWait}}
	return s
}

// CheckURL says what is wrong with the address of a webhook.
func (c Config) CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || len(text) > maxURL || u.User != nil || u.Fragment != "" {
		return errors.New("webhook: an address is https://host/path, without a password in it")
	}
	networks, err := c.networks()
	if err != nil {
		return err
	}
	at, _ := netip.ParseAddr(u.Hostname())
	named := slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(at) })
	if u.Scheme == "https" || u.Scheme == "http" && named {
		return nil
	}
	return errors.New("webhook: an address begins with https://, but for an IP address in a network of webhooks.allow")
}

// errGuarded says that an address is not public.
var errGuarded = errors.New("the address is not public, and not in a network of webhooks.allow")

// guard is asked once the name was looked up and before anything is sent: what the address is now is what counts.
func (s *Sender) guard(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errGuarded
	}
	at := to.Addr().Unmap()
	if public(at) || slices.ContainsFunc(s.allow, func(p netip.Prefix) bool { return p.Contains(at) }) {
		return nil
	}
	return errGuarded
}

// special are networks that are in nobody's public internet, beside those that netip knows (RFC 6890 and its registries), or lead into
// others: addresses of version 4 within version 6.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"), netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("5f00::/16"),
}

func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// String is the owner's name.
func (s *Sender) String() string { return "webhooks" }

// Wake says that there is something in the outbox. It never blocks.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// Run sends until ctx is cancelled; then it returns nil. An address that does not answer is no error: the outbox waits.
func (s *Sender) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		list, err := s.books.Deliveries(ctx, atOnce)
		if err != nil && ctx.Err() == nil {
			s.log.Error("webhooks cannot be told", "err", err)
		}
		s.all(ctx, list)
		if len(list) >= atOnce { // there may be more
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-time.After(look):
		}
	}
	return nil
}

// all sends what was taken from the outbox: to several addresses side by side, so that a slow one holds up no other. Nor does it hold up the next
// look: what it leaves no time for stays in the outbox, and is due once it is nobody's any more.
func (s *Sender) all(ctx context.Context, list []books.Delivery) {
	end := time.Now().Add(answerWait)
	var wg sync.WaitGroup
	turns := make(map[string]chan struct{})
	for _, d := range list {
		turn := turns[d.Hook.Name]
		if turn == nil {
			turn = make(chan struct{}, atOneHook)
			turns[d.Hook.Name] = turn
		}
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			if !time.Now().Before(end) {
				return
			}
			if err := s.one(ctx, d); err != nil && ctx.Err() == nil {
				s.log.Error("what became of a delivery cannot be written down: it will be sent again", "webhook", d.Hook.Name, "err", err)
			}
		})
	}
	wg.Wait()
}

// one tells one record. An error is the books'.
func (s *Sender) one(ctx context.Context, d books.Delivery) error {
	why, final := s.send(ctx, d)
	if ctx.Err() != nil {
		return nil // we are to stop: it stays in the outbox
	}
	if why == "" {
		return s.books.Delivered(ctx, d)
	}
	again, more := desk.Again(d.Tries + 1)
	if final || !more {
		s.log.Error("a webhook is disabled", "webhook", d.Hook.Name, "why", why)
		return s.books.GiveUp(ctx, d, why)
	}
	s.log.Warn("a webhook is told later", "webhook", d.Hook.Name, "why", why)
	return s.books.DeliverLater(ctx, d, time.Now().Add(again), why)
}

// send tries once; an empty why says that the other side has it. final says that it wants nothing more.
func (s *Sender) send(ctx context.Context, d books.Delivery) (why string, final bool) {
	body, err := message(d.Public)
	if err != nil {
		return "a record that cannot be read", false
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Hook.URL, strings.NewReader(string(body)))
	if err != nil {
		return "an address that is none", false
	}
	now := time.Now()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "lockerdesk")
	r.Header.Set("webhook-id", d.ID)
	r.Header.Set("webhook-timestamp", fmt.Sprint(now.Unix()))
	r.Header.Set("webhook-signature", Sign(d.Secret, d.ID, now, body))
	answer, err := s.client.Do(r)
	switch {
	case errors.Is(err, errGuarded):
		return errGuarded.Error(), false
	case err != nil:
		return "no answer", false
	}
	defer func() { _ = answer.Body.Close() }()           // what is left of it is nothing to us
	_, _ = io.CopyN(io.Discard, answer.Body, answerMost) // so that the connection can be used again
	switch {
	case answer.StatusCode >= 200 && answer.StatusCode < 300:
		return "", false
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		return fmt.Sprintf("it answered %d: no redirect is followed", answer.StatusCode), false
	}
	return fmt.Sprintf("it answered %d", answer.StatusCode), answer.StatusCode == http.StatusGone
}

// message is the body of a webhook: what kind of record it is, when it was made, and the record as the contract has it.
func message(public []byte) ([]byte, error) {
	var record struct {
		Kind string    `json:"kind"`
		At   time.Time `json:"at"`
	}
	if err := json.Unmarshal(public, &record); err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{record.Kind, record.At, public})
}

// Sign is the signature of a message, version 1: HMAC-SHA256 over its id, the second it is sent in and its body.
func Sign(secret []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Shown is how a secret is written for people and libraries.
func Shown(secret []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(secret) }
