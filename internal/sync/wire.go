package sync

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"time"

	"lockerd/internal/contract"
)

// Limits of what a broker may make us store.
const (
	// maxBody is how much of a PUBLISH is read: more than the longest order (contract.MaxOrder) with its topic.
	maxBody = contract.MaxOrder + 8<<10
	// maxReply is the longest valid answer of a broker that is no PUBLISH: a SUBACK for our two subscriptions.
	maxReply = 4
)

// handover is how long paho may take from a Publish that has returned to the packet's Write.
const handover = time.Second

// mostHeld is how many bytes are held back at the most: what a socket takes at once.
const mostHeld = 64 << 10

// wire is a connection to a broker that is not trusted. Paho makes room for whatever length a packet claims (up to
// 256 MB) and panics on a SUBACK with more answers than questions. So a long PUBLISH is cut here, which cuts its
// payload (such a message is refused, and acknowledged like any other, or the broker would send it for ever); any other
// packet that is longer than it can be ends the connection. And no Write waits longer than writeWait: paho's pings
// would, and for a Publish paho sets a deadline and then takes it away again from whoever writes at the same time.
type wire struct {
	net.Conn
	in   *bufio.Reader
	head []byte // of the present packet, still to be read
	body int    // bytes of the present packet, still to be read
	cut  int    // bytes of the present packet, to be skipped after that

	turn chan struct{} // of size 1: whose turn it is to write; paho does from goroutines of its own
	held []byte        // packets that leave as one; nil: each leaves by itself
	came chan struct{} // a packet was held
}

func newWire(c net.Conn) *wire {
	return &wire{Conn: c, in: bufio.NewReader(c), turn: make(chan struct{}, 1), came: make(chan struct{}, maxWindow)}
}

// Read returns only valid MQTT packets.
func (w *wire) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		switch {
		case len(w.head) > 0:
			n := copy(p, w.head)
			w.head = w.head[n:]
			return n, nil
		case w.body > 0:
			n, err := w.in.Read(p[:min(len(p), w.body)])
			w.body -= n
			return n, err
		case w.cut > 0:
			n, err := w.in.Discard(min(w.cut, maxBody))
			w.cut -= n
			if err != nil {
				return 0, err
			}
		default:
			if err := w.next(); err != nil {
				return 0, err
			}
		}
	}
}

// next reads the fixed header of a packet: its kind, and its length as up to four digits of base 128, the lowest first
// (MQTT 3.1.1, section 2.2).
func (w *wire) next() error {
	kind, err := w.in.ReadByte()
	if err != nil {
		return err
	}
	length := 0
	for shift := 0; ; shift += 7 {
		if shift > 21 {
			return errors.New("read packet: its length has more than four digits")
		}
		digit, err := w.in.ReadByte()
		if err != nil {
			return err
		}
		length |= int(digit&0x7f) << shift
		if digit&0x80 == 0 {
			break
		}
	}
	const publish = 3
	if kind>>4 != publish && length > maxReply {
		return fmt.Errorf("read packet: kind %d of %d bytes", kind>>4, length)
	}
	w.body = min(length, maxBody)
	w.cut = length - w.body
	w.head = append(w.head[:0], kind)
	for n := w.body; ; n >>= 7 {
		if n < 0x80 {
			w.head = append(w.head, byte(n))
			return nil
		}
		w.head = append(w.head, byte(n&0x7f|0x80))
	}
}

// SetWriteDeadline does nothing: the deadline is Write's.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// Write writes one packet within writeWait, or holds it back for the next ones.
func (w *wire) Write(p []byte) (int, error) {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	if w.held == nil {
		return w.write(p)
	}
	select {
	case w.came <- struct{}{}:
	default:
	}
	if w.held = append(w.held, p...); len(w.held) < mostHeld {
		return len(p), nil
	}
	_, err := w.write(w.held)
	w.held = w.held[:0]
	return len(p), err
}

func (w *wire) write(p []byte) (int, error) {
	if err := w.Conn.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return 0, err
	}
	return w.Conn.Write(p)
}

// hold has packets leave as one: a system call, a segment and a record of TLS for each would be most of what a record costs. release lets
// them go once there are so many, and must follow at once: paho writes what it was handed from a goroutine of its own.
func (w *wire) hold() {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	w.held = make([]byte, 0, 4<<10)
	for len(w.came) > 0 {
		<-w.came
	}
}

func (w *wire) release(packets int) error {
	late := time.NewTimer(handover)
	defer late.Stop()
	for ; packets > 0; packets-- {
		select {
		case <-w.came:
		case <-late.C: // the connection has ended under it
			packets = 0
		}
	}
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	held := w.held
	w.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := w.write(held)
	return err
}
