package main_test

import (
	"context"
	"fmt"
	"net/mail"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books/bookstest"
	"lockerd/internal/desk/orders"
	"lockerd/internal/desk/post/posttest"
	"lockerd/internal/locker"
	"lockerd/internal/sync/cloudtest"
	"lockerd/internal/tariff"
)

// announce has a parcel announced at some cabinet, as lockerdesk announce does: each third is a sender's, and each third a renter's. While the
// books are away it comes to nothing.
func (d *depot) announce() *parcelled {
	n := len(d.parcels) + 1
	p := &parcelled{cabinet: d.cabinets[d.dice.IntN(len(d.cabinets))], tracking: fmt.Sprintf("T%d", n), sends: n%3 == 0, rents: n%3 == 2}
	p.at = strings.ToLower(p.tracking) + "@person.example"
	a := orders.Announcement{Tracking: p.tracking, Fee: p.fee(), Sends: p.sends, Contact: desk.Contact{Mail: p.at}}
	if p.sends || p.rents {
		a.Company = "Example Parcel"
	}
	if p.rents {
		a.Hours = 72
	}
	id, err := d.office.Announce(d.t.Context(), p.cabinet.name, "test", a)
	fatal(d.t, err)
	p.order = id
	d.parcels = append(d.parcels, p)
	return p
}

// ready says that its cabinet has heard all that comes before somebody puts it in. A rented door is shared first: by the next look at it.
func (d *depot) ready(p *parcelled) bool {
	_, _, heard := p.cabinet.know(p.order)
	if !heard || !p.rents {
		return heard
	}
	if p.share == "" {
		o := orders.Share(p.tracking, sharer, true, desk.Contact{Mail: p.sharedWith()})
		o.Cabinet, o.By = p.cabinet.name, "test"
		id, err := d.office.Send(d.t.Context(), o)
		fatal(d.t, err)
		p.share = id
	}
	_, _, heard = p.cabinet.know(p.share)
	return heard
}

// bring puts the parcel in.
func (p *parcelled) bring() {
	switch p.brought = true; {
	case p.sends:
		p.cabinet.sends(p.tracking, p.order)
	case p.rents:
		p.cabinet.keeps(p.tracking, p.order)
	default:
		p.cabinet.brings(p.tracking, p.order)
	}
}

// fetch takes it out.
func (p *parcelled) fetch() {
	if p.gone = true; p.sends {
		p.cabinet.dispatched(p.tracking)
		return
	}
	p.cabinet.fetched(p.tracking)
}

// fee is what each other parcel costs its recipient.
func (p *parcelled) fee() *locker.Terms {
	if number, _ := strconv.Atoi(p.tracking[1:]); p.sends || p.rents || number%2 == 0 {
		return nil
	}
	return &locker.Terms{Currency: "EUR", Tariff: &tariff.Tariff{Currency: "EUR", Free: 86400, Steps: []tariff.Rate{{Every: 86400, Price: 250}}}}
}

// live has people do something: bring what was announced, fetch what was brought.
func (d *depot) live() {
	for _, p := range d.parcels {
		switch {
		case !p.brought && d.ready(p) && d.dice.IntN(2) == 0:
			p.bring()
		case p.brought && !p.gone && d.dice.IntN(12) == 0:
			p.fetch()
		}
	}
}

// mails are the mails to recipients and senders, by address, and by what each is told from.
func (d *depot) mails() (list map[string][]letterOf) {
	list = make(map[string][]letterOf)
	mails, bodies := d.mail.Mails()
	for i, m := range mails {
		all := make(map[string]string)
		again, err := mail.ReadMessage(strings.NewReader(bodies[i]))
		fatal(d.t, err)
		parts(d.t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), again.Body, all)
		to, err := mail.ParseAddress(m.Header.Get("To"))
		fatal(d.t, err)
		list[to.Address] = append(list[to.Address], letterOf{to.Address, m.Header.Get("Message-ID"), m.Header.Get("Subject"), all["text/plain"]})
	}
	return list
}

type letterOf struct{ to, id, subject, text string }

var codeOf = regexp.MustCompile(`\b\d{8}\b`)

// settle waits until everything has come everywhere: no pause of the outbox is waited for. A cabinet that knows nothing of an order yet
// has all its acks, so the answers come first.
func (d *depot) settle() {
	d.t.Helper()
	cloudtest.Eventually(d.t, "all orders are answered", func() bool {
		return d.count(`SELECT COUNT(*) FROM sent_order WHERE answered = 0`) == 0
	})
	for _, c := range d.cabinets {
		cloudtest.Eventually(d.t, c.name+" has all acks", func() bool {
			records, acked, _ := c.know("")
			return records == acked
		})
	}
	hurried := time.Time{}
	cloudtest.Eventually(d.t, "everybody is told", func() bool {
		if time.Since(hurried) > 20*time.Second { // longer than a look into the outbox lasts
			hurried = time.Now()
			_, err := d.db.ExecContext(d.t.Context(), `UPDATE notice SET due = 0 WHERE state = 'waiting' AND due > $1`, time.Now().Add(-time.Second).UnixMilli())
			fatal(d.t, err)
		}
		return d.count(`SELECT COUNT(*) FROM notice WHERE state = 'waiting'`) == 0
	})
	cloudtest.Eventually(d.t, "what follows by itself has followed", func() bool {
		return d.count(`SELECT COUNT(*) FROM errand`) == 0 && d.count(`SELECT COUNT(*) FROM sent_order WHERE answered = 0`) == 0
	})
	for _, c := range d.cabinets {
		cloudtest.Eventually(d.t, c.name+" has all acks", func() bool {
			records, acked, _ := c.know("")
			return records == acked
		})
	}
}

func (d *depot) count(query string, args ...any) (n int) {
	d.t.Helper()
	if err := d.db.QueryRowContext(d.t.Context(), query, args...).Scan(&n); err != nil {
		d.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// check holds the laws of the operator's side: each record and what follows from it once; each notice told, to its recipient alone and
// with no other code than theirs, and once more only where the desk died after all of it had left.
func (d *depot) check() {
	d.t.Helper()
	for _, c := range d.cabinets {
		records, _, _ := c.know("")
		if n := d.count(`SELECT COUNT(*) FROM record WHERE cabinet = $1 AND problem = ''`, c.name); n != records {
			d.t.Errorf("%s: want its %d records in the books, got %d", c.name, records, n)
		}
		if c.ahead > 0 {
			d.t.Errorf("%s: %d acks of records that it never wrote", c.name, c.ahead)
		}
		for order, n := range c.followed {
			if answered := d.count(`SELECT COUNT(*) FROM sent_order WHERE id = $1 AND answered <> 0 AND accepted`, order); n > 0 && answered != 1 {
				d.t.Errorf("%s: want the answer to %s in the books", c.name, order)
			}
		}
	}
	mails, twice := d.mails(), 0
	for _, p := range d.parcels {
		twice += d.told(p, append(mails[p.at], mails[p.sharedWith()]...))
	}
	if twice > d.cuts {
		d.t.Errorf("want a mail once more only where a desk died between the mail server and its books (%d times), got %d", d.cuts, twice)
	}
	d.t.Logf("%d parcels, %d mails, %d of them once more, by %d cuts after all of one had left", len(d.parcels), len(mails), twice, d.cuts)
}

// wants are how many notices there are to be of each kind, and how many of all of them are told at the least: what one says may be over before
// its turn comes. A receipt stays true.
func (p *parcelled) wants() (want map[string]int, least int) {
	brought, gone := 0, 0
	if p.brought {
		brought = 1
	}
	if p.gone {
		gone = 1
	}
	switch {
	case p.sends:
		return map[string]int{"to_send": 1, "sent": brought, "dispatched": gone}, max(1, brought+gone)
	case p.rents:
		shared, people := 0, 1
		if p.share != "" {
			shared, people = 1, 2
		}
		return map[string]int{"to_rent": 1, "shared": shared, "kept": people * brought, "ended": people * gone}, people
	}
	return map[string]int{"stored": brought, "collected": gone}, brought
}

// withCode are the letters that bring a code.
var withCode = []string{"Your parcel is here", "Your code to send a parcel", "Your code for a door", "A door is shared with you", "Your rented door"}

// told checks what the recipient or the sender of a parcel, or the people of a rented door, were told, and returns how many mails came that the books do not know to have left.
func (d *depot) told(p *parcelled, letters []letterOf) (twice int) {
	d.t.Helper()
	ids := make(map[string]string)
	for _, l := range letters {
		if before, again := ids[l.id]; again {
			twice++
			if before != l.subject {
				d.t.Errorf("%s: one Message-ID for %q and %q", p.tracking, before, l.subject)
			}
		}
		ids[l.id] = l.subject
		for _, code := range codeOf.FindAllString(l.text, -1) {
			if code != p.codeFor(l.to) {
				d.t.Errorf("%s: a letter to %s has the code %s, which is another's", p.tracking, l.to, code)
			}
		}
		if slices.Contains(withCode, l.subject) && !strings.Contains(l.text, p.codeFor(l.to)) {
			d.t.Errorf("%s: want the code of %s in\n%s", p.tracking, l.to, l.text)
		}
	}
	const of = ` FROM notice WHERE cabinet = $1 AND (parcel = $2 OR order_id = $3)`
	about := []any{p.cabinet.name, "p-" + p.tracking, p.order}
	want, least := p.wants()
	for what, n := range want {
		if got := d.count(`SELECT COUNT(*)`+of+` AND what = $4`, append(about, what)...); got != n {
			d.t.Errorf("%s: want %d notices that it was %s, got %d", p.tracking, n, what, got)
		}
	}
	told := d.count(`SELECT COUNT(*)`+of+` AND state = 'told'`, about...)
	if d.count(`SELECT COUNT(*)`+of+` AND state IN ('nobody', 'given_up')`, about...) > 0 || told < least {
		d.t.Errorf("%s: want them told (a sender %v, brought %v, fetched %v), got %d told", p.tracking, p.sends, p.brought, p.gone, told)
	}
	// A fee's time begins once, when somebody was told; not if the parcel was fetched before the order for it was written.
	begun := d.count(`SELECT COUNT(*) FROM audit WHERE cabinet = $1 AND subject = $2 AND what = 'parcel.told'`, p.cabinet.name, p.tracking)
	most := 0
	if p.fee() != nil {
		most = d.count(`SELECT COUNT(*) FROM notice WHERE cabinet = $1 AND parcel = $2 AND what = 'stored' AND state = 'told'`, p.cabinet.name, "p-"+p.tracking)
	}
	if begun > most || begun < most && !p.gone {
		d.t.Errorf("%s: want its fee's time to begin %d times, got %d", p.tracking, most, begun)
	}
	// A mail may have left before a cut, and be moot when its turn comes again.
	moot := d.count(`SELECT COUNT(*)`+of+` AND state = 'moot'`, about...)
	unknown := len(ids) - told
	if unknown < 0 || unknown > moot {
		d.t.Errorf("%s: want %d mails, as the books say, and %d at most that were moot, got %d: %v", p.tracking, told, moot, len(ids), ids)
	}
	return twice + unknown
}

// hold waits in a transaction's way, so that lockerdesk stands in the middle of one; release lets it go on.
func (d *depot) hold() (release func()) {
	ctx, cancel := context.WithCancel(context.Background())
	begin, stop := `BEGIN IMMEDIATE`, `ROLLBACK`
	if d.postgres != nil {
		begin = `BEGIN; LOCK TABLE parcel IN ACCESS EXCLUSIVE MODE`
	}
	conn, err := d.db.Conn(ctx)
	fatal(d.t, err)
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		d.t.Logf("nobody stands in the way this time: %v", err)
	}
	return func() {
		_, _ = conn.ExecContext(ctx, stop) // nothing was written
		_ = conn.Close()
		cancel()
	}
}

// arrives starts watching for a stage of a mail; it is there until the desk is dead.
func (d *depot) arrives(stage posttest.Stage) (reached chan struct{}, release func()) {
	reached, dead := make(chan struct{}, 100), make(chan struct{})
	d.mail.Watch(func(s posttest.Stage) {
		if s == stage {
			reached <- struct{}{}
			<-dead
		}
	})
	return reached, func() { d.mail.Watch(nil); close(dead) }
}

// points are where lockerdesk dies. Each has the test do what leads there, and returns when lockerdesk is there, or will never be.
func (d *depot) points() []point {
	soon := func(is func() bool) {
		for end := time.Now().Add(5 * time.Second); !is() && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
	mailed := func(stage posttest.Stage) func() func() {
		return func() func() {
			reached, release := d.arrives(stage)
			d.brought()
			select {
			case <-reached:
				if stage != posttest.Named {
					d.cuts++
				}
			case <-time.After(5 * time.Second):
			}
			return release
		}
	}
	return []point{
		{"at any moment", func() func() {
			d.announce()
			d.live()
			time.Sleep(time.Duration(d.dice.IntN(400)) * time.Millisecond)
			return func() {}
		}},
		{"while it starts", func() func() {
			kill(d.desk)
			d.live()
			d.start()
			time.Sleep(time.Duration(d.dice.IntN(60)) * time.Millisecond)
			return func() {}
		}},
		{"an order lies in the books", func() func() { d.announce(); return func() {} }},
		{"the cabinet has the order", func() func() {
			p := d.announce()
			soon(func() bool { _, _, heard := p.cabinet.know(p.order); return heard })
			return func() {}
		}},
		{"in the middle of a transaction", func() func() {
			d.announce()
			release := d.hold()
			d.brought()
			time.Sleep(100 * time.Millisecond)
			return release
		}},
		{"a record is in the books", func() func() {
			before := d.count(`SELECT COUNT(*) FROM record`)
			d.brought()
			soon(func() bool { return d.count(`SELECT COUNT(*) FROM record`) > before })
			return func() {}
		}},
		{"a record is acknowledged", func() func() {
			p := d.brought()
			soon(func() bool { records, acked, _ := p.cabinet.know(""); return records == acked })
			return func() {}
		}},
		{"a recipient is named to the mail server", mailed(posttest.Named)},
		{"all of a mail has left", mailed(posttest.Read)},
		{"a mail is taken", mailed(posttest.Taken)},
	}
}

type point struct {
	name string
	// lead leads lockerdesk there; what it returns is called once it is dead.
	lead func() (after func())
}

// brought is a parcel that somebody has just brought.
func (d *depot) brought() *parcelled {
	for _, p := range d.parcels {
		if !p.brought && d.ready(p) {
			p.bring()
			return p
		}
	}
	p := d.parcels[d.dice.IntN(len(d.parcels))]
	if p.brought && !p.gone {
		p.fetch()
	}
	return p
}

// cut has something that lockerdesk needs stop for a moment.
func (d *depot) cut() {
	short := time.Duration(50+d.dice.IntN(500)) * time.Millisecond
	switch d.dice.IntN(3) {
	case 0:
		d.broker.Kill()
		time.Sleep(short)
		d.broker.Start()
	case 1:
		d.cuts += 1 // it may be between the two
		d.mail.Stop()
		time.Sleep(short)
		d.mail.Again(d.t)
	default:
		if d.postgres == nil {
			return
		}
		d.cuts += 1 // a mail that has left may not reach the books
		d.postgres.Stop()
		time.Sleep(short)
		d.postgres.Start()
		soonUp(d)
	}
}

// soonUp waits until the test's own connections are new ones.
func soonUp(d *depot) {
	cloudtest.Eventually(d.t, "the books are there again", func() bool {
		var n int
		_, err := d.books.Cabinets(d.t.Context())
		return err == nil && d.db.QueryRowContext(d.t.Context(), `SELECT COUNT(*) FROM cabinet`).Scan(&n) == nil
	})
}

// connected waits until lockerdesk is at its broker; not for ever, since it may have been cut off.
func (d *depot) connected() {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if text, err := os.ReadFile(d.log); err == nil && strings.Contains(string(text), "connected to the broker") {
			return
		}
	}
}

// TestDeskKilledAtAnyMoment: lockerdesk dies at each point of its work and at random, and broker, mail server and PostgreSQL are cut off in
// between. Each event has its effect once; everybody is told, and nobody is told another's code.
func TestDeskKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	kills := 8
	if os.Getenv("LOCKERD_LONG") != "" {
		kills = 250
	}
	if n, err := strconv.Atoi(os.Getenv("LOCKERD_KILLS")); err == nil { // of each kind of books
		kills = n
	}
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var server *bookstest.Server
			if kind == "postgres" {
				server = bookstest.Postgres(t)
			}
			d := newDepot(t, 3, server)
			d.start()
			for range 3 {
				d.announce()
			}
			points := d.points()
			died := make(map[string]int)
			for i := range kills {
				p := points[(i+map[string]int{"sqlite": 0, "postgres": 3}[kind])%len(points)]
				if p.name != "while it starts" && p.name != "at any moment" {
					d.connected() // on a busy machine it would die before it has begun
				}
				after := p.lead()
				kill(d.desk)
				after()
				died[p.name]++
				if d.dice.IntN(3) == 0 {
					d.cut()
				}
				d.start()
				if d.dice.IntN(4) == 0 {
					time.Sleep(time.Duration(d.dice.IntN(300)) * time.Millisecond)
					d.cut()
				}
				d.live()
			}
			d.announce() // the last word is an order
			d.settle()
			d.check()
			var names []string
			for name, n := range died {
				names = append(names, fmt.Sprintf("%s %d", name, n))
			}
			slices.Sort(names)
			t.Log(strings.Join(names, ", "))
			if t.Failed() {
				text, _ := os.ReadFile(d.log)
				t.Logf("the last lockerdesk said:\n%s", text)
			}
		})
	}
}
