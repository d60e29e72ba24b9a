package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/cabinet"
	"lockerd/internal/credential"
	"lockerd/internal/sim"
	"lockerd/internal/sync/cloudtest"
	"lockerd/internal/ui/uitest"
)

// asLockerd in the environment makes the test's binary be lockerd: a true process, to be killed.
const asLockerd = "LOCKERD_TEST_IS_LOCKERD"

func TestMain(m *testing.M) {
	if os.Getenv(asLockerd) != "" || len(os.Args) > 1 && os.Args[1] == cabinet.RenderPage { // a PDF's child has no environment
		if off := os.Getenv(clockOff); off != "" {
			readClock = func() time.Time { return time.Now().Add(jumpIn(off)) }
		}
		main()
		return
	}
	if len(os.Args) > 2 && os.Args[1] == asTerminal { // nor has what speaks with a terminal
		_ = sim.TerminalAt(os.Args[2], os.Stdin, os.Stdout)
		return
	}
	if os.Getenv(asPeer) != "" {
		peerMain(os.Args[1:])
		return
	}
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		_ = flag.Set("test.parallel", together) // there is such a flag in every test
	}
	os.Exit(uitest.Main(m))
}

// together is how many cabinets are tried side by side, unless -parallel says otherwise: they mostly wait.
const together = "12"

// rig is a whole cabinet around a true lockerd process: boards and a scanner on ttys, a Mosquitto, and the operator's cloud.
type rig struct {
	t         *testing.T
	dir       string
	config    string
	authority string // a certificate of one more authority that lockerd trusts; empty: none
	kiosk     string // host:port
	line      *sim.Line
	metals    []metal // of the doors: door 1 first
	scanner   *sim.PTY
	broker    *cloudtest.Mosquitto
	cloud     *cloud
	public    string // the cabinet's key
	started   int
	holding   sync.Mutex
	held      time.Time      // when something was held before the scanner last
	grace     *authenticator // nil until she has enrolled
	socket    *os.File       // what systemd listens on for lockerd; nil: it listens itself
	process   *exec.Cmd
	ended     chan struct{}
	log       *os.File
}

// doors of the rig: number, board, channel. Board 1's contacts are shorted when closed, board 2's when open.
var rigDoors = [][3]int{{1, 1, 1}, {2, 1, 2}, {3, 1, 3}, {4, 2, 1}, {5, 2, 2}, {6, 2, 3}}

// metal is the lock that holds a door.
type metal struct {
	line           *sim.Line
	board, channel int
}

func (m metal) isOpen() bool { return m.line.IsOpen(m.board, m.channel) }
func (m metal) push()        { m.line.Push(m.board, m.channel) }

// newRig is a rig with two boards on one line.
func newRig(t *testing.T) *rig {
	t.Helper()
	return buildRig(t, func(r *rig) string {
		r.line = sim.NewLine(9600, sim.Board{Address: 1, Locks: 3}, sim.Board{Address: 2, Locks: 3, ShortedOpen: true})
		locks := r.pty()
		r.plug(r.line, locks)
		var b strings.Builder
		fmt.Fprintf(&b, mainBus, locks.Path())
		for _, d := range rigDoors {
			r.metals = append(r.metals, metal{r.line, d[1], d[2]})
			size := "S"
			if d[1] == 2 {
				size = "M"
			}
			fmt.Fprintf(&b, "[[door]]\nnumber = %d\nsize = %q\ncolumn = %d\nbus = \"main\"\nboard = %d\nchannel = %d\n",
				d[0], size, d[1], d[1], d[2])
		}
		return b.String()
	})
}

// mainBus is the line with two boards; its port is left open.
const mainBus = `[[bus]]
name = "main"
port = %q
family = "8A"
baud = 9600
lost_after = "3s"
[[bus.board]]
address = 1
locks = 3
contact = "latch"
closed_when = "shorted"
[[bus.board]]
address = 2
locks = 3
contact = "latch"
closed_when = "open"
`

// plug keeps a line plugged into a port until the test ends.
func (r *rig) plug(line *sim.Line, port io.ReadWriteCloser) {
	ctx, unplug := context.WithCancel(context.Background())
	plugged := make(chan error, 1)
	go func() { plugged <- line.Run(ctx, port) }()
	r.t.Cleanup(func() {
		unplug()
		if err := <-plugged; err != nil {
			r.t.Error(err)
		}
	})
}

// buildRig builds the metal by wire, which gives the buses and doors of the configuration.
func buildRig(t *testing.T, wire func(*rig) string) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), broker: cloudtest.StartMosquitto(t, cloudtest.Forgetful)}
	wiring := wire(r)
	r.scanner = r.pty()
	t.Cleanup(func() { _ = r.scanner.Close() })

	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r.cloud = newCloud(t, r.broker.Addr, public, private)
	r.kiosk = freeAddr(t)
	r.writeConfig(wiring, base64.StdEncoding.EncodeToString(public[:]))
	r.log, err = os.Create(filepath.Join(r.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.kill()
		if t.Failed() {
			text, _ := os.ReadFile(r.log.Name())
			t.Logf("lockerd's log ends:\n%s", text[max(0, len(text)-8000):])
		}
	})
	return r
}

func (r *rig) pty() *sim.PTY {
	r.t.Helper()
	p, err := sim.OpenPTY()
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := sim.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

func (r *rig) writeConfig(wiring, operator string) {
	r.t.Helper()
	keys := filepath.Join(r.dir, "keys")
	if err := credential.Make(keys); err != nil {
		r.t.Fatal(err)
	}
	k, err := credential.Load(keys, operator)
	if err != nil {
		r.t.Fatal(err)
	}
	r.public = k.Public()
	badge, _ := k.Hash("BADGE-ADA").MarshalText()
	pin, _ := k.Hash("135790").MarshalText()
	var b strings.Builder
	fmt.Fprintf(&b, `cabinet = "rig"
languages = ["en", "ar"]
journal = %q
backups = %q
socket = %q
clock = "system"
[keys]
directory = %q
operator = %q
[kiosk]
listen = %q
[photos]
directory = %q
[[camera]]
name = "front"
url = %q
[cloud]
broker = "mqtt://%s"
%s[[scanner]]
name = "front"
port = %q
baud = 9600
[[size]]
name = "S"
height = 80
[[size]]
name = "M"
height = 190
[[courier]]
id = "ada"
name = "Ada"
company = "Example Parcel"
badge = %q
pin = %q
[[technician]]
id = "grace"
name = "Grace"
role = "chief"
[[technician]]
id = "lin"
name = "Lin"
role = "service"
`, filepath.Join(r.dir, "journal.db"), filepath.Join(r.dir, "backups"), filepath.Join(r.dir, "sock"), keys, operator,
		r.kiosk, r.photos(), r.camera(), r.broker.Addr, issuerTOML(), r.scanner.Path(), badge, pin)
	b.WriteString(wiring)
	r.config = filepath.Join(r.dir, "lockerd.toml")
	if err := os.WriteFile(r.config, []byte(b.String()), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// photos is where the stills lie.
func (r *rig) photos() string { return filepath.Join(r.dir, "photos") }

// camera is a camera on the network that sees something.
func (r *rig) camera() string {
	r.t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range picture.Pix {
		picture.Pix[i] = byte(i * 7)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		_ = jpeg.Encode(w, picture, nil)
	}))
	r.t.Cleanup(server.Close)
	return server.URL + "/still.jpg"
}

// tool runs one of lockerd's hand tools.
func (r *rig) tool(args ...string) (string, error) {
	cmd := exec.Command(os.Args[0], append(args, "--config", r.config)...)
	cmd.Env = append(os.Environ(), asLockerd+"=1", clockOff+"="+r.clockOff())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// start starts lockerd and waits for its READY=1, as systemd would.
func (r *rig) start() {
	r.t.Helper()
	r.started++
	path := filepath.Join(r.dir, fmt.Sprint("notify", r.started))
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = notify.Close() }()
	cmd := exec.Command(os.Args[0], "run", "--config", r.config)
	cmd.Env = append(os.Environ(), asLockerd+"=1", "NOTIFY_SOCKET="+path, clockOff+"="+r.clockOff())
	if r.authority != "" {
		cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+r.authority)
	}
	if r.socket != nil { // the number of the process is known to itself alone
		cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"`}, cmd.Args...)
		cmd.ExtraFiles = []*os.File{r.socket}
	}
	cmd.Stdout, cmd.Stderr = r.log, r.log
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.process, r.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) { _ = cmd.Wait(); close(ended) }(r.ended)
	_ = notify.SetReadDeadline(time.Now().Add(30 * time.Second))
	buffer := make([]byte, 512)
	for {
		n, err := notify.Read(buffer)
		if err != nil {
			r.t.Fatalf("lockerd did not say that it is ready: %v", err)
		}
		if strings.Contains(string(buffer[:n]), "READY=1") {
			return
		}
	}
}

// ready waits until the newest run reads the scanner and knows every door. What is scanned before is lost, as it would be at a
// true scanner.
func (r *rig) ready() {
	r.t.Helper()
	eventually(r.t, "the scanner's port is open", func() bool {
		links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", r.process.Process.Pid))
		return slices.ContainsFunc(links, func(l string) bool { to, _ := os.Readlink(l); return to == r.scanner.Path() })
	})
	r.cloud.await("every door told in this run", func(c *cloud) bool {
		run, ok := c.run(r.started)
		told := make(map[string]bool)
		for _, h := range c.all() {
			if (h.Kind == "door.closed" || h.Kind == "door.opened") && h.Epoch == run.Epoch && h.Seq > run.Seq {
				told[h.field("door")] = true
			}
		}
		return ok && len(told) == len(r.metals)
	})
}

// commission starts a new cabinet and says that its doors are empty.
func (r *rig) commission() {
	r.t.Helper()
	r.start()
	r.ready()
	if out, err := r.tool("doors", "inspected", "--by", "the builder"); err != nil {
		r.t.Fatalf("%v: %s", err, out)
	}
	r.cloud.await("every door emptied", func(c *cloud) bool { return c.count("door.emptied") >= len(r.metals) })
}

// kill is kill -9.
func (r *rig) kill() {
	if r.process == nil {
		return
	}
	_ = r.process.Process.Kill()
	<-r.ended
	r.process = nil
}

// stop is what systemd does.
func (r *rig) stop() {
	r.t.Helper()
	if err := r.process.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Fatal(err)
	}
	<-r.ended
	if code := r.process.ProcessState.ExitCode(); code != 0 {
		r.t.Fatalf("want a clean stop, got exit code %d", code)
	}
	r.process = nil
}

// aHand is how long somebody takes at least from one barcode to the next: what comes sooner is the next line of the same.
const aHand = 200 * time.Millisecond

// scan holds something before the scanner, once what was held there before has been read: a person waits for the beep.
func (r *rig) scan(text string) {
	r.t.Helper()
	r.holding.Lock()
	defer r.holding.Unlock()
	time.Sleep(time.Until(r.held.Add(aHand)))
	for began := time.Now(); r.scanner.Unread() > 0 && time.Since(began) < patience; {
		time.Sleep(aHand)
	}
	defer func() { r.held = time.Now() }()
	if _, err := r.scanner.Write([]byte(text + "\r\n")); err != nil {
		r.t.Fatal(err)
	}
}

// lock is the metal of a door.
func (r *rig) lock(door int) metal { return r.metals[door-1] }

// push waits until a door stands open and pushes it shut.
func (r *rig) push(door int) {
	r.t.Helper()
	eventually(r.t, fmt.Sprintf("door %d springs open", door), r.lock(door).isOpen)
	r.cloud.await(fmt.Sprintf("door %d reported open", door), func(c *cloud) bool { return c.doorIs(door, "door.opened") })
	r.lock(door).push()
	r.cloud.await(fmt.Sprintf("door %d reported closed", door), func(c *cloud) bool { return c.doorIs(door, "door.closed") })
}

var eventually = cloudtest.Eventually
