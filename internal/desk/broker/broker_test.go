package broker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/broker"
	"lockerd/internal/desk/orders"
	"lockerd/internal/sync/cloudtest"
)

// site is a desk at a true broker, and the client of a cabinet that is played by hand.
type site struct {
	t       *testing.T
	broker  *cloudtest.Mosquitto
	books   *books.Books
	full    atomic.Bool  // the books take nothing
	refused atomic.Int64 // transactions, while they were full
	unfit   atomic.Bool  // the books can never take what demo-3 sends
	shared  atomic.Int64 // transactions with records of several cabinets
	issuers *credential.Issuers
	cabinet mqtt.Client
	acks    chan ack
	orders  chan order
	told    atomic.Int64
	office  *orders.Office
	wake    func() // the desk's connection, as each beat of its seat does
}

type ack struct {
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
	Hash  string `json:"hash"`
}

type order struct {
	ID   string          `json:"id"`
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}

// TakeAll is the books', unless they are full.
func (s *site) TakeAll(ctx context.Context, batches []books.Batch) ([]books.Taken, error) {
	if s.full.Load() {
		s.refused.Add(1)
		return nil, errors.New("the disk is full")
	}
	for _, one := range batches {
		if s.unfit.Load() && one.Cabinet == "demo-3" {
			return nil, fmt.Errorf("%w: it is too long", books.ErrUnfit)
		}
	}
	if len(batches) > 1 {
		s.shared.Add(1)
	}
	return s.books.TakeAll(ctx, batches)
}

// fullable are books whose TakeAll is the site's.
type fullable struct {
	*books.Books
	*site
}

func (f fullable) TakeAll(ctx context.Context, batches []books.Batch) ([]books.Taken, error) {
	return f.site.TakeAll(ctx, batches)
}

func newSite(t *testing.T) *site {
	t.Helper()
	signer, err := credential.NewSigner("desk", make([]byte, 32))
	fatal(t, err)
	issuers, err := credential.NewIssuers([]credential.Issuer{signer.Issuer("orders")})
	fatal(t, err)
	b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-1"}))
	fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-3"}))
	seat, err := b.Sit(t.Context(), "lockerdesk", slog.New(slog.DiscardHandler))
	fatal(t, err)
	s := &site{t: t, broker: cloudtest.StartMosquitto(t, ""), books: b, issuers: issuers, acks: make(chan ack, 100), orders: make(chan order, 100)}
	var link *broker.Broker
	s.office = orders.New(b, signer, func() { link.Wake() })
	cfg := broker.Config{Address: "mqtt://" + s.broker.Addr, Topics: "lockerd/v1", Client: "lockerdesk"}
	fatal(t, cfg.Validate())
	link = broker.New(cfg, fullable{b, s}, seat, credential.NewOperator(), signer, s.office, func() { s.told.Add(1) }, slog.New(slog.DiscardHandler))
	s.wake = link.Wake
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- link.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("want nil after a stop, got %v", err)
		}
	})
	s.play()
	s.publish("presence", `{"online":false}`)
	cloudtest.Eventually(t, "the desk has subscribed", func() bool { // what is retained comes then, at the latest
		c, err := b.Cabinet(t.Context(), "demo-1")
		return err == nil && len(c.Presence) > 0
	})
	return s
}

// play connects the cabinet.
func (s *site) play() {
	o := mqtt.NewClientOptions().AddBroker("tcp://" + s.broker.Addr).SetClientID("lockerd-demo-1").SetCleanSession(false).
		SetConnectRetry(true).SetConnectRetryInterval(50 * time.Millisecond).SetMaxReconnectInterval(50 * time.Millisecond)
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
		if m.Topic() == "lockerd/v1/demo-1/acks" {
			payload, _, err := s.issuers.Ack(m.Payload())
			var a ack
			if err != nil || json.Unmarshal(payload, &a) != nil {
				s.t.Errorf("an ack that no cabinet takes: %v", err)
			}
			s.acks <- a
			return
		}
		payload, _, err := s.issuers.Order(m.Payload())
		var o order
		if err != nil || json.Unmarshal(payload, &o) != nil {
			s.t.Errorf("an order that no cabinet takes: %v", err)
		}
		s.orders <- o
	})
	s.cabinet = mqtt.NewClient(o)
	wait(s.t, s.cabinet.Connect())
	wait(s.t, s.cabinet.SubscribeMultiple(map[string]byte{"lockerd/v1/demo-1/acks": 1, "lockerd/v1/demo-1/orders": 1}, nil))
	s.t.Cleanup(func() { s.cabinet.Disconnect(100) })
}

func (s *site) publish(name, payload string) {
	s.t.Helper()
	wait(s.t, s.cabinet.Publish("lockerd/v1/demo-1/"+name, 1, name != "events", payload))
}

// acked waits for the ack of a record.
func (s *site) acked(epoch string, seq uint64) ack {
	s.t.Helper()
	for {
		select {
		case a := <-s.acks:
			if a.Epoch == epoch && a.Seq == seq {
				return a
			}
		case <-time.After(time.Minute):
			s.t.Fatalf("no ack of %s/%d", epoch, seq)
		}
	}
}

func (s *site) ordered() order {
	s.t.Helper()
	select {
	case o := <-s.orders:
		return o
	case <-time.After(time.Minute):
		s.t.Fatal("no order")
	}
	return order{}
}

func wait(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatalf("broker: %v", token.Error())
	}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsInTheBooksIsAcknowledged: that, and nothing before.
func TestWhatIsInTheBooksIsAcknowledged(t *testing.T) {
	s := newSite(t)
	first := contracttest.Line("a", 1, "", "journal.epoch_begun")
	second := contracttest.LineWith("a", 2, first, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`)
	s.publish("events", first)
	s.acked("a", 1)

	s.full.Store(true)
	s.publish("events", second)
	s.publish("presence", `{"online":true}`) // is not lost either
	select {
	case a := <-s.acks:
		if a.Seq == 2 {
			t.Error("want nothing to be acknowledged that is not in the books")
		}
	case <-time.After(3 * time.Second): // longer than an ack takes
	}
	s.full.Store(false)
	s.acked("a", 2)
	if s.told.Load() == 0 {
		t.Error("want whoever tells people to be woken")
	}
	s.publish("events", first) // it has not heard the ack
	s.acked("a", 2)
	s.publish("state", `{"cabinet":"demo-1","seq":9,"doors":[]}`)
	cloudtest.Eventually(t, "state and presence are in the books", func() bool {
		c, err := s.books.Cabinet(t.Context(), "demo-1")
		return err == nil && len(c.State) > 0 && string(c.Presence) == `{"online":true}`
	})
}

// TestADeskThatLostItsBooks asks for what it never saw.
func TestADeskThatLostItsBooks(t *testing.T) {
	s := newSite(t)
	first := contracttest.Line("a", 1, "", "journal.epoch_begun")
	s.publish("events", contracttest.Line("a", 2, first, "run.started"))
	if o := s.ordered(); o.Kind != "resend" || string(o.Body) != `{}` && string(o.Body) != `{"after":0}` {
		t.Errorf("want everything to be asked for, got %s %s", o.Kind, o.Body)
	}
	s.publish("events", first)
	s.acked("a", 1)
}

// TestOrdersArrive: also those that were made while the broker was gone, and that the cabinet did not answer.
func TestOrdersArrive(t *testing.T) {
	s := newSite(t)
	s.publish("events", contracttest.Line("a", 1, "", "journal.epoch_begun"))
	s.acked("a", 1)
	s.broker.Kill()
	id, err := s.office.Unlock(t.Context(), "demo-1", "somebody", 7, "a test")
	fatal(t, err)
	s.broker.Start()
	if o := s.ordered(); o.ID != id || o.Kind != "door.unlock" {
		t.Errorf("want the order that was made meanwhile, got %+v", o)
	}
	cloudtest.Eventually(t, "the order is published", func() bool {
		open, err := s.books.Unpublished(t.Context(), 9)
		return err == nil && len(open) == 0
	})
	s.publish("presence", `{"online":true}`)
	if o := s.ordered(); o.ID != id {
		t.Errorf("want what was not answered once more, got %+v", o)
	}
	if _, err := s.office.Unlock(t.Context(), "demo-2", "somebody", 7, ""); !errors.Is(err, books.ErrNotEnrolled) {
		t.Errorf("want no order to a stranger, got %v", err)
	}
	if _, err := s.office.Unlock(t.Context(), "demo-1", "somebody", -1, ""); err == nil {
		t.Error("want an order that no cabinet reads to be refused at once")
	}
	if _, err := s.office.Announce(t.Context(), "demo-1", "somebody", orders.Announcement{Tracking: "T1", Contact: desk.Contact{Phone: "+491701234567"}}); err == nil {
		t.Error("want no phone number to leave without the cabinet's key")
	}
}

// TestThePackedForm: many records in one message are judged and acknowledged as if each had come by itself, and garbage stops nothing.
func TestThePackedForm(t *testing.T) {
	s := newSite(t)
	first := contracttest.Line("a", 1, "", "journal.epoch_begun")
	stored := contracttest.LineWith("a", 2, first, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`)
	early := contracttest.Line("a", 4, "whatever", "door.closed")
	s.publish("events", string(contract.Pack([][]byte{[]byte(first), []byte(stored), []byte(first), []byte(early)})))
	s.acked("a", 2)
	s.publish("state", string(contract.PackState([]byte(`{"seq":2,"doors":[{"door":7,"size":"S"}]}`))))
	cloudtest.Eventually(t, "the state is in the books", func() bool {
		c, err := s.books.Cabinet(t.Context(), "demo-1")
		return err == nil && string(c.State) == `{"seq":2,"doors":[{"door":7,"size":"S"}]}`
	})
	s.publish("events", "\x01garbage")
	s.publish("events", contracttest.LineWith("a", 3, stored, "parcel.collected", `{"parcel":"p1","door":7,"unlock":"u1"}`))
	s.acked("a", 3)
}

// TestCabinetsShareACommit: records of several cabinets that wait are taken by one commit; a cabinet that is nobody's holds up no other, and
// what comes between counts as ever.
func TestCabinetsShareACommit(t *testing.T) {
	s := newSite(t)
	prev := map[string]string{}
	send := func(cabinet string, seq int, kind string) {
		line := strings.Replace(contracttest.Line("a", seq, prev[cabinet], kind), `"cabinet":"demo-1"`, `"cabinet":"`+cabinet+`"`, 1)
		prev[cabinet] = line
		wait(t, s.cabinet.Publish("lockerd/v1/"+cabinet+"/events", 1, false, line))
	}
	all := []string{"demo-1", "demo-3", "stranger"}
	for _, cabinet := range all {
		send(cabinet, 1, "journal.epoch_begun")
	}
	s.acked("a", 1)
	seq := 1
	for ; seq == 1 || s.shared.Load() == 0 && seq < 40; seq++ { // whether they wait together is the broker's business
		s.full.Store(true) // the first of them is tried, and stays; the others wait at the broker
		for _, cabinet := range all {
			send(cabinet, seq+1, "run.started")
		}
		s.publish("state", fmt.Sprintf(`{"seq":%d,"doors":[]}`, seq))
		s.publish("state", fmt.Sprintf(`{"seq":%d,"doors":[]}`, seq+1))
		s.publish("presence", fmt.Sprintf(`{"online":true,"version":"%d"}`, seq+1))
		s.full.Store(false)
		s.acked("a", uint64(seq)+1)
	}
	if s.shared.Load() == 0 {
		t.Error("want records of two cabinets by one commit at least once")
	}
	cloudtest.Eventually(t, "all of it is in the books", func() bool {
		one, err := s.books.Newest(t.Context(), "demo-1")
		fatal(t, err)
		two, err := s.books.Newest(t.Context(), "demo-3")
		fatal(t, err)
		c, err := s.books.Cabinet(t.Context(), "demo-1")
		return err == nil && one == uint64(seq) && two == uint64(seq) && strings.Contains(string(c.Presence), fmt.Sprintf(`"%d"`, seq)) &&
			strings.Contains(string(c.State), fmt.Sprintf(`"seq":%d,`, seq))
	})
}

// TestNothingPutsAnAckOff: however often the desk is woken meanwhile, what is in the books is acknowledged, and books that could not be
// written are tried again.
func TestNothingPutsAnAckOff(t *testing.T) {
	s := newSite(t)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond): // more often than any pause of the desk is long
				s.wake()
			}
		}
	}()
	defer func() { close(done); <-ended }()
	first := contracttest.Line("a", 1, "", "journal.epoch_begun")
	s.publish("events", first)
	s.acked("a", 1)
	s.full.Store(true)
	s.publish("events", contracttest.Line("a", 2, first, "run.started"))
	cloudtest.Eventually(t, "the books have refused it", func() bool { return s.refused.Load() > 0 })
	s.full.Store(false)
	s.acked("a", 2)
}

// TestOneCabinetHoldsUpNoOther: what the books can never take of one cabinet is told to the staff and never acknowledged; others are.
func TestOneCabinetHoldsUpNoOther(t *testing.T) {
	s := newSite(t)
	s.unfit.Store(true)
	other := func(seq int, prev string) string {
		line := strings.Replace(contracttest.Line("a", seq, prev, "journal.epoch_begun"), `"cabinet":"demo-1"`, `"cabinet":"demo-3"`, 1)
		wait(t, s.cabinet.Publish("lockerd/v1/demo-3/events", 1, false, line))
		return line
	}
	other(1, "")
	first := contracttest.Line("a", 1, "", "journal.epoch_begun")
	s.publish("events", first)
	s.acked("a", 1)
	other(1, "") // it has no ack
	s.publish("events", contracttest.Line("a", 2, first, "run.started"))
	s.acked("a", 2)
	var alarms []books.Alarm
	cloudtest.Eventually(t, "the staff is told", func() bool {
		var err error
		alarms, err = s.books.Alarms(t.Context(), books.AlarmFilter{}, 10)
		return err == nil && len(alarms) > 0
	})
	if len(alarms) != 1 || alarms[0].Kind != "cabinet.unfit" || alarms[0].What != "demo-3" || s.told.Load() == 0 {
		t.Errorf("want the staff to be told once, and of which cabinet, got %+v", alarms)
	}
	if n, err := s.books.Newest(t.Context(), "demo-3"); err != nil || n != 0 {
		t.Errorf("want nothing of it in the books, got %d, %v", n, err)
	}
	s.unfit.Store(false)
	other(1, "")
	cloudtest.Eventually(t, "it is taken once it can be", func() bool {
		n, err := s.books.Newest(t.Context(), "demo-3")
		return err == nil && n == 1
	})
}
