package locker

import "slices"

// What an announcement asks of a sender before a door opens for them: statements to agree to, one after the other, and how heavy the
// parcel is. What they have said holds for one visit: it is asked anew in the next.

// Statement is what a sender is to agree to, in each of its languages.
type Statement struct {
	Key   string       `json:"key"` // by which records name it
	Texts []NoticeText `json:"texts"`
}

// heaviest is the highest weight that can be asked for, in grams.
const heaviest = 100_000

// declares asks a sender for the next thing that their announcement asks, or gives them a door.
func (d *decision) declares() {
	n := d.s.Session
	a := d.s.announced(n.Tracking)
	switch {
	case a == nil:
		d.move(StepCode, NoticeExpired, 0) // its time is over
	case len(n.Agreed) < len(a.Agree):
		d.move(StepAgree, NoticeNone, 0)
	case len(a.Weights) > 0 && n.AtMost == 0:
		d.move(StepWeight, NoticeNone, 0)
	default:
		d.giveOrAsk(nil)
	}
}

// choosesDoor says that a sender is asked something before they are given a door.
func (p Step) choosesDoor() bool {
	return p == StepSize || p == StepNoDoor || p == StepAgree || p == StepWeight
}

// statement is what the person at the kiosk is to agree to.
func (s *State) statement() Statement {
	n := s.Session
	if a := s.announced(n.Tracking); n.Step == StepAgree && a != nil && len(n.Agreed) < len(a.Agree) {
		return a.Agree[len(n.Agreed)]
	}
	return Statement{}
}

// weights are what the person at the kiosk may say.
func (s *State) weights() []int {
	if a := s.announced(s.Session.Tracking); s.Session.Step == StepWeight && a != nil {
		return slices.Clone(a.Weights)
	}
	return nil
}

// declareTapped carries out the answers of a sender to what their announcement asks.
func (d *decision) declareTapped(in Tapped) {
	n := d.s.Session
	said := SendingDeclared{Session: n.ID, Order: n.Order, Tracking: n.Tracking}
	switch in.Action {
	case ActionAgree:
		said.Statement, said.Language = d.s.statement().Key, n.Language
		if said.Statement != "" {
			d.emit(said)
		}
		d.declares()
	case ActionDisagree:
		d.notTaken(ParcelNotTaken{Why: NotTakenDeclined, Statement: d.s.statement().Key})
	case ActionWeight:
		if !slices.Contains(d.s.weights(), in.Weight) {
			return
		}
		said.AtMost = in.Weight
		d.emit(said)
		d.declares()
	case ActionHeavier:
		d.notTaken(ParcelNotTaken{Why: NotTakenHeavy})
	}
}

// refusalToDeclare says why an announcement cannot ask this of a sender.
func refusalToDeclare(a AnnounceOrder) string {
	keys := make(map[string]bool)
	for _, x := range a.Agree {
		if x.Key == "" || keys[x.Key] || len(x.Texts) == 0 {
			return "agree: each statement needs a key of its own, and a text"
		}
		keys[x.Key] = true
	}
	for i, w := range a.Weights {
		if w < 1 || w > heaviest || i > 0 && w <= a.Weights[i-1] {
			return "weights: grams, the lowest first, at most 100000"
		}
	}
	return ""
}
