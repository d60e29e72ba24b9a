package locker

import (
	"slices"
	"time"
)

// Remote is what the operator's orders do to the machine itself: its configuration, its restarts, reports and photos that leave it.
type Remote struct {
	// Config is the configuration from afar that is in force; without an Order it is the file of the cabinet.
	Config Configured `json:"config,omitzero"`
	// Offered is one that waits for a quiet moment; nil: none does.
	Offered *Configured `json:"offered,omitempty"`
	// Issued is when the newest configuration that was accepted was signed.
	Issued time.Time `json:"issued,omitzero"`
	// Restart is the order that asks for a restart, until one has come.
	Restart string `json:"restart,omitempty"`
	// Begun says that a restart is under way. A new run forgets it: what it was for is not in force then, and is begun again.
	Begun   bool            `json:"begun,omitempty"`
	Reports []ReportAsked   `json:"reports,omitempty"` // that are being made
	Uploads []EvidenceAsked `json:"uploads,omitempty"` // that are under way
	// Reported is when the newest report was made; it counts in Up.
	Reported time.Duration `json:"reported,omitempty"`
	Display
}

// Configured is a configuration that an order brought.
type Configured struct {
	Order   string `json:"order"`   // the order's id
	Version string `json:"version"` // as the operator calls it
	SHA256  string `json:"sha256"`  // of its text, hex
	Trial   bool   `json:"trial,omitempty"`
	Within  int64  `json:"within_ms,omitempty"` // how long it may take to prove itself; 0: as long as usual
}

func (x Remote) clone() Remote {
	x.Reports, x.Uploads = slices.Clip(x.Reports), slices.Clip(x.Uploads)
	return x
}

// restart forgets what a new run does not continue.
func (x *Remote) restart(up time.Duration) { x.Begun, x.Reported = false, min(x.Reported, up) }

// Unfinished are the requests whose end was not seen, as they were recorded: a new run continues them.
func (x *Remote) Unfinished() (list []Event) {
	for _, e := range x.Reports {
		list = append(list, e)
	}
	for _, e := range x.Uploads {
		list = append(list, e)
	}
	return append(list, x.unsettled()...)
}

// Limits of what orders ask of the machine.
const (
	reportEvery = time.Minute // between two reports: each may have 20 kB
	mostUploads = 8           // that may be under way: each keeps a file on the disk
)

// ConfigOrder puts a whole configuration in force. Its text is kept elsewhere and checked before the rules hear of it.
type ConfigOrder struct {
	Version string
	SHA256  string // of the text, hex
	Text    string
	// Trial is how long it may take to prove itself: zero means as long as usual.
	Trial time.Duration
}

// RestartOrder restarts the program at a quiet moment.
type RestartOrder struct{}

// ReportOrder asks for the cabinet's own report, with the log between two times; zero times mean all that is remembered.
type ReportOrder struct {
	From, Until time.Time
}

// UploadOrder asks for photos to be sent to a URL: one by its name or its hash, those of a parcel, or those of a door within a span.
type UploadOrder struct {
	Photo, SHA256, Parcel string
	Door                  int
	From, Until           time.Time
	URL                   string // it may be secret: it is kept elsewhere, and no event has it
	Host                  string // the URL's
	Method                UploadMethod
}

// UploadMethod is how photos are sent.
type UploadMethod string

// How photos are sent.
const (
	UploadPut UploadMethod = "put" // one PUT with everything, as for a pre-signed URL of an object store
	UploadTus UploadMethod = "tus" // tus 1.0: continued where the server has it
)

// remote says that an order is about the machine itself.
func (o Order) remote() bool {
	return o.Config != nil || o.Restart != nil || o.Report != nil || o.Upload != nil || o.Playlist != nil || o.Notice != nil
}

// refusalToRemote judges an order about the machine itself.
func (s *State) refusalToRemote(o Order, now Now) string {
	switch x := &s.Remote; {
	case o.Issuer == "":
		return "not signed: whatever is about the machine itself must be"
	case o.Config != nil:
		return s.refusalToConfig(o)
	case o.Restart != nil && x.Restart != "":
		return "a restart waits already"
	case o.Report != nil && len(x.Reports) > 0:
		return "a report is being made"
	case o.Report != nil && x.Reported > 0 && now.Up < x.Reported+reportEvery:
		return "one report a minute"
	case o.Upload != nil && len(x.Uploads) >= mostUploads:
		return "too many uploads are under way"
	}
	return s.refusalToShow(o, now)
}

func (s *State) refusalToConfig(o Order) string {
	known := []Configured{s.Remote.Config}
	if s.Remote.Offered != nil {
		known = append(known, *s.Remote.Offered)
	}
	for _, c := range known {
		if c.Order == "" || c.Version != o.Config.Version {
			continue
		}
		if c.SHA256 != o.Config.SHA256 {
			return "version: this version has another content"
		}
		return "version: in force already, or waiting"
	}
	switch x := &s.Remote; {
	case x.Begun && x.Offered != nil:
		return "another configuration is just being put in force"
	case !o.Issued.After(x.Issued):
		return "issued before the newest configuration that was accepted"
	}
	return ""
}

// remoteOrder carries out such an order.
func (d *decision) remoteOrder(o Order) {
	switch x := &d.s.Remote; {
	case o.Config != nil:
		if old := x.Offered; old != nil {
			d.emit(ConfigFailed{Order: old.Order, Version: old.Version, Why: ConfigReplaced})
		}
		d.emit(ConfigAccepted{Order: o.ID, Version: o.Config.Version, SHA256: o.Config.SHA256, Within: o.Config.Trial.Milliseconds(), Issued: o.Issued})
	case o.Restart != nil:
		d.emit(RestartAsked{Order: o.ID})
	case o.Report != nil:
		d.emit(ReportAsked{Order: o.ID, From: o.Report.From, Until: o.Report.Until})
	case o.Upload != nil:
		u := o.Upload
		d.emit(EvidenceAsked{Order: o.ID, Photo: u.Photo, SHA256: u.SHA256, Parcel: u.Parcel, Door: u.Door, From: u.From, Until: u.Until, Host: u.Host,
			Expires: o.Expires})
	default:
		d.showOrder(o)
	}
}

// restartWhenQuiet begins the restart that somebody waits for, once the moment is quiet.
func (d *decision) restartWhenQuiet() {
	x := &d.s.Remote
	if x.Offered == nil && x.Restart == "" || x.Begun || x.Config.Trial || !d.s.quiet() {
		return
	}
	if c := x.Offered; c != nil {
		d.emit(ConfigBegun{Order: c.Order, Version: c.Version, SHA256: c.SHA256, Within: c.Within})
		return
	}
	d.emit(RestartBegun{Order: x.Restart})
}

// quiet says that a restart disturbs nobody: nobody is at the kiosk, no parcel is in somebody's hand, no lock is being released, no
// door stands open that was not reported, nobody may still reopen one, and every board has said how its doors are.
func (s *State) quiet() bool {
	if s.Session.ID != "" || s.Setup.Under || s.busy() {
		return false
	}
	for i := range s.plan.Doors {
		p := &s.plan.Doors[i]
		switch d := s.door(p.Number); {
		case d.Holds.Kind == Collected, d.Holds.Kind == Reserved:
			return false
		case d.State == Open && !d.LeftOpen:
			return false
		case d.State == Unknown && !p.Blind && !s.mute(p):
			return false
		}
	}
	return true
}
