package office

import (
	"errors"
	"html/template"
	"net/http"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/account"
	"lockerd/internal/desk/books"
)

// deedView is something that somebody did, in words.
type deedView struct {
	books.Done
	Text  template.HTML
	State books.OrderState // of its order; empty: it was none
}

// deeds are what was done, in words.
func (v *visit) deeds(f books.DeedFilter, most int) ([]deedView, error) {
	found, err := v.o.Books.Deeds(v.r.Context(), f, most)
	var list []deedView
	for _, d := range found {
		view := deedView{Done: d, Text: v.word("done", d.What)}
		if d.Sent != nil {
			view.State = d.Sent.State(time.Now())
		}
		list = append(list, view)
	}
	return list, err
}

// peoplePage is who works here.
type peoplePage struct {
	People []personView
	Roles  []desk.Role
	Link   string // an invitation that was just made, shown once
	For    string
}

// personView is a person without their secrets.
type personView struct {
	Name, Shown string
	Role        desk.Role
	Barred      bool
	Invited     time.Time // zero: they have joined
	Self        bool
	Service     bool // a sign-in service decides on their rights
}

func (o *Office) people(v *visit) error { return o.showPeople(v, http.StatusOK, peoplePage{}) }

func (o *Office) showPeople(v *visit, status int, p peoplePage) error {
	all, err := o.Books.People(v.r.Context())
	if err != nil {
		return err
	}
	p.Roles = desk.Roles()
	for _, one := range all {
		p.People = append(p.People, personView{Name: one.Name, Shown: one.Shown, Role: one.Role, Barred: !one.Barred.IsZero(), Invited: one.Invited,
			Self: one.Name == v.person.Name, Service: account.ByService(one.Name)})
	}
	return v.show(status, "people", "people", p)
}

func (o *Office) invite(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	name := v.field("name")
	secret, err := o.porter.Invite(v.r.Context(), name, desk.Role(v.field("role")), v.person.Name, v.from)
	switch {
	case errors.Is(err, account.ErrName):
		v.tell(true, "people.name_wrong")
	case errors.Is(err, account.ErrOwnRights):
		v.tell(true, "people.own")
	case errors.Is(err, account.ErrRole):
		return errForm
	case err != nil:
		return err
	default:
		v.tell(false, "people.invited")
		return o.showPeople(v, http.StatusOK, peoplePage{Link: o.Public + link("join", secret), For: name})
	}
	return o.showPeople(v, http.StatusUnprocessableEntity, peoplePage{})
}

func (o *Office) changePerson(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	person, err := o.Books.Person(v.r.Context(), v.r.PathValue("name"))
	if err != nil {
		return err
	}
	role, bar := person.Role, false
	switch v.field("deed") {
	case "role":
		role = desk.Role(v.field("role"))
	case "bar":
		bar = true
	case "admit":
	default:
		return errForm
	}
	if v.field("deed") == "role" && !person.Barred.IsZero() {
		bar = true // another role lets nobody in who is barred
	}
	err = o.porter.Change(v.r.Context(), person.Name, role, bar, v.person.Name, v.from)
	switch {
	case errors.Is(err, account.ErrOwnRights):
		v.tell(true, "people.own")
	case errors.Is(err, books.ErrLastAdmin):
		v.tell(true, "people.last")
	case errors.Is(err, account.ErrRole):
		return errForm
	case err != nil:
		return err
	default:
		return v.to(Prefix + "people")
	}
	return o.showPeople(v, http.StatusUnprocessableEntity, peoplePage{})
}

// auditPage is who did what.
type auditPage struct {
	Rows []deedView
	Who  string
	Next string
}

func (o *Office) audit(v *visit) error {
	q := v.r.URL.Query()
	p := auditPage{Who: q.Get("who")}
	var err error
	if p.Rows, err = v.deeds(books.DeedFilter{Who: p.Who, Before: q.Get("before")}, mostRows); err != nil {
		return err
	}
	if len(p.Rows) == mostRows {
		q.Set("before", p.Rows[mostRows-1].ID)
		p.Next = Prefix + "audit?" + q.Encode()
	}
	return v.show(http.StatusOK, "audit", "audit", p)
}
