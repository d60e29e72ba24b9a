package books

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

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
	spans, epochs := spansOf(story)
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
	list, err := rows(ctx, b.db, func(r scanner) (uint64, error) {
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

// Told is a parcel's story as people want to hear it: its own records, and what its doors did between the first and the last of them. A door
// is one parcel's at a time, so that this is its story too.
func (b *Books) Told(ctx context.Context, story []Entry) ([]Entry, error) {
	spans, epochs := spansOf(story)
	type name struct {
		epoch string
		seq   uint64
	}
	own := make(map[name]bool, len(story))
	doors := map[int]bool{}
	for _, e := range story {
		own[name{e.Epoch, e.Seq}] = true
		doors[doorOf(e)] = true
	}
	delete(doors, 0)
	all := slices.Clone(story)
	for _, epoch := range epochs {
		around, err := rows(ctx, b.db, readEntry, `SELECT `+entryColumns+` WHERE r.cabinet = $1 AND r.epoch = $2 AND r.seq >= $3 AND r.seq <= $4
			AND r.kind IN ('door.opened', 'door.closed', 'door.forced', 'door.left_open', 'door.opened_late', 'door.said_open', 'unlock.ended', 'unlock.refused')
			ORDER BY r.seq LIMIT $5`, story[0].Cabinet, epoch, int64(spans[epoch][0]), int64(spans[epoch][1]), provedAtMost)
		if err != nil {
			return nil, err
		}
		for _, e := range around {
			if doors[doorOf(e)] && !own[name{e.Epoch, e.Seq}] {
				all = append(all, e)
			}
		}
	}
	order := func(e Entry) int { return slices.Index(epochs, e.Epoch) }
	slices.SortStableFunc(all, func(a, b Entry) int { return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.Seq, b.Seq)) })
	return all, nil
}

// doorOf is the door that a record is about; 0: none.
func doorOf(e Entry) int {
	var line struct {
		Event struct {
			Door int `json:"door"`
		} `json:"event"`
	}
	_ = json.Unmarshal(e.Public, &line) // a field of another type stays 0
	return line.Event.Door
}

// spansOf are the first and the last record of a story in each epoch, and the epochs in order.
func spansOf(story []Entry) (spans map[string][2]uint64, epochs []string) {
	spans = map[string][2]uint64{}
	for _, e := range story {
		span, known := spans[e.Epoch]
		if !known {
			epochs = append(epochs, e.Epoch)
			span = [2]uint64{e.Seq, e.Seq}
		}
		spans[e.Epoch] = [2]uint64{min(span[0], e.Seq), max(span[1], e.Seq)}
	}
	return spans, epochs
}

// Recent are the newest records of a cabinet, the newest first, at most so many.
func (b *Books) Recent(ctx context.Context, cabinet string, most int) ([]Entry, error) {
	return rows(ctx, b.db, readEntry, `SELECT `+entryColumns+` WHERE r.cabinet = $1 ORDER BY e.turn DESC, r.seq DESC LIMIT $2`, cabinet, most)
}
