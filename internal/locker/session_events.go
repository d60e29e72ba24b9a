package locker

// SessionStarted says that somebody began to use the kiosk.
type SessionStarted struct {
	Session  string `json:"session"`
	Language string `json:"language"`
}

// Kind is "session.started".
func (SessionStarted) Kind() string { return "session.started" }

// SessionMoved says that the kiosk asks another question.
type SessionMoved struct {
	Session string `json:"session"`
	Step    Step   `json:"step"`
	Notice  Notice `json:"notice,omitempty"`
	Door    int    `json:"door,omitempty"`
	Aim     Aim    `json:"aim,omitempty"`  // what a courier looks into the door for
	Board   Board  `json:"board,omitzero"` // with StepRewire
}

// Kind is "session.moved".
func (SessionMoved) Kind() string { return "session.moved" }

// SessionKept says that somebody is still there.
type SessionKept struct {
	Session string `json:"session"`
	Shown   bool   `json:"shown,omitempty"` // it is whom the session is about: they have shown the same code, token or badge again
	Late    bool   `json:"late,omitempty"`  // after a while, at a courier's screen or in an inventory: it may be somebody else
}

// Kind is "session.kept".
func (SessionKept) Kind() string { return "session.kept" }

// SessionEnded says that a session is over, and why: "finished", "timeout", "over" (it has lasted as long as a
// session may), "next person", "restart", "removed".
type SessionEnded struct {
	Session string `json:"session"`
	Why     string `json:"why" enum:"finished,timeout,over,next person,restart,removed,the parcel is gone"`
}

// Kind is "session.ended".
func (SessionEnded) Kind() string { return "session.ended" }

// Forgets is whose key dies once this is confirmed.
func (e SessionEnded) Forgets() string { return "session:" + e.Session }

// LanguageChosen changes the session's language.
type LanguageChosen struct {
	Session  string `json:"session"`
	Language string `json:"language"`
}

// Kind is "session.language".
func (LanguageChosen) Kind() string { return "session.language" }
