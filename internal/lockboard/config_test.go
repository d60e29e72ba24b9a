package lockboard_test

import (
	"strings"
	"testing"
	"time"

	"lockerd/internal/lockboard"
)

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(c *lockboard.Config)
		want   string // empty: valid
	}{
		{"as it should be", func(*lockboard.Config) {}, ""},
		{"no name", func(c *lockboard.Config) { c.Name = "" }, "needs a name"},
		{"no port", func(c *lockboard.Config) { c.Port = "" }, "needs a port"},
		{"odd speed", func(c *lockboard.Config) { c.Baud = 9601 }, "baud 9601"},
		{"unknown family", func(c *lockboard.Config) { c.Boards[0].Family = "8B" }, `family "8B"`},
		{"unknown direction", func(c *lockboard.Config) { c.Direction = "dtr" }, `direction "dtr"`},
		{"a server's direction", func(c *lockboard.Config) { c.Port, c.Direction = "tcp://h:1", "rts" }, "serial server"},
		{"lost at once", func(c *lockboard.Config) { c.LostAfter = 10 * time.Millisecond }, "lost_after 10ms"},
		{"no boards yet", func(c *lockboard.Config) { c.Boards = nil }, ""},
		{"board twice", func(c *lockboard.Config) { c.Boards = append(c.Boards, c.Boards[0]) }, "board 1 is listed"},
		{"address 0", func(c *lockboard.Config) { c.Boards[0].Address = 0 }, "board 0: addresses of family 8A are 1 to 99"},
		{"too many locks", func(c *lockboard.Config) { c.Boards[0].Locks = 51 }, "locks 51: can be 1 to 50"},
		{"no contact", func(c *lockboard.Config) { c.Boards[0].Contact = "" }, `contact "": is "latch", "door" or "none"`},
		{"no polarity", func(c *lockboard.Config) { c.Boards[0].ClosedWhen = "high" }, `closed_when "high"`},
		{"inverted beyond", func(c *lockboard.Config) { c.Boards[0].Inverted = []int{13} }, "inverted lock 13"},
		{"without contact beyond", func(c *lockboard.Config) { c.Boards[0].WithoutContact = []int{13} }, "without_contact lock 13"},
		{"no contacts", func(c *lockboard.Config) { c.Boards[0].Contact, c.Boards[0].ClosedWhen = "none", "" }, ""},
		{"senses nothing", func(c *lockboard.Config) { c.Boards[0].Presence = "set" }, "sense no presence"},
		{"presence", func(c *lockboard.Config) { c.Boards[0].Presence = "1" }, `presence "1"`},
		{"pulse", func(c *lockboard.Config) { c.Boards[0].Pulse = time.Second }, ""},
		{"half a second", func(c *lockboard.Config) { c.Boards[0].Pulse = 500 * time.Millisecond }, "pulse 500ms"},
		{"a pulse that burns", func(c *lockboard.Config) { c.Boards[0].Pulse = 2 * time.Second }, "pulse 2s"},
		{"inverted twice", func(c *lockboard.Config) { c.Boards[0].Inverted = []int{2, 2} }, "lock 2 is listed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := lockboard.Config{
				Name: "main", Port: "/dev/ttyUSB0", Baud: 9600, LostAfter: 8 * time.Second,
				Boards: []lockboard.BoardConfig{{Address: 1, Family: "8A", Locks: 12, Contact: "latch", ClosedWhen: "shorted"}},
			}
			tt.change(&c)
			err := c.Validate()
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("want it valid, got %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("want %q, got %v", tt.want, err)
			}
		})
	}
}
