package office

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/fees"
	"lockerd/internal/desk/letter"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
)

// recipientLanguages are those that notices are written in.
var recipientLanguages = letter.Languages()

// mostAnnounced is how many parcels one file announces: they are one transaction.
const mostAnnounced = 1000

// announcePage is the page where parcels are announced.
type announcePage struct {
	Cabinets  []books.Cabinet
	Sizes     []string
	Languages []string
	Tariffs   []string
	Currency  string // of fees; empty: there are none
	Typed     announcement
	Wrong     []wrongCell
	Rows      int         // of the file that was refused
	Sender    *senderView // or renter, that somebody has asked for
	Expected  []expectedRow
	Columns   []string
}

// announcement is a parcel as somebody has typed it, in a form or in a row of a file.
type announcement struct {
	Cabinet, Tracking, From, Mail, Phone, Recipient, Language, Size, Low, Company, Days, Hours, Tariff, Due, Label, Consent string
}

// senderView is who brings an announced parcel, or is to rent a door. Whoever sees it stands in the audit.
type senderView struct {
	recipientView
	Tracking, Order string
	Share           bool // who shares it can be changed
	Sharers         []sharerRow
}

// columns are the names of a file's columns. The order does not matter, and but for the first two all may be left out.
var columns = []string{"cabinet", "tracking", "mail", "phone", "name", "language", "size", "low", "company", "from", "days", "hours", "tariff", "due", "label", "consent"}

// cell is the value of a column.
func (a *announcement) cell(column string) *string {
	return map[string]*string{"cabinet": &a.Cabinet, "tracking": &a.Tracking, "mail": &a.Mail, "phone": &a.Phone, "name": &a.Recipient,
		"language": &a.Language, "size": &a.Size, "low": &a.Low, "company": &a.Company, "from": &a.From, "days": &a.Days, "hours": &a.Hours, "tariff": &a.Tariff, "due": &a.Due, "label": &a.Label, "consent": &a.Consent}[column]
}

// wrongCell says what is wrong with a file or a form, and where. It repeats nothing personal.
type wrongCell struct {
	Row    int    // as a table's program counts, with the heading as 1; 0: the file as a whole
	Column string // empty: the row as a whole
	Key    string // of the text
	What   string // that fills it
}

// words are what a low door is asked for with.
var lowWords = map[string]bool{"": false, "no": false, "0": false, "false": false, "nein": false, "لا": false, "否": false,
	"yes": true, "1": true, "true": true, "ja": true, "on": true, "نعم": true, "是": true}

// check reads an announcement, and says what is wrong with it.
func (a announcement) check(known map[string]bool, costs *fees.Config) (o orders.Announcement, wrong []wrongCell) {
	bad := func(column, key, what string) { wrong = append(wrong, wrongCell{Column: column, Key: key, What: what}) }
	for _, typed := range []*string{&a.Phone, &a.Due, &a.Days, &a.Hours} {
		*typed = keypad.Replace(*typed)
	}
	low, right := lowWords[strings.ToLower(a.Low)]
	if !right {
		bad("low", "announce.low_wrong", "")
	}
	label, consent := a.said(bad)
	if !known[a.Cabinet] {
		bad("cabinet", "announce.no_cabinet", a.Cabinet)
	}
	if a.Tracking == "" {
		bad("tracking", "announce.missing", "")
	}
	if a.Mail == "" && a.Phone == "" {
		bad("mail", "announce.nobody", "")
	}
	if a.Mail != "" {
		if parsed, err := mail.ParseAddress(a.Mail); err != nil || parsed.Address != a.Mail {
			bad("mail", "announce.mail_wrong", "")
		}
	}
	if a.Language != "" && !slices.Contains(recipientLanguages, a.Language) {
		bad("language", "announce.language_wrong", strings.Join(recipientLanguages, ", "))
	}
	fee, err := costs.Typed(a.Tariff, a.Due)
	switch {
	case errors.Is(err, fees.ErrNone):
		bad("", "announce.no_fees", "")
	case errors.Is(err, fees.ErrTariff):
		bad("tariff", "announce.tariff_wrong", strings.Join(costs.Names(), ", "))
	case err != nil:
		bad("due", "announce.due_wrong", costs.Currency)
	}
	sends, hours, until := a.bringer(bad)
	return orders.Announcement{Tracking: number(a.Tracking), Size: a.Size, Low: low, Company: a.Company, Sends: sends, Hours: hours, Until: until, Fee: fee, Label: label, Consent: consent,
		Contact: desk.Contact{Mail: a.Mail, Phone: a.Phone, Name: a.Recipient, Language: a.Language}}, wrong
}

// said reads whether a sender may show a label, and whether a recipient agrees.
func (a announcement) said(bad func(column, key, what string)) (label bool, consent string) {
	from := strings.ToLower(a.From)
	label, right := lowWords[strings.ToLower(a.Label)]
	if !right {
		bad("label", "announce.low_wrong", "")
	}
	if label && from != locker.FromSender {
		bad("label", "announce.label_sender", "")
	}
	yes, right := lowWords[strings.ToLower(a.Consent)]
	switch {
	case a.Consent == "":
	case !right:
		bad("consent", "announce.low_wrong", "")
	case from == locker.FromSender || from == locker.FromRenter:
		bad("consent", "announce.consent_sender", "")
	case yes:
		consent = string(locker.ConsentGiven)
	default:
		consent = string(locker.ConsentDenied)
	}
	return label, consent
}

// bringer reads who brings the parcel, until when, and for how many hours they rent the door.
func (a announcement) bringer(bad func(column, key, what string)) (sends bool, hours int, until time.Time) {
	from := strings.ToLower(a.From)
	switch from {
	case "", "courier":
	case locker.FromSender:
		sends = true
	case locker.FromRenter:
		hours = within(a.Hours, contract.MaxHours)
	default:
		bad("from", "announce.from_wrong", "")
	}
	if (from == locker.FromRenter) != (a.Hours != "") || from == locker.FromRenter && hours == 0 {
		bad("hours", "announce.hours_wrong", strconv.Itoa(contract.MaxHours))
	}
	if (sends || from == locker.FromRenter) && a.Company == "" {
		bad("company", "announce.sender_company", "")
	}
	if sends && (a.Tariff != "" || a.Due != "") {
		bad("due", "announce.sender_fee", "")
	}
	if a.Days != "" {
		days := within(a.Days, orders.MostDays)
		if days == 0 {
			bad("days", "announce.days_wrong", strconv.Itoa(orders.MostDays))
		}
		until = time.Now().AddDate(0, 0, days)
	}
	return sends, hours, until
}

// within is a typed number from 1 to a greatest one; 0: it is none.
func within(typed string, most int) int {
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 || n > most {
		return 0
	}
	return n
}

func (o *Office) announcing(v *visit) (p announcePage, known map[string]bool, err error) {
	p.Languages, p.Columns, known = recipientLanguages, columns, map[string]bool{}
	p.Tariffs, p.Currency = o.Fees.Names(), o.Fees.Currency
	if p.Cabinets, err = o.Books.Cabinets(v.r.Context()); err != nil {
		return p, nil, err
	}
	for _, c := range p.Cabinets {
		known[c.Name] = true
		for size := range v.read(c).State.Free {
			if !slices.Contains(p.Sizes, size) {
				p.Sizes = append(p.Sizes, size)
			}
		}
	}
	slices.Sort(p.Sizes)
	p.Expected, err = o.expected(v, books.AnnouncementFilter{}, 25)
	return p, known, err
}

func (o *Office) announce(v *visit) error {
	p, _, err := o.announcing(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "announce", "announce", p)
}

// announceAll sends announcements, all or none.
func (o *Office) announceAll(v *visit, p announcePage, known map[string]bool, rows []announcement, first int) error {
	var list []orders.Order
	seen := map[string]int{}
	for i, a := range rows {
		order, wrong := a.check(known, o.Fees)
		for _, w := range wrong {
			w.Row = first + i
			p.Wrong = append(p.Wrong, w)
		}
		name := a.Cabinet + "\x00" + strings.ToUpper(order.Tracking) // as scanners read it
		if before, twice := seen[name]; twice && order.Tracking != "" {
			p.Wrong = append(p.Wrong, wrongCell{Row: first + i, Column: "tracking", Key: "announce.twice", What: fmt.Sprint(before)})
		}
		seen[name] = first + i
		list = append(list, order.Order(a.Cabinet, v.person.Name))
	}
	if len(p.Wrong) == 0 {
		refused, err := o.Orders.SendAll(v.r.Context(), list)
		if err != nil {
			return err
		}
		for i := range list {
			if why := refused[i]; why != nil {
				p.Wrong = append(p.Wrong, wrongCell{Row: first + i, Key: "announce.unfit", What: why.Error()})
			}
		}
	}
	if len(p.Wrong) > 0 {
		p.Rows = len(rows)
		v.tell(true, "announce.none", "count", len(p.Wrong))
		return v.show(http.StatusUnprocessableEntity, "announce", "announce", p)
	}
	expected, err := o.expected(v, books.AnnouncementFilter{}, 25)
	if err != nil {
		return err
	}
	p.Typed, p.Expected = announcement{Cabinet: p.Typed.Cabinet}, expected
	v.tell(false, "announce.done", "count", len(rows))
	return v.show(http.StatusOK, "announce", "announce", p)
}

func (o *Office) announceOne(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	p, known, err := o.announcing(v)
	if err != nil {
		return err
	}
	p.Typed = announcement{Cabinet: v.field("cabinet"), Tracking: v.field("tracking"), Mail: v.field("mail"), Phone: v.field("phone"),
		Recipient: v.field("recipient"), Language: v.field("language"), Size: v.field("size"), Low: v.field("low"), Company: v.field("company"),
		From: v.field("from"), Days: v.field("days"), Hours: v.field("hours"), Tariff: v.field("tariff"), Due: v.field("due"), Label: v.field("label"), Consent: v.field("consent")}
	return o.announceAll(v, p, known, []announcement{p.Typed}, 0)
}

func (o *Office) announceFile(v *visit) error {
	file, _, err := v.r.FormFile("file")
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return err
	case err != nil:
		return errForm
	}
	defer func() { _ = file.Close() }() // it was read
	data, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	p, known, err := o.announcing(v)
	if err != nil {
		return err
	}
	rows, wrong := readRows(data)
	if wrong != nil {
		p.Wrong = wrong
		v.tell(true, "announce.none", "count", len(wrong))
		return v.show(http.StatusUnprocessableEntity, "announce", "announce", p)
	}
	return o.announceAll(v, p, known, rows, 2)
}

// readRows reads a file of announcements: CSV with a heading, separated by commas or semicolons, in UTF-8.
func readRows(data []byte) (rows []announcement, wrong []wrongCell) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, []wrongCell{{Key: "announce.not_utf8"}}
	}
	heading, _, _ := bytes.Cut(data, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	if bytes.Count(heading, []byte(";")) > bytes.Count(heading, []byte(",")) {
		r.Comma = ';'
	}
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	var at *csv.ParseError
	switch {
	case errors.As(err, &at):
		return nil, []wrongCell{{Row: at.Line, Key: "announce.not_csv"}}
	case err != nil, len(all) < 2:
		return nil, []wrongCell{{Key: "announce.empty"}}
	case len(all)-1 > mostAnnounced:
		return nil, []wrongCell{{Key: "announce.many", What: fmt.Sprint(mostAnnounced)}}
	}
	names := make([]string, len(all[0]))
	for i, name := range all[0] {
		names[i] = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns, names[i]) || slices.Contains(names[:i], names[i]) {
			wrong = append(wrong, wrongCell{Row: 1, Column: name, Key: "announce.column", What: strings.Join(columns, ", ")})
		}
	}
	for i, cells := range all[1:] {
		var a announcement
		if len(cells) != len(names) {
			wrong = append(wrong, wrongCell{Row: i + 2, Key: "announce.cells", What: fmt.Sprintf("%d/%d", len(cells), len(names))})
			continue
		}
		for j, c := range cells {
			if into := a.cell(names[j]); into != nil {
				*into = strings.TrimSpace(c)
			}
		}
		rows = append(rows, a)
	}
	return rows, wrong
}

// announceDrop takes an announcement back that was not brought yet.
func (o *Office) announceDrop(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	f := books.AnnouncementFilter{Cabinet: v.field("cabinet"), Tracking: v.field("tracking")}
	if f.Cabinet == "" || f.Tracking == "" {
		return errForm
	}
	found, err := o.Books.Announcements(v.r.Context(), f, 1)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errNotFound
	}
	switch may, err := o.Books.MayDrop(v.r.Context(), found[0].Announcement); {
	case err != nil:
		return err
	case !may: // the page is old: what has come is taken back where it is shown
		return errNotFound
	}
	_, done, err := v.send(orders.Order{Cabinet: f.Cabinet, Kind: "parcel.cancel", By: v.person.Name, Reason: v.field("reason"), Body: contract.Cancel{Tracking: f.Tracking}})
	if err != nil {
		return err
	}
	if !done {
		p, _, err := o.announcing(v)
		if err != nil {
			return err
		}
		return v.show(http.StatusUnprocessableEntity, "announce", "announce", p)
	}
	return v.to(Prefix + "announce")
}

// sender shows who brings an announced parcel, or is to rent a door, and the codes, once it stands in the audit that somebody looks.
func (o *Office) sender(v *visit) error {
	a, err := o.announcedBy(v)
	if err != nil {
		return err
	}
	who := senderView{recipientView: recipientView{Contact: a.Contact, Code: a.Code, Sends: a.Sends, Rents: a.Rents, People: desk.Sharers(a.People)}, Tracking: a.Tracking, Order: a.Order,
		Share: a.Rents && a.State == desk.Expects, Sharers: sharersOf(a.People)}
	if err := o.lookedAt(v, who.recipientView, a.Cabinet, a.Tracking); err != nil {
		return err
	}
	p, _, err := o.announcing(v)
	if err != nil {
		return err
	}
	p.Sender = &who
	return v.show(http.StatusOK, "announce", "announce", p)
}
