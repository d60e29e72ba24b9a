package sync_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"lockerd/internal/contract"
)

// broker is a scripted one at the other end of a pipe: it does what a test tells it, however bad, in a synctest bubble.
type broker struct {
	mu      sync.Mutex
	conn    net.Conn // the present connection
	count   int      // connections so far
	refused bool     // nobody is there
	granted byte     // the answer to subscriptions: QoS 1, or 0x80
	denied  string   // the end of the one topic that is refused whatever is granted; "": none
	subs    int      // how often it was asked for them
	noSub   bool     // no answer to them
	gone    bool     // no answer to anything: the connection is half open
	topics  []string // and to which, sorted
	surplus int      // answers to subscriptions that nobody asked for
	mute    bool     // no PUBACKs
	greet   []byte   // instead of CONNACK and SUBACK
	onPub   func(*packets.PublishPacket)
	connect *packets.ConnectPacket
	pubs    []*packets.PublishPacket // since the last take
	unacked []uint16
	acked   []uint16 // orders that the cabinet acknowledged
	left    bool     // a DISCONNECT came
}

func (b *broker) dial(context.Context) (net.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	if b.refused {
		return nil, errors.New("connection refused")
	}
	near, far := net.Pipe()
	b.conn, b.unacked, b.left = far, nil, false
	go b.serve(far)
	return near, nil
}

func (b *broker) serve(conn net.Conn) {
	defer conn.Close()
	for {
		p, err := packets.ReadPacket(conn)
		if err != nil {
			return
		}
		if answer := b.answer(p); answer != nil {
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	}
}

func (b *broker) answer(p packets.ControlPacket) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gone {
		return nil
	}
	switch p := p.(type) {
	case *packets.ConnectPacket:
		b.connect = p
		if b.greet != nil {
			return b.greet
		}
		return []byte{0x20, 2, 0, 0}
	case *packets.SubscribePacket:
		b.topics = slices.Sorted(slices.Values(p.Topics))
		if b.subs++; b.noSub {
			return nil
		}
		answer := []byte{0x90, 4 + byte(b.surplus), byte(p.MessageID >> 8), byte(p.MessageID)}
		for _, topic := range p.Topics {
			if b.denied != "" && strings.HasSuffix(topic, b.denied) {
				answer = append(answer, 0x80)
			} else {
				answer = append(answer, b.granted)
			}
		}
		return append(answer, make([]byte, b.surplus)...)
	case *packets.PingreqPacket:
		return []byte{0xd0, 0}
	case *packets.PublishPacket:
		b.pubs = append(b.pubs, p)
		if b.onPub != nil {
			b.onPub(p)
		}
		if b.mute {
			b.unacked = append(b.unacked, p.MessageID)
			return nil
		}
		return puback(p.MessageID)
	case *packets.PubackPacket:
		b.acked = append(b.acked, p.MessageID)
	case *packets.DisconnectPacket:
		b.left = true
	}
	return nil
}

func puback(id uint16) []byte { return []byte{0x40, 2, byte(id >> 8), byte(id)} }

// with runs f under the lock.
func (b *broker) with(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// counts are its connections so far, and how often it was asked for subscriptions.
func (b *broker) counts() (connections, subscriptions int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count, b.subs
}

// write sends raw bytes on the present connection.
func (b *broker) write(raw []byte) {
	b.mu.Lock()
	conn := b.conn
	b.mu.Unlock()
	_, _ = conn.Write(raw)
}

func (b *broker) cut() { b.with(b.shut) }

// shut ends the present connection, if there is one. The caller holds the lock.
func (b *broker) shut() {
	if b.conn != nil {
		b.conn.Close()
	}
}

// take returns what was published since: "presence true", "state 3" (its seq), "events 17" (its seq), "events 17 to 19".
func (b *broker) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var said []string
	for _, p := range b.pubs {
		said = append(said, describe(p))
	}
	b.pubs = nil
	return said
}

func describe(p *packets.PublishPacket) string {
	name, payload := strings.TrimPrefix(p.TopicName, "lockerd/v1/demo-1/"), p.Payload
	records, err := contract.Unpack(payload)
	switch {
	case name == "state":
		payload, err = contract.UnpackState(payload)
	case len(records) > 1:
		return describePlain(name, records[0]) + " to" + describePlain("", records[len(records)-1])
	case len(records) == 1:
		payload = records[0]
	}
	if err != nil {
		return name + " " + err.Error()
	}
	return describePlain(name, payload)
}

func describePlain(name string, payload []byte) string {
	line, _, _ := strings.Cut(string(payload), "\n")
	var v struct {
		Online bool
		Seq    uint64
	}
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		return name + " " + err.Error()
	}
	if name == "presence" {
		return fmt.Sprint(name, " ", v.Online)
	}
	return fmt.Sprint(name, " ", v.Seq)
}

// message is a PUBLISH to the cabinet.
func message(topic string, qos byte, retain bool, id uint16, payload []byte) []byte {
	return toTopic("lockerd/v1/demo-1/"+topic, qos, retain, id, payload)
}

func toTopic(topic string, qos byte, retain bool, id uint16, payload []byte) []byte {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Qos, p.Retain, p.MessageID, p.Payload = topic, qos, retain, id, payload
	var raw strings.Builder
	if err := p.Write(&raw); err != nil {
		panic(err)
	}
	return []byte(raw.String())
}

func order(id uint16, payload string) []byte { return message("orders", 1, false, id, []byte(payload)) }

func ack(seq uint64) []byte { return toAcks(signAck(word(seq))) }

func toAcks(payload string) []byte { return message("acks", 1, false, 60000, []byte(payload)) }

func events(from, to int) []string {
	var said []string
	for seq := from; seq <= to; seq++ {
		said = append(said, fmt.Sprint("events ", seq))
	}
	return said
}

func equal[T comparable](t testing.TB, what string, want, got []T) {
	t.Helper()
	if fmt.Sprint(want) != fmt.Sprint(got) {
		t.Fatalf("%s:\nwant %v\n got %v", what, want, got)
	}
}
