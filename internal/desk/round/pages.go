package round

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
	"lockerd/internal/qrcode"
)

// cabinetView is a cabinet as it has last said that it is.
type cabinetView struct {
	Name, Place string
	Online      bool
	Told        bool // its state is known
	At          time.Time
	Free        []sizeView
	Bring       []books.ToBring
	Back        []books.ToTakeBack
	doors       []locker.DoorSummary
}

// sizeView is a size and how many doors of it are free.
type sizeView struct {
	Size string
	Free int
}

// view reads what the books hold of a cabinet for a courier: their company's, and nobody else's.
func (r *Round) view(v *visit, name string) (cabinetView, error) {
	ctx := v.r.Context()
	c, err := r.Books.Cabinet(ctx, name)
	if err != nil {
		return cabinetView{}, err
	}
	view := cabinetView{Name: c.Name, Place: c.Place}
	var p contract.Presence
	view.Online = c.Presence != nil && json.Unmarshal(c.Presence, &p) == nil && p.Online
	var state locker.Summary
	if c.State != nil && json.Unmarshal(c.State, &state) == nil {
		view.Told, view.At, view.doors = true, state.At, state.Doors
		for size, n := range state.Free {
			view.Free = append(view.Free, sizeView{size, n})
		}
		slices.SortFunc(view.Free, func(a, b sizeView) int { return strings.Compare(a.Size, b.Size) })
	}
	if view.Bring, err = r.Books.ToBring(ctx, name, v.courier.Company, mostRows); err != nil {
		return view, err
	}
	view.Back, err = r.Books.ToTakeBack(ctx, name, v.courier.Company, mostRows)
	return view, err
}

// cabinets is the round.
func (r *Round) cabinets(v *visit) error {
	var list []cabinetView
	for _, name := range v.courier.Cabinets {
		view, err := r.view(v, name)
		if err != nil {
			return err
		}
		list = append(list, view)
	}
	return v.show(http.StatusOK, "cabinets.html", list)
}

// speak chooses the language of the pages.
func (r *Round) speak(v *visit) error {
	code := v.r.PostFormValue("language")
	if r.words[code] == nil {
		return errForm
	}
	if err := r.Books.SpeakTo(v.r.Context(), v.courier.ID, code); err != nil {
		return err
	}
	back := v.r.PostFormValue("cabinet")
	if slices.Contains(v.courier.Cabinets, back) {
		return v.on(v.to("at", back))
	}
	return v.on(v.to())
}

// onePage is the page of a cabinet.
type onePage struct {
	Cabinet cabinetView
	Until   time.Time // the code for signing in counts
	Kept    []keptView
	Hours   []int
}

// keptView is a door that is kept for the courier, or was asked for.
type keptView struct {
	ID    string
	Size  string
	Doors []int
	Until time.Time
	State books.OrderState
	Why   string // it was refused, in words
}

// Stands says that a door is kept, or may be soon.
func (k keptView) Stands() bool {
	return k.State != books.OrderRefused && k.State != books.OrderExpired
}

// kept is what a courier has asked for at a cabinet and what became of it. What was used, or has ended, is not in it.
func (r *Round) kept(v *visit, c cabinetView) (list []keptView, err error) {
	now := time.Now()
	since := now.Add(-time.Duration(slices.Max(hours)) * time.Hour)
	found, err := r.Books.Bookings(v.r.Context(), c.Name, v.by(), since)
	for _, b := range found {
		asked := readBook(b.Signed)
		k := keptView{ID: b.ID, Size: asked.Size, Until: asked.Until, State: b.State(now), Why: b.Why}
		for _, d := range c.doors {
			if d.Booked == b.ID {
				k.Doors = append(k.Doors, d.Door)
			}
		}
		// The cabinet has said how its doors stand since it booked one: if none is booked, it was used.
		used := k.State == books.OrderAccepted && len(k.Doors) == 0 && c.At.After(b.Answered)
		switch {
		case used, !now.Before(k.Until), !k.Stands() && now.Sub(b.Made) > shownFor:
		default:
			list = append(list, k)
		}
	}
	return list, err
}

// readBook is what an order of ours asks for.
func readBook(signed string) (b contract.Book) {
	parts := strings.Split(signed, ".")
	if len(parts) != 3 {
		return b
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var o contract.Order
	if err == nil && json.Unmarshal(payload, &o) == nil {
		_ = json.Unmarshal(o.Body, &b) // we wrote it
	}
	return b
}

func (r *Round) cabinet(v *visit) error { return r.showCabinet(v, http.StatusOK) }

func (r *Round) showCabinet(v *visit, status int) error {
	c, err := r.view(v, v.r.PathValue("cabinet"))
	if err != nil {
		return err
	}
	p := onePage{Cabinet: c, Until: time.Now().Add(signInFor), Hours: hours}
	if p.Kept, err = r.kept(v, c); err != nil {
		return err
	}
	return v.show(status, "cabinet.html", p)
}

// picture is the QR code that signs the courier in at the cabinet's kiosk. Each is another token, which counts once.
func (r *Round) picture(v *visit) error {
	text, err := r.Token(v.r.PathValue("cabinet"), v.courier.ID, time.Now().Add(signInFor))
	if err != nil {
		return err
	}
	png, err := qrcode.PNG(text)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "image/png")
	_, _ = v.w.Write(png) // who went away misses nothing
	return nil
}

// book has a door kept for the courier's company.
func (r *Round) book(v *visit) error {
	c, err := r.view(v, v.r.PathValue("cabinet"))
	if err != nil {
		return err
	}
	kept, err := r.kept(v, c)
	if err != nil {
		return err
	}
	size := v.r.PostFormValue("size")
	known := slices.ContainsFunc(c.Free, func(s sizeView) bool { return s.Size == size })
	n, err := strconv.Atoi(v.r.PostFormValue("hours"))
	if err != nil || !known || !slices.Contains(hours, n) {
		return errForm
	}
	stand := 0
	for _, k := range kept {
		if k.Stands() {
			stand++
		}
	}
	if stand >= mostBooked {
		v.notice = v.say("kept.most", "count", mostBooked)
		return r.showCabinet(v, http.StatusUnprocessableEntity)
	}
	until := time.Now().UTC().Truncate(time.Second).Add(time.Duration(n) * time.Hour)
	return r.send(v, orders.Order{Cabinet: c.Name, Kind: "doors.book", By: v.by(), Life: 10 * time.Minute,
		Body: contract.Book{Size: size, Count: 1, Company: v.courier.Company, Until: until}})
}

// unbook gives a door back that the courier has had kept.
func (r *Round) unbook(v *visit) error {
	c, err := r.view(v, v.r.PathValue("cabinet"))
	if err != nil {
		return err
	}
	kept, err := r.kept(v, c)
	if err != nil {
		return err
	}
	id := v.r.PostFormValue("booking")
	if !slices.ContainsFunc(kept, func(k keptView) bool { return k.ID == id && k.Stands() }) {
		return errNotFound // it is somebody else's, or is over
	}
	return r.send(v, orders.Order{Cabinet: c.Name, Kind: "doors.unbook", By: v.by(), Body: contract.Unbook{Booking: id}})
}

func (r *Round) send(v *visit, o orders.Order) error {
	_, err := r.Orders.Send(v.r.Context(), o)
	var unfit orders.Unfit
	if errors.As(err, &unfit) {
		return errForm
	}
	if err != nil {
		return err
	}
	return v.on(v.to("at", o.Cabinet) + "#kept")
}
