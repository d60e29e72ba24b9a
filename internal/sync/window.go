package sync

import "time"

// window says which record goes next on one connection, and what is to be sent again. It has no clock and no wire, and
// keeps these laws (TestWindowKeepsItsLaws):
//
//   - Nothing is lost: a record is passed over only when the cloud has confirmed it and not asked for it since.
//   - Nothing is out of order: each record follows the one before it, or the window went back.
//   - It is alive: while the broker and the cloud acknowledge, everything after what the cloud has confirmed, and after
//     what it has asked for, leaves, whatever they said before.
//
// On a new connection all after the newest confirmed record is sent, and then what is new. Where the cloud's word
// counts, a broker that acknowledges while the cloud says nothing may have thrown records away: after doubt they are
// sent again from the newest confirmed one, no further ahead of the cloud than the window (the first time through they
// may be as far ahead as they like), until the cloud has caught up.
type window struct {
	size   int  // how many messages may be on their way
	doubts bool // only the cloud's word counts

	flying    int    // messages on their way
	sent      uint64 // the newest record sent, or where it was gone back to: the next one follows it
	most      uint64 // the newest record that was ever sent
	landed    uint64 // the newest record that the broker acknowledged
	confirmed uint64 // the newest record that the cloud confirmed

	heard    time.Time     // when the cloud last confirmed something, or began to owe it
	patience time.Duration // how long the cloud may say nothing
	again    uint64        // up to here records are sent again for doubt; 0: none

	asked uint64 // up to here they are sent once more because the cloud has asked, confirmed or not; 0: none
	since uint64 // up to here that is done: the broker has them, sent since the cloud asked
	round int    // counts what the cloud asked: what was sent in an earlier round is not what it means
}

func newWindow(size int, doubts bool, confirmed uint64, now time.Time) window {
	return window{size: size, doubts: doubts, sent: confirmed, confirmed: confirmed, heard: now, patience: doubt}
}

// look receives the newest confirmed record and judges the cloud's silence: true if it has gone back because of doubt.
func (w *window) look(confirmed uint64, now time.Time) bool {
	if confirmed > w.confirmed {
		w.confirmed, w.heard, w.patience = confirmed, now, doubt
	}
	switch {
	case !w.owed():
		w.heard = now
	case now.Sub(w.heard) >= w.patience:
		w.again = w.most
		w.sent = min(w.sent, w.confirmed) // it may be further back, because the cloud has asked
		w.heard, w.patience = now, min(2*w.patience, longDoubt)
		return true
	}
	return false
}

// ask goes back to where the cloud wants to start again: everything after a record, up to the present last one, is sent once
// more. Asking again means: from now.
func (w *window) ask(after, last uint64, now time.Time) {
	if after >= last {
		return // there is nothing that could be sent more than once
	}
	if w.since = min(w.since, after); w.asked == 0 {
		w.since = after
	}
	w.asked, w.sent = max(w.asked, last), min(w.sent, after)
	w.round++
	w.heard, w.patience = now, doubt // the cloud is there
}

// wish is the unfinished part of a resend: everything after a record. The next connection begins with it.
func (w *window) wish() (after uint64, open bool) { return w.since, w.asked != 0 }

// next is the record after which to continue, and how many may be sent now.
func (w *window) next() (after uint64, room int) {
	if w.sent >= w.asked {
		w.sent = max(w.sent, w.confirmed)
	}
	room = w.size - w.flying
	if w.sent < w.again { // once more, and not far ahead of the cloud
		limit := w.confirmed + uint64(w.size)
		room = min(room, int(min(limit-min(limit, w.sent), uint64(w.size))))
	}
	return w.sent, max(room, 0)
}

// fly notes a message that was handed to paho. Presence and state have no record: their seq is 0. The result is passed to
// land later.
func (w *window) fly(seq uint64) (round int) {
	w.flying++
	if seq != 0 {
		w.sent, w.most = seq, max(w.most, seq)
	}
	return w.round
}

// land notes that the broker has a message and all before it.
func (w *window) land(seq uint64, round int) {
	w.flying--
	w.landed = max(w.landed, seq)
	if w.asked != 0 && round == w.round {
		if w.since = max(w.since, seq); w.since >= w.asked {
			w.since, w.asked = 0, 0
		}
	}
}

// owed says that an ack is expected. Acks reach the journal directly, which notifies nobody, so somebody has to look.
func (w *window) owed() bool { return w.doubts && w.landed > w.confirmed }

// due is when the cloud has been silent for too long; zero: no ack is expected.
func (w *window) due() time.Time {
	if !w.owed() {
		return time.Time{}
	}
	return w.heard.Add(w.patience)
}

// earlier is the earlier of two times; zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
