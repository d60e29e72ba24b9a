package books

import (
	"context"
	"database/sql"
	"time"

	"lockerd/internal/desk"
)

// trouble is one that the books know of.
type trouble struct {
	cabinet, name string
	since         time.Time
	raised        bool
}

// Watch looks at every cabinet's presence and state, and tells the staff of each trouble that has lasted for as long as patience, once
// for each time that it comes; of what a cabinet was told in vain at once. It returns how many it has told of.
func (b *Books) Watch(ctx context.Context, patience time.Duration) (raised int, err error) {
	err = b.within(ctx, func(tx *sql.Tx) error {
		raised = 0
		known, err := b.troubles(ctx, tx)
		if err != nil {
			return err
		}
		// A state is thousands of bytes, and most tell of no fault: those stay in the database.
		list, err := rows(ctx, tx, func(r scanner) (Cabinet, error) { return readCabinet(r.Scan) },
			`SELECT name, place, reader, presence, CASE WHEN state LIKE '%"faults":[]%' THEN '' ELSE state END FROM cabinet`)
		if err != nil {
			return err
		}
		for _, c := range list {
			for _, t := range desk.Troubles(c.Presence, c.State) {
				told, err := b.lasts(ctx, tx, c, t, known[[2]string{c.Name, t.Name}], patience)
				if err != nil {
					return err
				}
				delete(known, [2]string{c.Name, t.Name})
				raised += told
			}
		}
		unheard, err := b.unheard(ctx, tx)
		if err != nil {
			return err
		}
		for _, u := range unheard {
			told, err := b.lasts(ctx, tx, Cabinet{Name: u.cabinet}, u.Trouble, known[[2]string{u.cabinet, u.Name}], 0)
			if err != nil {
				return err
			}
			delete(known, [2]string{u.cabinet, u.Name})
			raised += told
		}
		for _, over := range known {
			if err := write(ctx, tx, `DELETE FROM trouble WHERE cabinet = $1 AND what = $2`, over.cabinet, over.name); err != nil {
				return err
			}
		}
		return nil
	})
	return raised, err
}

// missedFor is how long ago an order ended in vain at most that the staff is told of.
const missedFor = 7 * 24 * time.Hour

// unheard is what a cabinet was told, and has not answered in time.
type unheard struct {
	cabinet string
	desk.Trouble
}

// unheard are money of which cabinets were told, and orders that nobody waits for.
func (b *Books) unheard(ctx context.Context, q querier) ([]unheard, error) {
	now := millis(b.clock())
	list, err := rows(ctx, q, func(r scanner) (u unheard, err error) {
		var m desk.Payment
		err = r.Scan(&u.cabinet, &m.Parcel, &m.Refund, &m.Reference, &m.Order)
		u.Trouble = desk.Unheard(m)
		return u, err
	}, `SELECT m.cabinet, m.parcel, m.refund, m.reference, m.order_id FROM payment m JOIN sent_order o ON o.id = m.order_id
		WHERE m.counted = 0 AND o.answered = 0 AND o.expires <= $1`, now)
	if err != nil {
		return nil, err
	}
	for _, kind := range desk.Missable {
		missed, err := rows(ctx, q, func(r scanner) (u unheard, err error) {
			var order string
			err = r.Scan(&u.cabinet, &order)
			u.Trouble = desk.Missed(order, kind)
			return u, err
		}, `SELECT cabinet, id FROM sent_order WHERE kind = $1 AND answered = 0 AND expires <= $2 AND expires > $3`, kind, now, millis(b.clock().Add(-missedFor)))
		if err != nil {
			return nil, err
		}
		list = append(list, missed...)
	}
	return list, nil
}

// troubles are those that are known, by cabinet and name.
func (b *Books) troubles(ctx context.Context, q querier) (map[[2]string]*trouble, error) {
	known := make(map[[2]string]*trouble)
	_, err := rows(ctx, q, func(r scanner) (t trouble, err error) {
		var since, raised int64
		err = r.Scan(&t.cabinet, &t.name, &since, &raised)
		t.since, t.raised = date(since), raised != 0
		known[[2]string{t.cabinet, t.name}] = &t
		return t, err
	}, `SELECT cabinet, what, since, raised FROM trouble`)
	return known, err
}

// lasts notes a trouble that there is now, and tells the staff once it has lasted. known is what is known of it; nil: it is new.
func (b *Books) lasts(ctx context.Context, q querier, c Cabinet, t desk.Trouble, known *trouble, patience time.Duration) (told int, err error) {
	now := b.clock()
	if known == nil {
		known = &trouble{cabinet: c.Name, name: t.Name, since: now}
		if err := write(ctx, q, `INSERT INTO trouble (cabinet, what, since) VALUES ($1, $2, $3)`, c.Name, t.Name, millis(now)); err != nil {
			return 0, err
		}
	}
	if known.raised || now.Sub(known.since) < patience {
		return 0, nil
	}
	if err := b.ownAlarm(ctx, q, t.Kind, c.Name+": "+t.What, t.Urgent); err != nil {
		return 0, err
	}
	return 1, write(ctx, q, `UPDATE trouble SET raised = $1 WHERE cabinet = $2 AND what = $3`, millis(now), c.Name, t.Name)
}
