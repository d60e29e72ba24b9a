package remote_test

import (
	"fmt"
	"lockerd/internal/locker"
	"lockerd/internal/remote"
	"net"
	"strings"
	"testing"
	"time"
)

// TestHosts: what an address must be like, and where it may lead.
func TestHosts(t *testing.T) {
	t.Parallel()
	hosts := remote.Hosts{"photos.example.org", "192.0.2.7:8443", "[2001:db8::1]"}
	if err := hosts.Validate(remote.UploadHosts); err != nil {
		t.Error(err)
	}
	for address, want := range map[string]string{
		"https://photos.example.org/up?x=1":      "",
		"https://PHOTOS.example.org:443/up":      "",
		"https://192.0.2.7:8443/":                "",
		"https://[2001:db8::1]/":                 "",
		"http://photos.example.org/up":           "must begin with https://",
		"https://photos.example.org:8443/up":     "not in cloud.upload_hosts",
		"https://192.0.2.7/":                     "not in cloud.upload_hosts",
		"https://169.254.169.254/latest":         "not in cloud.upload_hosts",
		"https://photos.example.org.evil.test/":  "not in cloud.upload_hosts",
		"https://photos.example.org@evil.test/":  "no user",
		"https://evil.test/photos.example.org":   "not in cloud.upload_hosts",
		"https:photos.example.org":               "must be an address",
		"//photos.example.org/up":                "must begin with https://",
		"file:///etc/passwd":                     "must be an address",
		"https://photos.example.org/#photos":     "fragment",
		"https://photos.example.org\\@evil.test": "must be an address",
	} {
		_, err := hosts.Check(address, remote.UploadHosts)
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && !strings.Contains(got, want) {
			t.Errorf("%s: want %q, got %q", address, want, got)
		}
		if err != nil && strings.Contains(err.Error(), "evil") {
			t.Errorf("the address is repeated: %v", err)
		}
	}
	for _, host := range []string{"", "*.example.org", "https://a.example", "a.example/b", "user@a.example", "a b"} {
		if (remote.Hosts{host}).Validate(remote.UploadHosts) == nil {
			t.Errorf("want %q refused", host)
		}
	}
	for address, ok := range map[string]bool{"127.0.0.1:443": false, "169.254.169.254:80": false, "[::1]:443": false, "[fe80::1]:443": false,
		"[::ffff:127.0.0.1]:443": false, "0.0.0.0:443": false, "224.0.0.1:443": false, "192.0.2.7:443": true, "10.0.0.7:443": true, "[2001:db8::1]:443": true} {
		if err := remote.Guard(address); (err == nil) != ok {
			t.Errorf("%s: want it allowed: %t, got %v", address, ok, err)
		}
	}
}

// TestANameThatLeadsBack: it is on the list, and whoever answers names says that it is this machine.
func TestANameThatLeadsBack(t *testing.T) {
	t.Parallel()
	server := newStore(t)
	_, port, err := net.SplitHostPort(server.host())
	if err != nil {
		t.Fatal(err)
	}
	named := "localhost:" + port
	s := newSender(t)
	told := s.ask("https://"+named+"/", locker.UploadPut, locker.EvidenceAsked{Photo: "a.jpg", Expires: time.Now().Add(300 * time.Millisecond)}, named)
	if _, asked := server.got(); asked != 0 || told.Why != locker.EvidenceExpired || !strings.Contains(s.log.String()+told.Detail, "leads to an address of this machine") {
		t.Errorf("want nobody asked, got %d requests, %+v", asked, told)
	}
}
