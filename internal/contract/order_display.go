package contract

import "time"

// Limits of what an order shows on the idle screen.
const (
	MaxPictures = 24
	MaxPicture  = 8 << 20  // bytes of one
	MaxPlaylist = 64 << 20 // bytes of all
	LeastShown  = 5        // seconds that a picture stands at least: faster is a flicker to those who have to read below it
	MostShown   = 3600
	MaxTexts    = 16
)

// PutPlaylist is the body of playlist.put: the pictures that take turns on the idle screen, in the place of those before. Without any,
// none is shown from now on.
type PutPlaylist struct {
	Version  string    `json:"version" form:"text 1..64"` // as the operator calls it
	Pictures []Picture `json:"pictures,omitempty"`        // at most MaxPictures
}

// A Picture is one of a playlist: a PNG, a JPEG, or the first page of a PDF.
type Picture struct {
	URL    string `json:"url" form:"text 1..2048"`   // https://, to a host of the cabinet's cloud.picture_hosts
	SHA256 string `json:"sha256" form:"text 64..64"` // of the file, in lower-case hex
	Bytes  int64  `json:"bytes" form:"given"`        // of the file, at most MaxPicture
	// Seconds are how long it stands, LeastShown to MostShown.
	Seconds int `json:"seconds" form:"given"`
	// From and Until are the hours of a day in which it is shown, by the cabinet's own time, as "08:00"; they may go past midnight. Both or none.
	From  string `json:"from,omitempty" form:"time"`
	Until string `json:"until,omitempty" form:"time"`
}

// PutNotice is the body of notice.put: a short text on the idle screen, in the place of the one before. Without texts, none is shown from
// now on.
type PutNotice struct {
	Texts []Wording `json:"texts,omitempty"` // at most MaxTexts, each in another language
	From  time.Time `json:"from,omitzero"`   // before, nobody sees it
	Until time.Time `json:"until,omitzero"`  // without it: until an order takes it down
}

// A Wording is a notice, or a statement, in one language.
type Wording struct {
	Language string `json:"language" form:"text 2..16"` // as "de"
	Text     string `json:"text" form:"text 1..280"`
}
