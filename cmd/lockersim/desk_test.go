package main_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"golang.org/x/crypto/nacl/box"

	lockersim "lockerd/cmd/lockersim"
	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
)

// world is a broker with a desk, and a client that plays the cabinet.
type world struct {
	t       *testing.T
	broker  *lockersim.Broker
	desk    *lockersim.Desk
	cfg     lockersim.DeskConfig
	cabinet struct{ public, private *[32]byte }
	acks    chan string
	orders  chan []byte
	client  mqtt.Client
	issuers *credential.Issuers
}

var quiet = slog.New(slog.DiscardHandler)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, acks: make(chan string, 100), orders: make(chan []byte, 100)}
	var err error
	w.cabinet.public, w.cabinet.private, err = box.GenerateKey(rand.Reader)
	fatal(t, err)
	cabinet, desk := lockersim.Account{Name: "demo-1", Password: "p"}, lockersim.Account{Name: "desk", Password: "q"}
	w.broker, err = lockersim.NewBroker(cabinet, desk, quiet)
	fatal(t, err)
	t.Cleanup(func() {
		if err := w.broker.Close(); err != nil {
			t.Errorf("broker: %v", err)
		}
	})
	public, private, err := box.GenerateKey(rand.Reader)
	fatal(t, err)
	signer, err := credential.NewSigner("desk", make([]byte, 32))
	fatal(t, err)
	w.issuers, err = credential.NewIssuers([]credential.Issuer{signer.Issuer("orders", "tokens")})
	fatal(t, err)
	w.cfg = lockersim.DeskConfig{
		Cabinet: "demo-1", Broker: "tcp://" + w.broker.DeskAddr(), User: "desk", Password: "q",
		Store: filepath.Join(t.TempDir(), "events.jsonl"), Public: public, Private: private, Reader: w.cabinet.public,
		Signer: signer,
	}
	return w
}

// open starts the desk; the function that it gives stops it.
func (w *world) open() (stop func()) {
	w.t.Helper()
	desk, err := lockersim.NewDesk(w.cfg, quiet)
	fatal(w.t, err)
	w.desk = desk
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- desk.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("desk: %v", err)
		}
	}
	w.t.Cleanup(stop)
	w.until("the desk is at the broker", func() bool { return desk.View().Broker })
	return stop
}

// connect is the cabinet coming to the broker.
func (w *world) connect() {
	w.t.Helper()
	w.client = newClient("tcp://"+w.broker.CabinetAddr(), "demo-1", "p")
	wait(w.t, w.client.Connect())
	w.t.Cleanup(func() { w.client.Disconnect(0) })
	subscribe(w.t, w.client, "acks", func(p []byte) {
		payload, _, err := w.issuers.Ack(p)
		if err != nil {
			payload = []byte(err.Error())
		}
		w.acks <- string(payload)
	})
	subscribe(w.t, w.client, "orders", func(p []byte) { w.orders <- p })
}

func newClient(broker, user, password string) mqtt.Client {
	return mqtt.NewClient(mqtt.NewClientOptions().AddBroker(broker).SetUsername(user).SetPassword(password).
		SetAutoReconnect(false))
}

func subscribe(t *testing.T, c mqtt.Client, topic string, hear func(payload []byte)) {
	t.Helper()
	wait(t, c.Subscribe("lockerd/v1/demo-1/"+topic, 1, func(_ mqtt.Client, m mqtt.Message) { hear(m.Payload()) }))
}

func (w *world) publish(topic, payload string) {
	w.t.Helper()
	wait(w.t, w.client.Publish("lockerd/v1/demo-1/"+topic, 1, false, payload))
}

// until waits for something that comes about elsewhere.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	until(w.t, what, is)
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // of a busy machine
	defer cancel()
	for !is() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("never came about: %s", what)
		}
	}
}

func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing comes")
	}
	panic("not reached")
}

func wait(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(20 * time.Second) {
		t.Fatal("the broker does not answer")
	}
	fatal(t, token.Error())
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sealed is a personal part for the operator.
func (w *world) sealed(phone, code string) string {
	w.t.Helper()
	boxes := map[string][]byte{}
	for name, plain := range map[string]string{"phone": phone, "code": code} {
		b, err := box.SealAnonymous(nil, []byte(plain), w.cfg.Public, rand.Reader)
		fatal(w.t, err)
		boxes[name] = b
	}
	text, err := json.Marshal(boxes)
	fatal(w.t, err)
	return "\n" + string(text)
}

// acked is what the desk says once it has kept all up to a record.
func acked(seq int, public string) string {
	return fmt.Sprintf(`{"cabinet":"demo-1","epoch":"a","seq":%d,"hash":"%x"}`, seq, sha256.Sum256([]byte(public)))
}

func TestDeskKeepsAcknowledgesAndUnseals(t *testing.T) {
	w := newWorld(t)
	stop := w.open()
	w.connect()
	first := contracttest.Line("a", 1, "", "journal.epoch_begun")
	stored := contracttest.LineWith("a", 2, first, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`)
	w.publish("events", first)
	w.publish("events", stored+w.sealed("+4915112345678", "12345678"))
	want := lockersim.Pickup{
		Tracking: "T1", Parcel: "p1", Door: 7, Phone: "+4915112345678",
		Code: "12345678", QR: "LD1:12345678", Status: "stored",
	}
	is := func() bool {
		got := w.desk.View().Codes["T1"]
		token := w.issuers.Token(got.Token)
		got.Token = ""
		return got == want && token.Parcel == "p1" && token.Refusal == ""
	}
	w.until("the code is unsealed", is)
	w.until("both are acknowledged", func() bool { return w.desk.View().Acked == 2 })
	for ack := ""; ack != acked(2, stored); {
		ack = next(t, w.acks) // the first may come before the second record
	}

	// What comes again is dropped but acknowledged anew, for the cabinet may not have heard.
	w.publish("events", stored+w.sealed("+49", "other"))
	if ack, want := next(t, w.acks), acked(2, stored); ack != want {
		t.Errorf("ack: want %s, got %s", want, ack)
	}
	if v := w.desk.View(); v.Again != 1 || len(v.Events) != 2 || len(v.Problems) != 0 {
		t.Errorf("want 1 dropped, 2 events, no problem; got %d, %d, %v", v.Again, len(v.Events), v.Problems)
	}

	// What comes too early is neither kept nor acknowledged.
	w.publish("events", contracttest.Line("a", 4, "whatever", "door.closed"))
	w.until("the early one is noticed", func() bool { return w.desk.View().Early == 1 })

	// A desk that was away has its books again, and hears what came meanwhile.
	stop()
	w.publish("events", contracttest.LineWith("a", 3, stored, "parcel.collected", `{"parcel":"p1","door":7,"unlock":"u1"}`))
	w.open()
	want.Status = "collected"
	w.until("the pickup is noticed", is)
	if v := w.desk.View(); v.Seq != 3 || len(v.Events) != 3 || len(v.Problems) != 0 {
		t.Errorf("want 3 events up to 3 and no problem; got %d up to %d, %v", len(v.Events), v.Seq, v.Problems)
	}
}

// TestDeskReadsThePackedForm: many records in one message are kept, judged and acknowledged as if each had come by itself.
func TestDeskReadsThePackedForm(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.connect()
	first := contracttest.Line("a", 1, "", "journal.epoch_begun")
	stored := contracttest.LineWith("a", 2, first, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`)
	early := contracttest.Line("a", 4, "whatever", "door.closed")
	w.publish("events", string(contract.Pack([][]byte{[]byte(first), []byte(stored + w.sealed("+49", "12345678")), []byte(first), []byte(early)})))
	w.publish("state", string(contract.PackState([]byte(`{"doors":[{"door":7,"size":"S"}]}`))))
	w.until("the code is unsealed", func() bool { return w.desk.View().Codes["T1"].Code == "12345678" })
	if ack, want := next(t, w.acks), acked(2, stored); ack != want {
		t.Errorf("ack: want %s, got %s", want, ack)
	}
	w.until("the state", func() bool { return string(w.desk.View().State) == `{"doors":[{"door":7,"size":"S"}]}` })
	if v := w.desk.View(); v.Again != 1 || v.Early != 1 || len(v.Events) != 2 || len(v.Problems) != 0 {
		t.Errorf("want 1 dropped, 1 early, 2 events, no problem; got %d, %d, %d, %v", v.Again, v.Early, len(v.Events), v.Problems)
	}
	w.publish("events", "\x01garbage")
	w.until("garbage is refused", func() bool { return w.desk.View().Refused != "" })
}

// TestDeskAsksForABeginning: a desk whose books were lost takes nothing from the middle, and so loses no code.
func TestDeskAsksForABeginning(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.connect()
	first := contracttest.Line("a", 1, "", "journal.epoch_begun")
	stored := contracttest.LineWith("a", 2, first, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`)
	third := contracttest.Line("a", 3, stored, "door.closed")
	for range 3 {
		w.publish("events", third) // as the cabinet does: what was before has been acknowledged
	}
	payload, _, err := w.issuers.Order(next(t, w.orders))
	fatal(t, err)
	var order struct {
		Kind string
		Body struct{ After *uint64 }
	}
	fatal(t, json.Unmarshal(payload, &order))
	if order.Kind != "resend" || order.Body.After == nil || *order.Body.After != 0 {
		t.Errorf("want everything asked for, got %s", payload)
	}
	w.until("all three are noticed", func() bool { return w.desk.View().Early == 3 })
	if v := w.desk.View(); v.Acked != 0 || len(v.Events) != 0 {
		t.Errorf("want nothing taken and nothing acknowledged, got %d, %d", len(v.Events), v.Acked)
	}
	for _, record := range []string{first, stored + w.sealed("+4915112345678", "12345678"), third} {
		w.publish("events", record)
	}
	w.until("all is acknowledged", func() bool { return w.desk.View().Acked == 3 })
	if v := w.desk.View(); v.Codes["T1"].Code != "12345678" || len(v.Problems) != 0 {
		t.Errorf("want the code and no problem, got %+v, %v", v.Codes["T1"], v.Problems)
	}
	for ack := ""; ack != acked(3, third); {
		if ack = next(t, w.acks); !strings.Contains(ack, `"epoch":"a"`) {
			t.Errorf("acknowledged: %s", ack)
		}
	}
	select {
	case again := <-w.orders:
		t.Errorf("asked again at once: %s", again)
	default:
	}
}

// TestDeskFollowsParcels: what became of one is what its newest event says, and a dispute undoes what was before.
func TestDeskFollowsParcels(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.connect()
	newest := contracttest.Line("a", 1, "", "journal.epoch_begun")
	w.publish("events", newest)
	for i, step := range []struct{ kind, status string }{
		{"parcel.stored", "stored"}, {"parcel.collected", "collected"}, {"parcel.disputed", "stored"}, {"parcel.expired", "expired"},
		{"parcel.recalled", "taken back"}, {"parcel.disputed", "expired"}, {"parcel.handed_over", "handed over"},
	} {
		newest = contracttest.LineWith("a", i+2, newest, step.kind, `{"parcel":"p1","tracking":"T1","door":7}`)
		w.publish("events", newest)
		w.until(step.kind+" is "+step.status, func() bool { return w.desk.View().Codes["T1"].Status == step.status })
	}
}

func TestDeskSendsOrders(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.connect()
	announce := lockersim.Order{Kind: "parcel.announce", Body: []byte(`{"tracking":"T9","size":"M"}`),
		Personal: []byte(`{"phone":"+4915199"}`)}
	id, err := w.desk.Send(t.Context(), announce)
	fatal(t, err)
	payload, _, err := w.issuers.Order(next(t, w.orders))
	fatal(t, err)
	var order struct {
		ID, Cabinet, Kind string
		Issued, Expires   time.Time
		Body              struct{ Tracking, Size string }
		Personal          []byte
	}
	fatal(t, json.Unmarshal(payload, &order))
	if order.ID != id || order.Cabinet != "demo-1" || order.Kind != "parcel.announce" || order.Body.Tracking != "T9" ||
		order.Body.Size != "M" || !order.Expires.After(order.Issued) {
		t.Errorf("got %s", payload)
	}
	plain, ok := box.OpenAnonymous(nil, order.Personal, w.cabinet.public, w.cabinet.private)
	if want := `{"phone":"+4915199"}`; !ok || string(plain) != want {
		t.Errorf("personal: want %s, got %q (%s)", want, plain, base64.StdEncoding.EncodeToString(order.Personal))
	}
	if _, err := w.desk.Send(t.Context(), lockersim.Order{Kind: "door.unlock", Body: []byte("{")}); err == nil {
		t.Error("an order of an unknown kind was sent")
	}
}

func TestLinkIsCutAndMended(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.connect()
	w.broker.Link().Cut(true)
	w.until("the cabinet loses its connection", func() bool { return !w.client.IsConnectionOpen() })
	again := newClient("tcp://"+w.broker.CabinetAddr(), "demo-1", "p")
	if token := again.Connect(); token.WaitTimeout(time.Minute) && token.Error() == nil {
		t.Error("the cabinet came through a cut link")
	}
	if !w.desk.View().Broker {
		t.Error("the desk lost the broker with the cabinet's link")
	}
	w.broker.Link().Cut(false)
	w.connect()
}

func TestBrokerKeepsStrangersOut(t *testing.T) {
	w := newWorld(t)
	w.open()
	for _, who := range []struct{ user, password string }{
		{"", ""}, {"demo-1", "wrong"}, {"desk", "p"}, {"other", "p"},
	} {
		client := newClient("tcp://"+w.broker.CabinetAddr(), who.user, who.password)
		if token := client.Connect(); !token.WaitTimeout(time.Minute) || token.Error() == nil {
			t.Errorf("%q was let in with password %q", who.user, who.password)
		}
	}
	// The cabinet may not give orders, not even to itself: somebody who sees all orders sees only the desk's.
	w.connect()
	watcher := newClient(w.cfg.Broker, "desk", "q")
	wait(t, watcher.Connect())
	t.Cleanup(func() { watcher.Disconnect(0) })
	seen := make(chan string, 10)
	subscribe(t, watcher, "orders", func(p []byte) { seen <- string(p) })
	w.client.Publish("lockerd/v1/demo-1/orders", 1, false, "forged").WaitTimeout(time.Second)
	_, err := w.desk.Send(t.Context(), lockersim.Order{Kind: "door.unlock", Body: []byte(`{"door":1,"reason":"test"}`)})
	fatal(t, err)
	if next(t, seen) == "forged" {
		t.Error("the cabinet's own order came through")
	}
}
