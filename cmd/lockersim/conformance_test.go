package main_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	lockersim "lockerd/cmd/lockersim"
	"lockerd/internal/conformance"
	"lockerd/internal/contract/schema"
	"lockerd/internal/credential"
	"lockerd/internal/sim"
	"lockerd/internal/sync/cloudtest"
)

// liar stands between a true cabinet and its broker, and makes of it one that breaks a rule.
type liar struct {
	*cloudtest.Middle
	t      *testing.T
	signer *credential.Signer // the operator's: what it changes of an order or an ack it can sign
	seen   map[string]int     // how often something came
}

// fault is a planted one, and the rule that the report must find broken by it.
type fault struct {
	name, rule string
	only       []string // rules to try; the one alone if nil
	from, to   func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool
	connect    func(*packets.ConnectPacket)
}

// is says that a message is of a topic and holds a text.
func is(p *packets.PublishPacket, topic, text string) bool {
	return path.Base(p.TopicName) == topic && bytes.Contains(said(p), []byte(text))
}

// said is a payload, without a look at its signature.
func said(p *packets.PublishPacket) []byte {
	payload, err := schema.Unsigned(p.Payload)
	if err != nil {
		return p.Payload
	}
	return payload
}

// changed is a message with a text replaced, where it is signed: signed again.
func (l *liar) changed(p *packets.PublishPacket, old, other string) *packets.PublishPacket {
	q := *p
	text := bytes.Replace(said(p), []byte(old), []byte(other), 1)
	switch path.Base(p.TopicName) {
	case "orders":
		signed, err := l.signer.Order(text)
		fatal(l.t, err)
		q.Payload = []byte(signed)
	case "acks":
		signed, err := l.signer.Ack(text)
		fatal(l.t, err)
		q.Payload = []byte(signed)
	default:
		q.Payload = text
	}
	return &q
}

// once says that something is so for the first time.
func (l *liar) once(what string) bool { l.seen[what]++; return l.seen[what] == 1 }

// The record that is lied about: the first answer to a question.
const answer = `"kind":"parcel.status"`

// public is a record's first line.
func public(p *packets.PublishPacket) string {
	line, _, _ := bytes.Cut(p.Payload, []byte("\n"))
	return string(line)
}

var faults = []fault{
	{name: "a record is never sent", rule: "events/gaps", only: []string{"events/", "orders/followed"},
		from: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !is(p, "events", answer) || !l.once(answer) && l.seen[public(p)] == 0 {
				return false
			}
			l.seen[public(p)]++
			w.Taken(p)
			return true
		}},
	{name: "two records change places", rule: "events/order", only: []string{"events/", "orders/followed"},
		from: func() func(*liar, *cloudtest.Wire, *packets.PublishPacket) bool {
			var kept *packets.PublishPacket
			return func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
				if kept == nil && is(p, "events", `"kind":"order.accepted"`) && l.once("kept") {
					kept = p
					return true
				}
				if kept == nil || !is(p, "events", "") {
					return false
				}
				w.Pass(p, kept)
				kept = nil
				return true
			}
		}()},
	{name: "a record is changed on its way", rule: "events/chain", only: []string{"events/", "orders/followed"},
		from: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !is(p, "events", answer) {
				return false
			}
			w.Pass(l.changed(p, `"status":"unknown"`, `"status":"expired"`))
			return true
		}},
	{name: "what comes again is another", rule: "events/same", only: []string{"events/", "orders/followed", "orders/resend"},
		from: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !is(p, "events", answer) || l.once(public(p)) {
				return false
			}
			w.Pass(l.changed(p, `"status":"unknown"`, `"status":"expired"`))
			return true
		}},
	{name: "events are retained", rule: "events/delivery",
		from: func(_ *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			p.Retain = p.Retain || is(p, "events", "")
			return false
		}},
	{name: "a box is for somebody else", rule: "boxes/open", only: []string{"boxes/"},
		from: func(_ *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if line := public(p); is(p, "events", "\n") {
				p.Payload = fmt.Appendf(nil, "%s\n{\"phone\":%q}", line, base64.StdEncoding.EncodeToString(make([]byte, 61)))
			}
			return false
		}},
	{name: "acks are not heard", rule: "acks/count",
		to: func(_ *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !is(p, "acks", "") {
				return false
			}
			w.Taken(p)
			return true
		}},
	{name: "acks of anybody count", rule: "acks/forged",
		to: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !bytes.HasPrefix(p.Payload, []byte("{")) || !is(p, "acks", "") {
				return false
			}
			w.Pass(l.changed(p, "", ""))
			return true
		}},
	{name: "nothing is sent twice", rule: "acks/again",
		from: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !is(p, "events", answer) || l.once(public(p)) {
				return false
			}
			w.Taken(p)
			return true
		}},
	{name: "an order is followed once more under another id", rule: "orders/known", only: []string{"orders/followed", "orders/known"},
		to: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if is(p, "orders", `"kind":"parcel.announce"`) {
				w.Invent(l.changed(p, `{"id":"`, `{"id":"once-more-`))
			}
			return false
		}},
	{name: "a repeated id is followed again", rule: "orders/once",
		to: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !is(p, "orders", `"kind":"parcel.announce"`) || l.once(string(said(p))) {
				return false
			}
			w.Pass(l.changed(p, `{"id":"`, `{"id":"again-`))
			return true
		}},
	{name: "an order is never answered", rule: "orders/answered", only: []string{"orders/followed", "orders/answered"},
		to: func(_ *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !is(p, "orders", `"kind":"parcel.cancel"`) {
				return false
			}
			w.Taken(p)
			return true
		}},
	{name: "orders of anybody are followed", rule: "orders/signed",
		to: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !is(p, "orders", `"parcel.status"`) || !json.Valid(said(p)) {
				return false
			}
			w.Pass(l.changed(p, "", ""))
			return true
		}},
	{name: "expired orders are followed", rule: "orders/expired",
		to: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			var o struct{ Issued, Expires string }
			if !is(p, "orders", `"parcel.status"`) || json.Unmarshal(said(p), &o) != nil {
				return false
			}
			at := func(later time.Duration) string { return time.Now().Add(later).UTC().Format(time.RFC3339) }
			q := l.changed(p, o.Expires, at(time.Minute))
			w.Pass(l.changed(q, o.Issued, at(0)))
			return true
		}},
	{name: "unknown fields are passed over", rule: "orders/strict",
		to: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !is(p, "orders", `"note":"",`) {
				return false
			}
			w.Pass(l.changed(p, `"note":"",`, ""))
			return true
		}},
	{name: "another cabinet's orders are followed", rule: "orders/cabinet",
		to: func(l *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			if !is(p, "orders", `"demo-1-other"`) {
				return false
			}
			w.Pass(l.changed(p, `"demo-1-other"`, `"demo-1"`))
			return true
		}},
	{name: "the state stands still", rule: "state/agrees", only: []string{"state/", "orders/followed"},
		from: func() func(*liar, *cloudtest.Wire, *packets.PublishPacket) bool {
			var kept []byte
			return func(_ *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
				if is(p, "state", "") && kept == nil {
					kept = p.Payload
				} else if is(p, "state", "") {
					p.Payload = kept
				}
				return false
			}
		}()},
	{name: "presence is not retained", rule: "presence/retained",
		from: func(_ *liar, w *cloudtest.Wire, p *packets.PublishPacket) bool {
			p.Retain = p.Retain && !is(p, "presence", "")
			return false
		}, connect: func(p *packets.ConnectPacket) { p.WillRetain = false }},
	{name: "there is no last will", rule: "presence/will", connect: func(p *packets.ConnectPacket) { p.WillFlag, p.WillRetain, p.WillQos = false, false, 0 }},
	{name: "the session is not kept", rule: "orders/wait", connect: func(p *packets.ConnectPacket) { p.CleanSession = true }},
}

// TestConformanceFindsPlantedFaults: a true cabinet whose words and orders somebody twists fails by the rule that is broken then, and the report says so.
func TestConformanceFindsPlantedFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("one cabinet for each fault")
	}
	t.Parallel()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			only := f.only
			if only == nil {
				only = []string{f.rule}
			}
			report := conform(t, f, only)
			if r, _ := report.Of(f.rule); r.Verdict != conformance.Failed || len(r.Why) == 0 {
				var text strings.Builder
				fatal(t, report.Write(&text))
				t.Errorf("want the report to find %s broken, got\n%s", f.rule, text.String())
			}
		})
	}
}

// TestConformanceOfATrueCabinet: a true cabinet whose words nobody twists keeps the rules in the packed form, too.
func TestConformanceOfATrueCabinet(t *testing.T) {
	t.Parallel()
	report := conform(t, fault{}, []string{"presence/", "state/", "events/", "boxes/", "orders/followed", "orders/once", "orders/resend", "acks/"})
	if report.Count(conformance.Failed) > 0 || report.Count(conformance.Passed) < 20 || report.Packed == 0 {
		var text strings.Builder
		fatal(t, report.Write(&text))
		t.Errorf("want every rule kept, in the packed form, got\n%s", text.String())
	}
}

// conform holds a simulated cabinet against the contract through a fault.
func conform(t *testing.T, f fault, only []string) conformance.Report {
	t.Helper()
	broker := cloudtest.StartMosquitto(t, cloudtest.Forgetful)
	listen, err := sim.FreeAddress()
	fatal(t, err)
	l := &liar{Middle: cloudtest.NewMiddle(t, listen), t: t, seen: map[string]int{}}
	l.twist(f)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	kiosk, err := sim.FreeAddress()
	fatal(t, err)
	go func() {
		ended <- lockersim.Run(ctx, lockersim.Options{Dir: dir, Kiosk: kiosk, Bench: "127.0.0.1:0", Broker: "mqtt://" + l.Addr(), InProcess: true,
			Packed: f.rule == ""}, io.Discard)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("lockersim: %v", err)
		}
	})
	file := filepath.Join(dir, "operator/cloud.json")
	until(t, "the cloud is told", func() bool { _, err := os.Stat(file); return err == nil })
	var k conformance.Knowledge
	until(t, "what it is told can be read", func() bool { k, err = conformance.ReadKnowledge(file); return err == nil })
	l.signer, err = credential.NewSigner(k.Issuer, k.IssuerSeed)
	fatal(t, err)
	k.Broker = "mqtt://" + broker.Addr
	report, err := conformance.Run(ctx, conformance.Config{Knowledge: k, Listen: listen, Quick: true, Only: only, Patience: patienceFor(f)})
	fatal(t, err)
	return report
}

// patienceFor is how long an answer may take: long on a busy machine, short where none comes.
func patienceFor(f fault) time.Duration {
	if f.rule == "" {
		return 2 * time.Minute
	}
	return 20 * time.Second
}

// twist sets the hooks of a fault. What it does not take passes.
func (l *liar) twist(f fault) {
	hook := func(take func(*liar, *cloudtest.Wire, *packets.PublishPacket) bool) func(*cloudtest.Wire, packets.ControlPacket) {
		return func(w *cloudtest.Wire, p packets.ControlPacket) {
			if c, is := p.(*packets.ConnectPacket); is && f.connect != nil {
				f.connect(c)
			}
			if m, is := p.(*packets.PublishPacket); is && take != nil && take(l, w, m) {
				return
			}
			w.Pass(p)
		}
	}
	l.Twist(hook(f.from), hook(f.to))
}
