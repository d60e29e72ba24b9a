package sync_test

import (
	"bufio"
	"context"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	link "lockerd/internal/sync"
)

// acknowledges is the least that a broker does, on loopback: it takes all and acknowledges it, as much as came at once.
func acknowledges(b *testing.B) net.Listener {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in, out := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriter(conn)
		script := &broker{granted: 1}
		for {
			p, err := packets.ReadPacket(in)
			if err != nil {
				return
			}
			_, _ = out.Write(script.answer(p))
			script.pubs = script.pubs[:0]
			if in.Buffered() == 0 && out.Flush() != nil {
				return
			}
		}
	}()
	return l
}

// BenchmarkBacklog is what sending a record of a backlog costs, the journal being in memory: time, processor time and writes.
func BenchmarkBacklog(b *testing.B) {
	l := acknowledges(b)
	defer l.Close()
	cfg := config()
	cfg.Confirm, cfg.Window = link.ConfirmBroker, link.Defaults().Window
	c := &cabinet{}
	c.grow(b.N)
	up := newLink(b, cfg, c)
	up.DialWith(func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	})
	before := processor(b)
	b.ResetTimer()
	stop := run(b, up)
	for c.Confirmed() < uint64(b.N) {
		time.Sleep(time.Millisecond)
	}
	b.StopTimer()
	b.ReportMetric(float64(processor(b)-before)/float64(b.N), "cpu-ns/op")
	stop()
}

// processor is the processor time that this process has used, the broker's share included.
func processor(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// counted counts what is written at once.
type counted struct {
	net.Conn
	writes *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// TestABacklogLeavesInFewWrites: a system call for each record would be most of what sending it costs.
func TestABacklogLeavesInFewWrites(t *testing.T) {
	cfg := config()
	cfg.Confirm = link.ConfirmBroker
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		const records = 1000
		var writes atomic.Int64
		c.grow(records)
		l.DialWith(func(ctx context.Context) (net.Conn, error) {
			conn, err := b.dial(ctx)
			return counted{conn, &writes}, err
		})
		stop := run(t, l)
		defer stop()
		synctest.Wait()
		if got := c.Confirmed(); got != records {
			t.Fatalf("want all %d records with the broker, got %d", records, got)
		}
		if got := writes.Load(); got > records/4 {
			t.Errorf("want a write for many records, got %d for %d", got, records)
		}
	})
}
