package main_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk/post/posttest"
)

// TestANewOperator does what "A first parcel" of docs/desk.md says, with the commands that stand there, in their order, from the package
// to the e-mail, whose QR code opens the door. It knows what to answer where a command asks, and nothing else: a command that the page
// has more, or no more, fails. build/deb-test runs it in a Debian of its own, where a cabinet is there already.
func TestANewOperator(t *testing.T) {
	path := os.Getenv("LOCKERDESK_FIRST_PARCEL")
	if path == "" {
		t.Skip("installs a package: build/deb-test has a machine for it")
	}
	text, err := os.ReadFile(path)
	fatal(t, err)
	_, section, _ := strings.Cut(string(text), "\n## A first parcel\n")
	section, _, found := strings.Cut(section, "\n## ")
	if !found {
		t.Fatal("the page has no first parcel")
	}
	bin, err := programs()
	fatal(t, err)
	s := &site{t: t, bin: bin, dir: t.TempDir(), mail: posttest.Start(t), logs: map[string]string{}}
	s.trusts()
	key := s.metal()
	known := []struct {
		begins string
		do     func(command string)
	}{
		{"apt install ./lockerdesk_VERSION_amd64.deb", func(string) { s.shell("DEBIAN_FRONTEND=noninteractive apt-get install -q -y ./lockerdesk.deb", "") }},
		{"lockerdesk init", func(command string) {
			s.shell(command, "Parcel Park North\n\n127.0.0.1\n"+s.mail.Addr+"\nParcels <parcels@operator.example>\nstaff@operator.example\n")
		}},
		{"lockerdesk enrol", func(command string) { s.tell(s.shell(strings.Replace(command, "KEY", key, 1), "")) }},
		{"systemctl start lockerdesk", func(command string) { s.shell(command, "") }},
		{"lockerdesk announce", func(command string) { s.shell(command, "ada@recipient.example\n+4915112345678\nAda\n") }},
	}
	began := time.Now()
	commands := regexp.MustCompile(`(?m)^ +sudo (.*)$`).FindAllStringSubmatch(section, -1)
	for i, c := range commands {
		if i >= len(known) || !strings.HasPrefix(c[1], known[i].begins) {
			t.Fatalf("step %d of the page is %q: teach this test, and see that it goes", i+1, c[1])
		}
		since := time.Now()
		known[i].do(c[1])
		t.Logf("%5.1fs  %s", time.Since(since).Seconds(), c[1])
	}
	if len(commands) != len(known) {
		t.Errorf("the page has %d commands, want %d", len(commands), len(known))
	}
	s.start("lockerd", "run", "--config", s.dir+"/cabinet/lockerd.toml")
	s.brings("RR123456785DE")
	letter := s.letter("Ihr Paket ist da")
	t.Logf("%5.1fs  from the package to the e-mail", time.Since(began).Seconds())
	s.hand("scan", map[string]string{"text": scanned(t, letter["image/png"])})
	s.hand("doors/"+s.opened(2)+"/push", struct{}{})
	s.letter("Ihr Paket wurde abgeholt")
	t.Logf("%5.1fs  from the package to a parcel that was fetched", time.Since(began).Seconds())
}

// trusts has the machine trust the mail server's certificate, as it does that of an operator's.
func (s *site) trusts() {
	s.t.Helper()
	fatal(s.t, os.WriteFile("/usr/local/share/ca-certificates/mail.crt", []byte(s.read(s.mail.CA)), 0o644))
	s.shell("update-ca-certificates", "")
}

// shell runs a command, root's as sudo would, with what is typed at it. It must succeed.
func (s *site) shell(command, typed string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "sh", "-c", command)
	cmd.Stdin = strings.NewReader(typed)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s%s", command, err, out, said.String())
	}
	return string(out)
}
