package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/durable"
	"lockerd/internal/locker"
)

// bbolt never overwrites a page in use and never clears a free one: what was deleted, and a key as it was wrapped before,
// stay readable in the file. So what must be gone is left out of a file that is written anew and takes the old one's name.

// change is what a renewed file has otherwise than the old one.
type change struct {
	to *vault // every key is wrapped under this one; nil: as they are
	// drop are the subjects whose keys it does not have. The state, which is that after record seq, holds nothing of them:
	// it takes the place of all snapshots before.
	drop  map[string]bool
	seq   uint64
	state []byte
	only  string // it has no other key than this subject's; empty: it has all others
}

// Rotate puts every key under another master key, makes a new backup and removes those of before: once it returns nil,
// nothing needs the old key any more. Done already, it changes nothing. A power cut leaves files under either key: Open
// takes both.
func (j *Journal) Rotate(master [32]byte) error {
	j.copies.Lock()
	defer j.copies.Unlock()
	to := newVault(master)
	done := false
	err := j.view(func(s *store, tx *bolt.Tx) error {
		proof, err := get(tx, bucketMeta, metaMaster)
		done = to.of(proof, s.cabinet) != nil
		return err
	})
	if err == nil && !done {
		err = j.renew(change{to: to})
	}
	if err == nil && j.cfg.Backups != "" {
		err = j.onlyUnder(to)
	}
	if err != nil {
		return fmt.Errorf("journal: rotate the master key: %w", err)
	}
	return nil
}

// onlyUnder makes a new backup the only one, unless all there are can be opened with that master key.
func (j *Journal) onlyUnder(to *vault) error {
	list, err := backups(j.cfg.Backups)
	if err != nil {
		return err
	}
	for _, b := range list {
		if _, err := inspect(b.path, j.cfg.Cabinet, to); err != nil {
			return j.whole(1)
		}
	}
	return nil
}

// Erase destroys the keys of subjects, here and in every copy: the state, as it is after record seq and without anything of
// them, takes the place of the snapshots before, a new backup that of all others, and files that were set aside as
// damaged are removed. The chain stays as it is. It can be done again at any time.
func (j *Journal) Erase(subjects []string, seq uint64, state []byte) error {
	j.copies.Lock()
	defer j.copies.Unlock()
	c := change{drop: make(map[string]bool), seq: seq, state: state}
	for _, s := range subjects {
		c.drop[s] = true
	}
	err := j.renew(c)
	if err == nil && j.cfg.Backups != "" {
		err = j.whole(1)
	}
	if err == nil {
		err = j.removeAside()
	}
	if err != nil {
		return fmt.Errorf("journal: erase: %w", err)
	}
	return nil
}

// removeAside removes what else may hold keys: files set aside as damaged, and backups that a power cut left unfinished.
func (j *Journal) removeAside() error {
	aside, err := filepath.Glob(j.cfg.Path + asideSuffix + "*")
	parts, err2 := filepath.Glob(filepath.Join(j.cfg.Backups, "journal*"+durable.Part))
	err = errors.Join(err, err2)
	for _, path := range append(aside, parts...) {
		j.log.Warn("journal: removed, since somebody was erased", "path", path)
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

// Sweep destroys the keys of what was kept long enough, and then all that was deleted since the last time: see Config.
// Keys are destroyed when the time is known.
func (j *Journal) Sweep(now locker.Now) error {
	j.copies.Lock()
	defer j.copies.Unlock()
	c := change{drop: make(map[string]bool)}
	if now.Known {
		err := j.view(func(_ *store, tx *bolt.Tx) error {
			outdated(tx, now.Wall, j.cfg, c.drop)
			return nil
		})
		if err != nil {
			return fmt.Errorf("journal: sweep: %w", err)
		}
	}
	if err := j.renew(c); err != nil {
		return fmt.Errorf("journal: sweep: %w", err)
	}
	return nil
}

// outdated finds the subjects of records before a time: photos before one, parcels, orders and sessions before the other.
// The names of couriers and technicians are kept for as long as they have access. A record written while the time was not known is as old as the
// next one with a known time.
func outdated(tx *bolt.Tx, now time.Time, cfg Config, drop map[string]bool) {
	parcels, photos := now.Add(-cfg.Personal), now.Add(-cfg.Photos)
	var undated []locker.Private
	c := tx.Bucket(bucketRecords).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		e, err := decodeEntry(v)
		if err != nil {
			continue
		}
		if p := personal(v); p != nil {
			undated = append(undated, p)
		}
		if !e.dated(now) {
			continue
		}
		at := time.Time(e.At)
		if !at.Before(parcels) && !at.Before(photos) {
			return
		}
		for _, p := range undated {
			switch p.(type) {
			case locker.PhotoKept:
				drop[p.Subject()] = drop[p.Subject()] || at.Before(photos)
			case locker.ParcelAnnounced, locker.RecipientGiven, locker.DropStarted, locker.ParcelStored,
				locker.ParcelCodeChanged, locker.ParcelRecipientChanged, locker.CodeResendAsked:
				drop[p.Subject()] = drop[p.Subject()] || at.Before(parcels)
			}
		}
		undated = undated[:0]
	}
}

// renew writes a file anew and puts it in the place of the open one. Appends go on meanwhile, but for the last moment.
// The caller holds j.copies.
func (j *Journal) renew(c change) error {
	old, err := j.current()
	if err == nil {
		err = errors.Join(old.whole(), j.Settle())
	}
	if err != nil {
		return err
	}
	if err := j.clear(); err != nil {
		return err
	}
	to := old.vault
	if c.to != nil {
		to = c.to
	}
	fresh, err := makeStore(j.fresh(), old.cabinet, to)
	if err != nil {
		return err
	}
	fresh.db.NoSync = true // it counts only once it is whole
	last, err := copyRecords(fresh.db, old.db, 0)
	if err == nil {
		err = fresh.db.Sync()
	}
	if err == nil {
		err = j.replace(old, fresh, last, c)
	}
	if now, _ := j.current(); now != fresh {
		fresh.discard()
		return errors.Join(err, j.clear())
	}
	return errors.Join(err, old.close()) // waits for those who are reading in it
}

// replace copies what came since and all else, and gives the new file the old one's name.
func (j *Journal) replace(old, fresh *store, last uint64, c change) error {
	s, e, err := j.begin()
	if err != nil {
		return err
	}
	defer j.write.Unlock()
	if s != old || old.broken != nil || c.seq > e.Seq {
		return errors.New("the file was opened anew meanwhile")
	}
	if _, err := copyRecords(fresh.db, old.db, last); err != nil {
		return err
	}
	fresh.db.NoSync = false // this one brings all of it to the disk
	err = old.read(func(in *bolt.Tx) error {
		return fresh.db.Update(func(out *bolt.Tx) error { return j.copyRest(out, in, old.vault, fresh, c) })
	})
	if err != nil {
		return err
	}
	now, err := fresh.survey()
	if err != nil {
		return err
	}
	if now.mark != e.mark || now.own != e.own || now.settled != e.settled {
		return fmt.Errorf("the new file ends at %s/%d, not at %s/%d", now.Epoch, now.Seq, e.Epoch, e.Seq)
	}
	if err := os.Rename(j.fresh(), j.cfg.Path); err != nil {
		return err
	}
	used := fresh.pages()
	// If it fails a power cut may bring the old file back: nothing more is promised until Load succeeds.
	fresh.broken = durable.SyncFolder(filepath.Dir(j.cfg.Path))
	j.mu.Lock()
	defer j.mu.Unlock()
	now.confirmed, now.waits = e.confirmed, e.waits // some may have come since
	if j.store, j.ends, j.used = fresh, now, used; c.to != nil {
		j.vault = c.to
	}
	return fresh.broken
}

// chunk is how many bytes of records are copied at a time: the writer waits for no longer reader.
const chunk = 1 << 20

// copyRecords copies the records after one, and says which was the last.
func copyRecords(to, from *bolt.DB, after uint64) (last uint64, err error) {
	last = after
	for more := true; more && err == nil; {
		err = from.View(func(in *bolt.Tx) error {
			return to.Update(func(out *bolt.Tx) error {
				var err error
				last, more, err = copySome(out, in, last)
				return err
			})
		})
	}
	return last, err
}

// copySome copies some of the records after one, and says which was the last and whether there are more.
func copySome(out, in *bolt.Tx, after uint64) (last uint64, more bool, err error) {
	records := out.Bucket(bucketRecords)
	records.FillPercent = fill
	last = after
	n, c := 0, in.Bucket(bucketRecords).Cursor()
	k, v := c.Seek(seqKey(last + 1))
	for ; k != nil && n < chunk; k, v = c.Next() {
		if err := records.Put(k, v); err != nil {
			return last, false, err
		}
		n, last = n+len(v), keySeq(k)
	}
	return last, k != nil, nil
}

// copyRest copies all but the records, and drops those that were pruned meanwhile.
func (j *Journal) copyRest(out, in *bolt.Tx, from *vault, fresh *store, c change) error {
	first, _ := in.Bucket(bucketRecords).Cursor().First()
	pruned := func(k []byte) bool { return bytes.Compare(k, first) < 0 }
	err := errors.Join(
		deleteKeys(out.Bucket(bucketRecords), pruned),
		copyBucket(out, in, bucketMeta, func(_, v []byte) []byte { return v }),
		copyBucket(out, in, bucketSnapshots, func(k, v []byte) []byte {
			if keySeq(k) < c.seq {
				return nil
			}
			return v
		}),
		copyBucket(out, in, bucketKeys, func(k, v []byte) []byte {
			switch {
			case c.drop[string(k)], c.only != "" && c.only != string(k):
				return nil
			case c.to == nil:
				return v
			}
			w := from.rewrap(c.to, k, v)
			if w == nil {
				j.log.Error("journal: a key is damaged; what is sealed under it is lost", "of", string(k))
			}
			return w
		}))
	if err != nil {
		return err
	}
	if c.to != nil {
		if err := put(out, bucketMeta, metaMaster, c.to.prove(fresh.cabinet)); err != nil {
			return err
		}
	}
	if newer, _ := out.Bucket(bucketSnapshots).Cursor().First(); c.state == nil || newer != nil {
		return nil
	}
	sealed, err := fresh.vault.seal(out.Bucket(bucketKeys), stateSubject, c.state, seqKey(c.seq))
	if err != nil {
		return err
	}
	return put(out, bucketSnapshots, seqKey(c.seq), sealed)
}

// copyBucket copies a bucket but for what becomes nil.
func copyBucket(out, in *bolt.Tx, name []byte, as func(k, v []byte) []byte) error {
	to := out.Bucket(name)
	return in.Bucket(name).ForEach(func(k, v []byte) error {
		if v = as(k, v); v == nil {
			return nil
		}
		return to.Put(k, v)
	})
}
