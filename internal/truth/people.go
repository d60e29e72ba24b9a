package truth

import (
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"lockerd/internal/locker"
)

// person is a person in the street. What they do is a function of their own that runs while the others wait: each wait in
// it lets the world go on.
type person struct {
	w     *world
	id    uint64
	name  string
	dice  *rand.Rand
	whims uint64

	parcel  *parcel // whose recipient they are, or were sent by
	courier string
	company string

	here     bool  // they stand at the cabinet
	silently bool  // they went without telling the screen
	handled  *hand // the parcel that they had in hand last
	next     func() (time.Duration, bool)
	stop     func()
	yield    func(time.Duration) bool
	wake     func()
	knew     string // the code that they had come with, if another one was given to their parcel meanwhile
	leftAt   time.Duration
}

// gone unwinds a person whose world is over.
type gone struct{}

// send lets a person come after a while.
func (w *world) send(id uint64, name string, in time.Duration, life func(*person)) *person {
	if w.skip[id] {
		return nil
	}
	p := &person{w: w, id: id, name: name, dice: w.dice(id)}
	p.next, p.stop = iter.Pull(func(yield func(time.Duration) bool) {
		defer func() {
			if r := recover(); r != nil && r != (gone{}) {
				panic(r)
			}
		}()
		p.yield = yield
		if !w.calm { // without those who come then nothing is proven
			w.did = append(w.did, happening{id, name})
		}
		life(p)
		p.leave()
	})
	p.wake = func() {
		in, more := p.next()
		if !more {
			w.people = slices.DeleteFunc(w.people, func(x *person) bool { return x == p })
			return
		}
		w.later(in, p.wake)
	}
	w.people = append(w.people, p)
	w.later(in, p.wake)
	return p
}

// wait lets time pass.
func (p *person) wait(d time.Duration) {
	if !p.yield(d) {
		panic(gone{})
	}
}

// some is a time between two.
func (p *person) some(least, most time.Duration) time.Duration {
	return least + time.Duration(p.dice.Int64N(int64(most-least)+1))
}

func (p *person) pause(least, most time.Duration) { p.wait(p.some(least, most)) }

// whim says whether the person does something out of the ordinary. It can be left out of a story.
func (p *person) whim(what string, share float64) bool {
	p.whims++
	id := mix(p.id, p.whims, 7)
	if p.dice.Float64() >= share || p.w.skip[id] {
		return false
	}
	p.w.did = append(p.w.did, happening{id, p.name + " " + what})
	p.w.tell("%s: %s", p.name, what)
	return true
}

// either is a choice between two ordinary things.
func (p *person) either(share float64) bool { return p.dice.Float64() < share }

// tell notes what the person does, for the story.
func (p *person) tell(format string, args ...any) {
	p.w.tell(p.name+" "+format, args...)
}

// stepUp waits for the screen. False: they gave up.
func (p *person) stepUp() bool {
	w := p.w
	p.here, p.silently = true, false
	for tries := 0; w.front != nil && w.front != p; tries++ {
		if tries > 40 {
			p.leave()
			return false
		}
		if tries > 0 && p.whim("does not wait for their turn", 0.01) {
			break
		}
		p.pause(time.Second, 5*time.Second)
	}
	w.front = p
	p.pause(time.Second, 3*time.Second)
	p.tell("steps up to the screen %q", w.view().Step)
	return true
}

// aside makes room at the screen for the next person; this one is still there, at a door.
func (p *person) aside() {
	if p.w.front == p {
		p.w.front = nil
	}
}

// leave goes away from the cabinet.
func (p *person) leave() {
	p.aside()
	if p.here {
		p.silently = p.w.session != "" && p.w.touched == p // the screen still is theirs
		p.tell("goes away")
		p.leftAt = p.w.at
		p.w.left = append(slices.DeleteFunc(p.w.left, func(x *person) bool { return p.w.at-x.leftAt > handover }), p)
	}
	p.here = false
}

// touch notes that the person uses the screen or a door.
func (p *person) touch() {
	w := p.w
	if w.touched != p {
		w.passed, w.passedAt = w.touched, w.touchedAt
	}
	w.touched, w.touchedAt = p, w.at
}

// feed is something that the person does at the cabinet.
func (p *person) feed(in locker.Input) {
	p.touch()
	p.w.spoken = p
	p.w.actor = p
	p.w.feed(in)
	p.w.actor = nil
}

func (p *person) view() locker.View { return p.w.view() }

// tap presses a button, if the screen has it.
func (p *person) tap(a locker.Action) bool { return p.tapWith(locker.Tapped{Action: a}) }

// brushes touches a button without wanting to, with a sleeve or a bag.
func (p *person) brushes() {
	if v := p.view(); len(v.Actions) > 0 && p.w.front == p && p.whim("brushes the screen", 0.03) {
		p.tapWith(locker.Tapped{Action: v.Actions[p.dice.IntN(len(v.Actions))], Language: "en"})
	}
}

// complains answers what is wrong with the door at hand: at once where the screen has that, else behind its question.
func (p *person) complains(a locker.Action) bool {
	if v := p.view(); slices.Contains(v.Actions, a) || !p.tap(locker.ActionWrong) {
		return p.tap(a)
	}
	p.pause(time.Second, 4*time.Second) // to read what there is
	if p.tap(a) {
		return true
	}
	if p.view().Step == locker.StepWrong {
		p.tap(locker.ActionBack)
	}
	return false
}

func (p *person) tapWith(in locker.Tapped) bool {
	v := p.view()
	if !slices.Contains(v.Actions, in.Action) {
		return false
	}
	p.tell("taps %q on the screen %q", in.Action, v.Step)
	in.Revision = v.Revision
	switch in.Action {
	case locker.ActionSize, locker.ActionEmpty, locker.ActionNoPhone:
		in.Offers = p.w.offers()
	}
	p.feed(in)
	return true
}

// typed is something typed at the public keypad.
func (p *person) typed(text string) {
	p.tell("types %q", text)
	p.feed(locker.Typed{Revision: p.view().Revision, Hash: hash(text)})
}

// code holds a text with the form of a pickup code before the scanner.
func (p *person) code(text string) {
	p.tell("scans the code %q", text)
	p.feed(locker.Scanned{Hash: hash(text), Code: true})
}

// offers are codes to choose from.
func (w *world) offers() []locker.Offer {
	w.pushed++
	code := "k0de-" + digits(mix(w.seed, w.pushed, 3))
	return []locker.Offer{{Hash: hash(code), Code: locker.Box(code)}}
}

// digits are eight of them.
func digits(n uint64) string {
	text := make([]byte, 8)
	for i := range text {
		text[i] = byte('0' + n%10)
		n /= 10
	}
	return string(text)
}

// until waits for something to be seen, looking every second. False: it did not come.
func (p *person) until(most time.Duration, seen func() bool) bool {
	for end := p.w.at + most; p.w.at < end; {
		if seen() {
			return true
		}
		p.wait(700 * time.Millisecond)
	}
	return seen()
}

// opens waits for a door to be really open, as long as the screen does not say that it failed.
func (p *person) opens(door int, step locker.Step) bool {
	b := p.w.box(door)
	if b == nil {
		return false
	}
	p.until(12*time.Second, func() bool { return b.open || p.view().Step != step })
	return b.open
}

// shuts pushes a door shut, again if it springs back.
func (p *person) shuts(b *box) {
	for range 4 {
		if !b.open {
			return
		}
		p.touch()
		p.w.shut(b)
		b.shutBy = p
		p.pause(1500*time.Millisecond, 3*time.Second)
	}
}

// mayFetch says that a parcel is theirs: the one that they came for, or one with the same code.
func (p *person) mayFetch(x *parcel) bool {
	return p.parcel != nil && (x == p.parcel || x != nil && x.code != "" && (x.code == p.parcel.code || x.code == p.knew))
}

// mayTake says whether a person is entitled to a thing.
func (p *person) mayTake(t *thing) bool {
	switch {
	case t.of != nil && t.of.sent:
		return p.courier != "" && p.company == t.of.company
	case t.of == nil, p.mayFetch(t.of):
		return true
	case p.courier == "":
		return false
	case t.of.over == "expired", t.of.over == "cancelled", t.of.over == "refused", t.of.over == "recalled":
		return p.company == t.of.company
	}
	return !t.of.stored && p.courier == t.of.courier
}

// passBy pushes shut open doors that are not in use, as passers-by do.
func (w *world) passBy(b *box) {
	w.later(w.between(b.number, 10*time.Minute, 8*time.Hour), func() {
		if b.open && w.at-b.openAt > 5*time.Minute {
			w.tell("somebody goes by and pushes door %d shut", b.number)
			w.shut(b)
		}
	})
}
