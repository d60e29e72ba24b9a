package locker

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A booked door is empty, and is given to the parcel, or to the parcels of the company, that it was booked for, and to no other.

// bookings are those in force. The doors of each say so themselves.
type bookings struct {
	Bookings []Booking `json:"bookings,omitempty"`
}

func (x bookings) clone() bookings { return bookings{slices.Clip(x.Bookings)} }

// Booking is what doors were booked for, by an order. One of Tracking and Company is set.
type Booking struct {
	ID       string    `json:"id"` // the order's
	Tracking string    `json:"tracking,omitempty"`
	Company  string    `json:"company,omitempty"`
	Until    time.Time `json:"until"`
}

// BookOrder books doors: named ones, whatever is in them now, or as many of a size as are free.
type BookOrder struct {
	Doors    []int
	Size     string
	Count    int
	Tracking string
	Company  string
	Until    time.Time
}

// UnbookOrder ends a booking before its time.
type UnbookOrder struct {
	Booking string // the id of the order that made it
}

// longestBooking is how far ahead a booking may end.
const longestBooking = 30 * 24 * time.Hour

func (s *State) refusalToBook(o BookOrder, now Now) string {
	switch {
	case (o.Tracking == "") == (o.Company == ""):
		return "must say for which parcel or for which company, and one of them only"
	case o.Tracking != "" && !trackable(o.Tracking):
		return "the tracking number is empty, too long or not printable"
	case o.Tracking != "" && s.here(o.Tracking) != nil:
		return "the parcel is here already"
	case !now.Known:
		return "the clock is not set: when the booking ends could not be told"
	case !o.Until.After(now.Wall):
		return "it would be over already"
	case o.Until.After(now.Wall.Add(longestBooking)):
		return "more than 30 days ahead"
	case len(o.Doors) > 0 && o.Size == "" && o.Count == 0:
		return s.refusalToBookDoors(o.Doors)
	case len(o.Doors) > 0 || o.Count < 1:
		return "must name doors, or a size and how many of it"
	case s.rank(o.Size) < 0:
		return "no such size"
	}
	if free := len(s.bookable(o.Size)); free < o.Count {
		return fmt.Sprintf("of that size %d can be booked now", free)
	}
	return ""
}

func (s *State) refusalToBookDoors(doors []int) string {
	for i, number := range doors {
		d := s.door(number)
		switch {
		case d == nil || s.built(number) == nil:
			return fmt.Sprintf("booking: no such door as %d", number)
		case slices.Contains(doors[:i], number):
			return fmt.Sprintf("booking: a door is named twice: %d", number)
		case d.Booked != "":
			return fmt.Sprintf("booking: a door is booked already: %d", number)
		}
	}
	return ""
}

// bookable are the doors of a size that are free and not booked, those first that would be missed least.
func (s *State) bookable(size string) []int {
	free := func(number int) bool { return s.gives(s.built(number), s.door(number)) }
	return choose(s.offered(free), wish{size: s.rank(size), suits: sameSize})
}

func (d *decision) book(order string, o BookOrder) {
	doors := o.Doors
	if len(doors) == 0 {
		doors = d.s.bookable(o.Size)[:o.Count]
	}
	d.emit(DoorsBooked{Order: order, Doors: slices.Sorted(slices.Values(doors)), Tracking: o.Tracking, Company: o.Company, Until: o.Until})
}

// Why a booking ended.
const (
	UnbookedOrder     = "order"     // by order
	UnbookedOver      = "over"      // its time is
	UnbookedCancelled = "cancelled" // the parcel is not expected any more
)

// unbook ends the bookings that are meant.
func (d *decision) unbook(why, order string, is func(Booking) bool) {
	for _, b := range slices.Clone(d.s.Bookings) {
		if is(b) {
			d.emit(DoorsUnbooked{Booking: b.ID, Doors: d.s.bookedBy(b.ID), Why: why, Order: order})
		}
	}
}

// bookedBy are the doors of a booking.
func (s *State) bookedBy(id string) []int {
	var doors []int
	for _, d := range s.Doors {
		if id != "" && d.Booked == id {
			doors = append(doors, d.Number)
		}
	}
	slices.SortFunc(doors, cmp.Compare)
	return doors
}

func (s *State) booking(id string) *Booking {
	for i := range s.Bookings {
		if s.Bookings[i].ID == id {
			return &s.Bookings[i]
		}
	}
	return nil
}

// forOther says that a door is booked for another parcel than the one in the courier's hand.
func (s *State) forOther(d *Door) bool { return d.Booked != "" && !s.forThis(d) }

// forThis says that a door is booked for the parcel in the courier's hand.
func (s *State) forThis(d *Door) bool {
	b := s.booking(d.Booked)
	n := &s.Session
	return b != nil && (n.Courier != "" || n.sends()) && (b.Tracking != "" && b.Tracking == n.Tracking || b.Company != "" && b.Company == n.Company && n.Courier != "")
}

// bookedSize is the size of a door that is booked for the parcel in the courier's hand and can be given to it; empty if there is
// none. Nobody has to be asked for its size then.
func (s *State) bookedSize() string {
	if len(s.Bookings) == 0 {
		return ""
	}
	for i := range s.plan.Doors {
		p := &s.plan.Doors[i]
		if d := s.door(p.Number); s.forThis(d) && s.free(p.Number) && s.booking(d.Booked).Tracking != "" {
			return p.Size
		}
	}
	return ""
}

// usedUp ends what a parcel was booked: all the doors that were booked for it alone, or the one of its company that it went into.
func (s *State) usedUp(tracking string, door int) {
	if len(s.Bookings) == 0 {
		return
	}
	for _, b := range s.Bookings {
		switch {
		case b.Tracking != "" && b.Tracking == tracking:
			s.leaveBooked(b.ID, s.bookedBy(b.ID))
		case s.door(door) != nil && s.door(door).Booked == b.ID:
			s.leaveBooked(b.ID, []int{door})
		}
	}
}

// leaveBooked takes doors from a booking, which ends with the last of them.
func (s *State) leaveBooked(id string, doors []int) {
	for _, number := range doors {
		if d := s.door(number); d != nil && d.Booked == id {
			s.changeDoor(number).Booked = ""
		}
	}
	if len(s.bookedBy(id)) == 0 {
		s.Bookings = without(s.Bookings, func(b Booking) bool { return b.ID == id })
	}
}

func (s *State) applyBooking(e Event) {
	switch e := e.(type) {
	case DoorsBooked:
		s.Bookings = append(without(s.Bookings, func(b Booking) bool { return b.ID == e.Order }),
			Booking{ID: e.Order, Tracking: e.Tracking, Company: e.Company, Until: e.Until})
		for _, number := range e.Doors {
			if d := s.changeDoor(number); d != nil {
				d.Booked = e.Order
			}
		}
	case DoorsUnbooked:
		s.leaveBooked(e.Booking, s.bookedBy(e.Booking))
	}
}

// DoorsBooked says that doors are given to nothing but what they were booked for.
type DoorsBooked struct {
	Order    string    `json:"order"` // names the booking
	Doors    []int     `json:"doors"`
	Tracking string    `json:"tracking,omitempty"`
	Company  string    `json:"company,omitempty"`
	Until    time.Time `json:"until"`
}

// Kind is "doors.booked".
func (DoorsBooked) Kind() string { return "doors.booked" }

// DoorsUnbooked says that a booking has ended before it was used up.
type DoorsUnbooked struct {
	Booking string `json:"booking"`
	Doors   []int  `json:"doors"`
	Why     string `json:"why"`             // UnbookedOrder, UnbookedOver or UnbookedCancelled
	Order   string `json:"order,omitempty"` // that ended it
}

// Kind is "doors.unbooked".
func (DoorsUnbooked) Kind() string { return "doors.unbooked" }
