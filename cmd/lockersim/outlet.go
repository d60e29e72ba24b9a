package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"lockerd/internal/sim"
)

// An Outlet is where a simulated device is plugged in: a serial port that is reached by a link whose name stays, as
// /dev/serial/by-id has them, while the port itself is another one after every unplugging.
type Outlet struct {
	link string

	mu     sync.Mutex
	out    bool          // unplugged
	change chan struct{} // closed and replaced whenever out changes
}

// NewOutlet makes an outlet, plugged in.
func NewOutlet(link string) *Outlet { return &Outlet{link: link, change: make(chan struct{})} }

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
type device func(ctx context.Context, port *sim.PTY) error

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
	port, err := sim.OpenPTY()
	if err != nil {
		return err
	}
	if err := o.point(port.Path()); err != nil {
		return errors.Join(err, port.Close())
	}
	defer os.Remove(o.link) //nolint:errcheck // a link that leads nowhere does no harm
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

// point makes the link lead to the port. It is made aside and moved into place, so that there never is half a link.
func (o *Outlet) point(path string) error {
	aside := filepath.Join(filepath.Dir(o.link), "."+filepath.Base(o.link))
	os.Remove(aside) //nolint:errcheck // it is hardly ever there
	err := os.Symlink(path, aside)
	if err == nil {
		err = os.Rename(aside, o.link)
	}
	if err != nil {
		return fmt.Errorf("lockersim: link port: %w", err)
	}
	return nil
}
