package contract

import (
	"time"

	"lockerd/internal/locker"
)

// MaxConfig is the longest text of a configuration, in bytes: some 350 doors.
const MaxConfig = 48 << 10

// How long a configuration may take to prove itself.
const (
	LeastTrial = 10 * time.Second // a board counts as lost after 8 s
	MostTrial  = time.Hour
)

// PutConfig is the body of config.put: the whole configuration of a cabinet.
type PutConfig struct {
	Version string `json:"version" form:"text 1..64"` // as the operator calls it
	SHA256  string `json:"sha256" form:"text 64..64"` // of TOML, in lower-case hex
	TOML    string `json:"toml" form:"given"`         // the text of the configuration file, of at most MaxConfig bytes
	// Trial is how long it may take to prove itself, LeastTrial to MostTrial, as "2m"; empty: five minutes.
	Trial string `json:"trial,omitempty" form:"text 0..16"`
}

// Restart is the body of cabinet.restart: empty.
type Restart struct{}

// AskReport is the body of report: the cabinet's report on itself, with its log between two times.
type AskReport struct {
	From  time.Time `json:"from,omitzero"`  // without it: as far back as it is remembered
	Until time.Time `json:"until,omitzero"` // without it: until now
}

// Upload is the body of evidence.upload: photos are sent to a URL. One of the first four is set.
type Upload struct {
	Photo  string              `json:"photo,omitempty" form:"text 0..200"` // its name, as in photo.kept
	SHA256 string              `json:"sha256,omitempty" form:"text 0..64"` // as in photo.kept
	Parcel string              `json:"parcel,omitempty" form:"text 0..64"` // a parcel's id, as in the events
	Door   int                 `json:"door,omitempty"`                     // a door's number, with From and Until
	From   time.Time           `json:"from,omitzero"`
	Until  time.Time           `json:"until,omitzero"`
	URL    string              `json:"url" form:"text 1..2048"` // https://, to a host of the cabinet's cloud.upload_hosts
	Method locker.UploadMethod `json:"method"`
}
