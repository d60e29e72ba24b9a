package sync_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/internal/sim"
	link "lockerd/internal/sync"
	"lockerd/internal/sync/cloudtest"
)

// issued makes a certificate for a cabinet, signed by an authority, and writes it and its key to files.
func issued(t *testing.T, by tls.Certificate, name, certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, err := x509.ParseCertificate(by.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &private.PublicKey, by.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cloudtest.WritePEM(t, certificate, "CERTIFICATE", der)
	cloudtest.WriteKey(t, key, private)
}

// startSecure starts a Mosquitto that has a second listener, which asks for certificates, and says where it is.
func startSecure(t *testing.T, ca tls.Certificate, trusted, more string) (m *cloudtest.Mosquitto, address string) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "server.key")
	cloudtest.WriteKey(t, key, ca.PrivateKey)
	address, err := sim.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(address)
	return cloudtest.StartMosquitto(t, fmt.Sprintf("listener %s %s\ncafile %s\ncertfile %s\nkeyfile %s\nrequire_certificate true\n"+
		"use_identity_as_username true\n%s", port, host, trusted, trusted, key, more)), address
}

// A broker that wants client certificates, as AWS IoT Core and Azure Event Grid do; over TCP and over websockets.
func TestMosquittoClientCertificates(t *testing.T) {
	t.Parallel()
	ca, trusted := cloudtest.Authority(t)
	stranger, _ := cloudtest.Authority(t)
	for name, c := range map[string]struct{ scheme, more string }{
		"over TCP": {"mqtts://", ""}, "over websockets": {"wss://", "protocol websockets"},
	} {
		t.Run(name, func(t *testing.T) {
			m, address := startSecure(t, ca, trusted, c.more)
			dir := t.TempDir()
			certificate, key := filepath.Join(dir, "cabinet.pem"), filepath.Join(dir, "cabinet.key")
			cfg := config()
			r := cloudtest.NewRelay(t, address) // at the address that its certificate names
			cfg.Broker, cfg.Username, cfg.CAFile = c.scheme+r.Addr(), "", trusted
			refusals := func(log string) int {
				if strings.Contains(log, "failed to verify") {
					t.Fatalf("it is the broker that should refuse, in\n%s", log)
				}
				return strings.Count(log, "no connection")
			}

			none := &cabinet{}
			stop := run(t, quick(newLink(t, cfg, none)))
			eventually(t, "refused without a certificate", func() bool { return refusals(none.log.String()) > 0 })
			if stop(); strings.Contains(none.log.String(), "cloud: connected") {
				t.Error("connected without a certificate")
			}

			cfg.Certificate, cfg.Key = certificate, key // which are not there yet
			cab := &cabinet{}
			l := quick(newLink(t, cfg, cab))
			stop = run(t, l)
			eventually(t, "no certificate to be read", func() bool { return strings.Contains(cab.log.String(), "cabinet.pem") })
			issued(t, stranger, "demo-1", certificate, key)
			n := refusals(cab.log.String())
			eventually(t, "refused with a stranger's", func() bool { return refusals(cab.log.String()) > n+2 })
			if l.Gauges().Connections != 0 {
				t.Fatal("connected with a stranger's certificate")
			}
			issued(t, ca, "demo-1", certificate, key) // the files change: the next connection has it
			up := newCloud(t, m.Addr)
			cab.grow(20)
			l.Grown()
			eventually(t, "records go out and acks come in", func() bool { return up.count() == 20 && cab.Confirmed() == 20 })
			up.order(unlock("o1"))
			eventually(t, "an order comes in", func() bool { done, _ := cab.orders(); return len(done) == 1 })

			issued(t, ca, "demo-1", certificate, key) // renewed
			before := l.Gauges().Connections
			m.Kill()
			m.Start()
			eventually(t, "back with a new one", func() bool {
				g := l.Gauges()
				return g.Connections > before && !g.Since.IsZero()
			})
			stop()
			if up.last("presence") == "" {
				t.Error("want a presence")
			}
		})
	}
}

func quick(l *link.Link) *link.Link {
	l.Pause(20*time.Millisecond, 200*time.Millisecond)
	return l
}
