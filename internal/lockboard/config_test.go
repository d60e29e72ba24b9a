package lockboard_test

import (
	"strings"
	"testing"
	"time"

	"lockerd/internal/lockboard"
)

func TestConfigValidate(t *testing.T) {
	tests := []struct {
		name   string
		change func(c *lockboard.Config)
		want   string // empty: valid
	}{
		{"as it should be", func(*lockboard.Config) {}, ""},
		{"no name", func(c *lockboard.Config) { c.Name = "" }, "needs a name"},
		{"no port", func(c *lockboard.Config) { c.Port = "" }, "needs a port"},
		{"odd speed", func(c *lockboard.Config) { c.Baud = 9601 }, "baud 9601"},
		{"unknown family", func(c *lockboard.Config) { c.Family = "8B" }, `family "8B"`},
		{"lost at once", func(c *lockboard.Config) { c.LostAfter = 10 * time.Millisecond }, "lost_after 10ms"},
		{"no boards", func(c *lockboard.Config) { c.Boards = nil }, "has no boards"},
		{"board twice", func(c *lockboard.Config) { c.Boards = append(c.Boards, c.Boards[0]) }, "board 1 is listed"},
		{"address 0", func(c *lockboard.Config) { c.Boards[0].Address = 0 }, "board 0: addresses are 1 to 99"},
		{"too many locks", func(c *lockboard.Config) { c.Boards[0].Locks = 51 }, "locks 51: can be 1 to 50"},
		{"no contact", func(c *lockboard.Config) { c.Boards[0].Contact = "" }, `contact "": is "latch" or "door"`},
		{"no polarity", func(c *lockboard.Config) { c.Boards[0].ClosedWhen = "high" }, `closed_when "high"`},
		{"inverted beyond", func(c *lockboard.Config) { c.Boards[0].Inverted = []int{13} }, "inverted lock 13"},
		{"inverted twice", func(c *lockboard.Config) { c.Boards[0].Inverted = []int{2, 2} }, "lock 2 is listed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := lockboard.Config{
				Name: "main", Port: "/dev/ttyUSB0", Family: "8A", Baud: 9600, LostAfter: 8 * time.Second,
				Boards: []lockboard.BoardConfig{{Address: 1, Locks: 12, Contact: "latch", ClosedWhen: "shorted"}},
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
