// Package guess keeps those who guess secret addresses from being a load: whoever has asked for many that are none waits. It owns nothing
// but its counts.
package guess

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limits.
const (
	most = 30          // pages that are not there, asked for from one address
	span = time.Minute // in this time: then the address is asked to wait
	room = 10_000      // addresses that are remembered
)

// Counter counts requests for addresses that are none. Guessing one of 128 random bits is hopeless; this keeps it from being a load. It may
// be used from anywhere.
type Counter struct {
	mu     sync.Mutex
	since  time.Time
	counts map[string]int
}

// New makes a counter.
func New() *Counter { return &Counter{counts: map[string]int{}} }

// Add notes that somebody has asked for something that is not there.
func (c *Counter) Add(from string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renew()
	if from = Source(from); len(c.counts) < room {
		c.counts[from]++
	}
}

// Full says that somebody has done so too often, and has to wait until the minute is over.
func (c *Counter) Full(from string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renew()
	return c.counts[Source(from)] >= most
}

func (c *Counter) renew() {
	if now := time.Now(); now.Sub(c.since) >= span {
		c.since = now
		clear(c.counts)
	}
}

// Source is whom an address is counted for: of version 6 each household has a network of 64 bits, and so many addresses that none comes twice.
func Source(from string) string {
	a, err := netip.ParseAddr(from)
	if err != nil || !a.Is6() || a.Is4In6() {
		return from
	}
	return netip.PrefixFrom(a.WithZone(""), 64).Masked().String()
}

// From is the address of a browser. Whoever connects from this machine is the proxy that speaks TLS: it has appended whom it speaks for.
func From(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		told := r.Header.Values("X-Forwarded-For")
		if len(told) > 0 {
			last := told[len(told)-1]
			if at := strings.LastIndex(last, ","); at >= 0 {
				last = last[at+1:]
			}
			if real := net.ParseIP(strings.TrimSpace(last)); real != nil {
				return real.String()
			}
		}
	}
	return host
}
