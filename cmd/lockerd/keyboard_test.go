package main

import (
	"bufio"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// glass is a true screen without metal, with the unit's browser on it, a keyboard and a finger. udev is not there: its rule
// keeps keyboards from a cabinet's screen, and here the browser's policy and the page have to hold by themselves.
type glass struct {
	t       *testing.T
	display string
	frame   string // where its picture lies
	home    string
	decoy   string       // what nobody may load, at another port; its file asks for something there
	bait    string       // that file
	loaded  atomic.Int64 // how often it was
	said    *os.File     // what the programs wrote: they do so side by side
}

// needs are what a screen is made of.
var needs = []string{"chromium", "Xvfb", "xdotool", "unshare"}

func newGlass(t *testing.T) *glass {
	t.Helper()
	if testing.Short() {
		t.Skip("types some thousand keys")
	}
	for _, program := range needs {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing: build/test-needs", program)
			}
			t.Skipf("%s is missing: build/test-needs", program)
		}
	}
	if out, err := exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "none", "/etc/chromium").CombinedOutput(); err != nil {
		t.Skipf("no policy can be laid before a browser here: %v: %s", err, out)
	}
	g := &glass{t: t, home: left(t), frame: t.TempDir(), bait: filepath.Join(t.TempDir(), "bait.html")}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { g.loaded.Add(1) }))
	t.Cleanup(server.Close)
	g.decoy = server.URL
	if err := os.WriteFile(g.bait, []byte(`<title>bait</title><img src="`+g.decoy+`/file">`), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if g.said, err = os.OpenFile(filepath.Join(t.TempDir(), "said"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.said.Close() })
	g.light()
	return g
}

// left is a folder for what a browser leaves: its processes may still write while they are being killed.
func left(t *testing.T) string {
	t.Helper()
	home, err := os.MkdirTemp("", "glass")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		eventually(t, "the browser's folder is gone", func() bool { return os.RemoveAll(home) == nil })
	})
	return home
}

// light starts the X server, which says the number of its display on a pipe.
func (g *glass) light() {
	read, write, err := os.Pipe()
	if err != nil {
		g.t.Fatal(err)
	}
	defer read.Close()
	g.start(exec.Command("Xvfb", "-displayfd", "3", "-fbdir", g.frame, "-screen", "0", "1080x1920x24", "-nolisten", "tcp"), write)
	write.Close()
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		g.t.Fatalf("Xvfb did not say its display: %v", err)
	}
	g.display = ":" + strings.TrimSpace(number)
}

// start starts a program that ends with the test.
func (g *glass) start(cmd *exec.Cmd, files ...*os.File) {
	g.t.Helper()
	cmd.ExtraFiles = files
	cmd.Stderr = g.said
	cmd.Env = append(os.Environ(), "DISPLAY="+g.display, "HOME="+g.home, "XDG_CONFIG_HOME=", "XDG_CACHE_HOME=")
	if err := cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// flags are those of the unit's browser, but for what a screen without metal has not: Wayland, a user of its own.
func (g *glass) flags(address string) []string {
	g.t.Helper()
	unit, err := os.ReadFile("../../systemd/lockerd-kiosk.service")
	if err != nil {
		g.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(strings.ReplaceAll(string(unit), "\\\n", ""), "/usr/bin/chromium ")
	line, _, _ := strings.Cut(rest, "\n")
	line = strings.NewReplacer("=wayland", "=x11", "/run/lockerd-kiosk", g.home, "${KIOSK_HOST}:${KIOSK_PORT}", address).Replace(line)
	if !strings.Contains(line, "--app=") || !strings.Contains(line, address) {
		g.t.Fatalf("the unit's browser is not understood: %s", line)
	}
	return append(strings.Fields(line), "--no-sandbox", "--disable-gpu", "--window-position=0,0", "--window-size=1080,1920")
}

// browse starts the unit's browser on an address, with the package's policy for it or without any.
func (g *glass) browse(address string, policy bool) {
	g.t.Helper()
	managed := filepath.Join(g.home, "managed.json")
	text := []byte("{}")
	if policy {
		delivered, err := os.ReadFile("../../systemd/chromium.json")
		if err != nil {
			g.t.Fatal(err)
		}
		text = []byte(strings.ReplaceAll(string(delivered), "127.0.0.1:8080", address))
	}
	if err := os.WriteFile(managed, text, 0o644); err != nil {
		g.t.Fatal(err)
	}
	const inside = `mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed &&
		cp "$0" /etc/chromium/policies/managed/lockerd.json && exec chromium "$@"`
	g.start(exec.Command("unshare", append([]string{"-rm", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", inside, managed}, g.flags(address)...)...))
	g.t.Cleanup(func() {
		if g.t.Failed() {
			said, _ := os.ReadFile(g.said.Name())
			g.t.Logf("windows: %q; the programs say:\n%s", g.windows(), said[max(0, len(said)-3000):])
		}
	})
}

// windows are the names of those that can be seen: also of dialogs, which have none.
func (g *glass) windows() (names []string) {
	ids, _ := g.xdotool("search", "--onlyvisible", "--class", ".") // none: an error, too
	for _, id := range strings.Fields(ids) {
		name, _ := g.xdotool("getwindowname", id)
		names = append(names, name)
	}
	return names
}

// look is what is on the screen: Xvfb writes it into a file, four bytes a pixel.
func (g *glass) look() []byte {
	g.t.Helper()
	picture, err := os.ReadFile(filepath.Join(g.frame, "Xvfb_screen0"))
	if err != nil {
		g.t.Fatal(err)
	}
	return picture
}

// still is what is on the screen once it has stood still for some seconds: a starved browser draws a page first, and later fills the
// screen with it.
func (g *glass) still() (picture []byte) {
	g.t.Helper()
	picture = g.look()
	for same, looks := 0, 0; same < 8 && looks < 60; same, looks = same+1, looks+1 {
		time.Sleep(500 * time.Millisecond)
		if now := g.look(); differ(picture, now) > 0 {
			picture, same = now, 0
		}
	}
	return picture
}

// differ is how much of two pictures is not the same: 0 to 1. A dialog, which is no window, is some hundredths.
func differ(a, b []byte) float64 {
	n := 0
	for i := 0; i+4 <= min(len(a), len(b)); i += 4 {
		if [4]byte(a[i:]) != [4]byte(b[i:]) {
			n++
		}
	}
	return float64(4*n) / float64(len(a))
}

func (g *glass) xdotool(args ...string) (string, error) {
	cmd := exec.Command("xdotool", args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+g.display)
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

func (g *glass) press(keys ...string) {
	g.t.Helper()
	if _, err := g.xdotool(append([]string{"key", "--delay", "12"}, keys...)...); err != nil {
		g.t.Fatalf("%.60s: %v", keys, err)
	}
}

// goTo is how somebody with a keyboard gets somewhere: by these keys, and then the address.
func (g *glass) goTo(address string, by ...string) {
	g.t.Helper()
	g.press(by...)
	if _, err := g.xdotool("type", "--delay", "5", address); err != nil {
		g.t.Fatal(err)
	}
	g.press("Return")
}

// everyShortcut is every key that a browser, a desktop or a scanner that types control characters may have a meaning for.
func everyShortcut() (keys []string) {
	var plain []string
	for c := 'a'; c <= 'z'; c++ {
		plain = append(plain, string(c))
	}
	plain = append(plain, "0", "1", "9", "plus", "minus", "comma", "period", "slash", "bracketleft", "bracketright", "backslash")
	special := []string{"Home", "End", "Prior", "Next", "Left", "Right", "Escape", "Delete", "Insert", "Return", "Tab", "space", "BackSpace"}
	for n := range 12 {
		special = append(special, "F"+strconv.Itoa(n+1))
	}
	for _, held := range []string{"ctrl+", "ctrl+shift+", "alt+", "ctrl+alt+", "super+"} {
		for _, key := range append(plain, special...) {
			keys = append(keys, held+key)
		}
	}
	for _, key := range special[13:] {
		keys = append(keys, key, "shift+"+key)
	}
	return append(keys, "shift+Escape", "Menu", "Print", "alt", "super", "XF86HomePage", "XF86Search", "XF86WWW", "XF86Back",
		"XF86Forward", "XF86Reload", "XF86OpenURL", "XF86Mail", "XF86Favorites", "XF86Explorer", "XF86Calculator")
}

// tryAll types all there is, and goes where nobody may, by each way that there is.
func (g *glass) tryAll() {
	g.t.Helper()
	g.try(0, 1)
}

// thirds are how many parts the keys are in where a screen is one of several that follow each other on the same page.
const thirds = 3

// try types one part of all there is: each so many-th key and way.
func (g *glass) try(part, parts int) {
	g.t.Helper()
	if os.Getenv("LOCKERD_LONG") != "" {
		part, parts = 0, 1
	}
	for i, by := range []string{"ctrl+l", "ctrl+n", "ctrl+t", "alt+d", "F6", "ctrl+k", "ctrl+o", "ctrl+shift+n"} {
		if i%parts != part {
			continue
		}
		g.goTo("file://"+g.bait, by, "ctrl+l")
		g.goTo(g.decoy, by)
		g.press("Escape")
	}
	var keys []string
	for i, key := range everyShortcut() {
		if i%parts == part {
			keys = append(keys, key)
		}
	}
	g.press(keys...)
	g.goTo("view-source:file://"+g.bait, "ctrl+l")
	g.goTo(filepath.Join(g.home, "saved.html"), "ctrl+s")
}

// written is what lies in the home of the browser's user that is not the browser's own.
func (g *glass) written() (files []string) {
	own := regexp.MustCompile(`^(managed\.json|\.|profile|cache)`)
	_ = filepath.WalkDir(g.home, func(path string, d fs.DirEntry, err error) error { // what goes meanwhile is the browser's
		name, _ := filepath.Rel(g.home, path)
		if err == nil && !d.IsDir() && !own.MatchString(name) {
			files = append(files, name)
		}
		return nil
	})
	return files
}

func (g *glass) clean(when string) {
	g.t.Helper()
	if n := g.loaded.Load(); n > 0 {
		g.t.Errorf("%s: want nothing loaded but the kiosk, got %d foreign loads", when, n)
	}
	if files := g.written(); len(files) > 0 {
		g.t.Errorf("%s: want nothing written, got %q", when, files)
	}
}

// TestKeysReachNothing: somebody has a keyboard at the screen, or a scanner that types, while lockerd runs, is down, is back,
// and waits for a key. Afterwards there is the one window with the kiosk in it, and a finger is served as before. While it runs every
// key is typed; on the three screens after it a third each, with LOCKERD_LONG every one, too.
func TestKeysReachNothing(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]bool{"policy and page": true, "the page alone": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGlass(t)
			r := newRig(t)
			r.commission()
			title := "a title"
			last := g.look() // before the browser, then of the moment before
			typed := func(when string, part, parts int) {
				t.Helper()
				var before []byte
				eventually(t, when+": another screen than before, and it stands still", func() bool {
					before = g.still()
					got := g.windows()
					return len(got) == 1 && got[0] == title && differ(last, before) > 0.01 && differ(before, g.look()) == 0
				})
				last = before
				g.try(part, parts)
				g.clean(when)
				if got := g.windows(); len(got) != 1 || got[0] != title {
					t.Errorf("%s: want one window, %q, got %q", when, title, got)
				}
				t.Cleanup(func() {
					if t.Failed() {
						t.Logf("%s: %.3f of the screen is not as it was before", when, differ(before, g.look()))
					}
				})
				eventually(t, when+": the screen as it was before somebody typed", func() bool { return differ(before, g.look()) < 0.01 })
			}
			g.browse(r.kiosk, policy)
			eventually(t, "a browser reads the kiosk", r.seen)
			page, _ := r.kioskGet("/")
			title = html.UnescapeString(string(regexp.MustCompile(`<title>(.*)</title>`).FindSubmatch(page)[1]))
			typed("running", 0, 1)
			if !policy {
				r.tapAnything(g)
				return
			}
			r.kill()
			typed("down", 0, thirds)
			key := filepath.Join(r.dir, "keys", "lookup.key")
			if err := os.Rename(key, key+".away"); err != nil {
				t.Fatal(err)
			}
			r.start()
			eventually(t, "the browser is back at a lockerd that waits", r.seen)
			typed("waiting for a key", 1, thirds)
			if err := os.Rename(key+".away", key); err != nil {
				t.Fatal(err)
			}
			r.ready()
			eventually(t, "the browser is back", r.seen)
			typed("back", 2, thirds)
			r.tapAnything(g)
		})
	}
}

// seen says that a browser reads the kiosk's stream.
func (r *rig) seen() bool {
	_, port, _ := strings.Cut(r.kiosk, ":")
	number, _ := strconv.Atoi(port)
	table, err := os.ReadFile("/proc/net/tcp")
	return err == nil && regexp.MustCompile(fmt.Sprintf(`:%04X [0-9A-F]+:[0-9A-F]+ 01 `, number)).Match(table)
}

// tapAnything taps over the screen until something comes of it.
func (r *rig) tapAnything(g *glass) {
	r.t.Helper()
	page, _ := r.kioskGet("/")
	at := 0
	eventually(g.t, "a finger is served", func() bool {
		x, y := 90+at%6*180, 1900-at/6%18*100
		at++
		if _, err := g.xdotool("mousemove", strconv.Itoa(x), strconv.Itoa(y), "click", "1"); err != nil {
			g.t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond) // for the press to come round
		now, ok := r.kioskGet("/")
		return ok && step(now) != step(page)
	})
}

func step(page []byte) string {
	return string(regexp.MustCompile(`data-step="[a-z_]*"`).Find(page))
}

// TestThePolicyAlone: before a page that lets every key through, the policy keeps the browser from files, from other ports
// and from writing. Without it the same keys get out: so the test can see what it looks for.
func TestThePolicyAlone(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]bool{"with": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGlass(t)
			page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte("<title>open</title><p>a page without a guard"))
			}))
			t.Cleanup(page.Close)
			g.browse(strings.TrimPrefix(page.URL, "http://"), policy)
			eventually(t, "the page is on the screen", func() bool {
				got := g.windows()
				return len(got) == 1 && got[0] == "open"
			})
			if policy {
				g.tryAll()
				g.clean("policy")
				return
			}
			g.press("ctrl+n")
			eventually(t, "another window", func() bool { return len(g.windows()) > 1 })
			patient := time.Second
			eventually(t, "a key leads out", func() bool {
				g.goTo("file://"+g.bait, "ctrl+l")
				patient = min(2*patient, 20*time.Second) // a browser with little to run on has not followed the keys yet
				time.Sleep(patient)
				return g.loaded.Load() > 0
			})
		})
	}
}
