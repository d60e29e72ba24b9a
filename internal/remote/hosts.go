package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Hosts are the servers that photos may be uploaded to, or pictures fetched from, as "photos.example.org" or "192.0.2.7:8443"; the usual port
// is 443. They stand in the cabinet's own file, so that whoever signs orders reaches nothing else in the cabinet's network.
type Hosts []string

// The settings that list hosts.
const (
	UploadHosts  = "upload_hosts"
	PictureHosts = "picture_hosts"
)

// CheckHosts says what is wrong with both lists of the configuration file.
func CheckHosts(upload, pictures Hosts) (err error) {
	for setting, hosts := range map[string]Hosts{UploadHosts: upload, PictureHosts: pictures} {
		if bad := hosts.Validate(setting); bad != nil {
			err = errors.Join(err, fmt.Errorf("cloud: %w", bad))
		}
	}
	return err
}

// Validate says what is wrong with the list of a setting, in terms of the configuration file.
func (h Hosts) Validate(setting string) error {
	var errs []error
	for _, host := range h {
		u, err := url.Parse("https://" + host)
		if err != nil || u.Host != host || u.Hostname() == "" || strings.ContainsAny(host, "*/@?# ") {
			errs = append(errs, fmt.Errorf("%s: %q: must be a host, as \"photos.example.org\", or a host and a port", setting, host))
		}
	}
	return errors.Join(errs...)
}

// Check says why an address is none of a setting's hosts, repeating nothing of it; else its host.
func (h Hosts) Check(address, setting string) (host string, err error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "", errors.New("body: url: must be an address as https://photos.example.org/up")
	case u.Scheme != "https":
		return "", errors.New("body: url: must begin with https://")
	case u.User != nil || u.Fragment != "":
		return "", errors.New("body: url: must have no user, password or fragment")
	case !slices.ContainsFunc(h, func(allowed string) bool { return strings.EqualFold(withPort(allowed), withPort(u.Host)) }):
		return "", fmt.Errorf("body: url: its host is not in cloud.%s of this cabinet's configuration", setting)
	}
	return u.Host, nil
}

// withPort is a host with its port.
func withPort(host string) string {
	if u, err := url.Parse("https://" + host); err == nil && u.Port() == "" {
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return host
}

// errNearby is for a name that leads back into the machine or its closest network.
var errNearby = errors.New("the host's name leads to an address of this machine, or one without a router between: only a list that names the address allows it")

// guard refuses an address that a name has led to and that no server of an operator's has: this machine's own, and link-local ones,
// where clouds serve the credentials of machines. Whoever answers names could lead there.
func guard(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if a := at.Addr().Unmap(); a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast() || a.IsMulticast() {
		return errNearby
	}
	return nil
}

// Patience with a server.
const (
	dialWait   = 20 * time.Second
	answerWait = time.Minute     // after everything was sent
	expectWait = 5 * time.Second // for a server that knows no 100-continue
)

// client is the client for one address. It follows no redirect, since the next address is nobody's word.
func client(to *url.URL, proxy func(*http.Request) (*url.URL, error)) *http.Client {
	there := withPort(to.Host)
	_, notLiteral := netip.ParseAddr(to.Hostname())
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		d := net.Dialer{Timeout: dialWait}
		if notLiteral != nil && strings.EqualFold(address, there) { // not the proxy
			d.Control = func(_, address string, _ syscall.RawConn) error { return guard(address) }
		}
		return d.DialContext(ctx, network, address)
	}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{Proxy: proxy, DialContext: dial, TLSHandshakeTimeout: dialWait, ResponseHeaderTimeout: answerWait, ExpectContinueTimeout: expectWait,
			DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
	}
}
