package books

import (
	"context"
	"maps"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
)

// past is what the books remember of a cabinet's records, for contract.Judge, within a transaction. An error of the database stays in
// err.
type past struct {
	ctx     context.Context
	pen     *pen
	cabinet string
	found   []head
	heads   map[string]head // by epoch
	kept    map[string]head // as they are in the database
	epoch   string          // whose record was taken last
	turn    int64
	err     error
}

type head struct {
	epoch string
	seq   uint64
	hash  [32]byte
	turn  int64 // grows with each change from one epoch to another
}

var _ contract.Past = (*past)(nil)

// lockPast asks for it and for who owns the cabinet, and keeps everybody else from the cabinet until the transaction ends: nobody becomes its
// owner before.
func (b *Books) lockPast(p *past, owner *[]int64) error {
	if err := ask(p.ctx, p.pen, owner, oneNumber, `SELECT owner FROM cabinet WHERE name = $1`+b.lock, p.cabinet); err != nil {
		return err
	}
	return ask(p.ctx, p.pen, &p.found, func(r scanner) (h head, err error) {
		var hash []byte
		err = r.Scan(&h.epoch, &h.seq, &hash, &h.turn)
		copy(h.hash[:], hash)
		return h, err
	}, `SELECT epoch, seq, hash, turn FROM epoch WHERE cabinet = $1 ORDER BY turn`, p.cabinet)
}

// read reads the answer.
func (p *past) read() {
	p.heads = make(map[string]head, len(p.found))
	for _, h := range p.found {
		p.heads[h.epoch], p.epoch, p.turn = h, h.epoch, h.turn
	}
	p.kept = maps.Clone(p.heads)
}

// Newest is the newest record of an epoch.
func (p *past) Newest(epoch string) (seq uint64, taken bool) {
	h, taken := p.heads[epoch]
	return h.seq, taken
}

// Last is the record taken last.
func (p *past) Last() (epoch string, hash [32]byte) { return p.epoch, p.heads[p.epoch].hash }

// Find is the record with a hash.
func (p *past) Find(hash [32]byte) (seq uint64, taken bool) {
	found, err := oneRow(p.ctx, p.pen, oneNumber, `SELECT seq FROM record WHERE cabinet = $1 AND hash = $2`, p.cabinet, hash[:])
	if err != nil {
		p.err = err
	}
	if found == nil {
		return 0, false
	}
	return uint64(*found), true
}

// take notes that a record is taken; save writes it.
func (p *past) take(r desk.Record) {
	if p.epoch != r.Epoch {
		p.turn++
	}
	p.heads[r.Epoch], p.epoch = head{r.Epoch, r.Seq, r.Hash, p.turn}, r.Epoch
}

// save writes the heads that have moved on.
func (p *past) save() error {
	for epoch, h := range p.heads {
		if p.kept[epoch] == h {
			continue
		}
		if err := write(p.ctx, p.pen, `INSERT INTO epoch (cabinet, epoch, seq, hash, turn) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (cabinet, epoch) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, turn = excluded.turn`,
			p.cabinet, epoch, int64(h.seq), h.hash[:], h.turn); err != nil {
			return err
		}
	}
	return nil
}

func (p *past) head() Head {
	h := p.heads[p.epoch]
	return Head{Epoch: p.epoch, Seq: h.seq, Hash: h.hash}
}
