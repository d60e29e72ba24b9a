package locker

import "time"

// PlaylistAsked says that other pictures are to be fetched for the idle screen.
type PlaylistAsked struct {
	Order    string   `json:"order"`
	Version  string   `json:"version"`
	Pictures int      `json:"pictures"` // 0: none is to be shown any more
	Bytes    int64    `json:"bytes"`    // of all of them
	Hosts    []string `json:"hosts,omitempty"`
	// Expires is when nobody wants them any more.
	Expires time.Time `json:"expires"`
}

// Kind is "playlist.asked".
func (PlaylistAsked) Kind() string { return "playlist.asked" }

// PlaylistShown says that an order's pictures are on the disk, whole, and shown from now on in the place of all others.
type PlaylistShown struct {
	Order    string `json:"order"`
	Version  string `json:"version"`
	Pictures int    `json:"pictures"`
}

// Kind is "playlist.shown".
func (PlaylistShown) Kind() string { return "playlist.shown" }

// PlaylistEnd is why pictures are not shown, in a word.
type PlaylistEnd string

// Why an order's pictures are not shown.
const (
	PlaylistRefused  PlaylistEnd = "refused"  // a server does not give it, or sends somebody elsewhere
	PlaylistHash     PlaylistEnd = "hash"     // a file is another one than the order says
	PlaylistPicture  PlaylistEnd = "picture"  // a file is no picture that can be drawn
	PlaylistTooMuch  PlaylistEnd = "too_much" // what is drawn takes more of the disk than pictures may
	PlaylistDisk     PlaylistEnd = "disk"     // the disk is too full, or does not take it
	PlaylistExpired  PlaylistEnd = "expired"  // the order expired before all of it had come
	PlaylistLost     PlaylistEnd = "lost"     // what the order said, or what was shown, is not on the disk any more
	PlaylistReplaced PlaylistEnd = "replaced" // another order came before
)

// PlaylistFailed says that an order's pictures are not shown, or no longer. What was shown before an order stays.
type PlaylistFailed struct {
	Order   string      `json:"order"`
	Version string      `json:"version"`
	Why     PlaylistEnd `json:"why"`
	Detail  string      `json:"detail,omitempty"` // in words, with nothing of an address but its host
}

// Kind is "playlist.failed".
func (PlaylistFailed) Kind() string { return "playlist.failed" }

// NoticePut says that a notice is on the idle screen, in the place of any other.
type NoticePut struct {
	Order string       `json:"order"`
	Texts []NoticeText `json:"texts"`
	From  time.Time    `json:"from,omitzero"`  // before, nobody sees it
	Until time.Time    `json:"until,omitzero"` // without it: until an order takes it down
}

// Kind is "notice.put".
func (NoticePut) Kind() string { return "notice.put" }

// NoticeEnd is why a notice was taken down, in a word.
type NoticeEnd string

// Why a notice was taken down.
const (
	NoticeOrdered NoticeEnd = "order" // an order says so
	NoticeOver    NoticeEnd = "over"  // its time was over
)

// NoticeRemoved says that a notice was taken down.
type NoticeRemoved struct {
	Order  string    `json:"order,omitempty"` // that takes it down
	Notice string    `json:"notice"`          // the order that put it up
	Why    NoticeEnd `json:"why"`
}

// Kind is "notice.removed".
func (NoticeRemoved) Kind() string { return "notice.removed" }
