package locker

import "time"

// Report is a cabinet's report on itself: measurements, faults and its log; nothing about people.
type Report struct {
	Version string        `json:"version"`
	Go      string        `json:"go"`
	Kernel  string        `json:"kernel,omitempty"`
	Started time.Time     `json:"started"`
	Config  Configured    `json:"config,omitzero"` // in force, if it came from afar
	Boards  []BoardReport `json:"boards"`
	Link    LinkReport    `json:"link"`
	Journal JournalReport `json:"journal"`
	Disks   []DiskReport  `json:"disks"`
	Cameras []string      `json:"cameras,omitempty"` // configured; faults name those that give no pictures
	Clock   ClockReport   `json:"clock"`
	Process ProcessReport `json:"process"`
	Faults  []Fault       `json:"faults"`
	Log     []string      `json:"log"` // the newest last
	// Left is how many older lines of the span were left off.
	Left int `json:"log_left,omitempty"`
}

// BoardReport is the measurements of a lock board since the line was opened.
type BoardReport struct {
	Bus      string    `json:"bus"`
	Board    int       `json:"board"`
	Family   string    `json:"family"`
	Asked    uint64    `json:"asked"`
	Answered uint64    `json:"answered"`
	Silent   uint64    `json:"silent,omitempty"`
	Garbled  uint64    `json:"garbled,omitempty"`
	Refused  uint64    `json:"refused,omitempty"`
	Last     time.Time `json:"last,omitzero"` // its newest answer
	Lost     bool      `json:"lost,omitempty"`
	Why      string    `json:"why,omitempty"`
}

// LinkReport is the measurements of the connection to the broker.
type LinkReport struct {
	Since       time.Time `json:"since,omitzero"`
	Why         string    `json:"why,omitempty"` // there is none
	Connections uint64    `json:"connections"`
	InFlight    int       `json:"in_flight"`
}

// JournalReport is how the journal stands.
type JournalReport struct {
	Epoch     string `json:"epoch"`
	Last      uint64 `json:"last"`
	Confirmed uint64 `json:"confirmed"`
	Bytes     int64  `json:"bytes"`
	Origin    string `json:"origin"`
}

// DiskReport is the room on the file system of a folder.
type DiskReport struct {
	Of   string `json:"of"` // "journal", "photos"
	Size int64  `json:"size"`
	Free int64  `json:"free"`
}

// ClockReport is what the PC's clock says, and what the cabinet goes by.
type ClockReport struct {
	Read   time.Time `json:"read"`
	Known  bool      `json:"known"`
	Claims bool      `json:"claims"`
	Jump   int64     `json:"jump_ms,omitempty"`
}

// ProcessReport is what the program uses.
type ProcessReport struct {
	Heap       uint64 `json:"heap"` // bytes in use
	Goroutines int    `json:"goroutines"`
}
