package sync

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"
)

// Direct as a proxy means none, whatever the environment says.
const Direct = "direct"

// Reach opens a connection to the broker, through a proxy if there is one, and sends nothing on it.
func (c *Config) Reach(ctx context.Context) (net.Conn, error) {
	a, err := c.address()
	if err != nil || a == nil {
		return nil, errors.Join(err, errors.New("no broker is configured"))
	}
	via, err := c.via(a.host)
	if err != nil {
		return nil, err
	}
	var straight net.Dialer
	if via == nil {
		return straight.DialContext(ctx, "tcp", a.host)
	}
	var conn net.Conn
	if via.Scheme == "socks5" || via.Scheme == "socks5h" {
		conn, err = socks(ctx, via, a.host)
	} else {
		conn, err = tunnel(ctx, via, a.host)
	}
	if err != nil {
		return nil, fmt.Errorf("proxy %s: %w", via.Host, err) // its address alone: there may be a password beside it
	}
	return conn, nil
}

// Proxied is the proxy for a request that is not the broker's; nil: none.
func (c *Config) Proxied(r *http.Request) (*url.URL, error) { return c.via(r.URL.Host) }

// via is the proxy for a host; nil: none.
func (c *Config) via(host string) (*url.URL, error) {
	switch c.Proxy {
	case Direct:
		return nil, nil
	case "": // HTTPS_PROXY and NO_PROXY; whatever is spoken, the broker's address stands behind a tunnel
		u, err := httpproxy.FromEnvironment().ProxyFunc()(&url.URL{Scheme: "https", Host: host})
		if err == nil && u == nil {
			return nil, nil
		}
		return usable(u, err, "HTTPS_PROXY")
	}
	u, err := url.Parse(c.Proxy)
	if err == nil && u.User != nil {
		return nil, errors.New("proxy: no name or password in the address; where it wants them, put the whole address into " +
			"HTTPS_PROXY, in an EnvironmentFile of the service that only root can read")
	}
	return usable(u, err, "proxy")
}

// usable adds a scheme's default port to a proxy without one. Its errors repeat nothing of the address, which may contain a
// password.
func usable(u *url.URL, err error, setting string) (*url.URL, error) {
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, fmt.Errorf("%s: must be an address like http://proxy.example.org:3128", setting)
	}
	port, known := map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	if !known {
		return nil, fmt.Errorf("%s: must begin with http://, https:// or socks5://", setting)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u, nil
}

// socks connects through a proxy of RFC 1928, which resolves the broker's name.
func socks(ctx context.Context, via *url.URL, host string) (net.Conn, error) {
	var who *proxy.Auth
	if via.User != nil {
		password, _ := via.User.Password()
		who = &proxy.Auth{User: via.User.Username(), Password: password}
	}
	d, err := proxy.SOCKS5("tcp", via.Host, who, &net.Dialer{})
	if err != nil {
		return nil, err
	}
	return d.(proxy.ContextDialer).DialContext(ctx, "tcp", host) // it has always been one
}

// tunnel has a web proxy connect us to a host (RFC 9110, section 9.3.6).
func tunnel(ctx context.Context, via *url.URL, host string) (conn net.Conn, err error) {
	if via.Scheme == "https" {
		conn, err = (&tls.Dialer{}).DialContext(ctx, "tcp", via.Host)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", via.Host)
	}
	if err != nil {
		return nil, err
	}
	late := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = connect(conn, via, host)
	if !late() {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// maxAnswer is the longest answer of a proxy, in bytes.
const maxAnswer = 16 << 10

// connect requests the tunnel. The server behind it waits for our first byte.
func connect(conn net.Conn, via *url.URL, host string) error {
	ask := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: host}, Host: host, Header: http.Header{}}
	if via.User != nil {
		password, _ := via.User.Password()
		pair := via.User.Username() + ":" + password
		ask.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	if err := ask.Write(conn); err != nil {
		return fmt.Errorf("ask it: %w", err)
	}
	in := bufio.NewReaderSize(&limited{conn, maxAnswer}, maxAnswer)
	answer, err := http.ReadResponse(in, ask) //nolint:bodyclose // closing would wait for a body that may never end
	if err != nil {
		return fmt.Errorf("it does not answer as a proxy: %w", err)
	}
	switch {
	case answer.StatusCode == http.StatusProxyAuthRequired:
		return errors.New("it wants a name and a password, or others than it got (407): put them into HTTPS_PROXY")
	case answer.StatusCode == http.StatusForbidden:
		return fmt.Errorf("it does not let us through to %s (403): have its rules allow that host and port", host)
	case answer.StatusCode/100 == 5:
		return fmt.Errorf("it does not reach %s: %s", host, answer.Status)
	case answer.StatusCode/100 != 2:
		return fmt.Errorf("it makes no connection to %s: %s", host, answer.Status)
	case in.Buffered() > 0:
		return errors.New("it says something before the broker was spoken to")
	}
	return nil
}

// limited reads no more than so many bytes of a connection.
type limited struct {
	net.Conn
	left int
}

var errLong = errors.New("its answer is too long")

func (l *limited) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, errLong
	}
	n, err := l.Conn.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
