package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/credential"
	"lockerd/internal/sim"
	"lockerd/internal/sync/cloudtest"
)

// build makes lockerd as it is shipped: the test's own binary is larger and starts more slowly.
var buildShipped = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "lockerd-figures")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "lockerd")
	out, err := exec.Command("go", "build", "-trimpath", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build lockerd: %w: %s", err, out)
	}
	return path, nil
})

// shape is how a stand's cabinet is built: doors 1, 2, 3 ... go round the lines, so that two in a row are on two lines.
type shape struct {
	lines, boards, locks int                      // boards on each line, locks on each board
	broker               func(addr string) string // what the cabinet reaches the broker through, from where the broker listens; nil: nothing
	secure               bool                     // with TLS
	cloud                string                   // more of the configuration's [cloud]
}

func (s shape) doors() int { return s.lines * s.boards * s.locks }

// place is a door's line, board and channel. Lines count from 0, the others from 1.
func (s shape) place(door int) (line, board, channel int) {
	i := (door - 1) / s.lines
	return (door - 1) % s.lines, 1 + i/s.locks, 1 + i%s.locks
}

// stand is a cabinet to measure at. Of the rig it has the broker, the cloud, the scanner and the hand tools.
type stand struct {
	*rig
	shape  shape
	binary string
	lines  []*sim.Line
	taps   []*tap
}

func newStand(t *testing.T, s shape) *stand {
	t.Helper()
	binary, err := buildShipped()
	if err != nil {
		t.Fatal(err)
	}
	st := &stand{rig: &rig{t: t, dir: t.TempDir(), kiosk: freeAddr(t)}, shape: s, binary: binary}
	if st.broker = cloudtest.StartMosquitto(t, cloudtest.Forgetful); s.secure {
		st.broker = cloudtest.StartSecureMosquitto(t, cloudtest.Forgetful)
	}
	var boards []sim.Board
	for address := 1; address <= s.boards; address++ {
		boards = append(boards, sim.Board{Address: address, Locks: s.locks})
	}
	for range s.lines {
		line, tapped := sim.NewLine(9600, boards...), &tap{PTY: st.pty(), unlocks: make(chan unlock, 1)}
		ctx, unplug := context.WithCancel(context.Background())
		plugged := make(chan error, 1)
		go func() { plugged <- line.Run(ctx, tapped) }()
		t.Cleanup(func() {
			unplug()
			if err := <-plugged; err != nil {
				t.Error(err)
			}
		})
		st.lines, st.taps = append(st.lines, line), append(st.taps, tapped)
	}
	st.scanner = st.pty()
	t.Cleanup(func() { _ = st.scanner.Close() })
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	st.cloud = newCloud(t, st.broker.Addr, public, private)
	st.configure(base64.StdEncoding.EncodeToString(public[:]))
	if st.log, err = os.Create(filepath.Join(st.dir, "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		st.kill()
		if t.Failed() {
			text, _ := os.ReadFile(st.log.Name())
			t.Logf("lockerd's log ends:\n%s", text[max(0, len(text)-4000):])
		}
	})
	return st
}

func (st *stand) configure(operator string) {
	st.t.Helper()
	keys := filepath.Join(st.dir, "keys")
	if err := credential.Make(keys); err != nil {
		st.t.Fatal(err)
	}
	k, err := credential.Load(keys, operator)
	if err != nil {
		st.t.Fatal(err)
	}
	st.public = k.Public()
	badge, _ := k.Hash("BADGE-ADA").MarshalText()
	broker, scheme, cloud := st.broker.Addr, "mqtt", st.shape.cloud
	if st.shape.secure {
		broker, scheme, cloud = st.broker.Secure, "mqtts", fmt.Sprintf("ca_file = %q\n%s", st.broker.CAFile, cloud)
	}
	if st.shape.broker != nil {
		broker = st.shape.broker(broker)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "cabinet = \"rig\"\nlanguages = [\"en\", \"ar\"]\njournal = %q\nsocket = %q\nclock = \"system\"\n",
		filepath.Join(st.dir, "journal.db"), filepath.Join(st.dir, "sock"))
	fmt.Fprintf(&b, "[keys]\ndirectory = %q\noperator = %q\n[kiosk]\nlisten = %q\n", keys, operator, st.kiosk)
	fmt.Fprintf(&b, "[cloud]\nbroker = \"%s://%s\"\n%s%s", scheme, broker, cloud, issuerTOML())
	for i, p := range st.taps {
		fmt.Fprintf(&b, "[[bus]]\nname = \"line%d\"\nport = %q\nfamily = \"8A\"\nbaud = 9600\n", i, p.Path())
		for address := 1; address <= st.shape.boards; address++ {
			fmt.Fprintf(&b, "[[bus.board]]\naddress = %d\nlocks = %d\ncontact = \"latch\"\nclosed_when = \"shorted\"\n",
				address, st.shape.locks)
		}
	}
	fmt.Fprintf(&b, "[[scanner]]\nname = \"front\"\nport = %q\nbaud = 9600\n", st.scanner.Path())
	fmt.Fprintf(&b, "[[size]]\nname = \"S\"\nheight = 80\n")
	fmt.Fprintf(&b, "[[courier]]\nid = \"ada\"\nname = \"Ada\"\ncompany = \"Example Parcel\"\nbadge = %q\n", badge)
	for door := 1; door <= st.shape.doors(); door++ {
		line, board, channel := st.shape.place(door)
		fmt.Fprintf(&b, "[[door]]\nnumber = %d\nsize = \"S\"\ncolumn = %d\nbus = \"line%d\"\nboard = %d\nchannel = %d\n",
			door, 1+(door-1)/12, line, board, channel)
	}
	st.config = filepath.Join(st.dir, "lockerd.toml")
	if err := os.WriteFile(st.config, []byte(b.String()), 0o600); err != nil {
		st.t.Fatal(err)
	}
}

// launch starts lockerd and says how long it took from exec to READY=1.
func (st *stand) launch() time.Duration {
	st.t.Helper()
	st.started++
	path := filepath.Join(st.dir, fmt.Sprint("notify", st.started))
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		st.t.Fatal(err)
	}
	defer func() { _ = notify.Close() }()
	cmd := exec.Command(st.binary, "run", "--config", st.config)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+path)
	cmd.Stdout, cmd.Stderr = st.log, st.log
	_ = notify.SetReadDeadline(time.Now().Add(time.Minute))
	buffer := make([]byte, 512)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		st.t.Fatal(err)
	}
	n, err := notify.Read(buffer)
	took := time.Since(began)
	st.process, st.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) { _ = cmd.Wait(); close(ended) }(st.ended)
	if err != nil || !strings.Contains(string(buffer[:n]), "READY=1") {
		st.t.Fatalf("lockerd did not say that it is ready: %q, %v", buffer[:n], err)
	}
	return took
}

// told waits until every door is known to be closed.
func (st *stand) told() {
	st.t.Helper()
	st.cloud.await("every door told", func(c *cloud) bool { return c.count("door.closed") >= st.shape.doors() })
}

// open waits until a door stands open, push shuts it. Both wait until the cabinet has noticed.
func (st *stand) open(door int) {
	st.t.Helper()
	line, board, channel := st.shape.place(door)
	eventually(st.t, "the door springs open", func() bool { return st.lines[line].IsOpen(board, channel) })
	st.cloud.await("the door is told open", func(c *cloud) bool { return c.doorIs(door, "door.opened") })
}

func (st *stand) push(door int) {
	st.t.Helper()
	line, board, channel := st.shape.place(door)
	st.lines[line].Push(board, channel)
	st.cloud.await("the door is told closed", func(c *cloud) bool { return c.doorIs(door, "door.closed") })
}

// tap is a line's port, where every byte's time is taken as it passes.
type tap struct {
	*sim.PTY
	unlocks chan unlock // of size 1: the newest

	mu    sync.Mutex
	asked []time.Time // queries
	last  time.Time   // when something passed
}

// Read takes the time at which the host's bytes are there.
func (p *tap) Read(b []byte) (int, error) {
	n, err := p.PTY.Read(b)
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	free := p.last
	if p.last = now; n == 0 {
		return n, err
	}
	if b[0] != 0x8A {
		p.asked = append(p.asked, now)
		return n, err
	}
	select {
	case <-p.unlocks:
	default:
	}
	p.unlocks <- unlock{at: now, free: free}
	return n, err
}

// Write passes on what the boards say.
func (p *tap) Write(b []byte) (int, error) {
	n, err := p.PTY.Write(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	return n, err
}

// unlock is when an unlock's first byte came, and from when on the line was free for it.
type unlock struct{ at, free time.Time }

// unlocked waits for an unlock.
func (p *tap) unlocked(t *testing.T) unlock {
	t.Helper()
	select {
	case u := <-p.unlocks:
		return u
	case <-time.After(10 * time.Second):
		t.Fatal("no unlock came")
		return unlock{}
	}
}

// idle waits until the line rests: what was said is over, and the next calm query is not near.
func (p *tap) idle(t *testing.T) {
	t.Helper()
	eventually(t, "the line rests", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		rests := time.Since(p.last)
		return rests > 80*time.Millisecond && rests < 700*time.Millisecond
	})
}

// queries are the times of those since the given one.
func (p *tap) queries(since time.Time) (list []time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, at := range p.asked {
		if at.After(since) {
			list = append(list, at)
		}
	}
	return list
}

// glimpse is a screen as the stream brought it.
type glimpse struct {
	at             time.Time
	Step, Revision string
}

// watch reads the kiosk's stream, as its page does.
func (st *stand) watch() <-chan glimpse {
	st.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+st.kiosk+"/events", nil)
	if err != nil {
		st.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request) //nolint:bodyclose // it is read until the test ends, which cancels it
	if err != nil {
		st.t.Fatal(err)
	}
	seen, ended := make(chan glimpse, 10000), make(chan struct{})
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: {")
			if !ok {
				continue
			}
			g := glimpse{at: time.Now()}
			if json.Unmarshal([]byte("{"+data), &g) == nil {
				seen <- g
			}
		}
	}()
	st.t.Cleanup(func() { cancel(); _ = answer.Body.Close(); <-ended })
	return seen
}

// next is the first screen after a time that is wanted.
func next(t *testing.T, seen <-chan glimpse, since time.Time, wanted func(glimpse) bool) glimpse {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case g := <-seen:
			if g.at.After(since) && wanted(g) {
				return g
			}
		case <-late:
			t.Fatal("the screen never came")
		}
	}
}
