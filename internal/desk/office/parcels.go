package office

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
)

// parcelRow is a parcel without anything personal: templates get no more.
type parcelRow struct {
	Cabinet, ID, Tracking, Size, Company string
	Door                                 int
	Status                               desk.Status
	Stored, Until, Ended                 time.Time
	Rented                               bool
}

func rowOf(p desk.Parcel) parcelRow {
	return parcelRow{Cabinet: p.Cabinet, ID: p.ID, Tracking: p.Tracking, Size: p.Size, Company: p.Company, Door: p.Door, Status: p.Status,
		Stored: p.Stored, Until: p.Until, Ended: p.Ended, Rented: p.Rented}
}

// parcelsPage is a list of parcels, and of announcements of what was looked for.
type parcelsPage struct {
	Query, Cabinet, Status string
	Statuses               []desk.Status
	Rows                   []parcelRow
	Expected               []expectedRow
	Next                   string // the address of what follows
}

// expectedRow is an announcement without anything personal.
type expectedRow struct {
	Cabinet, Tracking, Order, Why string
	State                         desk.AnnouncementState
	Made, Until                   time.Time
	Sends, Rents                  bool // its sender brings it, or its renter
}

func (o *Office) expected(v *visit, f books.AnnouncementFilter, most int) ([]expectedRow, error) {
	found, err := o.Books.Announcements(v.r.Context(), f, most)
	var rows []expectedRow
	for _, a := range found {
		rows = append(rows, expectedRow{a.Cabinet, a.Tracking, a.Order, a.Why, a.State, a.Made, a.Until, a.Sends, a.Rents})
	}
	return rows, err
}

// number is a parcel's number as people copy it: without the blanks that a label has for the eye.
func number(typed string) string { return strings.Join(strings.Fields(keypad.Replace(typed)), "") }

func (o *Office) parcels(v *visit) error {
	q := v.r.URL.Query()
	p := parcelsPage{Query: q.Get("q"), Cabinet: q.Get("cabinet"), Status: q.Get("status"),
		Statuses: []desk.Status{desk.Waiting, desk.Expired, desk.Cancelled, desk.NotWanted, desk.Collected, desk.TakenBack, desk.NotBack, desk.HandedOver,
			desk.ToSend, desk.ToCollect, desk.Dispatched, desk.Missing, desk.Withdrawn, desk.ToRent, desk.Kept}}
	f := books.ParcelFilter{Cabinet: p.Cabinet, Status: desk.Status(p.Status)}
	if p.Query != "" {
		f.Tracking = number(p.Query)
	}
	if at, name, ok := strings.Cut(q.Get("after"), ","); ok {
		millis, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return errForm
		}
		f.After = &books.Place{At: time.UnixMilli(millis), Name: name}
	}
	found, err := o.Books.Search(v.r.Context(), f, mostRows)
	if err != nil {
		return err
	}
	for _, one := range found {
		p.Rows = append(p.Rows, rowOf(one))
	}
	if len(found) == mostRows {
		last := books.PlaceOf(found[len(found)-1])
		q.Set("after", strconv.FormatInt(last.At.UnixMilli(), 10)+","+last.Name)
		p.Next = Prefix + "parcels?" + q.Encode()
	}
	expected := books.AnnouncementFilter{Cabinet: f.Cabinet, Tracking: f.Tracking}
	if f.Status == desk.ToSend || f.Status == desk.ToRent { // in no cabinet yet
		expected.State, expected.Senders, expected.Renters = desk.Expects, f.Status == desk.ToSend, f.Status == desk.ToRent
	}
	if f.Tracking != "" || expected.State != "" {
		if p.Expected, err = o.expected(v, expected, mostRows); err != nil {
			return err
		}
	}
	return v.show(http.StatusOK, "parcels", "parcels", p)
}

// parcelPage is a parcel's story and what can be done with it.
type parcelPage struct {
	Parcel    parcelRow
	Site      string
	Story     []recordView
	Proof     books.Proof
	Deeds     []deedView
	May       []parcelDeed // what can be done now
	Order     string       // that was just sent
	Recipient *recipientView
	People    []sharerRow
	Languages []string // of recipients
	Fee       *feeView // nil: it costs nothing
	Stills    []stillsRow
}

// recipientView is who a parcel is for, or who sends it, or who has rented its door, and shares it. Whoever sees it stands in the audit.
type recipientView struct {
	desk.Contact
	Code   string
	Sends  bool // it is from them
	Rents  bool // they have the door
	People []desk.Sharer
}

// parcelDeed is something that can be done with a parcel.
type parcelDeed struct {
	Name  string
	Asks  string // "hours", "recipient", "money", "sharer", "who": what it needs beside a reason; "stills"; "unclear": there is a payment in doubt
	fits  []desk.Status
	order func(v *visit, p desk.Parcel) orders.Order
}

// parcelDeeds are all of them.
var parcelDeeds = []parcelDeed{
	{Name: "new-code", fits: []desk.Status{desk.Waiting, desk.NotWanted, desk.Kept}, order: func(_ *visit, p desk.Parcel) orders.Order {
		return orders.Order{Kind: "parcel.new_code", Body: contract.NewCode{Tracking: p.Tracking}}
	}},
	{Name: "extend", Asks: "hours", fits: []desk.Status{desk.Waiting, desk.Expired, desk.Kept}, order: func(v *visit, p desk.Parcel) orders.Order {
		days, _ := strconv.Atoi(v.number("days")) // what is no number is 0, and too few
		return orders.Order{Kind: "parcel.extend", Body: contract.Extend{Tracking: p.Tracking, ByHours: 24 * days, Price: v.price(p)}}
	}},
	{Name: "new-recipient", Asks: "recipient", fits: []desk.Status{desk.Waiting, desk.NotWanted}, order: func(v *visit, p desk.Parcel) orders.Order {
		contact := v.contact()
		o := orders.Order{Kind: "parcel.new_recipient", Body: contract.NewRecipient{Tracking: p.Tracking}, Tell: &contact}
		if contact.Phone != "" {
			o.Personal = contract.Recipient{Phone: contact.Phone}
		}
		return o
	}},
	{Name: "share", Asks: "sharer", order: sharingDeed("share")},
	{Name: "unshare", Asks: "who", order: sharingDeed("unshare")},
	{Name: "recall", fits: []desk.Status{desk.Waiting, desk.Expired, desk.Kept}, order: func(_ *visit, p desk.Parcel) orders.Order {
		return orders.Order{Kind: "parcel.cancel", Body: contract.Cancel{Tracking: p.Tracking}}
	}},
	{Name: "handed-over", fits: []desk.Status{desk.Waiting, desk.Expired, desk.Cancelled, desk.NotWanted, desk.Kept}, order: func(_ *visit, p desk.Parcel) orders.Order {
		return orders.Order{Kind: "parcel.handed_over", Body: contract.HandOver{Tracking: p.Tracking}}
	}},
	{Name: "stills", Asks: "stills", order: stillsDeed},
	{Name: "paid", Asks: "money", order: moneyDeed(false)},
	{Name: "refunded", Asks: "money", order: moneyDeed(true)},
	{Name: "not-paid", Asks: "unclear", order: func(_ *visit, p desk.Parcel) orders.Order { return orders.Unpaid(p) }},
}

// mayWith are the deeds that fit a parcel's status, those about money, whatever became of it, and those about who shares a rented door. That is
// its people's also when its time is over.
func mayWith(p desk.Parcel) (list []parcelDeed) {
	for _, d := range parcelDeeds {
		shared := d.Asks == "sharer" || d.Asks == "who" && len(desk.Sharers(p.People)) > 0
		fits := d.Asks == "money" && p.Fee != nil || d.Asks == "stills" || d.Asks == "unclear" && p.Fee.Doubted() || shared && p.InUse()
		if fits || slices.Contains(d.fits, p.Status) || p.InUse() && slices.Contains(d.fits, desk.Kept) {
			list = append(list, d)
		}
	}
	return list
}

// contact is a recipient as a form has them.
func (v *visit) contact() desk.Contact {
	return desk.Contact{Mail: v.field("mail"), Phone: v.number("phone"), Name: v.field("recipient"), Language: v.field("language")}
}

// findParcel is the parcel of a request.
func (o *Office) findParcel(v *visit) (desk.Parcel, error) {
	p, err := o.Books.Parcel(v.r.Context(), v.r.PathValue("cabinet"), v.r.PathValue("parcel"))
	if err == nil && p == nil {
		err = errNotFound
	}
	if err != nil {
		return desk.Parcel{}, err
	}
	return *p, nil
}

func (o *Office) parcel(v *visit) error {
	p, err := o.findParcel(v)
	if err != nil {
		return err
	}
	return o.showParcel(v, http.StatusOK, p, nil)
}

func (o *Office) showParcel(v *visit, status int, p desk.Parcel, recipient *recipientView) error {
	ctx := v.r.Context()
	story, err := o.Books.Story(ctx, p.Cabinet, p.ID)
	if err != nil {
		return err
	}
	view := parcelPage{Parcel: rowOf(p), May: mayWith(p), Order: v.r.URL.Query().Get("order"), Recipient: recipient, People: sharersOf(p.People),
		Languages: recipientLanguages}
	if view.Proof, err = o.Books.Prove(ctx, story); err != nil {
		return err
	}
	told, err := o.Books.Told(ctx, story)
	if err != nil {
		return err
	}
	for _, e := range told {
		view.Story = append(view.Story, v.told(e))
	}
	cabinet, err := o.Books.Cabinet(ctx, p.Cabinet)
	if err != nil {
		return err
	}
	view.Site = cabinet.Place
	if err := o.withStills(v, &view, story); err != nil {
		return err
	}
	if view.Fee, err = o.fee(v, p); err != nil {
		return err
	}
	if view.Deeds, err = v.deeds(books.DeedFilter{Cabinet: p.Cabinet, Subject: p.Tracking}, 20); err != nil {
		return err
	}
	return v.show(status, "parcel", "parcel", view)
}

// recipient shows who a parcel is for, or who sends it, or has its door, once it stands in the audit that somebody looks.
func (o *Office) recipient(v *visit) error {
	p, err := o.findParcel(v)
	if err != nil {
		return err
	}
	who := recipientView{Contact: p.Contact, Code: p.Code, Sends: p.Status.Sent(), Rents: p.Rented, People: desk.Sharers(p.People)}
	if err := o.lookedAt(v, who, p.Cabinet, p.Tracking); err != nil {
		return err
	}
	return o.showParcel(v, http.StatusOK, p, &who)
}

// lookedAt writes into the audit that somebody looks at who a parcel is for, or who sends it.
func (o *Office) lookedAt(v *visit, who recipientView, cabinet, tracking string) error {
	what := "recipient.looked_up"
	switch {
	case who.Sends:
		what = "sender.looked_up"
	case who.Rents:
		what = "renter.looked_up"
	}
	return o.Books.Note(v.r.Context(), books.Deed{Who: v.person.Name, Place: v.from, What: what, Cabinet: cabinet, Subject: tracking})
}

// parcelDeed does something with a parcel, by an order.
func (o *Office) parcelDeed(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	p, err := o.findParcel(v)
	if err != nil {
		return err
	}
	for _, d := range mayWith(p) {
		if d.Name != v.r.PathValue("deed") {
			continue
		}
		order := d.order(v, p)
		order.Cabinet, order.By, order.Reason = p.Cabinet, v.person.Name, v.field("reason")
		if d.Asks == "recipient" && order.Tell.Mail == "" && order.Tell.Phone == "" {
			v.tell(true, "deed.nobody")
			return o.showParcel(v, http.StatusUnprocessableEntity, p, nil)
		}
		if e, is := order.Body.(contract.Extend); is && (e.ByHours < 1 || e.ByHours > contract.MaxHours) {
			v.tell(true, "deed.days_wrong", "most", contract.MaxHours/24)
			return o.showParcel(v, http.StatusUnprocessableEntity, p, nil)
		}
		var id string
		done := v.isSum(order)
		if done {
			id, done, err = v.send(order)
		}
		if err != nil {
			return err
		}
		if !done {
			return o.showParcel(v, http.StatusUnprocessableEntity, p, nil)
		}
		return v.to(link("parcels", p.Cabinet, p.ID) + "?order=" + id)
	}
	return errNotFound
}
