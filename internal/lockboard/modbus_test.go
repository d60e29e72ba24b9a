package lockboard_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/lockboard"
)

// unhex reads bytes as they are written in testdata.
func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestModbusBursts(t *testing.T) {
	t.Parallel()
	const one, two, late = "01 02 01 00 A1 88", "01 02 02 41 80 88 48", "02 02 01 00 A1 CC"
	query := func(channels int) lockboard.Request {
		return lockboard.Request{Op: lockboard.QueryAll, Board: 1, Channels: channels}
	}
	tests := []struct {
		name, family string
		pending      lockboard.Request
		burst        string
		want         []lockboard.Op // none: refused
	}{
		{"an answer", "MODBUS-WAVESHARE", query(8), one, []lockboard.Op{lockboard.QueryAll}},
		{"glitches of the line around it", "MODBUS-WAVESHARE", query(8), "00 FF" + one + "FF",
			[]lockboard.Op{lockboard.QueryAll}},
		{"a late answer of another board before", "MODBUS-WAVESHARE", query(8), late + one,
			[]lockboard.Op{lockboard.QueryAll, lockboard.QueryAll}},
		{"half a frame behind", "MODBUS-WAVESHARE", query(8), one + "01 02", nil},
		{"another byte behind", "MODBUS-WAVESHARE", query(8), one + "55", nil},
		{"nobody asked", "MODBUS-WAVESHARE", lockboard.Request{}, two, []lockboard.Op{lockboard.QueryAll}},
		{"as many bytes as thirteen channels have", "MODBUS-WAVESHARE", query(13), two, []lockboard.Op{lockboard.QueryAll}},
		{"as many bytes as nobody asked for", "MODBUS-WAVESHARE", query(17), two, nil},
		{"of board 255, which begins like a glitch", "MODBUS-LCTECH",
			lockboard.Request{Op: lockboard.QueryAll, Board: 255, Channels: 8}, "FF FF 02 01 01 51 A0",
			[]lockboard.Op{lockboard.QueryAll}},
		{"refused, and nobody waits for it", "MODBUS-WAVESHARE", query(8), "01 85 03 02 91", nil},
		{"another board refuses", "MODBUS-WAVESHARE", lockboard.Request{Op: lockboard.Unlock, Board: 2, Channel: 1},
			"01 85 03 02 91", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fam, _ := lockboard.FamilyNamed(tt.family)
			frames, err := fam.Decode(unhex(t, tt.burst), tt.pending)
			var got []lockboard.Op
			for _, f := range frames {
				got = append(got, f.Op)
			}
			if !slices.Equal(tt.want, got) || (err != nil) != (tt.want == nil) {
				t.Errorf("want %v, got %+v, %v", tt.want, frames, err)
			}
		})
	}
}

// A board may refuse with any code.
func TestModbusRefusals(t *testing.T) {
	t.Parallel()
	fam, _ := lockboard.FamilyNamed("MODBUS-WAVESHARE")
	unlock := lockboard.Request{Op: lockboard.Unlock, Board: 1, Channel: 5}
	frames, err := fam.Decode(unhex(t, "01 85 03 02 91"), unlock) // printed in notes of others: data not accepted
	want := lockboard.Frame{Op: lockboard.Unlock, Board: 1, Channel: 5, Failed: true, Code: 3, Length: 5}
	if err != nil || !slices.Equal(frames, []lockboard.Frame{want}) || !unlock.AnsweredBy(frames[0]) {
		t.Errorf("want %+v, got %+v, %v", want, frames, err)
	}
}

// Where no pulse is said, boards that have no pulse of their own are told the family's.
func TestModbusUsualPulse(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"MODBUS-WAVESHARE": "01 05 02 00 00 04 CD B1",
		"MODBUS-LCTECH":    "01 10 00 08 00 02 04 00 04 00 04 B2 0B",
	} {
		fam, _ := lockboard.FamilyNamed(name)
		r := lockboard.Request{Op: lockboard.Unlock, Board: 1, Channel: 1}
		if name == "MODBUS-LCTECH" {
			r.Channel = 2
		}
		b, err := fam.Encode(r)
		if err != nil || !bytes.Equal(b, unhex(t, want)) {
			t.Errorf("%s: want %s, got % X, %v", name, want, b, err)
		}
		r.Pulse = fam.Pulse
		if same, err := fam.Encode(r); err != nil || !bytes.Equal(b, same) {
			t.Errorf("%s: % X without a pulse, % X with the usual one, %v", name, b, same, err)
		}
	}
}

// No relay is ever told to stay on for longer than a second.
func TestModbusLongestPulse(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"MODBUS-WAVESHARE", "MODBUS-LCTECH", "MODBUS-0100"} {
		fam, _ := lockboard.FamilyNamed(name)
		r := lockboard.Request{Op: lockboard.Unlock, Board: 1, Channel: 1, Pulse: time.Second + 100*time.Millisecond}
		if b, err := fam.Encode(r); err == nil {
			t.Errorf("%s: %+v was encoded as % X", name, r, b)
		}
	}
}
