package truth

import (
	"fmt"
	"slices"
	"time"

	"lockerd/internal/locker"
)

// stranger plays with the screen: taps what there is, types and scans rubbish.
func (w *world) stranger(id uint64, in time.Duration) {
	w.send(id, "a stranger", in, func(p *person) {
		p.here = true
		if w.front != nil {
			p.pause(0, 30*time.Second)
		}
		if w.front == nil {
			w.front = p
		}
		if p.whim("stays for as long as the screen lets them", 0.04) {
			p.lounges()
			return
		}
		for range p.dice.IntN(14) + 1 {
			p.pause(time.Second, 6*time.Second)
			if w.front != p {
				return
			}
			p.plays()
			if o := p.openBox(); o != nil {
				p.pushes(o)
			}
		}
	})
}

// lounges keeps a session without a purpose, until another person comes.
func (p *person) lounges() {
	p.tap(locker.ActionPickup)
	for range 100 {
		p.pause(10*time.Second, 40*time.Second)
		if p.w.front != p {
			return
		}
		language := "en"
		if p.view().Language == language {
			language = "ar"
		}
		p.tapWith(locker.Tapped{Action: locker.ActionLanguage, Language: language})
	}
}

// plays does one thing at the screen.
func (p *person) plays() {
	v := p.view()
	switch p.dice.IntN(6) {
	case 0:
		p.tell("scans a parcel's label")
		p.feed(locker.Scanned{Tracking: fmt.Sprint("LABEL", p.dice.IntN(1000))})
	case 1:
		p.code("no code " + digits(p.dice.Uint64()))
	case 2:
		if v.Step == locker.StepCode || v.Step == locker.StepPIN || v.Step == locker.StepLastDigits || v.Step == locker.StepSecond {
			p.typed(digits(p.dice.Uint64()))
			return
		}
		fallthrough
	case 3:
		if p.whim("shows a token that nobody has signed", 0.2) {
			p.feed(locker.Scanned{Token: &locker.Token{Refusal: locker.TokenSignature}})
			return
		}
		fallthrough
	default:
		if len(v.Actions) == 0 {
			return
		}
		p.tapWith(locker.Tapped{Action: v.Actions[p.dice.IntN(len(v.Actions))], Language: "en", Size: "S"})
	}
}

// openBox is a door that stands open and at which no other person is.
func (p *person) openBox() *box {
	for _, b := range p.w.boxes {
		if b.open && p.w.at-b.openAt > 30*time.Second {
			return b
		}
	}
	return nil
}

// pushes pushes a door shut, or helps themselves first.
func (p *person) pushes(b *box) {
	if p.whim("takes what lies behind an open door", 0.1) {
		p.steals(b)
	}
	p.shuts(b)
}

// steals takes everything.
func (p *person) steals(b *box) {
	for _, t := range slices.Clone(b.things) {
		p.w.take(t)
		p.w.count("stolen")
		if t.of != nil {
			p.w.excuse(t, "it was stolen", 0)
			p.w.carryOff(t)
		}
	}
}

// child pushes doors shut, and puts things behind open ones.
func (w *world) child(id uint64, in time.Duration) {
	w.send(id, "a child", in, func(p *person) {
		p.here = true
		for range 10 {
			for _, b := range w.boxes {
				if !b.open || w.at-b.openAt < 5*time.Second {
					continue
				}
				if p.whim("puts a toy behind an open door", 0.3) {
					w.toy(b)
				}
				p.shuts(b)
			}
			if w.front == nil && p.either(0.3) {
				p.plays()
			}
			p.pause(10*time.Second, time.Minute)
		}
	})
}

// toy is put behind an open door. Nobody can know of it where the door's own person may still stand there, or where its
// contact tells nothing; behind one that was left open for long the rules must expect anything.
func (w *world) toy(b *box) {
	t := &thing{what: "a toy"}
	d := w.state.Doors[b.number-1]
	known := b.contact == "" && (d.State == locker.Open || d.State == locker.Unknown && d.Before == locker.Open)
	if !known || w.at-b.openAt < w.plan.Times.DoorReport+10*time.Second {
		w.excuse(t, "a child has put it there", 0)
	} else {
		w.count("toys behind doors that were left open")
	}
	w.put(t, b)
}

// thief forces a door.
func (w *world) thief(id uint64, in time.Duration) {
	w.send(id, "a thief", in, func(p *person) {
		p.here = true
		b := w.boxes[p.dice.IntN(len(w.boxes))]
		if b.open {
			return
		}
		p.tell("forces door %d", b.number)
		w.count("doors forced by thieves")
		w.spring(b, "force")
		p.pause(2*time.Second, 20*time.Second)
		if p.either(0.6) {
			p.steals(b)
		}
		if p.either(0.5) {
			p.shuts(b)
		}
	})
}

// cleaner has a token for a door, independent of its contents.
func (w *world) cleaner(id uint64, in time.Duration) {
	w.send(id, "a cleaner", in, func(p *person) {
		if !p.stepUp() {
			return
		}
		for n := range p.dice.IntN(3) + 1 {
			if !w.known || w.off != 0 {
				return
			}
			p.cleans(w.boxes[p.dice.IntN(len(w.boxes))], n)
		}
		p.tap(locker.ActionFinish)
	})
}

func (p *person) cleans(b *box, n int) {
	w := p.w
	p.tell("shows a token for door %d", b.number)
	now := w.now()
	p.feed(locker.Scanned{Token: &locker.Token{ID: fmt.Sprintf("c%x-%d", p.id, n), Cabinet: w.plan.Cabinet, Door: b.number,
		Issued: now.Add(-time.Minute), Expires: now.Add(time.Hour)}})
	for range 6 {
		p.pause(time.Second, 2*time.Second)
		v := p.view()
		switch v.Step {
		case locker.StepPickup:
			if v.Door != b.number {
				return
			}
			if !p.opens(b.number, locker.StepPickup) {
				continue
			}
			p.pause(5*time.Second, 40*time.Second)
			p.shuts(b)
			p.pause(time.Second, 2*time.Second)
			return
		case locker.StepPress:
			if !p.tap(locker.ActionTryAgain) {
				return
			}
		default:
			return
		}
	}
}
