// Package bookstest starts a PostgreSQL for tests.
package bookstest

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Server is a PostgreSQL that listens on a socket in a folder of its own, and nowhere else.
type Server struct {
	tb        testing.TB
	folder    string
	program   func(args ...string) *exec.Cmd
	running   *exec.Cmd
	databases atomic.Int64
}

// shared is the server of all tests of a package whose TestMain is Main's.
var shared struct {
	sync.Mutex
	on     bool
	server *Server
	ends   []func()
}

// keeper is a test whose server outlives it.
type keeper struct{ testing.TB }

// Cleanup keeps what is to be done until all tests have run.
func (keeper) Cleanup(f func()) { shared.ends = append(shared.ends, f) }

// Main runs the tests of a package with one PostgreSQL for all, which the first one that needs it starts: each has a database of its
// own there. It returns the exit status.
func Main(m *testing.M) int {
	shared.on = true
	status := m.Run()
	for _, end := range slices.Backward(shared.ends) {
		end()
	}
	return status
}

// Postgres starts Debian's PostgreSQL and stops it when the test ends, or the last one of a package whose TestMain is Main's.
func Postgres(tb testing.TB) *Server {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.on {
		return start(tb)
	}
	if shared.server == nil {
		shared.server = start(keeper{tb})
	}
	return shared.server
}

func start(tb testing.TB) *Server {
	tb.Helper()
	programs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(programs) == 0 {
		tb.Fatal("bookstest: there is no PostgreSQL: build/test-needs installs it")
	}
	bin := programs[len(programs)-1]
	folder, err := os.MkdirTemp("", "books-") // its path must be short: it holds a socket
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(folder) }) // a test's folder
	who := somebodyElse(tb, folder)
	run := func(args ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(bin, args[0]), args[1:]...)
		c.Dir, c.SysProcAttr = folder, who
		return c
	}
	data := filepath.Join(folder, "data")
	if out, err := run("initdb", "-D", data, "-U", "books", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput(); err != nil {
		tb.Fatalf("bookstest: initdb: %v\n%s", err, out)
	}
	s := &Server{tb: tb, folder: folder, program: run}
	s.Start()
	tb.Cleanup(s.Stop)
	return s
}

// Start starts a server that was stopped, with what it had written.
func (s *Server) Start() {
	s.tb.Helper()
	s.running = s.program("postgres", "-D", filepath.Join(s.folder, "data"), "-k", s.folder, "-c", "listen_addresses=")
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer log.Close()
	s.running.Stdout, s.running.Stderr = log, log
	if err := s.running.Start(); err != nil {
		s.tb.Fatalf("bookstest: postgres: %v", err)
	}
	for end := time.Now().Add(time.Minute); s.program("pg_isready", "-q", "-h", s.folder, "-U", "books").Run() != nil; {
		if time.Now().After(end) {
			text, _ := os.ReadFile(log.Name())
			s.tb.Fatalf("bookstest: postgres does not come up:\n%s", text)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Stop stops the server at once: it ends as after a crash, and repairs itself at the next start.
func (s *Server) Stop() {
	_ = s.running.Process.Signal(syscall.SIGQUIT)
	_ = s.running.Wait() // says only that it was told to stop
}

// PID is that of the running server, whose processes are its children.
func (s *Server) PID() int { return s.running.Process.Pid }

// somebodyElse is who runs the server, which refuses to be root, and gives him the folder; nil if this process is not root.
func somebodyElse(tb testing.TB, folder string) *syscall.SysProcAttr {
	tb.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		tb.Fatalf("bookstest: %v", err)
	}
	uid, _ := strconv.Atoi(u.Uid) // both are numbers on Unix
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(folder, uid, gid); err != nil {
		tb.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// Address is the address of a new, empty database.
func (s *Server) Address(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("books%d", s.databases.Add(1))
	if out, err := exec.Command("createdb", "-h", s.folder, "-U", "books", name).CombinedOutput(); err != nil {
		tb.Fatalf("bookstest: createdb: %v\n%s", err, out)
	}
	u := url.URL{Scheme: "postgres", User: url.User("books"), Path: "/" + name, RawQuery: url.Values{"host": {s.folder}}.Encode()}
	return u.String()
}
