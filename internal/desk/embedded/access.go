package embedded

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
	"golang.org/x/time/rate"
)

// What a cabinet may send. It has at most 64 messages in flight, and an ack comes within a fifth of a second: 320 a second; packed, a
// few of some 10 kB.
const (
	messageRate  rate.Limit = 500 // a second
	messageBurst            = 5_000
	byteRate     rate.Limit = 1 << 20 // a second
	byteBurst               = 8 << 20
	mostQueued              = 1_024 // messages that the desk has not taken; then cabinets wait
	queueLook               = 20 * time.Millisecond
	mqtt311                 = 4 // the protocol version of MQTT 3.1.1, which cabinets speak
)

// deskID is the session of the desk. No account has such a name.
const deskID = "$desk"

// access is who may do what.
type access struct {
	mqtt.HookBase
	broker *Broker
	life   context.Context // the broker's

	mu       sync.RWMutex
	accounts map[string]account
	read     os.FileInfo // of the password file as it was read; nil: there is none
}

// Provides is mochi's.
func (a *access) Provides(b byte) bool {
	return bytes.IndexByte([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPacketRead, mqtt.OnPublish, mqtt.OnSubscribed, mqtt.OnDisconnect}, b) >= 0
}

// load reads the password file if it has changed, and returns the users who are none any more or have another password. While it is not
// there, nobody has a password.
func (a *access) load() (gone []string, err error) {
	info, err := os.Stat(a.broker.cfg.Passwords)
	var text []byte
	switch {
	case errors.Is(err, os.ErrNotExist):
		info = nil
	case err != nil:
		return nil, err
	case a.read != nil && os.SameFile(info, a.read) && info.ModTime().Equal(a.read.ModTime()) && info.Size() == a.read.Size():
		return nil, nil
	default:
		if text, err = os.ReadFile(a.broker.cfg.Passwords); err != nil {
			return nil, err
		}
	}
	fresh, err := readPasswords(text)
	a.mu.Lock()
	defer a.mu.Unlock()
	for name, was := range a.accounts {
		if now, is := fresh[name]; !is || !now.equal(was) {
			gone = append(gone, name)
		}
	}
	a.accounts, a.read = fresh, info
	return gone, err
}

func (a *access) names() []string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	list := make([]string, 0, len(a.accounts))
	for name := range a.accounts {
		list = append(list, name)
	}
	return list
}

// OnConnectAuthenticate lets in the desk, and cabinets that have a password. A session belongs to its account, whatever the client calls
// itself: nobody can take another's, and there is one for each.
func (a *access) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	if cl.Net.Listener == inside {
		// Its session ends with its connection, whatever it asks for: mochi sends what has waited in any order.
		cl.ID, cl.Properties.Clean = deskID, true
		return true
	}
	user := string(pk.Connect.Username)
	a.mu.RLock()
	who, is := a.accounts[user]
	a.mu.RUnlock()
	if !is {
		who = nobody
	}
	right := who.is(string(pk.Connect.Password)) && is
	switch {
	case !right:
		a.broker.refused(cl.Net.Remote, "no such name, or another password")
		return false
	case pk.Connect.WillFlag && pk.Connect.WillTopic != a.topic(user, "presence"): // mochi publishes a will without asking whether its client may
		a.broker.refused(cl.Net.Remote, "the will of "+user+" is not its presence")
		return false
	case pk.ProtocolVersion != mqtt311:
		a.broker.refused(cl.Net.Remote, user+" does not speak MQTT 3.1.1")
		return false
	}
	cl.ID = user
	if g, ok := cl.Net.Conn.(*guest); ok {
		g.known()
	}
	a.broker.log.Info("a cabinet has connected", "cabinet", user, "from", cl.Net.Remote)
	return true
}

func (a *access) topic(user, name string) string { return a.broker.topics + "/" + user + "/" + name }

// OnACLCheck keeps a cabinet to its own topics, each in one direction. A filter of a subscription is compared letter for letter, so none
// with a wildcard passes.
func (a *access) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	if cl.ID == deskID {
		return true
	}
	if write {
		return topic == a.topic(cl.ID, "events") || topic == a.topic(cl.ID, "state") || topic == a.topic(cl.ID, "presence")
	}
	return topic == a.topic(cl.ID, "acks") || topic == a.topic(cl.ID, "orders")
}

// OnPacketRead slows down whoever sends too much: the next packet is read later.
func (a *access) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	g, outside := cl.Net.Conn.(*guest)
	if !outside {
		return pk, nil
	}
	if err := g.messages.Wait(a.life); err != nil {
		return pk, err
	}
	return pk, g.bytes.WaitN(a.life, min(pk.FixedHeader.Remaining, byteBurst))
}

// OnPublish has a cabinet wait while the desk takes nothing, instead of filling the memory. What is in its way is not confirmed, so the
// cabinet keeps it.
func (a *access) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.ID == deskID || cl.Net.Inline {
		return pk, nil
	}
	for {
		desk := a.broker.ear.client()
		if desk != nil && desk.State.Inflight.Len() < mostQueued {
			return pk, nil
		}
		if cl.Closed() {
			return pk, packets.ErrRejectPacket
		}
		select {
		case <-a.life.Done():
			return pk, packets.ErrRejectPacket
		case <-time.After(queueLook):
		}
	}
}

// OnSubscribed opens the door for cabinets once the desk listens: what came before would be confirmed and heard by nobody.
func (a *access) OnSubscribed(cl *mqtt.Client, _ packets.Packet, _ []byte) {
	if cl.ID == deskID {
		a.broker.ear.listens(cl)
	}
}

// OnDisconnect notes that a cabinet has gone, or the desk, and all cabinets with it.
func (a *access) OnDisconnect(cl *mqtt.Client, _ error, _ bool) {
	switch {
	case cl.ID != deskID:
		a.broker.log.Info("a cabinet has gone", "cabinet", cl.ID)
	case a.broker.ear.deaf(cl):
		a.broker.dismiss()
	}
}
