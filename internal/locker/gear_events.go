package locker

// ScannerGone and ScannerReturned: whether a scanner can be used.
type ScannerGone struct {
	Scanner string `json:"scanner"`
	Why     string `json:"why"`
}

// Kind is "scanner.lost".
func (ScannerGone) Kind() string { return "scanner.lost" }

// ScannerReturned says that a scanner came back.
type ScannerReturned struct {
	Scanner string `json:"scanner"`
}

// Kind is "scanner.back".
func (ScannerReturned) Kind() string { return "scanner.back" }

// SwitchAlarmed is an alarm: the casing is open, or the mains are gone.
type SwitchAlarmed struct {
	Switch Switch `json:"switch"`
}

// Kind is "switch.alarm".
func (SwitchAlarmed) Kind() string { return "switch.alarm" }

// SwitchCleared says that what a switch watches is as it should be again.
type SwitchCleared struct {
	Switch Switch `json:"switch"`
}

// Kind is "switch.cleared".
func (SwitchCleared) Kind() string { return "switch.cleared" }

// CameraSilent says that a camera gives no picture, or none that shows anything.
type CameraSilent struct {
	Camera string `json:"camera"`
	Why    string `json:"why"`
	// Parcel is what somebody was just sending, where the site wants the camera to see that.
	Parcel string `json:"parcel,omitempty"`
}

// Kind is "camera.lost".
func (CameraSilent) Kind() string { return "camera.lost" }

// CameraAnswered says that a camera works again.
type CameraAnswered struct {
	Camera string `json:"camera"`
}

// Kind is "camera.back".
func (CameraAnswered) Kind() string { return "camera.back" }

// PhotoKept says that a still lies on disk, sealed under a key that only the journal holds.
type PhotoKept struct {
	Parcel   string   `json:"parcel"`
	Door     int      `json:"door"`
	Moment   Moment   `json:"moment"`
	Photo    string   `json:"photo"`  // the file's name
	SHA256   string   `json:"sha256"` // of the sealed file, hex
	Personal Personal `json:"-"`
}

// Kind is "photo.kept".
func (PhotoKept) Kind() string { return "photo.kept" }

// Subject is whose key seals the personal part.
func (e PhotoKept) Subject() string { return "photo:" + e.Photo }

// Private is the personal part.
func (e PhotoKept) Private() Personal { return e.Personal }

func (e PhotoKept) withPersonal(p Personal) Event { e.Personal = p; return e }
