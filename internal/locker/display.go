package locker

import (
	"slices"
	"time"
)

// Display is what the operator shows on the idle screen: pictures that change, and a notice.
type Display struct {
	Playlist Playlist       `json:"playlist,omitzero"` // that is shown; without an order: none
	Fetching *PlaylistAsked `json:"fetching,omitempty"`
	Notice   *NoticePut     `json:"notice,omitempty"` // that was put up, until it ends
}

// Playlist names the pictures that are shown.
type Playlist struct {
	Order    string `json:"order"`
	Version  string `json:"version"` // as the operator calls it
	Pictures int    `json:"pictures"`
}

// PlaylistOrder has other pictures shown from now on; without any, none.
type PlaylistOrder struct {
	Version  string
	Pictures []Picturing
	Hosts    []string // of the pictures' addresses, each once
}

// Picturing is a picture of a playlist. No event has its address, which may be secret.
type Picturing struct {
	URL     string `json:"url"`
	SHA256  string `json:"sha256"` // of the file there, hex
	Bytes   int64  `json:"bytes"`  // of the same
	Seconds int    `json:"seconds"`
	// From and Until are when on a day it is shown, in minutes since midnight by the cabinet's own time; equal: all day.
	From  int `json:"from,omitempty"`
	Until int `json:"until,omitempty"`
}

// At says that the picture may be shown at a minute of the day. Its hours may go past midnight.
func (p Picturing) At(minute int) bool {
	switch {
	case p.From == p.Until:
		return true
	case p.From < p.Until:
		return p.From <= minute && minute < p.Until
	}
	return minute >= p.From || minute < p.Until
}

// NoticeOrder puts a notice up in the place of any other; without texts it only takes that down.
type NoticeOrder struct {
	Texts       []NoticeText
	From, Until time.Time // zero: at once, or until it is taken down
}

// NoticeText is a notice in one language.
type NoticeText struct {
	Language string `json:"language"` // as "de"
	Text     string `json:"text"`
}

// PlaylistEnded is the result of an order's pictures, or what has become of them later.
type PlaylistEnded struct {
	Order  string
	Why    PlaylistEnd // empty: they are shown
	Detail string
}

func (PlaylistEnded) input() {}

// unsettled is the playlist that is being fetched, as it was recorded.
func (x *Display) unsettled() (list []Event) {
	if x.Fetching != nil {
		list = append(list, *x.Fetching)
	}
	return list
}

// refusalToShow judges an order about what the idle screen shows.
func (s *State) refusalToShow(o Order, now Now) string {
	x := &s.Remote.Display
	switch {
	case o.Playlist != nil && len(o.Playlist.Pictures) == 0 && x.Playlist.Order == "" && x.Fetching == nil:
		return "no pictures are shown"
	case o.Notice != nil && len(o.Notice.Texts) == 0 && x.Notice == nil:
		return "no notice is up"
	case o.Notice != nil && !o.Notice.Until.IsZero() && s.past(o.Notice.Until, now):
		return "it would be over already"
	}
	return ""
}

// showOrder carries out such an order.
func (d *decision) showOrder(o Order) {
	x := &d.s.Remote.Display
	switch {
	case o.Playlist != nil:
		if old := x.Fetching; old != nil {
			d.emit(PlaylistFailed{Order: old.Order, Version: old.Version, Why: PlaylistReplaced})
		}
		p := o.Playlist
		e := PlaylistAsked{Order: o.ID, Version: p.Version, Pictures: len(p.Pictures), Hosts: p.Hosts, Expires: o.Expires}
		for _, one := range p.Pictures {
			e.Bytes += one.Bytes
		}
		d.emit(e)
	case len(o.Notice.Texts) == 0:
		d.emit(NoticeRemoved{Order: o.ID, Notice: x.Notice.Order, Why: NoticeOrdered})
	default:
		n := o.Notice
		d.emit(NoticePut{Order: o.ID, Texts: n.Texts, From: n.From, Until: n.Until})
	}
}

// pictured handles what became of an order's pictures.
func (d *decision) pictured(in PlaylistEnded) {
	x := &d.s.Remote.Display
	asked := x.Fetching != nil && x.Fetching.Order == in.Order
	switch shown := x.Playlist; {
	case asked && in.Why == "":
		d.emit(PlaylistShown{Order: in.Order, Version: x.Fetching.Version, Pictures: x.Fetching.Pictures})
	case asked:
		d.emit(PlaylistFailed{Order: in.Order, Version: x.Fetching.Version, Why: in.Why, Detail: in.Detail})
	case shown.Order == in.Order && in.Why != "":
		d.emit(PlaylistFailed{Order: in.Order, Version: shown.Version, Why: in.Why, Detail: in.Detail})
	}
}

// noticeOver takes a notice down whose time has come.
func (d *decision) noticeOver() {
	if n := d.s.Remote.Notice; n != nil && !n.Until.IsZero() && !d.now.Wall.Before(n.Until) {
		d.emit(NoticeRemoved{Notice: n.Order, Why: NoticeOver})
	}
}

// posted are the texts of the notice that is up now. While the time is not known, one that says from when on it holds is not.
func (s *State) posted(now Now) []NoticeText {
	n := s.Remote.Notice
	if n == nil || !n.From.IsZero() && !s.past(n.From, now) || !n.Until.IsZero() && s.past(n.Until, now) {
		return nil
	}
	return slices.Clone(n.Texts)
}

func (s *State) applyDisplay(e Event) {
	x := &s.Remote.Display
	switch e := e.(type) {
	case PlaylistAsked:
		x.Fetching = &e
	case PlaylistShown:
		x.Playlist = Playlist{}
		if e.Pictures > 0 {
			x.Playlist = Playlist(e)
		}
		x.Fetching = nil
	case PlaylistFailed:
		if x.Fetching != nil && x.Fetching.Order == e.Order {
			x.Fetching = nil
		} else {
			x.Playlist = Playlist{}
		}
	case NoticePut:
		x.Notice = &e
	case NoticeRemoved:
		x.Notice = nil
	}
}
