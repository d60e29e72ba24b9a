package books

import (
	"context"
	"slices"

	"lockerd/internal/desk"
)

// givePages gives each of those who share a rented door, and has none, a page of their own: order is that which announced the door.
func (b *Books) givePages(ctx context.Context, q querier, cabinet, order string, people []desk.Sharer) ([]desk.Sharer, error) {
	people = slices.Clone(people)
	for i := range people {
		if people[i].Link != "" || people[i].Gone {
			continue
		}
		people[i].Link = newLink()
		if err := write(ctx, q, `INSERT INTO sharer_page (link, cabinet, order_id, sharer) VALUES ($1, $2, $3, $4)`,
			linkHash(people[i].Link), cabinet, order, people[i].Person); err != nil {
			return nil, err
		}
	}
	return people, nil
}

// bySharersLink is a rented door as the one of its people sees it whose page has an address that ends so; nil if there is none. Of several parcels
// of one order, as a cabinet with a restored journal may say, it is the one that they share.
func (b *Books) bySharersLink(ctx context.Context, link string) (*desk.Parcel, error) {
	type page struct{ cabinet, order, sharer string }
	found, err := rows(ctx, b.db, func(r scanner) (p page, err error) { return p, r.Scan(&p.cabinet, &p.order, &p.sharer) },
		`SELECT cabinet, order_id, sharer FROM sharer_page WHERE link = $1`, linkHash(link))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	at := found[0]
	list, err := rows(ctx, b.db, b.scanParcel,
		`SELECT `+parcelColumns+` FROM parcel WHERE cabinet = $1 AND order_id = $2 AND rented ORDER BY stored`, at.cabinet, at.order)
	if err != nil {
		return nil, err
	}
	a, err := b.oneAnnouncement(ctx, b.db, `cabinet = $1 AND order_id = $2`, at.cabinet, at.order)
	if err != nil {
		return nil, err
	}
	if a != nil {
		list = append(list, a.Sending())
	}
	for _, p := range list {
		if p = p.For(at.sharer); p.Link == link {
			return &p, nil
		}
	}
	return nil, nil // what is personal was forgotten, or they have another page
}

// Share is what somebody is known as who shares a rented door.
type Share struct {
	Cabinet, Tracking string
	Parcel            string // its id; empty: nothing lies there yet
	Order             string // that announced it
	Person            string
	Code              bool // they have one that opens it
}

// sharedBy finds among those who share a rented door whom a test recognises.
func sharedBy(p desk.Parcel, is func(tracking string, c desk.Contact) bool) (list []Share) {
	for _, x := range p.People {
		if !x.Contact.IsZero() && is("", x.Contact) { // a number is everybody's who shares the door
			list = append(list, Share{p.Cabinet, p.Tracking, p.ID, p.Order, x.Person, x.Code != "" && (p.ID == "" || p.Status.Lies())})
		}
	}
	return list
}

// eraseShares ends what is personal of people who share a rented door; what is its renter's, and the others', stays.
func (b *Books) eraseShares(ctx context.Context, q querier, list []Share) error {
	for _, s := range list {
		gone := func(people []desk.Sharer) []desk.Sharer {
			return slices.DeleteFunc(people, func(x desk.Sharer) bool { return x.Person == s.Person })
		}
		if err := write(ctx, q, `DELETE FROM sharer_page WHERE cabinet = $1 AND order_id = $2 AND sharer = $3`, s.Cabinet, s.Order, s.Person); err != nil {
			return err
		}
		if s.Parcel != "" {
			p, err := b.parcel(ctx, q, s.Cabinet, s.Parcel)
			if err != nil || p == nil {
				return err
			}
			p.People = gone(p.People)
			if err := b.putParcel(ctx, q, *p); err != nil {
				return err
			}
			continue
		}
		a, err := b.oneAnnouncement(ctx, q, `cabinet = $1 AND order_id = $2`, s.Cabinet, s.Order)
		if err != nil || a == nil {
			return err
		}
		a.People = gone(a.People)
		if err := b.putAnnouncement(ctx, q, *a); err != nil {
			return err
		}
	}
	return nil
}

// remindRenters reminds all who share a rented door whose time is nearly over, once for each end of it.
func (b *Books) remindRenters(ctx context.Context, q querier) (reminded int, err error) {
	now := b.clock()
	doors, err := rows(ctx, q, b.scanParcel,
		`SELECT `+parcelColumns+` FROM parcel p WHERE rented AND status = $1 AND until > $2 AND until <= $3 AND NOT EXISTS
		(SELECT 1 FROM notice n WHERE n.id = p.cabinet || '/' || p.id || '/rent_last_day/' || CAST(p.until AS TEXT))`,
		desk.Kept, millis(now), millis(now.Add(desk.LastDay)))
	if err != nil {
		return 0, err
	}
	for _, p := range doors {
		what := p.Reminder(now)
		if what == "" {
			continue
		}
		for _, n := range p.Tells(what) {
			if err := b.addNotice(ctx, q, told(p.Cabinet, p.ID, n, p.Until), p.Cabinet, desk.Subject{Parcel: p.ID}, n); err != nil {
				return reminded, err
			}
			reminded++
		}
	}
	return reminded, nil
}
