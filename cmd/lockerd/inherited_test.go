package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTheSocketIsSystemds: lockerd serves on the descriptor it was given, as systemd gives it. Between two processes, after
// a kill and while a key is missing, the port is nobody else's, and a browser waits for its answer instead of failing.
func TestTheSocketIsSystemds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	l, err := net.Listen("tcp", r.kiosk)
	if err != nil {
		t.Fatal(err)
	}
	r.socket, err = l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // the descriptor stays, as systemd's does
	defer r.socket.Close()

	ask := func() chan string {
		answer := make(chan string, 1)
		go func() {
			res, err := http.Get("http://" + r.kiosk + "/")
			if err != nil {
				answer <- err.Error()
				return
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			answer <- fmt.Sprint(res.StatusCode, string(body))
		}()
		return answer
	}
	served := func(what string, answer chan string) {
		t.Helper()
		if got := <-answer; !strings.HasPrefix(got, "200") || !strings.Contains(got, what) {
			t.Errorf("want a screen with %s, got %.300s", what, got)
		}
	}
	early := ask() // a browser that is there before lockerd
	r.start()
	served(`data-step="`, early) // perhaps one of before the doors were asked

	r.kill()
	if other, err := net.Listen("tcp", r.kiosk); err == nil {
		other.Close()
		t.Error("want a port that nobody else can take while lockerd is down")
	}
	waiting := ask()
	key := filepath.Join(r.dir, "keys", "lookup.key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	r.start()
	served(`data-step="out_of_order"`, waiting)
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the same process serves on the same socket once the key is there", func() bool {
		got := <-ask()
		return strings.HasPrefix(got, "200") && strings.Contains(got, `data-step="home"`)
	})
	r.stop()
	if text, _ := os.ReadFile(r.log.Name()); strings.Contains(string(text), "systemd listens elsewhere") {
		t.Error("want the descriptor taken for what it is")
	}
}

// TestSystemdListensElsewhere: then lockerd listens itself, and says so.
func TestSystemdListensElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r.socket, err = l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer r.socket.Close()
	r.start()
	if _, ok := r.kioskGet("/"); !ok {
		t.Error("want the kiosk at its address")
	}
	if text, _ := os.ReadFile(r.log.Name()); !strings.Contains(string(text), "systemctl edit lockerd.socket") {
		t.Error("want the log to say what to do")
	}
}

// TestAThousandStreams: under the limit of its unit and with as many streams as a local user can open, lockerd has
// descriptors for its page, its hand tools and its backups, and its log stays short.
func TestAThousandStreams(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	limit := unix.Rlimit{Cur: 1000, Max: 1000} // LimitNOFILE of lockerd.service
	if err := unix.Prlimit(r.process.Process.Pid, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		t.Fatal(err)
	}
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for range 980 {
		c, err := net.Dial("tcp", r.kiosk)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
		if _, err := fmt.Fprintf(c, "GET /events HTTP/1.1\r\nHost: %s\r\n\r\n", r.kiosk); err != nil {
			t.Fatal(err)
		}
	}
	if page, ok := r.kioskGet("/"); !ok || !strings.Contains(string(page), `id="b-pickup"`) {
		t.Error("want the page during it")
	}
	for _, tool := range [][]string{{"journal", "verify"}, {"journal", "backup"}} {
		if out, err := r.tool(tool...); err != nil {
			t.Errorf("%s: %v: %s", tool, err, out)
		}
	}
	if entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.process.Process.Pid)); err != nil || len(entries) > 300 {
		t.Errorf("want most descriptors kept back, got %d taken, %v", len(entries), err)
	}
	text, err := os.ReadFile(r.log.Name())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "too many connections"); n == 0 || n > 5 {
		t.Errorf("want a line a minute in the log, got %d", n)
	}
}
