package conformance

import "lockerd/internal/contract"

// memory is what the receiver remembers of the records that it took, by which contract.Judge judges the next one.
type memory struct {
	newest map[string]uint64
	seqs   map[[32]byte]uint64
	epoch  string
	last   [32]byte
}

var _ contract.Past = (*memory)(nil)

func newMemory() *memory { return &memory{newest: map[string]uint64{}, seqs: map[[32]byte]uint64{}} }

// Newest is contract.Past's.
func (m *memory) Newest(epoch string) (seq uint64, taken bool) {
	seq, taken = m.newest[epoch]
	return seq, taken
}

// Last is contract.Past's.
func (m *memory) Last() (epoch string, hash [32]byte) { return m.epoch, m.last }

// Find is contract.Past's.
func (m *memory) Find(hash [32]byte) (seq uint64, taken bool) {
	seq, taken = m.seqs[hash]
	return seq, taken
}

func (m *memory) take(r contract.Received) {
	m.newest[r.Epoch], m.seqs[r.Hash], m.epoch, m.last = r.Seq, r.Seq, r.Epoch, r.Hash
}
