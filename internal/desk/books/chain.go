package books

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"

	"lockerd/internal/contract"
)

// Proof says whether the records of a cabinet between two of them are all there, unchanged.
type Proof struct {
	Records     int    // that were looked at
	First, Last uint64 // of these numbers
	Epochs      int    // the lives of the journal that they are from
	Broken      string // what is wrong, and where; empty: each holds the hash of the one before
	Whole       bool   // all of them were looked at; there may be more than provedAtMost
}

// provedAtMost is how many records are looked at for one proof.
const provedAtMost = 20_000

// Prove looks at all records of a cabinet from the first of a story to its last, whatever they are about: each must hold the hash of the
// one before, and be what its own hash says.
func (b *Books) Prove(ctx context.Context, story []Entry) (Proof, error) {
	p := Proof{Whole: true}
	spans := map[string][2]uint64{}
	var epochs []string
	for _, e := range story {
		span, known := spans[e.Epoch]
		if !known {
			epochs = append(epochs, e.Epoch)
			span = [2]uint64{e.Seq, e.Seq}
		}
		spans[e.Epoch] = [2]uint64{min(span[0], e.Seq), max(span[1], e.Seq)}
	}
	p.Epochs = len(epochs)
	for _, epoch := range epochs {
		if err := b.prove(ctx, &p, story[0].Cabinet, epoch, spans[epoch]); err != nil || p.Broken != "" {
			return p, err
		}
	}
	return p, nil
}

func (b *Books) prove(ctx context.Context, p *Proof, cabinet, epoch string, span [2]uint64) error {
	next, before := span[0], ""
	list, err := rows(ctx, b.db, func(r *sql.Rows) (uint64, error) {
		var seq int64
		var hash, public []byte
		if err := r.Scan(&seq, &hash, &public); err != nil {
			return 0, err
		}
		line, err := contract.ParseEvent(public)
		own := sha256.Sum256(public)
		switch {
		case p.Broken != "":
		case err != nil:
			p.Broken = fmt.Sprintf("%s/%d: cannot be read", epoch, seq)
		case uint64(seq) != next || line.Seq != next:
			p.Broken = fmt.Sprintf("%s/%d: missing", epoch, next)
		case string(own[:]) != string(hash):
			p.Broken = fmt.Sprintf("%s/%d: is not what its hash says", epoch, seq)
		case before != "" && line.Prev != before:
			p.Broken = fmt.Sprintf("%s/%d: does not hold the hash of the one before", epoch, seq)
		}
		next, before = uint64(seq)+1, hex.EncodeToString(own[:])
		return uint64(seq), nil
	}, `SELECT seq, hash, public FROM record WHERE cabinet = $1 AND epoch = $2 AND seq >= $3 AND seq <= $4 ORDER BY seq LIMIT $5`,
		cabinet, epoch, int64(span[0]), int64(span[1]), provedAtMost)
	if err != nil || len(list) == 0 {
		return err
	}
	if p.Records == 0 {
		p.First = list[0]
	}
	p.Records, p.Last = p.Records+len(list), list[len(list)-1]
	if p.Last < span[1] && p.Broken == "" {
		if p.Whole = len(list) < provedAtMost; p.Whole {
			p.Broken = fmt.Sprintf("%s/%d: missing", epoch, p.Last+1)
		}
	}
	return nil
}

// Recent are the newest records of a cabinet, the newest first, at most so many.
func (b *Books) Recent(ctx context.Context, cabinet string, most int) ([]Entry, error) {
	return rows(ctx, b.db, readEntry, `SELECT `+entryColumns+` WHERE r.cabinet = $1 ORDER BY e.turn DESC, r.seq DESC LIMIT $2`, cabinet, most)
}
