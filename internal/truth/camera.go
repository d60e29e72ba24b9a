package truth

import (
	"math/rand/v2"
	"time"

	"lockerd/internal/locker"
)

// The site wants its camera to see what people send. It is covered or unplugged now and then, also while the cabinet has no power.

// eye is the camera, as it is and as the cabinet has recorded it.
type eye struct {
	covered bool
	n       int
	unseen  bool    // the newest record of it says that it sees nothing
	sending *parcel // what somebody is just sending
}

const front = "front"

// coversOf plans when the camera sees nothing on a day. It has dice of its own: nothing else of a world depends on it.
func (w *world) coversOf(today int) {
	dice := w.dice(mix(uint64(today), 61))
	for n := range poisson(dice, w.profile.Covers) {
		id := mix(w.seed, uint64(today), 61, uint64(n))
		in := time.Duration(dice.Int64N(int64(day)))
		lasts := time.Second + time.Duration(dice.ExpFloat64()*float64(2*time.Hour))
		w.later(in, func() {
			if !w.calm && !w.skip[id] {
				w.did = append(w.did, happening{id, "covered camera"})
				w.cover(lasts, dice)
			}
		})
	}
}

// cover lets the camera see nothing for a while.
func (w *world) cover(lasts time.Duration, dice *rand.Rand) {
	w.eye.covered = true
	w.eye.n++
	n := w.eye.n
	w.tell("metal: the camera sees nothing for %s", lasts.Round(time.Second))
	w.feed(locker.CameraLost{Name: front, Why: []string{"covered", "no answer", "device gone"}[dice.IntN(3)]})
	w.later(lasts, func() {
		if w.eye.n == n {
			w.uncover()
		}
	})
}

func (w *world) uncover() {
	if w.eye.covered {
		w.eye.covered = false
		w.tell("metal: the camera sees again")
		w.looksThrough()
	}
}

// looksThrough tells what the camera sees, as at the start of a run.
func (w *world) looksThrough() {
	if w.eye.covered {
		w.feed(locker.CameraLost{Name: front, Why: "covered"})
		return
	}
	w.feed(locker.CameraBack{Name: front})
}

// heardOfCameras is what is said of the camera, and of what is taken from senders meanwhile.
func (w *world) heardOfCameras(e locker.Event) {
	switch e := e.(type) {
	case locker.CameraSilent:
		w.eye.unseen = true
		if p := w.eye.sending; p != nil {
			p.unwatched = true
		}
	case locker.CameraAnswered:
		w.eye.unseen = false
	case locker.DropStarted:
		if p := w.byID[e.Parcel]; e.From == locker.FromSender && p != nil {
			w.eye.sending, p.unwatched = p, false
		}
	case locker.DropCancelled:
		w.sendingOver(e.Parcel)
	case locker.DropAbandoned:
		w.sendingOver(e.Parcel)
	case locker.ParcelSent:
		if p := w.byID[e.Parcel]; p != nil && p == w.eye.sending && p.unwatched != e.Unwatched {
			w.breaksAs(QuestionEntitled, "unwatched", "%s is told as unwatched: %v, and the camera was lost meanwhile: %v", p.tracking, e.Unwatched, p.unwatched)
		}
		w.sendingOver(e.Parcel)
	case locker.UnlockRequested:
		p := w.byID[e.Parcel]
		if w.eye.unseen && p != nil && p == w.eye.sending && (e.Why == locker.WhyDrop || e.Why == locker.WhyReopen) {
			w.breaksAs(QuestionEntitled, "unwatched", "door %d is asked to open for the sender of %s, and the camera sees nothing", e.Door, p.tracking)
		}
	case locker.ParcelNotTaken:
		w.count("parcels that were not taken: " + string(e.Why))
		if e.Why == locker.NotTakenUnwatched && !w.eye.unseen {
			w.breaksAs(QuestionFetch, "unwatched", "the sender of %s is turned away, and the camera sees", e.Tracking)
		}
	default:
	}
}

func (w *world) sendingOver(id string) {
	if p := w.eye.sending; p != nil && p.id == id {
		w.eye.sending = nil
	}
}
