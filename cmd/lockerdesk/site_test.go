package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lockerd/internal/desk/post/posttest"
	"lockerd/internal/sim"
	"lockerd/internal/sync/cloudtest"
)

// programs are built once for all tests, unless LOCKERDESK_PROGRAMS has them: what is started here is what is shipped.
var programs = sync.OnceValues(func() (dir string, err error) {
	if dir := os.Getenv("LOCKERDESK_PROGRAMS"); dir != "" {
		return dir, nil
	}
	if dir, err = os.MkdirTemp("", "lockerdesk-test-"); err != nil {
		return "", err
	}
	if out, err := exec.Command("go", "build", "-o", dir, "../lockerdesk", "../lockerd", "../lockersim").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	if dir, err := programs(); err == nil && os.Getenv("LOCKERDESK_PROGRAMS") == "" {
		_ = os.RemoveAll(dir) // what is left is the system's to clean
	}
	os.Exit(status)
}

// site is an apartment house: one cabinet of simulated metal with a true lockerd, a true Mosquitto that lets in only whom lockerdesk has
// enrolled or lockerdesk's own broker, a mail server, and a lockerdesk.
type site struct {
	t                    *testing.T
	bin, dir             string
	config               string               // lockerdesk's
	broker               *cloudtest.Mosquitto // nil: lockerdesk's own
	mail                 *posttest.Server
	bench, kiosk, public string
	desk                 *exec.Cmd
	logs                 map[string]string // of the newest process of each program
}

// newSite does what docs/desk.md says, with lockerdesk as the broker or with a Mosquitto.
func newSite(t *testing.T, embedded bool) *site {
	t.Helper()
	bin, err := programs()
	fatal(t, err)
	s := &site{t: t, bin: bin, dir: t.TempDir(), mail: posttest.Start(t), logs: map[string]string{}}
	passwords := filepath.Join(s.dir, "passwords")
	fatal(t, os.WriteFile(passwords, nil, 0o644))
	pages, err := sim.FreeAddress()
	fatal(t, err)
	s.public = "http://" + pages
	etc := filepath.Join(s.dir, "etc")
	s.config = filepath.Join(etc, "lockerdesk.toml")
	var broker []string
	if embedded {
		address, err := sim.FreeAddress()
		fatal(t, err)
		host, port, _ := net.SplitHostPort(address)
		broker = []string{"--host", host, "--port", port}
	} else {
		s.broker = cloudtest.StartMosquitto(t, "password_file "+passwords)
		broker = []string{"--broker", "mqtt://" + s.broker.Addr, "--user", "desk"}
	}
	s.run("lockerdesk", append([]string{"init", "--dir", etc, "--state", filepath.Join(s.dir, "var"), "--name", "Paketpark Nord", "--language", "de",
		"--mail", s.mail.Addr, "--from", "Pakete <pakete@operator.example>", "--staff", "staff@operator.example", "--public", s.public}, broker...)...)
	s.change(s.config, `listen = "127.0.0.1:8480"`, fmt.Sprintf("listen = %q", pages))
	s.change(s.config, "ca = \"\"                         # a file of certificates, in place of the system's\nplain", fmt.Sprintf("ca = %q\nplain", s.mail.CA))
	s.cabinet(passwords)
	return s
}

// metal starts what a cabinet is made of, and returns its public key.
func (s *site) metal() (key string) {
	s.t.Helper()
	home := filepath.Join(s.dir, "cabinet")
	for _, address := range []*string{&s.bench, &s.kiosk} {
		free, err := sim.FreeAddress()
		fatal(s.t, err)
		*address = free
	}
	s.start("lockersim", "--no-daemon", "--no-desk", "--dir", home, "--bench", s.bench, "--kiosk", s.kiosk)
	cloudtest.Eventually(s.t, "the cabinet's metal is there", func() bool {
		c, err := net.Dial("tcp", s.bench)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return regexp.MustCompile(`[A-Za-z0-9+/]{43}=`).FindString(s.run("lockerd", "keys", "--directory", filepath.Join(home, "keys")))
}

// cabinet enrols the cabinet and starts it.
func (s *site) cabinet(passwords string) {
	s.t.Helper()
	key := s.metal()
	enrol := []string{"enrol", "--config", s.config, "demo-1", "--place", "Musterstraße 5", "--key", key}
	if s.broker != nil {
		enrol = append(enrol, "--passwords", passwords)
	}
	s.tell(s.run("lockerdesk", enrol...))
	if s.broker != nil {
		// The desk's own account at the broker.
		s.run("mosquitto_passwd", "-b", passwords, "desk", "a password by hand")
		fatal(s.t, os.WriteFile(filepath.Join(s.dir, "etc", "keys", "broker.password"), []byte("a password by hand\n"), 0o600))
		s.broker.Kill() // it reads its passwords at a start
		s.broker.Start()
	}
	s.start("lockerd", "run", "--config", filepath.Join(s.dir, "cabinet", "lockerd.toml"))
}

// tell puts into the cabinet's configuration what enrol has printed.
func (s *site) tell(block string) {
	s.t.Helper()
	home := filepath.Join(s.dir, "cabinet")
	config := filepath.Join(home, "lockerd.toml")
	lines := strings.Split(strings.TrimSpace(block), "\n")
	fatal(s.t, os.WriteFile(filepath.Join(home, "keys", "mqtt.password"), []byte(lines[len(lines)-1]), 0o600))
	value := func(name string) string {
		return regexp.MustCompile(`(?m)^` + name + ` = .*$`).FindString(block)
	}
	for _, name := range []string{"operator", "id", "key", "broker"} {
		with := value(name)
		if pem := regexp.MustCompile(`(?s)-----BEGIN.*END CERTIFICATE-----`).FindString(block); pem != "" && name == "broker" {
			file := filepath.Join(home, "keys", "broker.pem")
			fatal(s.t, os.WriteFile(file, []byte(pem), 0o600))
			with += fmt.Sprintf("\nca_file = %q", file)
		}
		s.change(config, regexp.MustCompile(`(?m)^`+name+` = .*$`).FindString(s.read(config)), with)
	}
}

// open starts lockerdesk.
func (s *site) open() { s.desk = s.start("lockerdesk", "run", "--config", s.config) }

// kill is kill -9 of lockerdesk.
func (s *site) kill() {
	_ = s.desk.Process.Kill()
	_ = s.desk.Wait()
}

func (s *site) program(name string) string {
	if path := filepath.Join(s.bin, name); strings.HasPrefix(name, "locker") {
		return path
	}
	return name
}

// run carries out a command and returns what it printed.
func (s *site) run(name string, args ...string) string {
	s.t.Helper()
	return s.typed("", name, args...)
}

// typed runs a program at which something is typed.
func (s *site) typed(in, name string, args ...string) string {
	s.t.Helper()
	c := exec.Command(s.program(name), args...)
	c.Stdin = strings.NewReader(in)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s%s", name, args[0], err, out, &errs)
	}
	return string(out)
}

// start starts a program until the test ends. What it says is shown if the test fails.
func (s *site) start(name string, args ...string) *exec.Cmd {
	s.t.Helper()
	c := exec.Command(s.program(name), args...)
	log, err := os.CreateTemp(s.dir, name+"-*.log")
	fatal(s.t, err)
	c.Stdout, c.Stderr, s.logs[name] = log, log, log.Name()
	dies(c)
	fatal(s.t, c.Start())
	s.t.Cleanup(func() {
		if c.ProcessState == nil {
			_ = c.Process.Signal(syscall.SIGTERM)
			_ = c.Wait()
		}
		if s.t.Failed() {
			s.t.Logf("%s %s said:\n%s", name, args[0], s.read(log.Name()))
		}
	})
	return c
}

// says waits until a program says something.
func (s *site) says(name, text string) {
	s.t.Helper()
	cloudtest.Eventually(s.t, name+" says "+text, func() bool { return strings.Contains(s.read(s.logs[name]), text) })
}

func (s *site) read(path string) string {
	s.t.Helper()
	text, err := os.ReadFile(path)
	fatal(s.t, err)
	return string(text)
}

// change replaces a part of a file that is there once.
func (s *site) change(path, old, with string) {
	s.t.Helper()
	text := s.read(path)
	if old == "" || strings.Count(text, old) != 1 {
		s.t.Fatalf("%s does not hold %q once:\n%s", path, old, text)
	}
	fatal(s.t, os.WriteFile(path, []byte(strings.Replace(text, old, with, 1)), 0o600))
}

// hand does something at the bench.
func (s *site) hand(path string, body any) {
	s.t.Helper()
	data, err := json.Marshal(body)
	fatal(s.t, err)
	r, err := http.NewRequest("POST", "http://"+s.bench+"/api/"+path, bytes.NewReader(data))
	fatal(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	fatal(s.t, err)
	text, _ := io.ReadAll(answer.Body) // for the failure alone
	_ = answer.Body.Close()
	if answer.StatusCode >= 300 {
		s.t.Fatalf("bench: %s: %s %s", path, answer.Status, text)
	}
}

// scans holds what carries a text before the scanner until lockerd says something for the n-th time, and holds it there again now and then: on a busy
// machine the scanner's line pauses in the middle of a long code.
func (s *site) scans(text func() string, says string, n int) {
	s.t.Helper()
	held := time.Time{}
	cloudtest.Eventually(s.t, "a scan brings about "+says, func() bool {
		if strings.Count(s.read(s.logs["lockerd"]), says) >= n {
			return true
		}
		if time.Since(held) > 10*time.Second {
			held = time.Now()
			s.hand("scan", map[string]string{"text": text()})
		}
		return false
	})
}

// press touches a button of the kiosk, once the screen has come on which it is, until lockerd has recorded what it brings about.
func (s *site) press(step, action, kind string) { s.t.Helper(); s.pressed(step, action, kind, 1) }

// pressed is press until lockerd has recorded it for the n-th time.
func (s *site) pressed(step, action, kind string, n int) {
	s.t.Helper()
	cloudtest.Eventually(s.t, action+" brings about "+kind, func() bool {
		if strings.Count(s.read(s.logs["lockerd"]), "kind="+kind+" ") >= n {
			return true
		}
		answer, err := http.Get("http://" + s.kiosk + "/events")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		var screen struct{ Revision, Step string }
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if data, is := strings.CutPrefix(lines.Text(), "data: "); is {
				fatal(s.t, json.Unmarshal([]byte(data), &screen))
				break
			}
		}
		if screen.Step != step {
			return false
		}
		body, _ := json.Marshal(map[string]string{"revision": screen.Revision, "action": action}) // two texts
		r, err := http.NewRequest("POST", "http://"+s.kiosk+"/press", bytes.NewReader(body))
		fatal(s.t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", "http://"+s.kiosk)
		taken, err := http.DefaultClient.Do(r)
		fatal(s.t, err)
		_ = taken.Body.Close()
		return false
	})
}

// opened waits until lockerd has seen a door open for the n-th time, as a person does who reads the screen, and says which.
func (s *site) opened(n int) (door string) {
	s.t.Helper()
	seen := regexp.MustCompile(`door=(\d+) unlock=\S+ outcome=opened`)
	cloudtest.Eventually(s.t, "a door opens", func() bool {
		all := seen.FindAllStringSubmatch(s.read(s.logs["lockerd"]), -1)
		if len(all) >= n {
			door = all[n-1][1]
		}
		return door != ""
	})
	return door
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// dies has a process die with the test.
func dies(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
