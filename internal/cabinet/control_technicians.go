package cabinet

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"lockerd/internal/locker"
)

// serveTechnicians adds what is about technicians. What an invitation says goes to whoever asked, and nowhere else.
func (c *control) serveTechnicians(mux *http.ServeMux) {
	mux.HandleFunc("GET /technicians", c.listTechnicians)
	mux.HandleFunc("POST /technicians/{id}/invite", c.inviteTechnician)
	mux.HandleFunc("POST /technicians/{id}/remove", c.removeTechnician)
}

// TechnicianState is a line of the answer to GET /technicians.
type TechnicianState struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Role     locker.Role `json:"role,omitempty"` // empty: not in the configuration any more
	Enrolled bool        `json:"enrolled"`
	Invited  time.Time   `json:"invited_until,omitzero"`
}

// technicianStates are the configuration's technicians, and those who were forgotten in it only.
func (c *control) technicianStates() []TechnicianState {
	list := []TechnicianState{}
	for _, k := range c.cfg.Technicians {
		list = append(list, TechnicianState{ID: k.ID, Name: k.Name, Role: k.Role})
	}
	for _, e := range c.technicians.Roster().Enrolments {
		i := slices.IndexFunc(list, func(k TechnicianState) bool { return k.ID == e.Technician })
		if i < 0 {
			i, list = len(list), append(list, TechnicianState{ID: e.Technician})
		}
		if e.Enrolled {
			list[i].Enrolled = true
		} else {
			list[i].Invited = e.Until
		}
	}
	return list
}

func (c *control) listTechnicians(w http.ResponseWriter, _ *http.Request) {
	c.answer(w, c.technicianStates())
}

func (c *control) inviteTechnician(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !slices.ContainsFunc(c.cfg.Technicians, func(k Technician) bool { return k.ID == id }) {
		http.Error(w, "no [[technician]] of the configuration has that id", http.StatusNotFound)
		return
	}
	invitation, secrets, err := c.ring.keys.Invite(c.cfg.Cabinet, id)
	if err == nil {
		err = c.loop.Do(r.Context(), locker.InviteAsked{Technician: id, Secrets: secrets})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(invitation); err != nil {
		c.log.Warn("an invitation was not delivered: invite again", "technician", id, "err", err)
	}
}

func (c *control) removeTechnician(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	known := slices.ContainsFunc(c.technicianStates(), func(k TechnicianState) bool {
		return k.ID == id && (k.Enrolled || !k.Invited.IsZero())
	})
	if !known {
		http.Error(w, "nobody with that id has enrolled or is invited", http.StatusNotFound)
		return
	}
	c.do(w, r, locker.RemoveAsked{Technician: id})
}
