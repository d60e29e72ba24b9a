package pages

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/guess"
	"lockerd/internal/desk/orders"
)

// byPage is who stands in the books for what a renter orders.
const byPage = "a renter's page"

// most is how large a form may be, in bytes.
const most = 1 << 10

// mayExtend is for how many hours more the reader of a page may have a door; 0: for none. They who share it ask its renter.
func (p *Pages) mayExtend(d desk.Parcel) int {
	longest := d.Stored.AddDate(0, 0, p.cfg.ExtendDays)
	later := d.Until.Add(time.Duration(p.cfg.ExtendHours) * time.Hour)
	if p.cfg.ExtendHours == 0 || d.Sharer != "" || d.Status != desk.Kept || d.Until.IsZero() || later.After(longest) || time.Until(later) > contract.MaxHours*time.Hour {
		return 0
	}
	return p.cfg.ExtendHours
}

// longer lets a renter have their door for longer, by an order: the page shows the new end once the cabinet has answered. What is sent twice is
// one order, unless that was refused or not heard; what was sent about an end that is no more is none.
func (p *Pages) longer(w http.ResponseWriter, r *http.Request) {
	door := p.find(w, r)
	if door == nil {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	until, err := strconv.ParseInt(r.PostFormValue("until"), 10, 64)
	hours := p.mayExtend(*door)
	switch {
	case err != nil:
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	case hours == 0:
		http.Error(w, "not on this page: please call us", http.StatusConflict)
		return
	}
	to := "/p/" + door.Link
	if until == door.Until.Unix() {
		later := door.Until.Add(time.Duration(hours) * time.Hour).UTC().Truncate(time.Second)
		_, err := p.orders.Send(orders.From(r.Context(), guess.From(r)), orders.Order{Cabinet: door.Cabinet, Kind: "parcel.extend", By: byPage, Reason: "asked for on their page",
			Body: contract.Extend{Tracking: door.Tracking, Until: later}, Once: books.Once{Who: byPage, Key: door.ID + " " + strconv.FormatInt(until, 10), Anew: true}})
		if err != nil && !errors.Is(err, r.Context().Err()) {
			p.log.Error("a renter's order cannot be sent", "cabinet", door.Cabinet, "parcel", door.ID, "err", err)
			http.Error(w, "out of order: please try again later", http.StatusServiceUnavailable)
			return
		}
		to += "?asked"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
