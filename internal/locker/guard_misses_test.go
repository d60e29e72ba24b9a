package locker_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockerd/internal/locker"
)

// Whatever is compared with a secret and misses is counted. What is compared is told by trying: where one of the secrets
// would have gained something, a text that is none of them has been compared with it.

// guesses are all ways in which a secret can be tried, each with the secrets that it could hit.
func (w *world) guesses() map[string][]locker.Input {
	v := w.view()
	secrets := append([]string{"badge-ada", "badge-bob", "badge-eve", "135790", "998877", "4567", "2468"}, w.liveCodes()...)
	ways := map[string][]locker.Input{}
	for _, text := range append(secrets, "none of them") {
		h := hash(text)
		for way, in := range map[string]locker.Input{
			"typed":           locker.Typed{Revision: v.Revision, Hash: h},
			"a code":          locker.Scanned{Hash: h, Code: true, Offers: w.offers()},
			"digits":          locker.Scanned{Tracking: text, Hash: h, Code: true, Bare: true, Offers: w.offers()},
			"a number":        locker.Scanned{Tracking: text, Hash: h, Offers: w.offers()},
			"a text":          locker.Scanned{Hash: h},
			"a route":         locker.Scanned{Hash: h, Format: "route"},
			"a known number":  locker.Scanned{Tracking: text, Hash: h, Format: "s10", Likely: 9, Offers: w.offers()},
			"a parcel, typed": locker.TrackingTyped{Revision: v.Revision, Tracking: text, Offers: w.offers()},
			"an app":          w.appGuess(v, text),
			"a recovery code": locker.TechnicianTyped{Revision: v.Revision, Recovery: hash("recovery 2 " + technicianOf(text))},
			"an invitation":   locker.TechnicianTyped{Revision: v.Revision, Invitation: invitations[text]},
			"a signed token":  w.tokenGuess(text),
		} {
			ways[way] = append(ways[way], in)
		}
	}
	return ways
}

// liveCodes are the codes that open something now.
func (w *world) liveCodes() []string {
	codes := w.codes
	return codes[max(0, len(codes)-4):]
}

// invitations are the one that is under way, and others.
var invitations = map[string]locker.Hash{"badge-ada": hash("invitation again"), "none of them": hash("another invitation")}

// technicianOf gives two of the texts a technician; the others are nobody's.
func technicianOf(text string) string {
	return map[string]string{"badge-ada": "grace", "badge-bob": "lin", "badge-eve": ""}[text]
}

// appGuess is a code of an app; "none of them" is nobody's.
func (w *world) appGuess(v locker.View, text string) locker.Input {
	in := locker.TechnicianTyped{Revision: v.Revision}
	if text != "none of them" {
		for _, e := range w.state.Technicians {
			for step := w.step() - 1; step <= w.step()+1; step++ {
				in.App = append(in.App, locker.AppCode{Enrolment: e.ID, Step: step})
			}
		}
	}
	return in
}

// tokenGuess is a token for the courier, or one that nobody has signed.
func (w *world) tokenGuess(text string) locker.Input {
	if text == "none of them" {
		return locker.Scanned{Token: &locker.Token{Refusal: locker.TokenSignature}}
	}
	return locker.Scanned{Token: &locker.Token{ID: "t-" + text, Cabinet: "test", Courier: "ada", Issued: w.now.Wall, Expires: w.now.Wall.Add(time.Hour)}}
}

// gains says that an event is of use to whoever has guessed.
func gains(e locker.Event) bool {
	switch e.(type) {
	case locker.UnlockRequested, locker.CourierSignedIn, locker.TechnicianSignedIn, locker.TechnicianSeconded,
		locker.TechnicianEnrolled, locker.InvitationTyped, locker.PickupClaimed, locker.ConditionMet, locker.TokenSpent:
		return true
	}
	return false
}

// counted says that a guard has counted something between two states.
func counted(before, after *locker.State, up time.Duration) bool {
	for i, was := range []locker.Typing{before.Typing, before.Scans, before.TechPIN} {
		is := []locker.Typing{after.Typing, after.Scans, after.TechPIN}[i]
		if is.Last != was.Last || is.Wrong > was.Wrong || is.Step > was.Step {
			return true
		}
	}
	owes := func(s *locker.State) (owed time.Duration) {
		for _, x := range s.Sources {
			if x.Name == locker.SourceHeld || x.Name == locker.SourceParcels {
				owed += max(0, x.Until-up)
			}
			if x.Name == locker.SourceHeld && x.Muted && s == after {
				owed += time.Hour // it is full, and has said so
			}
		}
		return owed
	}
	return owes(after) > owes(before)
}

// TestWhateverMissesIsCounted goes anywhere, and there tries everything.
func TestWhateverMissesIsCounted(t *testing.T) {
	ways := map[string]int{}
	rapid.Check(t, func(r *rapid.T) {
		w := &world{cabinet: newCabinet(t), asked: map[string]bool{}, ended: map[string]bool{}, live: map[int]string{}}
		w.random = true
		w.feed(locker.InviteAsked{Technician: "lin", Secrets: secrets("again")})
		for range rapid.IntRange(1, 60).Draw(r, "inputs") {
			in := w.input(r)
			if rapid.IntRange(0, 3).Draw(r, "commission") == 0 {
				in = w.commission(r)
			}
			if in != nil {
				for _, e := range w.feed(in) {
					if p, stored := e.(locker.ParcelStored); stored {
						w.codes = append(w.codes, string(p.Personal.Code))
					}
				}
			}
			w.tryAll(r, ways)
		}
	})
	t.Log(ways)
	for _, way := range []string{"typed", "a code", "digits", "a number", "a text", "an app", "a recovery code", "an invitation", "a signed token"} {
		if ways[way] == 0 {
			t.Errorf("%s was never compared with anything: nothing is shown", way)
		}
	}
}

// tryAll asks for each way whether a secret would gain something here; then a miss must be counted.
func (w *world) tryAll(r *rapid.T, ways map[string]int) {
	now := w.state.Trust(w.now)
	for way, inputs := range w.guesses() {
		hit := ""
		for _, in := range inputs[:len(inputs)-1] {
			for _, e := range locker.Decide(w.state, now, in) {
				if gains(e) {
					hit = e.Kind()
				}
			}
		}
		if hit == "" {
			continue
		}
		ways[way]++
		miss := locker.Decide(w.state, now, inputs[len(inputs)-1])
		before := w.state.Draft(now, locker.Decide(w.state, now, locker.Tick{}))
		if !counted(before, w.state.Draft(now, miss), now.Up.Truncate(time.Millisecond)) {
			r.Fatalf("at %q %s could have gained a %s, and a miss is not counted: %s", w.view().Step, way, hit, names(miss))
		}
	}
}
