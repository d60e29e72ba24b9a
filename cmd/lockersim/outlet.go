package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"lockerd/internal/sim"
)

// An Outlet is where a simulated device is plugged in, and which keeps its name over an unplugging: a serial port that
// is reached by a link, as /dev/serial/by-id has them, or a serial server with its address.
type Outlet struct {
	open func() (io.ReadWriteCloser, error)

	mu     sync.Mutex
	out    bool          // unplugged
	change chan struct{} // closed and replaced whenever out changes
}

// NewSerial makes an outlet with a serial port, plugged in. The port is another one after every unplugging; link leads
// to it.
func NewSerial(link string) *Outlet {
	return newOutlet(func() (io.ReadWriteCloser, error) {
		port, err := sim.OpenPTY()
		if err != nil {
			return nil, err
		}
		if err := point(link, port.Path()); err != nil {
			return nil, errors.Join(err, port.Close())
		}
		return &linkedPort{port, link}, nil
	})
}

// NewServer makes an outlet with a serial server at an address, plugged in.
func NewServer(address string) *Outlet {
	return newOutlet(func() (io.ReadWriteCloser, error) {
		server, err := sim.OpenTCP(address)
		if err != nil {
			return nil, err
		}
		return server, nil
	})
}

func newOutlet(open func() (io.ReadWriteCloser, error)) *Outlet {
	return &Outlet{open: open, change: make(chan struct{})}
}

// linkedPort is a serial port and the link to it, which goes with it.
type linkedPort struct {
	*sim.PTY
	link string
}

// Close unplugs the port.
func (l *linkedPort) Close() error {
	os.Remove(l.link) //nolint:errcheck // a link that leads nowhere does no harm
	return l.PTY.Close()
}

// Unplug pulls the plug, or puts it back.
func (o *Outlet) Unplug(out bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if out != o.out {
		o.out = out
		close(o.change)
		o.change = make(chan struct{})
	}
}

// Unplugged says whether the plug is out.
func (o *Outlet) Unplugged() bool {
	out, _ := o.state()
	return out
}

func (o *Outlet) state() (out bool, change <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.out, o.change
}

// device is something that can be plugged in. It speaks on the port until ctx is cancelled, and closes it.
type device func(ctx context.Context, port io.ReadWriteCloser) error

// Run lets d speak on the port for as long as the plug is in, until ctx is cancelled.
func (o *Outlet) Run(ctx context.Context, d device) error {
	for ctx.Err() == nil {
		out, change := o.state()
		if !out {
			if err := o.plugged(ctx, change, d); err != nil {
				return err
			}
			continue
		}
		select {
		case <-change:
		case <-ctx.Done():
		}
	}
	return nil
}

// plugged is the time from plugging in to unplugging.
func (o *Outlet) plugged(ctx context.Context, change <-chan struct{}, d device) error {
	port, err := o.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // ends with the plug or with ctx
		select {
		case <-change:
			cancel()
		case <-ctx.Done():
		}
	}()
	return d(ctx, port)
}

// point makes a link lead to the port. It is made aside and moved into place, so that there never is half a link.
func point(link, path string) error {
	aside := filepath.Join(filepath.Dir(link), "."+filepath.Base(link))
	os.Remove(aside) //nolint:errcheck // it is hardly ever there
	err := os.Symlink(path, aside)
	if err == nil {
		err = os.Rename(aside, link)
	}
	if err != nil {
		return fmt.Errorf("lockersim: link port: %w", err)
	}
	return nil
}
