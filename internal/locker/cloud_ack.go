package locker

import "errors"

// Ack is somebody's word that the cloud has a record and all before it.
type Ack struct {
	Epoch string
	Seq   uint64
	Hash  [32]byte // of that record, as in Outgoing
	// Signed says that it is the cloud's own word; else it is the broker's, or anybody's.
	Signed bool
}

// What an ack comes to that is no news.
var (
	// ErrAcked says that the cloud has said as much before.
	ErrAcked = errors.New("said before")
	// ErrNotOurs says that it names no record of this journal.
	ErrNotOurs = errors.New("no record of this journal")
	// ErrOtherRecord says that the cloud has another record by the name of one that is here.
	ErrOtherRecord = errors.New("the cloud has another record by that name")
)

// Outgoing is a record as it leaves the cabinet: its public bytes as they were hashed, and its personal part as boxes.
type Outgoing struct {
	Epoch    string
	Seq      uint64
	Kind     string
	Public   []byte   // one line of JSON, without the newline
	Hash     [32]byte // SHA-256 of Public: the next record's prev, and what an ack names
	Personal Personal
}
