package settings_test

import (
	"strings"
	"testing"

	"lockerd/internal/settings"
)

type file struct {
	Socket string `toml:"socket"`
	Cloud  struct {
		Confirm string   `toml:"confirm,omitempty"`
		Hosts   []string `toml:"hosts"`
	} `toml:"cloud"`
}

// TestFixed: a setting that differs is named as the file names it; one that nobody asks about may differ.
func TestFixed(t *testing.T) {
	t.Parallel()
	var a, b file
	a.Cloud.Confirm, b.Cloud.Confirm = "cloud", "broker"
	a.Cloud.Hosts, b.Cloud.Hosts = []string{"one"}, []string{"one"}
	a.Socket, b.Socket = "x", "y"
	for _, tt := range []struct{ ask, want string }{
		{"cloud.confirm", "cloud.confirm: may not be changed from afar"},
		{"cloud", "cloud: may not be changed from afar"},
		{"cloud.hosts", ""},
		{"cloud.nothing", "cloud.nothing: there is no such setting"},
		{"socket.deeper", "socket.deeper: there is no such setting"},
	} {
		got := ""
		if err := settings.Fixed(&a, &b, tt.ask); err != nil {
			got = strings.TrimSpace(err.Error())
		}
		if got != tt.want {
			t.Errorf("%s: want %q, got %q", tt.ask, tt.want, got)
		}
	}
}
