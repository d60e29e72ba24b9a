package sync_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"lockerd/internal/sim"
	link "lockerd/internal/sync"
	"lockerd/internal/sync/cloudtest"
)

// way is a proxy that takes CONNECT (RFC 9110) or SOCKS 5 (RFC 1928, with names and passwords by RFC 1929).
type way struct {
	listener net.Listener
	who      string            // "name:password"; empty: anybody
	names    map[string]string // what it knows beside addresses
	answer   string            // said instead of letting anybody through

	mu    sync.Mutex
	asked []string
}

// startWay starts one; serve speaks its language.
func startWay(t *testing.T, w *way, secure *tls.Config, serve func(*way, net.Conn)) *way {
	t.Helper()
	var err error
	if w.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if secure != nil {
		w.listener = tls.NewListener(w.listener, secure)
	}
	t.Cleanup(func() { _ = w.listener.Close() })
	go func() {
		for {
			conn, err := w.listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(w, conn)
			}()
		}
	}()
	return w
}

func (w *way) addr() string { return w.listener.Addr().String() }

// through takes a connection on to where it wants to go, after saying that it does.
func (w *way) through(near net.Conn, in io.Reader, to, granted, failed string) {
	w.mu.Lock()
	w.asked = append(w.asked, to)
	if known, ok := w.names[to]; ok {
		to = known
	}
	w.mu.Unlock()
	far, err := net.Dial("tcp", to)
	if err != nil {
		_, _ = io.WriteString(near, failed)
		return
	}
	defer far.Close()
	_, _ = io.WriteString(near, granted)
	go func() {
		_, _ = io.Copy(far, in)
		_ = far.Close()
	}()
	_, _ = io.Copy(near, far)
}

func (w *way) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(w.asked)))
}

func connects(w *way, conn net.Conn) {
	in := bufio.NewReader(conn)
	r, err := http.ReadRequest(in)
	switch {
	case err != nil || r.Method != http.MethodConnect:
		_, _ = io.WriteString(conn, "HTTP/1.1 405 Method Not Allowed\r\n\r\n")
	case w.answer != "":
		_, _ = io.WriteString(conn, w.answer)
		_, _ = io.Copy(io.Discard, in) // it is for the other side to go
	case w.who != "" && r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(w.who)):
		_, _ = io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 9\r\n\r\n")
		_, _ = io.Copy(io.Discard, in)
	default:
		w.through(conn, in, r.RequestURI, "HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n\r\n")
	}
}

func socks5(w *way, conn net.Conn) {
	in := bufio.NewReader(conn)
	next := func(n int) []byte {
		b := make([]byte, n)
		_, _ = io.ReadFull(in, b) // what did not come is zeros, which mean nothing
		return b
	}
	methods := next(int(next(2)[1]))
	method := byte(0)
	if w.who != "" {
		method = 2
	}
	if !slices.Contains(methods, method) {
		_, _ = conn.Write([]byte{5, 0xff})
		return
	}
	_, _ = conn.Write([]byte{5, method})
	if method == 2 {
		name := next(int(next(2)[1]))
		password := next(int(next(1)[0]))
		if string(name)+":"+string(password) != w.who {
			_, _ = conn.Write([]byte{1, 1})
			return
		}
		_, _ = conn.Write([]byte{1, 0})
	}
	var host string
	switch head := next(4); head[3] {
	case 1:
		host = net.IP(next(4)).String()
	case 3:
		host = string(next(int(next(1)[0])))
	}
	port := next(2)
	const rest = "\x00\x01\x00\x00\x00\x00\x00\x00"
	w.through(conn, in, net.JoinHostPort(host, fmt.Sprint(int(port[0])<<8|int(port[1]))), "\x05\x00"+rest, "\x05\x05"+rest)
}

// A cabinet behind a proxy: each kind of proxy under each kind of address.
func TestMosquittoThroughProxies(t *testing.T) {
	t.Parallel()
	ca, trusted := cloudtest.Authority(t)
	listener := func(more string) (conf, addr string) {
		addr, err := sim.FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		host, port, _ := net.SplitHostPort(addr)
		return fmt.Sprintf("listener %s %s\n%s\n", port, host, more), addr
	}
	key := filepath.Join(t.TempDir(), "server.key")
	cloudtest.WriteKey(t, key, ca.PrivateKey)
	secure := fmt.Sprintf("cafile %s\ncertfile %s\nkeyfile %s", trusted, trusted, key)
	one, plain := listener("")
	two, tls := listener(secure)
	three, web := listener("protocol websockets")
	four, secureWeb := listener("protocol websockets\n" + secure)
	cloudtest.StartMosquitto(t, one+two+three+four)
	for scheme, c := range map[string]struct{ at, port string }{
		"mqtt": {plain, "1883"}, "mqtts": {tls, "8883"}, "ws": {web, "80"}, "wss": {secureWeb, "443"},
	} {
		for kind, serve := range map[string]func(*way, net.Conn){"http": connects, "socks5": socks5} {
			if testing.Short() && (kind == "http") != (scheme == "mqtts" || scheme == "ws") {
				continue // each scheme and each kind of proxy, not each pair of them
			}
			t.Run(scheme+" by "+kind, func(t *testing.T) {
				cfg := config()
				if cfg.Broker = scheme + "://127.0.0.1"; strings.HasSuffix(scheme, "s") && scheme != "ws" {
					cfg.CAFile = trusted
				}
				target := "127.0.0.1:" + c.port // where nobody listens: only the proxy knows better
				w := startWay(t, &way{names: map[string]string{target: c.at}}, nil, serve)
				cfg.Proxy = kind + "://" + w.addr()
				works(t, cfg, plain)
				equal(t, "asked of the proxy", []string{target}, w.seen())
			})
		}
	}
}

// The environment's proxy has a name and a password, and it is the proxy that knows the broker's name.
func TestProxyOfTheEnvironment(t *testing.T) {
	m := cloudtest.StartMosquitto(t, "")
	for kind, serve := range map[string]func(*way, net.Conn){"http": connects, "socks5": socks5} {
		t.Run(kind, func(t *testing.T) {
			w := startWay(t, &way{who: "me:hunter2", names: map[string]string{"broker.invalid:1883": m.Addr}}, nil, serve)
			cfg := config()
			cfg.Broker = "mqtt://broker.invalid"
			t.Setenv("HTTPS_PROXY", kind+"://me:hunter2@"+w.addr())
			works(t, cfg, m.Addr)
			equal(t, "asked of the proxy", []string{"broker.invalid:1883"}, w.seen())

			fails := func(what, want string, cfg link.Config) {
				t.Helper()
				_, err := cfg.Reach(t.Context())
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: want %q, got %v", what, want, err)
				} else if strings.Contains(err.Error(), "hunter") {
					t.Errorf("%s: a password in %v", what, err)
				}
			}
			asked := len(w.asked)
			direct := cfg
			direct.Proxy = link.Direct
			fails("without the proxy", "broker.invalid", direct)
			t.Setenv("NO_PROXY", "broker.invalid")
			fails("with NO_PROXY", "broker.invalid", cfg)
			t.Setenv("NO_PROXY", "")
			t.Setenv("HTTPS_PROXY", kind+"://me:hunter3@"+w.addr())
			fails("with a wrong password", "proxy "+w.addr(), cfg)
			t.Setenv("HTTPS_PROXY", "http://me:hunter2@proxy:port")
			fails("with an address that is none", "HTTPS_PROXY: must be an address", cfg)
			if len(w.asked) != asked {
				t.Errorf("asked of the proxy: %v", w.asked)
			}
		})
	}
}

// What a proxy says instead is told in words.
func TestProxyThatDoesNot(t *testing.T) {
	t.Parallel()
	ca, _ := cloudtest.Authority(t)
	for name, c := range map[string]struct{ answer, want string }{
		"forbids":          {"HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n\r\n", "does not let us through to broker.test:1883 (403)"},
		"wants a password": {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "a name and a password"},
		"reaches nobody":   {"HTTP/1.1 504 Gateway Timeout\r\n\r\n", "does not reach broker.test:1883: 504 Gateway Timeout"},
		"moved":            {"HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", "makes no connection"},
		"is none":          {"SSH-2.0-OpenSSH_9.2p1\r\n", "does not answer as a proxy"},
		"speaks first":     {"HTTP/1.1 200 OK\r\n\r\nMQTT", "before the broker was spoken to"},
		"never ends":       {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 64<<10), "does not answer as a proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			w := startWay(t, &way{answer: c.answer}, nil, connects)
			cfg := config()
			cfg.Proxy = "http://" + w.addr()
			cab := &cabinet{}
			stop := run(t, quick(newLink(t, cfg, cab)))
			eventually(t, "told", func() bool { return strings.Contains(cab.log.String(), "no connection") })
			stop()
			if log := cab.log.String(); !strings.Contains(log, c.want) || !strings.Contains(log, "proxy "+w.addr()) {
				t.Errorf("want %q, in\n%s", c.want, log)
			}
		})
	}
	t.Run("is not who it should be", func(t *testing.T) {
		w := startWay(t, &way{}, &tls.Config{Certificates: []tls.Certificate{ca}}, connects)
		cfg := config()
		cfg.Proxy = "https://" + w.addr()
		if _, err := cfg.Reach(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("want its certificate refused, got %v", err)
		}
	})
	t.Run("is not there", func(t *testing.T) {
		w := startWay(t, &way{}, nil, connects)
		_ = w.listener.Close()
		cfg := config()
		cfg.Proxy = "socks5://" + w.addr()
		if _, err := cfg.Reach(t.Context()); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("want it refused, got %v", err)
		}
	})
}
