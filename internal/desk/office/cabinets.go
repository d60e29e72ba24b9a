package office

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
	"lockerd/internal/wording"
)

// cabinetView is a cabinet as its retained messages say it is. What was never said is not known.
type cabinetView struct {
	Name, Site string
	Seen       bool // it has been connected once
	Online     bool
	Since      time.Time // when it said so, by its own clock
	Version    string
	Told       bool // its state is known
	State      locker.Summary
	Doors      []doorView
	Free       int
	Parcels    int
	Out        int // doors that are given to nobody
	Faults     []template.HTML
	Alarms     int // that nobody has worked off
}

// doorView is a door as the cabinet last said.
type doorView struct {
	locker.DoorSummary
	Cabinet string
	Icon    string
}

// read reads what the books hold of a cabinet.
func (v *visit) read(c books.Cabinet) cabinetView {
	view := cabinetView{Name: c.Name, Site: c.Place}
	var p contract.Presence
	if c.Presence != nil && json.Unmarshal(c.Presence, &p) == nil {
		view.Seen, view.Online, view.Since, view.Version = true, p.Online, p.At, p.Version
	}
	if c.State == nil || json.Unmarshal(c.State, &view.State) != nil {
		return view
	}
	view.Told = true
	for _, d := range view.State.Doors {
		view.Doors = append(view.Doors, doorView{DoorSummary: d, Cabinet: c.Name, Icon: icon(d)})
		switch {
		case d.HoldsParcel():
			view.Parcels++
		case d.Blocked != "" || d.Contents == string(locker.Doubtful):
			view.Out++
		case d.Contents == "empty" && d.State == locker.Closed:
			view.Free++
		}
	}
	for _, f := range view.State.Faults {
		view.Faults = append(view.Faults, v.fault(f))
	}
	return view
}

// icon is the picture of a door's state: what asks for somebody first.
func icon(d locker.DoorSummary) string {
	switch {
	case d.State == locker.Open:
		return "open"
	case d.State != locker.Closed:
		return "blind"
	case d.Blocked != "":
		return "pause"
	case d.Contents == string(locker.Doubtful):
		return "about"
	case d.HoldsParcel():
		return "parcel"
	}
	return ""
}

// fault is a fault in words.
func (v *visit) fault(f locker.Fault) template.HTML {
	key := "fault." + f.Kind
	if f.Kind == "finding" {
		key = "finding." + f.Why
	}
	if !v.words.Has(key) {
		return v.say("cabinet.fault", "kind", f.Kind, "what", f.What)
	}
	text := v.say(key, "what", f.What, "doors", strconv.Itoa(f.Door), "count", 1)
	if f.Door != 0 && !strings.Contains(string(text), strconv.Itoa(f.Door)) {
		text = v.say("cabinet.door_fault", "door", f.Door, "what", text)
	}
	return text
}

// list is all cabinets, those that ask for somebody first.
func (o *Office) list(v *visit) ([]cabinetView, error) {
	all, err := o.Books.Cabinets(v.r.Context())
	if err != nil {
		return nil, err
	}
	open, err := o.Books.OpenAlarms(v.r.Context())
	if err != nil {
		return nil, err
	}
	views := make([]cabinetView, 0, len(all))
	for _, c := range all {
		view := v.read(c)
		view.Alarms = open[c.Name]
		views = append(views, view)
	}
	slices.SortStableFunc(views, func(a, b cabinetView) int { return b.trouble() - a.trouble() })
	return views, nil
}

// trouble orders cabinets: the higher, the sooner somebody should look.
func (c cabinetView) trouble() int {
	switch {
	case c.Seen && !c.Online:
		return 3
	case c.Told && c.State.Service != "ok":
		return 2
	case c.Alarms > 0 || len(c.Faults) > 0:
		return 1
	}
	return 0
}

func (o *Office) cabinets(v *visit) error {
	list, err := o.list(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "cabinets", "cabinets", list)
}

func (o *Office) cabinetsPart(v *visit) error {
	list, err := o.list(v)
	if err != nil {
		return err
	}
	return v.fresh("cabinets", "list", list)
}

// fresh answers with a part of a page, or with nothing if the page has it already.
func (v *visit) fresh(file, name string, data any) error {
	var out bytes.Buffer
	if err := v.o.pages[file].ExecuteTemplate(&out, name, page{v, "", data}); err != nil {
		return fmt.Errorf("office: write part %s: %w", name, err)
	}
	h := sha256.Sum256(out.Bytes())
	tag := `"` + base64.RawURLEncoding.EncodeToString(h[:12]) + `"`
	v.w.Header().Set("ETag", tag)
	if v.r.Header.Get("If-None-Match") == tag {
		v.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = v.w.Write(out.Bytes()) // who went away misses nothing
	return nil
}

// onePage is the page of a cabinet.
type onePage struct {
	Cabinet cabinetView
	Alarms  []alarmView
	Records []recordView
}

// recordView is a record in words.
type recordView struct {
	books.Entry
	Text    template.HTML
	Detail  wording.Record
	Because template.HTML // what else it says
}

// told puts a record into words.
func (v *visit) told(e books.Entry) recordView {
	r := recordView{Entry: e, Detail: wording.ReadRecord(e.Public)}
	r.Text = v.say("event."+strings.ReplaceAll(e.Kind, ".", "_"), "door", r.Detail.Door)
	if !v.words.Has("event." + strings.ReplaceAll(e.Kind, ".", "_")) {
		r.Text = v.say("record.other", "kind", e.Kind)
	}
	switch group, known := groups[e.Kind]; {
	case e.Kind == "parcel.refused", e.Kind == "refusal.begun":
		r.Because = v.word("refusal", r.Detail.Reason)
	case known && r.Detail.Why != "":
		r.Because = v.word(group, r.Detail.Why)
	case known && r.Detail.What != "":
		r.Because = v.word(group, r.Detail.What)
	case r.Detail.Why != "":
		r.Because = v.word("", r.Detail.Why)
	case unsure(e):
		r.Because = v.say("record.unsure")
	}
	return r
}

// unsure says that nobody saw the door shut behind which a sender may have put a parcel.
func unsure(e books.Entry) bool {
	var said struct {
		Event locker.ParcelSent `json:"event"`
	}
	return e.Kind == said.Event.Kind() && json.Unmarshal(e.Public, &said) == nil && said.Event.Unsure
}

func (o *Office) cabinet(v *visit) error {
	ctx := v.r.Context()
	c, err := o.Books.Cabinet(ctx, v.r.PathValue("cabinet"))
	if err != nil {
		return err
	}
	p := onePage{Cabinet: v.read(c)}
	open, err := o.Books.Alarms(ctx, books.AlarmFilter{Cabinet: c.Name}, 10)
	if err != nil {
		return err
	}
	for _, a := range open {
		p.Alarms = append(p.Alarms, v.alarm(a))
	}
	recent, err := o.Books.Recent(ctx, c.Name, 25)
	if err != nil {
		return err
	}
	for _, e := range recent {
		p.Records = append(p.Records, v.told(e))
	}
	return v.show(http.StatusOK, "cabinet", "cabinet", p)
}

func (o *Office) cabinetPart(v *visit) error {
	c, err := o.Books.Cabinet(v.r.Context(), v.r.PathValue("cabinet"))
	if err != nil {
		return err
	}
	return v.fresh("cabinet", "now", v.read(c))
}

// doorPage is the page of a door.
type doorPage struct {
	Cabinet cabinetView
	Door    doorView
	Parcel  *parcelRow // what lies there, if the books know it
	Order   string     // that was just sent
	Deeds   []deedView
}

// findDoor is the door of a request, if the cabinet has said that it has it.
func (o *Office) findDoor(v *visit) (doorPage, error) {
	c, err := o.Books.Cabinet(v.r.Context(), v.r.PathValue("cabinet"))
	if err != nil {
		return doorPage{}, err
	}
	p := doorPage{Cabinet: v.read(c)}
	for _, d := range p.Cabinet.Doors {
		if strconv.Itoa(d.Door) == v.r.PathValue("door") {
			p.Door = d
			return p, nil
		}
	}
	return p, errNotFound
}

func (o *Office) door(v *visit) error {
	p, err := o.findDoor(v)
	if err != nil {
		return err
	}
	p.Order = v.r.URL.Query().Get("order")
	return o.showDoor(v, http.StatusOK, p)
}

func (o *Office) showDoor(v *visit, status int, p doorPage) error {
	lying, err := o.Books.Behind(v.r.Context(), p.Cabinet.Name, p.Door.Door)
	if err != nil {
		return err
	}
	if lying != nil {
		row := rowOf(*lying)
		p.Parcel = &row
	}
	if p.Deeds, err = v.deeds(books.DeedFilter{Cabinet: p.Cabinet.Name, Subject: strconv.Itoa(p.Door.Door)}, 10); err != nil {
		return err
	}
	return v.show(status, "door", "door", p)
}

// doorDeed has a door opened, or says that somebody has looked into it, or sets it aside or puts it in service again.
func (o *Office) doorDeed(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	p, err := o.findDoor(v)
	if err != nil {
		return err
	}
	order := orders.Order{Cabinet: p.Cabinet.Name, By: v.person.Name, Reason: v.field("reason")}
	switch door := p.Door.Door; v.r.PathValue("deed") {
	case "open":
		order.Kind, order.Body = "door.unlock", contract.Unlock{Door: door, Reason: order.Reason}
	case "looked":
		order.Kind, order.Body = "door.looked", contract.Looked{Door: door, By: v.person.Name}
	case "block":
		order.Kind, order.Body = "door.block", contract.Block{Door: door, Reason: locker.BlockReason(v.field("why"))}
	case "unblock":
		order.Kind, order.Body = "door.unblock", contract.Unblock{Door: door}
	default:
		return errNotFound
	}
	id, done, err := v.send(order)
	if err != nil {
		return err
	}
	if !done {
		return o.showDoor(v, http.StatusUnprocessableEntity, p)
	}
	return v.to(link("cabinets", p.Cabinet.Name, "doors", p.Door.Door) + "?order=" + id)
}

// send sends an order that somebody has confirmed and given a reason for. Without either, or if no cabinet would read it, it is not done
// and the page says why.
func (v *visit) send(order orders.Order) (id string, done bool, err error) {
	switch n := len([]rune(order.Reason)); {
	case n < 3 || n > 200:
		v.tell(true, "deed.reason")
		return "", false, nil
	case v.field("sure") != "yes":
		v.tell(true, "deed.unsure")
		return "", false, nil
	}
	id, err = v.o.Orders.Send(v.r.Context(), order)
	if unfit := (orders.Unfit{}); errors.As(err, &unfit) {
		v.tell(true, "deed.unfit", "why", unfit.Error())
		return "", false, nil
	}
	if v.unpaid(err) {
		return "", false, nil
	}
	return id, err == nil, err
}

// orderPart is what has become of an order.
func (o *Office) orderPart(v *visit) error {
	list, err := o.Books.Orders(v.r.Context(), books.OrderFilter{ID: v.r.PathValue("order")}, 1)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errNotFound
	}
	return v.fresh("door", "order", orderView{Kind: list[0].Kind, State: list[0].State(time.Now()), Why: list[0].Why})
}

// orderView is an order and where it is.
type orderView struct {
	Kind  string
	State books.OrderState
	Why   string
}
