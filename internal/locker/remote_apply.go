package locker

// ConfigStands says which configuration is in force, as the disk has it: part of how every run starts, and told when a trial has ended.
type ConfigStands struct {
	Config Configured // without an Order: the file of the cabinet
	Gone   ConfigGone
}

// ConfigGone is the configuration that was rolled back last, and why.
type ConfigGone struct {
	Order   string
	Version string
	Why     ConfigEnd
	Detail  string
}

func (ConfigStands) input() {}

// ConfigUnapplied says that a configuration could not be put in force.
type ConfigUnapplied struct {
	Order  string
	Why    ConfigEnd
	Detail string
}

func (ConfigUnapplied) input() {}

// Reported is a report that was asked for.
type Reported struct {
	Order  string
	Report Report
}

func (Reported) input() {}

// UploadEnded is the result of an upload: what was uploaded, or why nothing was.
type UploadEnded struct {
	Order        string
	Photos, Gone int
	Bytes        int64
	SHA256       string
	Why          EvidenceEnd // empty: it was uploaded
	Detail       string
}

func (UploadEnded) input() {}

// machineTold handles what the parts say that carry out such orders.
func (d *decision) machineTold(in Input) {
	switch in := in.(type) {
	case ConfigStands:
		d.configStands(in)
	case ConfigUnapplied:
		if c := d.s.Remote.Offered; c != nil && c.Order == in.Order {
			d.emit(ConfigFailed{Order: c.Order, Version: c.Version, Why: in.Why, Detail: in.Detail})
		}
	case Reported:
		for _, r := range d.s.Remote.Reports {
			if r.Order == in.Order {
				d.emit(ReportMade{in.Order, in.Report})
			}
		}
	case PlaylistEnded:
		d.pictured(in)
	case UploadEnded:
		for _, u := range d.s.Remote.Uploads {
			switch {
			case u.Order != in.Order:
			case in.Why != "":
				d.emit(EvidenceFailed{Order: in.Order, Why: in.Why, Detail: in.Detail})
			default:
				d.emit(EvidenceUploaded{Order: in.Order, Photos: in.Photos, Gone: in.Gone, Bytes: in.Bytes, SHA256: in.SHA256})
			}
		}
	}
}

// configStands brings what is believed into line with what is in force. The disk may be ahead: the power may have gone after it
// was written, and before this was recorded.
func (d *decision) configStands(in ConfigStands) {
	x := &d.s.Remote
	back := func(c Configured, why ConfigEnd, detail string) {
		d.emit(ConfigRolledBack{Order: c.Order, Version: c.Version, Why: why, Detail: detail,
			ToOrder: in.Config.Order, ToVersion: in.Config.Version, ToSHA256: in.Config.SHA256})
	}
	if c := x.Offered; c != nil && c.Order == in.Gone.Order {
		back(*c, in.Gone.Why, in.Gone.Detail)
	}
	x = &d.s.Remote
	switch c := x.Config; {
	case c.Order == in.Config.Order || c.Order == "":
	case c.Order == in.Gone.Order:
		back(c, in.Gone.Why, in.Gone.Detail)
	case in.Config.Order == "":
		back(c, ConfigUnusable, "")
	}
	stands := in.Config
	if stands.Order != "" && d.s.Remote.Config.Order != stands.Order {
		d.emit(ConfigApplied{Order: stands.Order, Version: stands.Version, SHA256: stands.SHA256})
	}
	if stands.Order != "" && !stands.Trial && d.s.Remote.Config.Trial {
		d.emit(ConfigKept{Order: stands.Order, Version: stands.Version, SHA256: stands.SHA256})
	}
}

func (s *State) applyRemote(r Record, e Event) {
	x := &s.Remote
	switch e := e.(type) {
	case ConfigAccepted:
		x.Offered, x.Issued = &Configured{Order: e.Order, Version: e.Version, SHA256: e.SHA256, Within: e.Within}, e.Issued
	case ConfigBegun, RestartBegun:
		x.Begun = true
	case ConfigApplied:
		x.Config = Configured{Order: e.Order, Version: e.Version, SHA256: e.SHA256, Trial: true}
		x.dropOffered(e.Order)
	case ConfigKept:
		x.Config.Trial = false
	case ConfigRolledBack:
		x.Config = Configured{Order: e.ToOrder, Version: e.ToVersion, SHA256: e.ToSHA256}
		x.dropOffered(e.Order)
	case ConfigFailed:
		x.dropOffered(e.Order)
		x.Begun = false
	case RestartAsked:
		x.Restart = e.Order
	case Restarted:
		x.Restart = ""
	case ReportAsked:
		x.Reports = append(x.Reports, e)
	case ReportMade:
		x.Reports, x.Reported = without(x.Reports, func(a ReportAsked) bool { return a.Order == e.Order }), r.Up
	case EvidenceAsked:
		x.Uploads = append(x.Uploads, e)
	case EvidenceUploaded:
		x.dropUpload(e.Order)
	case EvidenceFailed:
		x.dropUpload(e.Order)
	default:
		s.applyDisplay(e)
	}
}

func (x *Remote) dropOffered(order string) {
	if x.Offered != nil && x.Offered.Order == order {
		x.Offered = nil
	}
}

func (x *Remote) dropUpload(order string) {
	x.Uploads = without(x.Uploads, func(a EvidenceAsked) bool { return a.Order == order })
}
