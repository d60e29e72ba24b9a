package lockboard_test

import (
	"slices"
	"testing"

	"lockerd/internal/lockboard"
)

// A CU16's status is the same whatever it answers. It passes as the answer to an unlock only with that lock's address.
func TestKerong5StatusAfterAnUnlock(t *testing.T) {
	t.Parallel()
	const ofBoard, ofLock3 = "02 00 35 04 00 00 00 03 3E", "02 02 35 04 00 00 00 03 40"
	unlock := func(board, channel int) lockboard.Request {
		return lockboard.Request{Op: lockboard.Unlock, Board: board, Channel: channel}
	}
	query := lockboard.Request{Op: lockboard.QueryAll, Board: 0}
	tests := []struct {
		name     string
		pending  lockboard.Request
		burst    string
		want     lockboard.Op
		answered bool
	}{
		{"to a query", query, ofBoard, lockboard.QueryAll, true},
		{"to the unlock of lock 1, whose address is the board's", unlock(0, 1), ofBoard, lockboard.Unlock, true},
		{"to the unlock of lock 3, with its address", unlock(0, 3), ofLock3, lockboard.Unlock, true},
		{"while lock 3 is unlocked, of the board", unlock(0, 3), ofBoard, lockboard.QueryAll, false},
		{"while lock 4 is unlocked, of lock 3", unlock(0, 4), ofLock3, lockboard.Unlock, false},
		{"while lock 1 of another board is unlocked", unlock(1, 1), ofBoard, lockboard.QueryAll, false},
		{"of lock 3, late", query, ofLock3, lockboard.Unlock, false},
		{"that nobody asked for", lockboard.Request{}, ofBoard, lockboard.QueryAll, false},
	}
	fam, _ := lockboard.FamilyNamed("KERONG-5")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frames, err := fam.Decode(unhex(t, tt.burst), tt.pending)
			if err != nil || len(frames) != 1 {
				t.Fatalf("want a frame, got %+v, %v", frames, err)
			}
			if f := frames[0]; f.Op != tt.want || tt.pending.AnsweredBy(f) != tt.answered || !f.ShortedAt(3) && f.Channel == 3 {
				t.Errorf("want %s, answered %v, got %+v", tt.want, tt.answered, f)
			}
		})
	}
}

// Board and lock share a byte: each of the 160 locks has an address of its own.
func TestKerong5Addresses(t *testing.T) {
	t.Parallel()
	fam, _ := lockboard.FamilyNamed("KERONG-5")
	var seen []byte
	for board := fam.Lowest; board <= fam.Highest; board++ {
		for channel := 1; channel <= fam.Locks; channel++ {
			b, err := fam.Encode(lockboard.Request{Op: lockboard.Unlock, Board: board, Channel: channel})
			if err != nil {
				t.Fatal(err)
			}
			if want := byte(16*board + channel - 1); b[1] != want || slices.Contains(seen, b[1]) {
				t.Errorf("lock %d/%d: want address %02X, got % X", board, channel, want, b)
			}
			seen = append(seen, b[1])
		}
	}
	if r, n := fam.Peer.DecodeRequest(unhex(t, "02 F0 31 03 26")); n >= 0 { // F0: all boards
		t.Errorf("a board hears %+v, which is for no board", r)
	}
}

// All the words of a CU12 for "not done" are a failure; another word is no answer.
func TestKerong8Words(t *testing.T) {
	t.Parallel()
	fam, _ := lockboard.FamilyNamed("KERONG-8")
	unlock := lockboard.Request{Op: lockboard.Unlock, Board: 0, Channel: 3}
	for _, tt := range []struct {
		burst          string
		passes, failed bool
	}{
		{"02 00 02 81 0F 00 03 97", false, false},
		{"02 00 02 81 10 00 03 98", true, false},
		{"02 00 02 81 11 00 03 99", true, true},
		{"02 00 02 81 12 00 03 9A", true, true},
		{"02 00 02 81 13 00 03 9B", true, true},
		{"02 00 02 81 14 00 03 9C", true, true},
		{"02 00 02 81 15 00 03 9D", false, false},
	} {
		frames, err := fam.Decode(unhex(t, tt.burst), unlock)
		if tt.passes != (err == nil) {
			t.Errorf("%s: want passes %v, got %+v, %v", tt.burst, tt.passes, frames, err)
		}
		for _, f := range frames {
			if f.Failed != tt.failed || !unlock.AnsweredBy(f) {
				t.Errorf("%s: want failed %v, got %+v", tt.burst, tt.failed, f)
			}
		}
	}
}
