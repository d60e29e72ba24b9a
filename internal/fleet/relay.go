package fleet

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Relay stands before the nodes of a cluster of brokers, as a load balancer does: each connection goes to the next node that answers. It
// changes no byte, and counts.
type Relay struct {
	listener net.Listener
	nodes    []string
	next     atomic.Uint64

	sent, received, connections atomic.Uint64
	connected                   atomic.Int64
}

// NewRelay listens at an address for nodes, each host:port. Run serves.
func NewRelay(listen string, nodes []string) (*Relay, error) {
	if len(nodes) == 0 {
		return nil, errors.New("fleet: a relay needs a broker")
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("fleet: relay: %w", err)
	}
	return &Relay{listener: l, nodes: nodes}, nil
}

// Addr is its address.
func (r *Relay) Addr() string { return r.listener.Addr().String() }

// Counts are what has passed.
type Counts struct {
	Connected   int    // clients whose subscriptions the broker has granted, now
	Connections uint64 // so far
	Sent        uint64 // bytes to the brokers
	Received    uint64 // bytes from them
}

// Counts counts.
func (r *Relay) Counts() Counts {
	return Counts{Connected: int(r.connected.Load()), Connections: r.connections.Load(), Sent: r.sent.Load(), Received: r.received.Load()}
}

// Run serves until ctx is cancelled; then it returns nil.
func (r *Relay) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = r.listener.Close() })()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		client, err := r.listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("fleet: relay: %w", err)
		}
		all.Go(func() { r.serve(ctx, client) })
	}
}

// dialFor is how long a node may take to answer.
const dialFor = 2 * time.Second

func (r *Relay) serve(ctx context.Context, client net.Conn) {
	defer client.Close()
	var node net.Conn
	for range r.nodes {
		address := r.nodes[r.next.Add(1)%uint64(len(r.nodes))]
		var err error
		if node, err = (&net.Dialer{Timeout: dialFor}).DialContext(ctx, "tcp", address); err == nil {
			break
		}
	}
	if node == nil {
		return
	}
	defer node.Close()
	defer context.AfterFunc(ctx, func() { _, _ = client.Close(), node.Close() })()
	r.connections.Add(1)
	var up sync.WaitGroup
	up.Go(func() {
		_, _ = io.Copy(node, counted{client, &r.sent}) // until either end is over
		_ = node.Close()
	})
	r.down(client, counted{node, &r.received})
	_ = client.Close()
	up.Wait()
}

// subscribed is the type of SUBACK, MQTT's packet that tells that a client works.
const subscribed = 9

// down carries what a broker says, and looks into it until the client's subscriptions are granted.
func (r *Relay) down(client io.Writer, node io.Reader) {
	in := bufio.NewReader(node)
	for {
		kind, err := packet(client, in)
		if err != nil {
			return
		}
		if kind == subscribed {
			break
		}
	}
	r.connected.Add(1)
	defer r.connected.Add(-1)
	_, _ = io.Copy(client, in) // until either end is over
}

// packet carries one packet of MQTT, and says of which type it is.
func packet(to io.Writer, from *bufio.Reader) (kind byte, err error) {
	first, err := from.ReadByte()
	if err != nil {
		return 0, err
	}
	length, err := binary.ReadUvarint(from)
	if err != nil {
		return 0, err
	}
	head := binary.AppendUvarint([]byte{first}, length)
	if _, err := to.Write(head); err != nil {
		return 0, err
	}
	_, err = io.CopyN(to, from, int64(length))
	return first >> 4, err
}

// counted counts what is read.
type counted struct {
	io.Reader
	n *atomic.Uint64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(uint64(n))
	return n, err
}
