// Package letter puts into words what recipients, senders and renters are told, in the language that they read: as an e-mail and as a page. It sends
// nothing and keeps nothing.
package letter

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io"
	"strings"
	texttemplate "text/template"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/money"
	"lockerd/internal/qrcode"
)

//go:embed letter.txt letter.html page.html
var files embed.FS

var (
	textLetter = texttemplate.Must(texttemplate.ParseFS(files, "letter.txt"))
	htmlLetter = htmltemplate.Must(htmltemplate.ParseFS(files, "letter.html"))
	page       = htmltemplate.Must(htmltemplate.ParseFS(files, "page.html"))
)

// Writer knows what all letters of an operator share.
type Writer struct {
	Operator string // the name that recipients know
	Hotline  string // a phone number; empty: none
	Language string // of recipients whose language is not known
	Public   string // what the addresses of recipients' pages begin with, as "https://parcels.example"; empty: there are no pages
	Zone     *time.Location
	// Token makes the text of the QR code that opens a parcel's door, or an empty one for its sender; nil: the code itself is in it.
	Token func(p desk.Parcel) (string, error)
	// Pay is the address where so much is paid for a parcel, in minor units; empty: there is none. nil: nobody pays there.
	Pay func(p desk.Parcel, amount int64) string
	// Clock says what time it is; nil: time.Now.
	Clock func() time.Time
}

// Letter is a notice in words.
type Letter struct {
	Subject    string
	Text, HTML string
	QR         []byte // a PNG that the HTML shows as cid:qr.png; nil: none
}

// row is a line of a letter: what, and which.
type row struct {
	What, Which string
	Large       bool // people read it while they type
}

// content is what the templates are filled with.
type content struct {
	Language, Direction    string
	Subject, Hello, Lead   string
	How                    string // what a sender does; empty: there is nothing to do
	Rows                   []row
	Scan                   string // above a QR code; empty: there is none
	Page, PageWords        string // empty: there is no page
	Pay, PayWords          string // where what is owed is paid, of a page; empty: nowhere
	Unclear                string // that nobody knows whether they have paid; empty: it is known
	Longer                 string // a button of a page: a rented door for longer; empty: there is none
	Asked                  string // that it was touched
	Operator               string
	Hotline, HotlineNumber string
}

// Letter writes a notice about a parcel; place is where its cabinet stands.
func (w Writer) Letter(what desk.Told, p desk.Parcel, place string) (Letter, error) {
	v, err := w.fill(what, what, p, place)
	if err != nil {
		return Letter{}, err
	}
	l := Letter{Subject: v.Subject}
	if v.Scan != "" {
		if l.QR, err = w.QR(p); err != nil {
			return Letter{}, err
		}
	}
	var text, html bytes.Buffer
	if err := textLetter.Execute(&text, v); err != nil {
		return Letter{}, fmt.Errorf("letter: write: %w", err)
	}
	if err := htmlLetter.Execute(&html, v); err != nil {
		return Letter{}, fmt.Errorf("letter: write: %w", err)
	}
	l.Text, l.HTML = text.String(), html.String()
	return l, nil
}

// Short writes a notice as a short message: what has happened, what somebody before the cabinet needs, and the page with the rest.
func (w Writer) Short(what desk.Told, p desk.Parcel, place string) (string, error) {
	v, err := w.fill(what, what, p, place)
	if err != nil {
		return "", err
	}
	lines := []string{v.Operator + ": " + v.Subject}
	for _, r := range v.Rows {
		lines = append(lines, r.What+": "+r.Which)
	}
	if v.Page != "" {
		lines = append(lines, v.Page)
	}
	return strings.Join(lines, "\n"), nil
}

// More is what its renter may do on the page of a door.
type More struct {
	Hours int  // so many hours longer, by a button; 0: there is none
	Asked bool // it was touched
}

// Page writes a parcel's page as it is now. The picture of its QR code is at its own address, followed by /qr.png, and what a renter sends goes to
// the one with /longer.
func (w Writer) Page(to io.Writer, p desk.Parcel, place string, more More) error {
	v, err := w.fill(aboutOf(p), "", p, place)
	if err != nil {
		return err
	}
	v.Page = "" // it is this one
	if owed := w.owed("", p); w.Pay != nil && costs(p) && owed.Amount > 0 {
		v.Pay, v.PayWords = w.Pay(p, owed.Amount), fmt.Sprintf(w.words(p).pay, money.Text(owed.Amount, p.Fee.Currency, w.language(p)))
	}
	if p.Fee != nil && p.Fee.Unclear != "" && costs(p) {
		v.Pay, v.Unclear = "", w.words(p).unclear
	}
	if v.Scan != "" {
		v.Scan = "/p/" + p.Link + "/qr.png"
	}
	if own := rented[w.language(p)]; more.Hours > 0 {
		v.Longer = fmt.Sprintf(own.longer, more.Hours)
		if more.Asked {
			v.Asked = own.asked
		}
	}
	if err := page.Execute(to, struct {
		content
		ScanWords, Link string
		Until           int64 // the end that is to be later: sent twice, it is the same
	}{v, w.words(p).scan, p.Link, p.Until.Unix()}); err != nil {
		return fmt.Errorf("letter: write page: %w", err)
	}
	return nil
}

// about is what a page says of a parcel.
var about = map[desk.Status]desk.Told{
	desk.Waiting: desk.ToldStored, desk.Expired: desk.ToldExpired, desk.Cancelled: desk.ToldExpired, desk.Collected: desk.ToldCollected,
	desk.TakenBack: desk.ToldTakenBack, desk.HandedOver: desk.ToldHandedOver,
	desk.ToSend: desk.ToldToSend, desk.NotSent: desk.ToldNotSent, desk.ToCollect: desk.ToldSent, desk.Dispatched: desk.ToldDispatched,
	desk.Missing: desk.ToldMissing, desk.Withdrawn: desk.ToldWithdrawn,
}

// aboutDoor is what a page says of a rented door.
var aboutDoor = map[desk.Status]desk.Told{
	desk.ToRent: desk.ToldToRent, desk.NotRented: desk.ToldNotRented, desk.Unshared: desk.ToldUnshared, desk.Kept: desk.ToldKept, desk.Expired: desk.ToldOverdue,
	desk.Cancelled: desk.ToldRentCancelled, desk.Collected: desk.ToldEnded, desk.HandedOver: desk.ToldEnded, desk.TakenBack: desk.ToldCleared,
}

// costs says that something may be owed for a parcel before its door opens.
func costs(p desk.Parcel) bool { return p.Status == desk.Waiting || p.InUse() }

// aboutOf is what a page says of a parcel. Of one that was refused it never says that nobody fetched it in time.
func aboutOf(p desk.Parcel) desk.Told {
	switch {
	case p.Rented:
		return aboutDoor[p.Status]
	case p.Refused():
		return desk.ToldRefused
	}
	return about[p.Status]
}

// QR is the picture of what opens a waiting parcel's door, or an empty one for its sender, at the cabinet's scanner.
func (w Writer) QR(p desk.Parcel) ([]byte, error) {
	text := p.Code
	if w.Token != nil {
		var err error
		if text, err = w.Token(p); err != nil {
			return nil, fmt.Errorf("letter: token: %w", err)
		}
	}
	return qrcode.PNG(text)
}

// language is the one that a recipient reads, or the operator's.
func (w Writer) language(p desk.Parcel) string {
	for _, l := range []string{p.Contact.Language, w.Language} {
		if _, known := languages[l]; known {
			return l
		}
	}
	return "en"
}

func (w Writer) words(p desk.Parcel) words { return languages[w.language(p)] }

// fill puts a notice into words. begins is the notice if it is one that is sent: a page begins nothing.
func (w Writer) fill(what, begins desk.Told, p desk.Parcel, place string) (content, error) {
	// Whoever has written these writes no lines here; the QR code is of the code as it is.
	p.Tracking, p.Code, p.Contact.Name = desk.Plain(p.Tracking), desk.Plain(p.Code), strings.Join(strings.Fields(p.Contact.Name), " ")
	in, language := w.words(p), w.language(p)
	words, known := said(language, what)
	if !known {
		return content{}, fmt.Errorf("letter: there are no words for the notice %q", what)
	}
	v := content{Language: language, Direction: "ltr", Subject: words.subject, Hello: in.hello, Lead: words.lead, Operator: w.Operator}
	if in.rtl {
		v.Direction = "rtl"
	}
	if p.Contact.Name != "" {
		v.Hello = fmt.Sprintf(in.greeting, p.Contact.Name)
	}
	if w.Hotline != "" {
		v.Hotline, v.HotlineNumber = in.hotline, w.Hotline
	}
	// What a person before the cabinet looks for comes first.
	add := func(large bool, what, which string) {
		if which != "" {
			v.Rows = append(v.Rows, row{What: what, Which: which, Large: large})
		}
	}
	add(false, in.place, place)
	if p.Rented {
		w.door(&v, begins, p, add)
		return v, nil
	}
	waits, sends, sent := p.Status == desk.Waiting, p.Status == desk.ToSend, p.Status.Sent()
	if waits || sent {
		add(false, in.door, fmt.Sprint(p.Door))
	}
	if p.Opens() {
		add(true, map[bool]string{true: in.sendCode, false: in.code}[sends], p.Code)
		v.Scan = in.scan
	}
	if sends {
		v.How = in.how
	}
	if sent {
		add(false, in.sentAt, w.day(p.Stored, in))
	}
	if waits || sends {
		add(false, in.until, w.day(p.Until, in))
	}
	if waits {
		w.fee(begins, p, in, func(what, which string) { add(false, what, which) })
	}
	add(false, in.parcel, p.Tracking)
	if w.Public != "" && p.Link != "" && (waits || sends || sent) {
		v.Page, v.PageWords = w.Public+"/p/"+p.Link, in.page
	}
	return v, nil
}

// door is the part of fill about a rented door, as one of its people sees it. Others are a number, never names.
func (w Writer) door(v *content, begins desk.Told, p desk.Parcel, add func(large bool, what, which string)) {
	in, own := w.words(p), rented[w.language(p)]
	begin, kept := p.Status == desk.ToRent, p.InUse()
	if kept {
		add(false, in.door, fmt.Sprint(p.Door))
		v.How = own.howKept
	}
	if p.Opens() {
		add(true, own.code, p.Code)
		v.Scan = in.scan
	}
	if begin {
		v.How = own.howRent
		add(false, own.begin, w.day(p.Until, in))
		if p.Hours > 0 {
			add(false, own.term, fmt.Sprintf(own.hours, p.Hours))
		}
	}
	if kept {
		add(false, in.until, w.day(p.Until, in))
		w.fee(begins, p, in, func(what, which string) { add(false, what, which) })
	}
	if n := len(desk.Sharers(p.People)); n > 0 && (begin || kept) {
		add(false, own.shared, fmt.Sprintf(own.people, n+1))
	}
	if sum := p.Fee; sum != nil && sum.PaidSum() > 0 && !kept && p.Status != desk.Unshared {
		add(false, in.paid, money.Text(sum.PaidSum(), sum.Currency, w.language(p)))
	}
	add(false, own.number, p.Tracking)
	if w.Public != "" && p.Link != "" && (begin || kept) {
		v.Page, v.PageWords = w.Public+"/p/"+p.Link, own.page
	}
}

// day is a time as people read it; empty: none.
func (w Writer) day(t time.Time, in words) string {
	if t.IsZero() {
		return ""
	}
	return t.In(w.zone()).Format(in.date)
}

// owed is what a waiting parcel costs now. Time that has not begun does with the letter of a notice that begins it, and with nothing else.
func (w Writer) owed(what desk.Told, p desk.Parcel) desk.Owed {
	now := time.Now
	if w.Clock != nil {
		now = w.Clock
	}
	at, told := now(), p.Told
	if told.IsZero() && what.Begins(p) {
		told = at
	}
	return p.Fee.Known(told, nil).At(at)
}

// fee says what a waiting parcel costs, and until when.
func (w Writer) fee(what desk.Told, p desk.Parcel, in words, add func(what, which string)) {
	if p.Fee == nil {
		return
	}
	switch owed := w.owed(what, p); {
	case owed.Amount > 0:
		add(in.owed, money.Text(owed.Amount, p.Fee.Currency, w.language(p)))
		add(in.rises, w.day(owed.Until, in))
	case p.Fee.PaidSum() > 0:
		add(in.paid, money.Text(p.Fee.PaidSum(), p.Fee.Currency, w.language(p)))
		add(in.rises, w.day(owed.Until, in))
	default:
		add(in.free, w.day(owed.Until, in))
	}
}

func (w Writer) zone() *time.Location {
	if w.Zone == nil {
		return time.UTC
	}
	return w.Zone
}
