package rig_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// The disk of the guest: a file system, and after it one sector in which the guest says what it has promised.
const (
	sector     = 512
	fsSize     = 48 << 20
	diskSize   = fsSize + 1<<20
	appends    = 150
	maxPerTurn = 3 // records of one Append, at most
)

const cabinet = "powercut"

var master = [32]byte{1, 2, 3}

// promise is what a power cut must not take back: Append or Confirm has returned.
type promise struct {
	Epoch     string `json:"epoch"`
	Seq       uint64 `json:"seq"`       // the newest record
	Hash      string `json:"hash"`      // of its public line, which holds the hash of the one before, and so of all
	Confirmed uint64 `json:"confirmed"` // up to which record the cloud has everything
	Done      bool   `json:"done"`      // the last one: the guest has done all that it was to do
}

// guestOnDisk brings the machine up and uses a journal as a cabinet does.
func guestOnDisk() error {
	err := errors.Join(loadModules("/modules", nil), mount("devtmpfs", "/dev"), os.MkdirAll("/disk", 0o755))
	if err != nil {
		return err
	}
	if err := unix.Mount("/dev/vda", "/disk", "ext4", unix.MS_RELATIME, "errors=remount-ro"); err != nil {
		return fmt.Errorf("mount /disk: %w", err)
	}
	fd, err := unix.Open("/dev/vda", unix.O_WRONLY|unix.O_DIRECT, 0)
	if err != nil {
		return fmt.Errorf("open the witness: %w", err)
	}
	w := witness(fd)
	last, err := live(journalIn("/disk"), w)
	if err != nil {
		return err
	}
	last.Done = true
	return w.tell(last)
}

// witness writes past the kernel's cache, so that a promise has its place among all that the disk was told.
type witness int

func (w witness) tell(p promise) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	b := aligned()
	if copy(b, text) != len(text) {
		return errors.New("witness: a promise longer than a sector")
	}
	if _, err := unix.Pwrite(int(w), b, fsSize); err != nil {
		return fmt.Errorf("witness: write: %w", err)
	}
	return nil
}

// aligned is a sector of memory that lies as O_DIRECT wants it.
func aligned() []byte {
	b := make([]byte, 2*sector)
	skip := -uintptr(unsafe.Pointer(&b[0])) % sector
	return b[skip : skip+sector]
}

func journalIn(dir string) journal.Config {
	return journal.Config{
		Cabinet: cabinet, Path: filepath.Join(dir, "journal.db"), Backups: filepath.Join(dir, "backups"),
		Retention: 1, Keep: 2, SnapshotEvery: 20,
	}
}

// live does all that a journal is asked for in its life, and tells each promise before anything else is written. The
// newest record that was told is never confirmed, so that it can be asked for.
func live(cfg journal.Config, w witness) (last promise, err error) {
	j, err := journal.Open(cfg, master, slog.New(slog.DiscardHandler))
	if err != nil {
		return last, err
	}
	tell := func() error {
		if last, err = promised(j); err != nil {
			return err
		}
		return w.tell(last)
	}
	if err := tell(); err != nil {
		return last, err
	}
	for n := range appends {
		before := last
		if _, err := j.Append(at(n), events(n)); err != nil {
			return last, err
		}
		if err := tell(); err != nil {
			return last, err
		}
		if n%5 == 4 {
			if err := errors.Join(j.Confirm(locker.Ack{Epoch: before.Epoch, Seq: before.Seq, Hash: before.sum()}), j.Settle(), tell()); err != nil {
				return last, err
			}
		}
		if n%3 == 2 { // never ahead of what is durable, or the journal would be taken for a copy of before
			if err := j.Mark(); err != nil {
				return last, err
			}
		}
		if n%40 == 39 {
			if err := j.Backup(); err != nil {
				return last, err
			}
		}
		state := func() ([]byte, error) { return make([]byte, 6000), nil } // of more than a page
		if err := j.Tidy(at(n), last.Seq, state); err != nil {
			return last, err
		}
	}
	return last, nil
}

func at(n int) locker.Now {
	up := time.Duration(n) * time.Second
	return locker.Now{Wall: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC).Add(up), Up: up, Known: true}
}

// events are one to three, with and without something personal in them.
func events(n int) []locker.Event {
	parcel := strconv.Itoa(n)
	all := [maxPerTurn]locker.Event{
		locker.ParcelStored{
			Parcel: parcel, Tracking: "JJD" + parcel, Door: 7, Size: "M", Courier: "c1", Company: "Ex",
			Personal: locker.Personal{Phone: locker.Box("phone of " + parcel), Code: locker.Box("code of " + parcel)},
		},
		locker.DoorOpened{Door: 7, Unlock: "u" + parcel},
		locker.DoorLeftOpen{Door: 7},
	}
	return all[:1+n%maxPerTurn]
}

func promised(j *journal.Journal) (promise, error) {
	epoch, seq := j.Last()
	hash, err := hashOf(j, seq)
	return promise{Epoch: epoch, Seq: seq, Hash: hash, Confirmed: j.Confirmed()}, err
}

// sum is the hash of the record.
func (p promise) sum() (sum [32]byte) {
	_, _ = hex.Decode(sum[:], []byte(p.Hash))
	return sum
}

// hashOf reads one record that is not confirmed.
func hashOf(j *journal.Journal, seq uint64) (string, error) {
	out, err := j.Outgoing(seq-1, 1)
	if err != nil {
		return "", err
	}
	if len(out) != 1 || out[0].Seq != seq {
		return "", fmt.Errorf("record %d is not there", seq)
	}
	sum := sha256.Sum256(out[0].Public)
	return hex.EncodeToString(sum[:]), nil
}
