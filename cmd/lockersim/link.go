package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// linkDial is how long the broker may take to answer.
const linkDial = 5 * time.Second

// A Link is the line between the cabinet and the broker: what comes on one side goes out on the other, whatever it is. It can be cut: what
// is connected is torn off, and whoever comes is turned away.
type Link struct {
	listener net.Listener

	mu    sync.Mutex
	to    string // the broker; empty: there is none
	cut   bool
	pairs map[net.Conn]net.Conn // the cabinet's side, and the broker's
}

// NewLink opens the cabinet's end of a link on loopback. Run works it.
func NewLink() (*Link, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("lockersim: link: %w", err)
	}
	return &Link{listener: l, pairs: map[net.Conn]net.Conn{}}, nil
}

// Addr is where the cabinet reaches the broker.
func (l *Link) Addr() string { return l.listener.Addr().String() }

// To says where the broker is.
func (l *Link) To(broker string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = broker
}

// Cut cuts the line, or mends it.
func (l *Link) Cut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if cut {
		l.tear()
	}
}

func (l *Link) tear() {
	for near, far := range l.pairs {
		near.Close()
		far.Close()
	}
}

// State says whether the line is cut and how many are connected through it.
func (l *Link) State() (cut bool, connected int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut, len(l.pairs)
}

// Run works the link until ctx is cancelled.
func (l *Link) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	stop := context.AfterFunc(ctx, func() {
		l.listener.Close()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.cut = true
		l.tear()
	})
	defer stop()
	for {
		near, err := l.listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lockersim: link: %w", err)
		}
		all.Go(func() { l.carry(ctx, near) })
	}
}

// carry connects somebody to the broker until one of them ends it.
func (l *Link) carry(ctx context.Context, near net.Conn) {
	defer near.Close()
	l.mu.Lock()
	to, cut := l.to, l.cut
	l.mu.Unlock()
	if to == "" || cut {
		return
	}
	far, err := (&net.Dialer{Timeout: linkDial}).DialContext(ctx, "tcp", to)
	if err != nil {
		return // the broker is not there: the cabinet tries again
	}
	defer far.Close()
	if !l.enter(near, far) {
		return
	}
	defer l.leave(near)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			io.Copy(way[0], way[1]) //nolint:errcheck // it has ended, in whatever way
			near.Close()
			far.Close()
		})
	}
	both.Wait()
}

func (l *Link) enter(near, far net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return false
	}
	l.pairs[near] = far
	return true
}

func (l *Link) leave(near net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.pairs, near)
}
