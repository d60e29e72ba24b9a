package cabinet

import (
	"net/http"
	"time"

	"lockerd/internal/locker"
)

// CloudState is the answer to GET /cloud.
type CloudState struct {
	Since  time.Time      `json:"since,omitzero"` // it is connected
	Why    string         `json:"why,omitempty"`  // it is not
	Faults []locker.Fault `json:"faults"`
}

// showCloud tells how the link to the broker is: nobody else can try it meanwhile.
func (c *control) showCloud(w http.ResponseWriter, _ *http.Request) {
	g := c.state.link.Gauges()
	c.answer(w, CloudState{Since: g.Since, Why: g.Why, Faults: g.Faults})
}

// ClockState is the answer to GET /clock.
type ClockState struct {
	Read   time.Time `json:"read"`    // the PC's clock
	Claims bool      `json:"claims"`  // it says of itself that it is right
	Held   time.Time `json:"held"`    // what the cabinet goes by
	Known  bool      `json:"known"`   // it is held to be right
	JumpMS int64     `json:"jump_ms"` // how far the PC's clock has jumped, if it is not believed
}

func (c *control) clock(w http.ResponseWriter, _ *http.Request) {
	now := c.loop.Now()
	c.answer(w, ClockState{Read: now.Read, Claims: now.Claimed, Held: now.Wall, Known: now.Known, JumpMS: now.Jump.Milliseconds()})
}

func (c *control) correctClock(w http.ResponseWriter, r *http.Request) {
	var in correction
	if err := readBody(w, r, &in); err != nil || in.By == "" || in.At.IsZero() {
		http.Error(w, "want {\"at\": \"2026-11-28T09:00:00Z\", \"by\": \"NAME\"}", http.StatusBadRequest)
		return
	}
	if why := locker.RefusalToCorrect(in.At, c.loop.Now()); why != "" {
		http.Error(w, why, http.StatusConflict)
		return
	}
	c.do(w, r, locker.ClockTold{At: in.At, By: in.By})
}

// correction is the body of POST /clock/correct.
type correction struct {
	At time.Time `json:"at"`
	By string    `json:"by"`
}

func (c *control) guards(w http.ResponseWriter, _ *http.Request) {
	c.answer(w, c.technicians.Roster().Guards)
}

func (c *control) clearGuards(w http.ResponseWriter, r *http.Request) {
	var in clearing
	if err := readBody(w, r, &in); err != nil || in.By == "" {
		http.Error(w, "want {\"by\": \"NAME\"}", http.StatusBadRequest)
		return
	}
	c.do(w, r, locker.ClearAsked{By: in.By})
}

// clearing is the body of POST /guards/clear.
type clearing struct {
	By string `json:"by"`
}
