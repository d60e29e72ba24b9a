package metrics

import (
	"strconv"
	"time"
)

// Health is the answer at /healthz.
type Health struct {
	Healthy bool `json:"healthy"`
	// Loop is "ok", or "stuck" if the controller's loop has not been seen running for longer than stuck.
	Loop string `json:"loop"`
	// Journal is "ok", or why the cabinet is out of order: "journal_unwritable", "key_lost"; "unknown" before the first summary.
	Journal string `json:"journal"`
	// Boards is "ok", "some_lost", "all_lost", or "none" where no lock board is known.
	Boards string `json:"boards"`
	// Lost are the boards that do not answer, as "main/2".
	Lost []string `json:"lost,omitempty"`
}

// stuck is for how long the loop may not be seen: shorter than systemd's watchdog waits (lockerd.service), longer than a disk that is
// merely slow.
const stuck = 10 * time.Second

// Health says whether the cabinet can do its job: the loop runs, the journal can be written, and a lock board answers.
func (m *Meter) Health() Health {
	h := Health{Loop: "ok", Journal: "ok", Boards: "none"}
	if m.loopAge() > stuck {
		h.Loop = "stuck"
	}
	if m.summary.Load() == nil {
		h.Journal = "unknown"
	}
	for _, f := range m.Summary().Faults {
		if f.Kind == "journal_unwritable" || f.Kind == "key_lost" {
			h.Journal = f.Kind
		}
	}
	h.boards(m)
	h.Healthy = h.Loop == "ok" && h.Journal == "ok" && (h.Boards == "ok" || h.Boards == "some_lost")
	return h
}

func (h *Health) boards(m *Meter) {
	if m.lines == nil {
		return
	}
	all := 0
	for _, line := range m.lines.Configs() {
		for _, g := range m.lines.Bus(line.Name).Gauges() {
			if all++; g.Lost {
				h.Lost = append(h.Lost, line.Name+"/"+strconv.Itoa(g.Board))
			}
		}
	}
	switch {
	case all == 0:
	case len(h.Lost) == all:
		h.Boards = "all_lost"
	case len(h.Lost) > 0:
		h.Boards = "some_lost"
	default:
		h.Boards = "ok"
	}
}
