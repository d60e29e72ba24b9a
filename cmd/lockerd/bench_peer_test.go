package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	bolt "go.etcd.io/bbolt"

	"lockerd/internal/sim"
)

// asPeer in the environment makes the test's binary be the peer: a bare program that does once what nobody can do
// without. It hears of something, writes as many bytes to a bbolt file as lockerd does, and sends an unlock.
const asPeer = "LOCKERD_TEST_IS_PEER"

// frame8A is an unlock.
var frame8A = []byte{0x8A, 0x01, 0x01, 0x11, 0x9B}

// peerMain is the peer: the file, how many bytes, the line, and whom to listen to: a scanner, a broker, or the clock.
func peerMain(args []string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "peer:", err)
			os.Exit(1)
		}
	}
	db, err := bolt.Open(args[0], 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
	fail(err)
	size, err := strconv.Atoi(args[1])
	fail(err)
	line, err := os.OpenFile(args[2], os.O_RDWR, 0)
	fail(err)
	value, heard := make([]byte, size), uint64(0)
	act := func() {
		heard++
		fail(db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("records"))
			if err != nil {
				return err
			}
			return bucket.Put(binary.BigEndian.AppendUint64(nil, heard), value)
		}))
		_, err := line.Write(frame8A)
		fail(err)
	}
	switch args[3] {
	case "clock": // once a second it asks, and hears an answer
		_, err := line.Write([]byte{0})
		fail(err)
		for answer := make([]byte, 64); ; {
			<-time.After(time.Second)
			_, err := line.Write(frame8A)
			fail(err)
			_, err = line.Read(answer)
			fail(err)
		}
	case "broker":
		client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + args[4]).SetClientID("peer"))
		token := client.Connect()
		token.Wait()
		fail(token.Error())
		token = client.Subscribe("peer/orders", 1, func(mqtt.Client, mqtt.Message) { act() })
		token.Wait()
		fail(token.Error())
		_, err := line.Write([]byte{0})
		fail(err)
		select {}
	}
	scanner, err := os.OpenFile(args[4], os.O_RDWR, 0)
	fail(err)
	_, err = line.Write([]byte{0})
	fail(err)
	for buffer := make([]byte, 256); ; {
		n, err := scanner.Read(buffer)
		fail(err)
		if buffer[n-1] == '\r' {
			act()
		}
	}
}

// peer is the peer at work.
type peer struct {
	process int
	line    *tap
	scanner *sim.PTY
}

// startPeer starts the peer, which writes size bytes each time. It listens to the scanner, to the broker, or to the clock.
func startPeer(t *testing.T, size int, kind, broker string) *peer {
	t.Helper()
	open := func() *sim.PTY {
		p, err := sim.OpenPTY()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		return p
	}
	p := &peer{line: &tap{PTY: open(), unlocks: make(chan unlock, 1)}, scanner: open()}
	from := broker
	if kind == "scanner" {
		from = p.scanner.Path()
	}
	cmd := exec.Command(os.Args[0], filepath.Join(t.TempDir(), "peer.db"), strconv.Itoa(size), p.line.Path(), kind, from)
	cmd.Env = append(os.Environ(), asPeer+"=1")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.process = cmd.Process.Pid
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	ready := make([]byte, 1)
	if _, err := p.line.Read(ready); err != nil {
		t.Fatal(err)
	}
	go func() {
		for buffer := make([]byte, 64); ; {
			if _, err := p.line.Read(buffer); err != nil {
				return // closed
			}
			if kind == "clock" {
				_, _ = p.line.Write([]byte{0x80, 0x01, 0x00, 0x00, 0x00, 0x33, 0xB2}) // a status: seven bytes, as a board's
			}
		}
	}()
	return p
}
