package office

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/desk/stills"
	"lockerd/internal/locker"
)

// stillsPage is a file of a parcel's photos.
type stillsPage struct {
	Cabinet, Parcel, Tracking, Order string
	Stills                           []stills.Still
}

// stillsRow is a file of photos that was asked for: "here", "waiting", "late" or "forgotten".
type stillsRow struct {
	Order, State string
	Asked        time.Time
}

// withStills adds to a parcel's page which photos were asked for. More can be where its story tells of photos, and the desk has an address to which
// cabinets send them.
func (o *Office) withStills(v *visit, view *parcelPage, story []books.Entry) error {
	found, err := o.Books.Stills(v.r.Context(), view.Parcel.Cabinet, view.Parcel.ID)
	if err != nil {
		return err
	}
	for _, s := range found {
		row := stillsRow{s.Order, "waiting", s.Asked}
		switch {
		case s.Kept:
			row.State = "here"
		case !s.Came.IsZero():
			row.State = "forgotten"
		case !time.Now().Before(s.Expires):
			row.State = "late"
		}
		view.Stills = append(view.Stills, row)
	}
	photographed := slices.ContainsFunc(story, func(e books.Entry) bool { return e.Kind == (locker.PhotoKept{}).Kind() })
	if !photographed || !strings.HasPrefix(o.Public, "https://") {
		view.May = slices.DeleteFunc(view.May, func(d parcelDeed) bool { return d.Asks == "stills" })
	}
	return nil
}

// stillsDeed has a parcel's photos brought.
func stillsDeed(v *visit, p desk.Parcel) orders.Order { return orders.Stills(p, v.o.Public) }

// findStills reads the file of a request.
func (o *Office) findStills(v *visit) (p stillsPage, err error) {
	parcel, err := o.findParcel(v)
	if err != nil {
		return p, err
	}
	p = stillsPage{Cabinet: parcel.Cabinet, Parcel: parcel.ID, Tracking: parcel.Tracking, Order: v.r.PathValue("order")}
	box, err := o.Books.StillsBox(v.r.Context(), p.Cabinet, p.Parcel, p.Order)
	if err == nil && box == nil {
		err = errNotFound
	}
	if err != nil {
		return p, err
	}
	p.Stills, err = stills.Read(o.Opener, box)
	return p, err
}

// stills lists the photos of a file: what was to be seen when, and none of them.
func (o *Office) stills(v *visit) error {
	p, err := o.findStills(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "stills", "stills", p)
}

// still shows one, once it stands in the audit that somebody looks.
func (o *Office) still(v *visit) error {
	p, err := o.findStills(v)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(v.r.PathValue("still"), ".jpg"))
	if err != nil || n < 0 || n >= len(p.Stills) || p.Stills[n].JPEG == nil {
		return errNotFound
	}
	if err := o.Books.Note(v.r.Context(), books.Deed{Who: v.person.Name, Place: v.from, What: "still.looked_at", Cabinet: p.Cabinet, Subject: p.Tracking,
		Reason: p.Stills[n].Photo}); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "image/jpeg")
	_, _ = v.w.Write(p.Stills[n].JPEG) // who went away misses nothing
	return nil
}
