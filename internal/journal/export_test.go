package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
)

// Reencode decodes a public line and encodes it again.
func Reencode(public []byte) ([]byte, error) {
	l, err := decodeLine(public)
	if err != nil {
		return nil, err
	}
	return l.encode(), nil
}

// EncodeValue makes a value as it lies in a file of version 1 of any public line and sealed part.
func EncodeValue(public, sealed []byte) []byte {
	own := sha256.Sum256(public)
	value := binary.AppendUvarint(own[:], uint64(len(public)))
	return append(append(value, public...), sealed...)
}

// Repack makes a value as it lies on disk now of a public line, and of its sealed part.
func Repack(public, sealed []byte) ([]byte, error) {
	l, err := decodeLine(public)
	return encodeEntry(l, sealed), err
}

// FileVersion is the version of the file as a whole.
const FileVersion = fileVersion

// DecodeValue reads a value as it lies on disk.
func DecodeValue(value []byte) (public, sealed []byte, err error) {
	e, err := decodeEntry(value)
	return e.public, e.sealed, err
}

// Examine says whether a file's pages are sound, and whether one meta page is gone.
func Examine(file io.ReaderAt, size int64) (halved bool, err error) {
	x, err := examine(file, size)
	return err == nil && x.halved, err
}

// Rewrite writes every page of a closed file once more.
var Rewrite = rewrite

// Whole makes a whole copy though none is due.
func (j *Journal) Whole() error {
	j.copies.Lock()
	defer j.copies.Unlock()
	return j.whole(j.cfg.Keep)
}

// Transactions is how many were committed to the file, each with two syncs.
func (j *Journal) Transactions() uint64 {
	j.write.Lock()
	defer j.write.Unlock()
	return j.store.txid
}

// How long a confirmation waits for records to go with, and how long without any.
const (
	Along     = along
	Alone     = alone
	AlongMost = alongMost
)

// WholeEvery is how many backups follow a whole copy.
const WholeEvery = wholeEvery

// LendFrom sets from which size on a file is opened before all of it is examined, and LendMost how far it may grow so, in bytes. What they
// return sets it back.
func LendFrom(size int64) func() {
	was := lendFrom
	lendFrom = size
	return func() { lendFrom = was }
}

// LendMost is said above.
func LendMost(size int64) func() {
	was := lendFor
	lendFor = size
	return func() { lendFor = was }
}

// Lent says whether the file was opened before all of it was examined.
func (j *Journal) Lent() bool { return j.store.remainder != nil }

// Pages is how many pages the file has.
func (j *Journal) Pages() int64 { return int64(j.store.pages()) }
