package truth

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"lockerd/internal/locker"
)

// world is one cabinet with its metal, its people and its street, from the first day on. Everything in it follows from
// the seed, the profile and what is skipped, so it can be lived again.
type world struct {
	seed    uint64
	profile Profile
	days    int
	until   time.Duration // it is lived no longer than that
	skip    map[uint64]bool
	did     []happening // what happened that could be left out

	at     time.Duration // since the world began, at midnight
	queue  wakes
	pushed uint64
	people []*person // who is about
	calm   bool      // all trouble has stopped for good

	cabinet
	metal
	books
	eye   eye
	front *person // who stands at the screen
	// touched is the person who used the screen or a door last, and passed the one before them, each with the time of their newest act.
	touched, passed     *person
	spoken              *person // who used the screen or the scanner last: what it says is for them
	touchedAt, passedAt time.Duration
	wake                string    // the session whose doors open one after the other though its person has gone
	left                []*person // who has just gone away

	telling bool
	story   []string
}

// happening is something that can be left out when a story is shortened.
type happening struct {
	id   uint64
	what string
}

// newWorldTelling makes a cabinet that was inspected: every door is shut and empty.
func newWorldTelling(seed uint64, profile Profile, days, doors int, skip map[uint64]bool, ignored map[Question]bool,
	telling bool) *world {
	w := &world{seed: seed, profile: profile, days: days, skip: skip, telling: telling, books: newBooks(),
		until: time.Duration(days) * day}
	w.ignored = ignored
	w.build(doors)
	w.telling = false
	w.open() // of which nothing is told: it is always the same
	w.telling = telling
	w.later(0, w.midnight)
	return w
}

// live lets the days pass until they are over or a question is broken.
func (w *world) live() {
	end := min(w.until, time.Duration(w.days)*day)
	defer w.leave()
	for w.broken == nil && len(w.queue) > 0 {
		next := w.queue[0].at
		if w.tickAt >= 0 && w.tickAt < next {
			if w.tickAt > end {
				break
			}
			w.at = max(w.at, w.tickAt)
			w.tick()
			continue
		}
		if next > end {
			break
		}
		e := heap.Pop(&w.queue).(wake)
		w.at = e.at
		e.do()
	}
}

// leave sends everybody home, wherever they are in what they do.
func (w *world) leave() {
	for _, p := range w.people {
		p.stop()
	}
}

const day = 24 * time.Hour

// later does something after a while.
func (w *world) later(in time.Duration, do func()) {
	w.pushed++
	heap.Push(&w.queue, wake{at: w.at + in, n: w.pushed, do: do})
}

// wake is something to be done at a time; what was asked for first comes first.
type wake struct {
	at time.Duration
	n  uint64
	do func()
}

type wakes []wake

func (q wakes) Len() int { return len(q) }
func (q wakes) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].n < q[j].n
}
func (q wakes) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *wakes) Push(x any)   { *q = append(*q, x.(wake)) }
func (q *wakes) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = wake{}
	*q = old[:len(old)-1]
	return e
}

// mix makes a number of its own of several (the finaliser of MurmurHash3).
func mix(parts ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		h ^= p
		h ^= h >> 33
		h *= 0xff51afd7ed558ccd
		h ^= h >> 33
		h *= 0xc4ceb9fe1a85ec53
		h ^= h >> 33
	}
	return h
}

// dice are those of one thing or person: what others do does not change how they fall.
func (w *world) dice(id uint64) *rand.Rand { return rand.New(rand.NewPCG(w.seed, id)) }

// chance says whether a trouble of the metal strikes now. It depends on place and time alone, so that it strikes in a
// shortened story as well.
func (w *world) chance(what string, place int, share float64) bool {
	if share <= 0 || w.calm {
		return false
	}
	id := mix(w.seed, uint64(len(what))<<32|uint64(what[0])<<16|uint64(what[len(what)-1]), uint64(place), uint64(w.at/time.Millisecond))
	if float64(id>>11)/(1<<53) >= share || w.skip[id] {
		return false
	}
	w.did = append(w.did, happening{id, what})
	w.tell("metal: %s at door %d", what, place)
	return true
}

// happens notes something that can be left out of a story. False: it is.
func (w *world) happens(id uint64, what string) bool {
	if w.skip[id] {
		return false
	}
	w.did = append(w.did, happening{id, what})
	return true
}

// between is a time between two, by place and time alone.
func (w *world) between(place int, least, most time.Duration) time.Duration {
	id := mix(w.seed, uint64(place)+1000, uint64(w.at/time.Millisecond))
	return least + time.Duration(id%uint64(most-least+1))
}

// clock is what the machine's clocks say.
func (w *world) clock() locker.Now {
	return locker.Now{Wall: birth.Add(w.at + w.off), Up: w.at - w.booted, Known: w.known}
}

// now is how late it truly is.
func (w *world) now() time.Time { return birth.Add(w.at) }

// birth is when every world begins.
var birth = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
