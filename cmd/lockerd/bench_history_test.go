package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lockerd/internal/cabinet"
	"lockerd/internal/credential"
	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// history is a cabinet's past, made by its own rules and written by its own journal, with a clock that runs fast.
type history struct {
	t     *testing.T
	plan  *locker.Config
	keys  *credential.Keys
	state *locker.State
	book  *journal.Journal
	now   locker.Now
	lives int

	file     string
	snapshot uint64 // the record that the newest is of

	// bulk has events written many at a time, so that a long past takes a minute and not a quarter of an hour: waiting are
	// those that are believed already. All of a piece get the time of its last, which nothing reads but a replay from before
	// the snapshot at its end.
	bulk    bool
	waiting []locker.Event
	owing   bool // the cloud has none of it
}

// bulkPiece is how many events of a long past are written at a time.
const bulkPiece = 1000

// long lives lives until there are so many records, the last of them so many after the newest snapshot, of which a start has to
// go through each.
func (h *history) long(records, after uint64) {
	h.t.Helper()
	h.bulk = true
	for h.state.Seq+2*bulkPiece < records {
		h.collect(h.store())
	}
	h.flush()
	h.bulk = false
	for h.state.Seq < records || h.state.Seq-h.snapshot < after {
		h.collect(h.store())
	}
}

// past begins a stand's past some days ago: every door is closed and was looked into.
func (st *stand) past(days int) *history { return st.pastIn(st.dir, days) }

// pastIn is a past that is written in another folder, which may be in memory: see settle.
func (st *stand) pastIn(dir string, days int) *history {
	st.t.Helper()
	cfg, keys, file, book := st.bookIn(dir)
	h := &history{t: st.t, plan: cfg.Plan(), keys: keys, file: file, state: locker.NewState(cfg.Plan()), book: book,
		now: locker.Now{Wall: time.Now().UTC().Add(-time.Duration(days) * 24 * time.Hour), Known: true}}
	_, first, err := book.Load()
	if err != nil {
		st.t.Fatal(err)
	}
	for _, r := range first {
		h.state.Apply(r)
	}
	h.feed(locker.Started{Version: "figures"})
	for _, d := range h.plan.Doors {
		h.sense(d.Number, locker.Closed)
	}
	h.feed(locker.Inspected{By: "the builder"})
	return h
}

// bookIn opens the stand's journal, which no lockerd has open, in a folder.
func (st *stand) bookIn(dir string) (cfg *cabinet.Config, keys *credential.Keys, file string, book *journal.Journal) {
	st.t.Helper()
	cfg, err := cabinet.Read(st.config)
	if err != nil {
		st.t.Fatal(err)
	}
	if keys, err = cfg.ReadKeys(); err != nil {
		st.t.Fatal(err)
	}
	store := cfg.JournalWith(keys)
	store.Path, store.Mark = filepath.Join(dir, filepath.Base(cfg.Journal)), ""
	if book, err = journal.Open(store, keys.Master, newLog(false)); err != nil {
		st.t.Fatal(err)
	}
	return cfg, keys, store.Path, book
}

// feed is the controller's step: decide, record, believe.
func (h *history) feed(in locker.Input) {
	h.t.Helper()
	now := h.state.Trust(h.now)
	events := locker.Decide(h.state, now, in)
	if h.bulk {
		h.later(now, events)
		return
	}
	records, err := h.book.Append(now, locker.Recorded(events))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range events {
		r := locker.Record{Up: now.Up, Event: e}
		if _, moves := e.(locker.Move); !moves {
			r, records = records[0], records[1:]
		}
		h.state.Apply(r)
	}
	h.tidy(now)
}

// later believes events and leaves them to be written.
func (h *history) later(now locker.Now, events []locker.Event) {
	for _, e := range events {
		r := locker.Record{Up: now.Up, Event: e}
		if _, moves := e.(locker.Move); !moves {
			r.Epoch, r.Seq, r.At, r.Known = h.state.Epoch, h.state.Seq+1, now.Wall, now.Known
			h.waiting = append(h.waiting, e)
		}
		h.state.Apply(r)
	}
	if len(h.waiting) >= bulkPiece {
		h.flush()
	}
}

// inMemory is a folder for a past of so many events that a disk's syncs would make it last.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "lockerd-figures")
	if err != nil {
		return t.TempDir() // it lasts, then
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// settle brings a past that was written elsewhere to where the cabinet has its own.
func (st *stand) settle(h *history) {
	st.t.Helper()
	for _, name := range []string{filepath.Base(h.file), filepath.Base(h.file) + ".mark"} {
		from, err := os.Open(filepath.Join(filepath.Dir(h.file), name))
		if err != nil {
			st.t.Fatal(err)
		}
		to, err := os.OpenFile(filepath.Join(st.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			_, err = io.Copy(to, from)
			err = errors.Join(err, to.Sync(), to.Close())
		}
		if err = errors.Join(err, from.Close()); err != nil {
			st.t.Fatal(err)
		}
	}
}

// flush writes what waits, and tells the journal that the cloud has it.
func (h *history) flush() {
	h.t.Helper()
	now := h.state.Trust(h.now)
	records, err := h.book.Append(now, h.waiting)
	if err != nil {
		h.t.Fatal(err)
	}
	if h.waiting = h.waiting[:0]; len(records) > 0 && records[len(records)-1].Seq != h.state.Seq {
		h.t.Fatalf("the journal is at %d, the state at %d", records[len(records)-1].Seq, h.state.Seq)
	}
	if !h.owing {
		h.confirm()
	}
	h.tidy(now)
}

func (h *history) tidy(now locker.Now) {
	h.t.Helper()
	state := func() ([]byte, error) { h.snapshot = h.state.Seq; return json.Marshal(h.state) }
	if err := h.book.Tidy(now, h.state.Seq, state); err != nil {
		h.t.Fatal(err)
	}
}

// wait lets time pass, with what it brings.
func (h *history) wait(d time.Duration) {
	h.t.Helper()
	for end := h.now.Up + d; ; {
		step, ok := h.state.Deadline(h.now)
		if ok = ok && h.now.Up+step <= end; !ok {
			step = end - h.now.Up
		}
		h.now.Up += step
		h.now.Wall = h.now.Wall.Add(step)
		h.feed(locker.Tick{})
		if !ok {
			return
		}
	}
}

func (h *history) sense(door int, s locker.DoorState) {
	h.t.Helper()
	h.wait(time.Second)
	h.feed(locker.LockSensed{Lock: h.plan.Doors[door-1].Lock, State: s, Evidence: locker.Evidence{Contact: "latch", Answers: 3}})
}

func (h *history) tap(a locker.Action) {
	h.t.Helper()
	if v := h.state.View(h.now); !slices.Contains(v.Actions, a) {
		h.t.Fatalf("the screen %q has no button %q after %d lives: %s %v", v.Step, a, h.lives, v.Notice, v.Actions)
	}
	h.feed(locker.Tapped{Revision: h.state.Revision, Action: a})
}

// code is the pickup code of the parcel of that number.
func code(parcel int) string { return fmt.Sprintf("%08d", 10_000_000+parcel) }

// store announces a parcel and brings it in: its code is that of its number, its door is returned.
func (h *history) store() (door int) {
	h.t.Helper()
	h.lives++
	tracking := fmt.Sprintf("PARCEL-%06d", h.lives)
	id := "announce-" + tracking
	h.feed(locker.OrderReceived{Order: locker.Order{ID: id, Kind: "parcel.announce", Cabinet: h.plan.Cabinet,
		Expires:  h.now.Wall.Add(time.Hour),
		Announce: &locker.AnnounceOrder{Tracking: tracking, Size: "S", Mask: "•••67", Phone: h.keys.Box([]byte("+4915112345667"))}}})
	h.wait(5 * time.Second)
	h.feed(locker.Scanned{Hash: h.keys.Hash("BADGE-ADA"), Tracking: "BADGE-ADA"})
	h.wait(5 * time.Second)
	h.feed(locker.Scanned{Hash: h.keys.Hash(tracking), Tracking: tracking,
		Offers: []locker.Offer{{Hash: h.keys.Hash(code(h.lives)), Code: h.keys.Box([]byte(code(h.lives)))}}})
	door = h.state.Session.Door
	h.sense(door, locker.Open)
	h.wait(5 * time.Second)
	h.sense(door, locker.Closed)
	h.tap(locker.ActionDone)
	h.tap(locker.ActionFinish)
	h.wait(5 * time.Second)
	return door
}

// collect fetches the parcel that was brought in last.
func (h *history) collect(door int) {
	h.t.Helper()
	h.feed(locker.Scanned{Hash: h.keys.Hash(code(h.lives)), Code: true})
	h.sense(door, locker.Open)
	h.wait(5 * time.Second)
	h.sense(door, locker.Closed)
	h.tap(locker.ActionFinish)
	h.wait(5 * time.Second)
}

// close ends the past: the cloud has all of it.
func (h *history) close() {
	h.t.Helper()
	h.confirm()
	if err := h.book.Close(); err != nil {
		h.t.Fatal(err)
	}
}

// confirm says that the cloud has all.
func (h *history) confirm() {
	h.t.Helper()
	newest, err := h.book.Outgoing(h.state.Seq-1, 1)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.book.Confirm(locker.Ack{Epoch: h.state.Epoch, Seq: h.state.Seq, Hash: newest[0].Hash}); err != nil {
		h.t.Fatal(err)
	}
}
