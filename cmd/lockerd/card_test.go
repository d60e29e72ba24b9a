package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/sim"
)

// asTerminal is the argument with which the test's own program is the adapter of a terminal; its socket follows.
const asTerminal = "as-terminal"

// till is a payment terminal at a rig.
type till struct {
	*rig
	*sim.Terminal
	mu   sync.Mutex
	conn *net.UnixConn // of the adapter that came last
	dies chan struct{} // its program is to end: it waits to be let go
	go_  chan struct{}
}

// newTill is a rig with a terminal, and a parcel for which 2.50 EUR are due.
func newTill(t *testing.T) (x *till, door int, code string) {
	t.Helper()
	x = &till{rig: newRig(t), dies: make(chan struct{}, 1), go_: make(chan struct{})}
	var err error
	x.Terminal, err = sim.NewTerminal(filepath.Join(x.dir, "paid.json"), sim.CardByHand, 50*time.Millisecond, func() {
		x.dies <- struct{}{}
		<-x.go_
		x.mu.Lock()
		defer x.mu.Unlock()
		_ = x.conn.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(x.dir, "till")
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- x.Listen(ctx, socket, func(c net.Conn) {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.conn, _ = c.(*net.UnixConn)
		})
	}()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	x.setting(fmt.Sprintf("[terminal]\ncommand = [%q, %q, %q]\n", os.Args[0], asTerminal, socket))
	x.commission()
	x.cloud.order("announce-CARD-1", "parcel.announce", map[string]any{"tracking": "CARD-1", "size": "S", "fee": map[string]any{"currency": "EUR", "due": 250}}, x.public,
		map[string]string{"phone": phoneOf("CARD-1")})
	x.answered("announce-CARD-1", "parcel.announced")
	x.scan("BADGE-ADA")
	x.cloud.await("Ada", func(c *cloud) bool { return c.count("courier.signed_in") > 0 })
	door = x.drop("CARD-1")
	x.press("action", "done")
	x.cloud.await("it is stored", func(c *cloud) bool { return c.count("parcel.stored") == 1 })
	x.finish()
	return x, door, x.code("CARD-1")
}

// wants shows the code, chooses to pay by card, and waits until the terminal asks for one.
func (x *till) wants(code string) {
	x.t.Helper()
	x.cloud.await("the terminal works", func(c *cloud) bool { return c.count("terminal.back") > 0 })
	asked := x.cloud.count("fee.asked")
	x.scan("LD1:" + code)
	x.cloud.await("the fee is asked for", func(c *cloud) bool { return c.count("fee.asked") > asked })
	x.press("action", "card")
	eventually(x.t, "the terminal asks for a card", func() bool { return x.State().Waits })
}

func (x *till) holds(does sim.CardDoes) {
	x.t.Helper()
	if err := x.Hold(x.t.Context(), does); err != nil {
		x.t.Fatal(err)
	}
}

// killAdapter ends what speaks with the terminal.
func (x *till) killAdapter() {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	raw, err := x.conn.SyscallConn()
	if err != nil {
		x.t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) {
		who, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			x.t.Error(err)
			return
		}
		_ = syscall.Kill(int(who.Pid), syscall.SIGKILL)
	})
}

// TestPaidByCard over the true processes: the amount is told after it is recorded, and the door opens once it is paid.
func TestPaidByCard(t *testing.T) {
	t.Parallel()
	x, door, code := newTill(t)
	x.wants(code)
	x.holds(sim.CardDeclined)
	x.cloud.await("declined", func(c *cloud) bool { return c.count("fee.declined") == 1 })
	x.press("action", "card")
	eventually(t, "the terminal asks again", func() bool { return x.State().Waits })
	x.holds(sim.CardTwice)
	eventually(t, "the door opens", func() bool { return x.lock(door).isOpen() })
	x.cloud.await("paid and collected", func(c *cloud) bool { return c.count("fee.paid") == 1 && c.count("parcel.collected") == 1 })
	x.push(door)
	x.cloud.complete()
	x.matched()
}

// TestKilledWhilePaying: whatever dies at whatever moment of a payment, what the terminal has taken is what the cabinet knows to be paid,
// and no more is asked for.
func TestKilledWhilePaying(t *testing.T) {
	t.Parallel()
	for _, moment := range []struct {
		name string
		does sim.CardDoes
		paid bool
	}{{"before a card", "", false}, {"before money is taken", sim.CardDies, false}, {"after it", sim.CardDiesPaid, true}} {
		for _, who := range []string{"lockerd", "adapter"} {
			t.Run(moment.name+", "+who, func(t *testing.T) {
				t.Parallel()
				x, door, code := newTill(t)
				x.wants(code)
				if moment.does != "" {
					x.holds(moment.does)
					<-x.dies
				}
				if who == "lockerd" {
					x.kill()
					x.Do(sim.CardByHand)
					if moment.does != "" {
						close(x.go_)
					}
					x.start()
					x.ready()
				} else {
					x.killAdapter()
					if moment.does != "" {
						close(x.go_)
					}
				}
				x.cloud.await("nobody knows", func(c *cloud) bool { return c.count("fee.uncertain") >= 1 })
				x.cloud.await("it is known", func(c *cloud) bool { return c.count("fee.paid")+c.count("fee.declined") == 1 })
				if paid := x.cloud.count("fee.paid") == 1; paid != moment.paid || len(x.Taken()) != x.cloud.count("fee.paid") {
					t.Fatalf("want it paid: %t; the terminal has taken %v", moment.paid, x.Taken())
				}
				if !moment.paid {
					if x.lock(door).isOpen() {
						t.Fatal("the door opened unpaid")
					}
					if who == "adapter" {
						x.press("action", "back")
					}
					x.wants(code)
					x.holds(sim.CardPays)
				} else {
					x.showsUntilOpen(code, door) // once nobody knew, the code opens
				}
				eventually(t, "the door opens", func() bool { return x.lock(door).isOpen() })
				x.push(door)
				x.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
				if n := len(x.Taken()); n != 1 {
					t.Errorf("want money taken once, got %v", x.Taken())
				}
				x.cloud.complete()
				x.matched()
			})
		}
	}
}
