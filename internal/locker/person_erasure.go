package locker

import "slices"

// erasures are those in progress.
type erasures struct {
	Erasing []Erasure `json:"erasing,omitempty"`
}

func (x erasures) clone() erasures { return erasures{slices.Clip(x.Erasing)} }

// Erasure is an order to destroy the personal data of a parcel or a courier. One of Tracking, Parcel and Courier is set.
type Erasure struct {
	Order    string `json:"order"`
	Tracking string `json:"tracking,omitempty"` // every parcel of that number
	Parcel   string `json:"parcel,omitempty"`   // an id, as in the events
	Courier  string `json:"courier,omitempty"`  // an id
}

// of says whether a parcel is meant.
func (e Erasure) of(parcel, tracking string) bool {
	return e.Parcel != "" && e.Parcel == parcel || e.Tracking != "" && e.Tracking == tracking
}

// ErasureBegun says that a person's data are to be destroyed: the state no longer holds them, the files still do.
type ErasureBegun struct{ Erasure }

// Kind is "person.erasure_begun".
func (ErasureBegun) Kind() string { return "person.erasure_begun" }

// PersonErased says that an erasure is complete: keys and photos are gone, from the journal and from every copy on the
// cabinet.
type PersonErased struct {
	Order  string   `json:"order"`
	Keys   int      `json:"keys"`             // how many there ever were; 0: nothing is known of them here
	Photos []string `json:"photos,omitempty"` // the files that there were
}

// Kind is "person.erased".
func (PersonErased) Kind() string { return "person.erased" }

// Erased reports that the data of an erasure are destroyed.
type Erased struct {
	Order  string
	Keys   int      // how many there ever were
	Photos []string // the files that there were
}

func (Erased) input() {}

// refusalToErase says why a person cannot be erased now. A parcel that is here cannot be handed out without its data, and a
// courier who may still come is greeted by name. A refused parcel is handed out to nobody.
func (s *State) refusalToErase(e Erasure) string {
	switch {
	case e == Erasure{Order: e.Order}:
		return "it says neither whose parcel nor which courier"
	case e.Tracking != "" && e.Tracking == s.Session.Tracking:
		return "the parcel is just being put in"
	case s.isCourier(e.Courier):
		return "the courier may still come: remove them first"
	}
	for _, p := range s.Parcels {
		if e.of(p.ID, p.Tracking) && p.State != ParcelTaken && p.State != ParcelReturned && (p.State != ParcelOverstays || p.Refused == "") {
			return "the parcel is here: what is kept of it is needed to hand it out"
		}
	}
	return ""
}

// erase begins an erasure. An announced parcel is no longer expected: its recipient is no longer known.
func (d *decision) erase(e Erasure) {
	if a := d.s.announced(e.Tracking); a != nil && e.Tracking != "" {
		d.emit(AnnouncementDropped{Order: a.Order, Why: "erased"})
	}
	d.unbook(UnbookedCancelled, e.Order, func(b Booking) bool { return b.Tracking != "" && b.Tracking == e.Tracking })
	d.emit(ErasureBegun{e})
}

func (d *decision) erased(in Erased) {
	if slices.ContainsFunc(d.s.Erasing, func(e Erasure) bool { return e.Order == in.Order }) {
		d.emit(PersonErased(in))
	}
}

func (s *State) applyErasure(e Event) {
	switch e := e.(type) {
	case ErasureBegun:
		s.Erasing = append(s.Erasing, e.Erasure)
		s.Ended = without(s.Ended, func(x Ended) bool { return e.of(x.Parcel, x.Tracking) })
		for _, p := range s.Parcels {
			if e.of(p.ID, p.Tracking) {
				p = s.changeParcel(p.ID)
				p.Mask, p.Personal = "", Personal{}
			}
		}
	case PersonErased:
		s.Erasing = without(s.Erasing, func(x Erasure) bool { return x.Order == e.Order })
		s.Photos = without(s.Photos, func(p Photo) bool { return slices.Contains(e.Photos, p.Photo) })
	}
}

// Traces are a journal's entries about a person, found by seeing all its events in order.
type Traces struct {
	Subjects []string // whose keys are theirs
	Photos   []string // the files with their parcel's photos

	erasure Erasure
	parcels []string // ids
}

// TracesOf are the traces of the person whom an erasure is about.
func TracesOf(e Erasure) *Traces { return &Traces{erasure: e} }

// See looks at the next event.
func (t *Traces) See(e Event) {
	switch e := e.(type) {
	case ParcelAnnounced:
		if t.erasure.of("", e.Tracking) {
			t.subject(e.Subject())
		}
	case ParcelScanned:
		if t.erasure.of("", e.Tracking) {
			t.subject(RecipientGiven{Session: e.Session}.Subject())
		}
	case DropStarted:
		if t.erasure.of(e.Parcel, e.Tracking) {
			t.parcels = with(t.parcels, e.Parcel)
			t.subject(e.Subject())
			t.subject(RecipientGiven{Session: e.Session}.Subject())
		}
	case ParcelStored:
		if t.erasure.of(e.Parcel, e.Tracking) {
			t.parcels = with(t.parcels, e.Parcel)
			t.subject(e.Subject())
			if e.Order != "" {
				t.subject(ParcelAnnounced{Order: e.Order}.Subject())
			}
		}
	case ParcelShared:
		if t.erasure.of(e.Parcel, e.Tracking) {
			t.subject(e.Subject())
		}
	case ParcelCodeChanged:
		if slices.Contains(t.parcels, e.Parcel) {
			t.subject(e.Subject())
		}
	case ParcelRecipientChanged:
		if slices.Contains(t.parcels, e.Parcel) {
			t.subject(e.Subject())
		}
	case PhotoKept:
		if slices.Contains(t.parcels, e.Parcel) {
			t.subject(e.Subject())
			t.Photos = with(t.Photos, e.Photo)
		}
	case CourierPut:
		if t.erasure.Courier != "" && t.erasure.Courier == e.Courier {
			t.subject(e.Subject())
		}
	}
}

func (t *Traces) subject(s string) { t.Subjects = with(t.Subjects, s) }
