package journal

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"lockerd/internal/durable"
	"lockerd/internal/locker"
)

// watermark says how far the journal had come, in a small file that lies elsewhere (Config.Mark). A journal that does not
// hold that record is an older copy, or another one: it opens as a restored backup does.
//
// It must never be ahead of what is durable, or an honest journal would be taken for a rolled back one after a power cut: so
// it is written only after the records are on the disk. It may lag behind: what it does not know of is an older copy that is
// younger than the mark. So it is written right after each record of an unlock, which is what must not be forgotten (a spent
// code would open again), and at the latest a minute after any other (Marks, Mark), and at a stop. It costs one page and one
// sync for each (4.2 kB: TestWear), and no unlock waits for it.
//
// It is written in its place: it fits into one sector, which a disk writes whole or not at all, and that spares the folder's
// blocks. One that cannot be read for a bad block or check says nothing, and is written anew.
type watermark struct {
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
	Own   sum    `json:"own"`            // the hash of that record
	Disk  string `json:"disk,omitempty"` // the file system that the journal lies on; see diskOf
	// Used is how many pages of the file were in use when that was last known; 0: it was not. See lend.
	Used uint64 `json:"used,omitempty"`
}

// sector is what a disk writes whole: 512 bytes, of old and of eMMC's and NVMe's smallest block alike.
const sector = 512

func (w watermark) encode() []byte {
	b, err := json.Marshal(w)
	if err != nil {
		panic(err) // strings and numbers
	}
	b = withCheck(b)
	return append(b, bytes.Repeat([]byte{' '}, max(0, sector-len(b)))...)
}

// withCheck puts a line's hash on the next one.
func withCheck(line []byte) []byte { return fmt.Appendf(line, "\n%x\n", sha256.Sum256(line)) }

// readChecked returns a file's line if its hash is right; nil where there is none, or none that is whole.
func readChecked(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if absent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	line, check, _ := bytes.Cut(b, []byte("\n"))
	check, _, _ = bytes.Cut(check, []byte("\n"))
	if own := sha256.Sum256(line); string(check) != hex.EncodeToString(own[:]) {
		return nil, nil
	}
	return line, nil
}

// readWatermark returns nil where there is none, or one that says nothing. Where something else lies there is none either:
// that the next cannot be written is reported (fault mark_unwritten), and stops nothing.
func readWatermark(path string) (*watermark, error) {
	if isMark(path) != nil {
		return nil, nil
	}
	line, err := readChecked(path)
	if err != nil || line == nil {
		return nil, err
	}
	var w watermark
	if json.Unmarshal(line, &w) != nil {
		return nil, nil
	}
	return &w, nil
}

// isMark holds that nothing else lies where the watermark should.
func isMark(path string) error {
	return cmp.Or(isFolder(filepath.Dir(path), "mark"), isFile(path, "mark"))
}

// writeWatermark writes it in its place.
func writeWatermark(path string, w watermark) error {
	if err := isMark(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if absent(err) {
		if f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			defer func() { _ = durable.SyncFolder(filepath.Dir(path)) }()
		}
	}
	if err != nil {
		return err
	}
	_, err = f.WriteAt(w.encode(), 0)
	return errors.Join(err, unix.Fdatasync(int(f.Fd())), f.Close()) // without the file's times
}

// holds says whether the journal has come as far as a watermark says, or knows that it has not: it began a new epoch after
// that one.
func (s *store) holds(w *watermark) (held bool, err error) {
	err = s.read(func(tx *bolt.Tx) error {
		records := tx.Bucket(bucketRecords)
		first, _ := records.Cursor().First()
		if v := records.Get(seqKey(w.Seq)); v != nil {
			e, err := decodeEntry(v)
			held = err == nil && e.own == w.Own
		} else {
			held = w.Seq < keySeq(first) // pruned
		}
		c := records.Cursor()
		for k, v := c.First(); k != nil && !held; k, v = c.Next() {
			if e, err := decodeEntry(v); err == nil && e.Kind == (locker.EpochBegun{}).Kind() {
				var begun locker.EpochBegun
				held = json.Unmarshal(e.Event, &begun) == nil && begun.Previous == w.Epoch
			}
		}
		return nil
	})
	return held, err
}

// Mark brings the watermark up to date. It may be called at any time; see Marks.
func (j *Journal) Mark() error {
	if err := j.mark(j.now()); err != nil {
		return fmt.Errorf("journal: mark: %w", err)
	}
	return nil
}

func (j *Journal) mark(e ends) error {
	j.marking.Lock()
	defer j.marking.Unlock()
	j.mu.RLock()
	w := watermark{e.Epoch, e.Seq, e.own, j.disk, j.used}
	j.mu.RUnlock()
	if e.Seq == 0 || w == j.marked {
		return nil
	}
	if err := writeWatermark(j.cfg.Mark, w); err != nil {
		return err
	}
	j.marked = w
	return nil
}

// Marks tells when a record was written that must not be forgotten: Mark is due.
func (j *Journal) Marks() <-chan struct{} { return j.due }

// urge makes Mark due.
func (j *Journal) urge() {
	select {
	case j.due <- struct{}{}:
	default: // it is
	}
}

// unlocks says whether something is to be opened.
func unlocks(e locker.Event) bool {
	switch e.(type) {
	case locker.UnlockRequested, locker.LockTried:
		return true
	}
	return false
}
