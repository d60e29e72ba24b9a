package lockboard

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

// A board that answers where another one is configured is asked as what it is now, and what is known of the wiring
// stays.
func TestFoundBoardsAreTaken(t *testing.T) {
	t.Parallel()
	was := BoardConfig{Address: 1, Family: "8A", Locks: 12, Contact: Door, ClosedWhen: Open,
		Inverted: []int{3}, Pulse: time.Second}
	as := func(change func(*BoardConfig)) []BoardConfig {
		b := was
		change(&b)
		return []BoardConfig{b}
	}
	for _, tt := range []struct {
		name  string
		found Found
		want  []BoardConfig
	}{
		{"the same", Found{Family: "8A", Address: 1, Channels: 12, Baud: 9600}, as(func(*BoardConfig) {})},
		{"with more locks", Found{Family: "8A", Address: 1, Channels: 24, Baud: 9600},
			as(func(b *BoardConfig) { b.Locks = 24 })},
		{"of another family", Found{Family: "WKLY", Address: 1, Channels: 12, Baud: 9600},
			as(func(b *BoardConfig) { b.Family, b.Pulse = "WKLY", 0 })},
		{"perhaps the same", Found{Family: "WKLY", Also: []string{"8A"}, Address: 1, Channels: 12, Baud: 9600},
			as(func(*BoardConfig) {})},
		{"of a family that must be allowed", Found{Family: "MODBUS-0100", Address: 1, Channels: 8, Baud: 9600},
			as(func(*BoardConfig) {})},
		{"at another speed", Found{Family: "WKLY", Address: 1, Channels: 12, Baud: 19200},
			as(func(*BoardConfig) {})},
		{"one more", Found{Family: "WKLY", Address: 2, Channels: 6, Baud: 9600}, []BoardConfig{was,
			{Address: 2, Family: "WKLY", Locks: 6, Contact: Latch, ClosedWhen: Shorted}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &Lines{plans: []LinePlan{{Known: true}}, configs: []Config{{Name: "main", Port: "p", Baud: 9600,
				LostAfter: 8 * time.Second, Boards: []BoardConfig{was}}}}
			taken := l.adopt(0, []Found{tt.found})
			if got := l.configs[0].Boards; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("want %+v, got %+v", tt.want, got)
			}
			if err := l.configs[0].Validate(); err != nil {
				t.Error(err)
			}
			if slices.Contains(tt.found.Also, "8A") && taken[0].Family != "8A" {
				t.Errorf("want the configuration's word, got %s", taken[0].Family)
			}
		})
	}
}
