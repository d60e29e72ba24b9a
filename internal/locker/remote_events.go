package locker

import "time"

// ConfigAccepted says that a configuration from afar can be put in force, and waits for a quiet moment.
type ConfigAccepted struct {
	Order   string    `json:"order"`
	Version string    `json:"version"`
	SHA256  string    `json:"sha256"`              // of its text, hex
	Within  int64     `json:"within_ms,omitempty"` // how long it may take to prove itself
	Issued  time.Time `json:"issued"`              // when its order was signed
}

// Kind is "config.accepted".
func (ConfigAccepted) Kind() string { return "config.accepted" }

// ConfigBegun says that lockerd restarts now to put a configuration in force.
type ConfigBegun struct {
	Order   string `json:"order"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
	Within  int64  `json:"within_ms,omitempty"`
}

// Kind is "config.begun".
func (ConfigBegun) Kind() string { return "config.begun" }

// ConfigApplied says that a configuration is in force, on trial: it is rolled back unless it proves itself.
type ConfigApplied struct {
	Order   string `json:"order"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// Kind is "config.applied".
func (ConfigApplied) Kind() string { return "config.applied" }

// ConfigKept says that a configuration has proven itself: the cloud has confirmed a record since, and the boards answer.
type ConfigKept struct {
	Order   string `json:"order"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// Kind is "config.kept".
func (ConfigKept) Kind() string { return "config.kept" }

// ConfigEnd is why a configuration is not in force, in a word.
type ConfigEnd string

// Why a configuration was rolled back, or never put in force.
const (
	ConfigNoLink   ConfigEnd = "link"     // the cloud confirmed no record of the trial
	ConfigNoBoards ConfigEnd = "boards"   // a board that answered before does not
	ConfigNoStart  ConfigEnd = "start"    // lockerd started several times with it without a proof
	ConfigUnusable ConfigEnd = "unusable" // it cannot be read any more: it is damaged, or this release does not accept it
	ConfigByHand   ConfigEnd = "file"     // the configuration file of the cabinet was changed since: that is the newer word
	ConfigReplaced ConfigEnd = "replaced" // another came before its moment
	ConfigLost     ConfigEnd = "lost"     // its text is not on the disk, or could not be put in force there
)

// ConfigRolledBack says that the configuration before is in force again.
type ConfigRolledBack struct {
	Order   string    `json:"order"`
	Version string    `json:"version"`
	Why     ConfigEnd `json:"why"`
	Detail  string    `json:"detail,omitempty"` // the boards, or an error, in words
	// ToOrder, ToVersion and ToSHA256 are the configuration in force; without an order it is the file of the cabinet.
	ToOrder   string `json:"to_order,omitempty"`
	ToVersion string `json:"to_version,omitempty"`
	ToSHA256  string `json:"to_sha256,omitempty"`
}

// Kind is "config.rolled_back".
func (ConfigRolledBack) Kind() string { return "config.rolled_back" }

// ConfigFailed says that an accepted configuration was never put in force.
type ConfigFailed struct {
	Order   string    `json:"order"`
	Version string    `json:"version"`
	Why     ConfigEnd `json:"why"`
	Detail  string    `json:"detail,omitempty"`
}

// Kind is "config.failed".
func (ConfigFailed) Kind() string { return "config.failed" }

// RestartAsked says that lockerd is to restart at a quiet moment.
type RestartAsked struct {
	Order string `json:"order"`
}

// Kind is "restart.asked".
func (RestartAsked) Kind() string { return "restart.asked" }

// RestartBegun says that lockerd restarts now.
type RestartBegun struct {
	Order string `json:"order"`
}

// Kind is "restart.begun".
func (RestartBegun) Kind() string { return "restart.begun" }

// Restarted says that lockerd has restarted since an order asked for it.
type Restarted struct {
	Order string `json:"order"`
}

// Kind is "restart.ended".
func (Restarted) Kind() string { return "restart.ended" }

// ReportAsked says that the cabinet is to report on itself, with its log between two times.
type ReportAsked struct {
	Order string    `json:"order"`
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// Kind is "report.asked".
func (ReportAsked) Kind() string { return "report.asked" }

// ReportMade is a cabinet's report on itself.
type ReportMade struct {
	Order string `json:"order"`
	Report
}

// Kind is "report.made".
func (ReportMade) Kind() string { return "report.made" }

// EvidenceAsked says that photos are to be uploaded.
type EvidenceAsked struct {
	Order  string    `json:"order"`
	Photo  string    `json:"photo,omitempty"`  // by its name
	SHA256 string    `json:"sha256,omitempty"` // by the hash in its photo.kept
	Parcel string    `json:"parcel,omitempty"`
	Door   int       `json:"door,omitempty"`
	From   time.Time `json:"from,omitzero"`
	Until  time.Time `json:"until,omitzero"`
	Host   string    `json:"host"` // where to; the rest of the URL may be secret
	// Expires is when nobody wants them any more.
	Expires time.Time `json:"expires"`
}

// Kind is "evidence.asked".
func (EvidenceAsked) Kind() string { return "evidence.asked" }

// EvidenceUploaded says that photos were uploaded, in one file that is sealed to the operator.
type EvidenceUploaded struct {
	Order  string `json:"order"`
	Photos int    `json:"photos"`
	// Gone is how many of the photos were erased, or are damaged: their lines in the file's list say so.
	Gone   int    `json:"gone,omitempty"`
	Bytes  int64  `json:"bytes"`  // of the file as uploaded
	SHA256 string `json:"sha256"` // of the same, hex
}

// Kind is "evidence.uploaded".
func (EvidenceUploaded) Kind() string { return "evidence.uploaded" }

// EvidenceEnd is why photos were not uploaded, in a word.
type EvidenceEnd string

// Why photos were not uploaded.
const (
	EvidenceNone     EvidenceEnd = "none"     // there is no such photo
	EvidenceTooMuch  EvidenceEnd = "too_much" // more photos, or bytes, than go into one upload
	EvidenceRefused  EvidenceEnd = "refused"  // the server does not take it
	EvidenceExpired  EvidenceEnd = "expired"  // the order expired before the server had taken it
	EvidenceLost     EvidenceEnd = "lost"     // what the order asked for is not on the disk any more
	EvidenceNotKnown EvidenceEnd = "unread"   // the cabinet's disk does not give the photos
)

// EvidenceFailed says that photos were not uploaded.
type EvidenceFailed struct {
	Order  string      `json:"order"`
	Why    EvidenceEnd `json:"why"`
	Detail string      `json:"detail,omitempty"` // in words, with nothing of the URL but its host
}

// Kind is "evidence.failed".
func (EvidenceFailed) Kind() string { return "evidence.failed" }
