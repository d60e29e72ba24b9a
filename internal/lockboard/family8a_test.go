package lockboard_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/lockboard"
)

func TestDecode8ABursts(t *testing.T) {
	t.Parallel()
	const report, all = "82 01 03 11 91", "80 01 01 80 05 33 36"
	tests := []struct {
		name   string
		burst  string
		length int
		want   []lockboard.Op // none: refused
	}{
		{"report glued before", report + all, 7, []lockboard.Op{lockboard.Report, lockboard.QueryAll}},
		{"report glued behind", all + report, 7, []lockboard.Op{lockboard.QueryAll, lockboard.Report}},
		{"the same, length not known", all + report, 0, []lockboard.Op{lockboard.QueryAll, lockboard.Report}},
		{"glitches of the line between frames", "FF" + report + "00" + all + "00 FF", 7,
			[]lockboard.Op{lockboard.Report, lockboard.QueryAll}},
		{"longer than learnt", "80 01 01 00 00 01 33 B2", 7, nil},
		{"shorter than learnt", all, 8, nil},
		{"a damaged report spoils the rest", "82 01 03 11 90" + all, 7, nil},
		{"half a frame behind", all + "82 01", 7, nil},
		{"another byte behind", all + "55", 7, nil},
		{"seven bytes and a glitch, or eight: not known", "80 01 81 00 00 33 33 00", 0, nil},
		{"the same, learnt", "80 01 81 00 00 33 33 00", 7, []lockboard.Op{lockboard.QueryAll}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			burst, err := hex.DecodeString(strings.ReplaceAll(tt.burst, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			req := lockboard.Request{Op: lockboard.QueryAll, Board: 1, Length: tt.length}
			frames, err := (lockboard.Family8A{}).Decode(burst, req)
			var got []lockboard.Op
			for _, f := range frames {
				got = append(got, f.Op)
			}
			if !slices.Equal(tt.want, got) || (err != nil) != (tt.want == nil) {
				t.Errorf("want %v, got %v, %v", tt.want, got, err)
			}
		})
	}
}
