package sync_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"

	link "lockerd/internal/sync"
	"lockerd/internal/sync/cloudtest"
)

// startNATS starts a NATS server that speaks MQTT, by TCP and by websockets, each with TLS where it is given one. It keeps
// its sessions, and what is retained, with JetStream.
func startNATS(t *testing.T, direct, web *tls.Config) (mqtt, ws string) {
	t.Helper()
	o := &nats.Options{ServerName: "nats", Host: "127.0.0.1", Port: nats.RANDOM_PORT, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: t.TempDir(),
		MQTT:      nats.MQTTOpts{Host: "127.0.0.1", Port: nats.RANDOM_PORT, TLSConfig: direct},
		Websocket: nats.WebsocketOpts{Host: "127.0.0.1", Port: nats.RANDOM_PORT, TLSConfig: web, NoTLS: web == nil}}
	s, err := nats.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the NATS server does not start")
	}
	return fmt.Sprintf("127.0.0.1:%d", o.MQTT.Port), fmt.Sprintf("127.0.0.1:%d", o.Websocket.Port)
}

func TestNATS(t *testing.T) {
	t.Parallel()
	ca, trusted := cloudtest.Authority(t)
	leaf, err := x509.ParseCertificate(ca.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	both := &tls.Config{Certificates: []tls.Certificate{ca}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: x509.NewCertPool()}
	both.ClientCAs.AddCert(leaf)
	secured := func(cfg link.Config) link.Config {
		dir := t.TempDir()
		cfg.CAFile, cfg.Certificate, cfg.Key = trusted, filepath.Join(dir, "cabinet.pem"), filepath.Join(dir, "cabinet.key")
		issued(t, ca, "demo-1", cfg.Certificate, cfg.Key)
		return cfg
	}
	cfg := config()
	cfg.Username = ""
	t.Run("over TCP", func(t *testing.T) {
		mqtt, _ := startNATS(t, nil, nil)
		cfg := cfg
		cfg.Broker = "mqtt://" + mqtt
		works(t, cfg, mqtt)
	})
	t.Run("over websockets", func(t *testing.T) {
		mqtt, ws := startNATS(t, nil, nil)
		cfg := cfg
		cfg.Broker = "ws://" + ws
		works(t, cfg, mqtt)
	})
	t.Run("over TLS, with a certificate", func(t *testing.T) {
		mqtt, ws := startNATS(t, both, nil)
		cfg := secured(cfg)
		cfg.Broker = "mqtts://" + mqtt
		works(t, cfg, "ws://"+ws+"/mqtt")
	})
	t.Run("over websockets with TLS, with a certificate", func(t *testing.T) {
		mqtt, ws := startNATS(t, nil, both)
		cfg := secured(cfg)
		cfg.Broker = "wss://" + ws
		works(t, cfg, mqtt)
	})
}
