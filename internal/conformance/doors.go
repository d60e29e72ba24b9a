package conformance

import (
	"fmt"
	"slices"
	"time"
)

// tryDoor unlocks the door that may be opened, and sets it aside for a moment.
func (t *tries) tryDoor() {
	if t.Door == 0 {
		t.rx.with(func() {
			t.book.skip("doors/unlock", "no door may be opened: give --door, and push it shut")
			t.book.skip("doors/block", "give --door")
		})
		return
	}
	if t.wants("doors/unlock") {
		t.tryUnlock()
	}
	if t.wants("doors/block") {
		t.tryBlock()
	}
}

// tryUnlock sends one order to unlock, twice. Its intent comes before its end.
func (t *tries) tryUnlock() {
	const rule = "doors/unlock"
	o := t.order("door.unlock", fmt.Sprintf(`{"door":%d,"reason":"conformance"}`, t.Door), "")
	intent, ok := t.follow(rule, o, "unlock.requested")
	if !ok {
		return
	}
	t.send(o)
	ends := func() []heard {
		return t.rx.find("unlock.ended", func(h heard) bool { return h.told.Unlock == intent.told.Unlock })
	}
	t.rx.await(t.ctx, t.Patience+gathers, func() bool { return len(ends()) > 0 })
	probed := t.probe()
	shut := t.rx.await(t.ctx, 4*t.Patience+gathers, func() bool { return t.rx.doorAt(t.Door, len(t.rx.taken)) != "open" })
	t.rx.with(func() {
		t.book.sent(rule, "the same once more")
		all := ends()
		for _, h := range all {
			t.book.came(rule, "%s", h.Public)
		}
		intents := len(t.rx.find("unlock.requested", func(h heard) bool { return h.told.Order == o.id }))
		switch {
		case intents > 1:
			t.book.fail(rule, "%s was followed %d times", o.id, intents)
		case len(all) != 1:
			t.book.fail(rule, "the unlock %q of %s ended %d times", intent.told.Unlock, o.id, len(all))
		case all[0].Seq < intent.Seq:
			t.book.fail(rule, "%s came before its intent", all[0].name())
		case intent.told.Door != t.Door || all[0].told.Door != t.Door:
			t.book.fail(rule, "doors %d and %d instead of %d", intent.told.Door, all[0].told.Door, t.Door)
		case !probed:
			t.book.fail(rule, "a question after it was not answered")
		case !shut:
			t.book.fail(rule, "door %d was not pushed shut, or not told to be", t.Door)
		default:
			t.book.pass(rule)
		}
	})
}

// tryBlock sets the door aside and takes it back.
func (t *tries) tryBlock() {
	const rule = "doors/block"
	for _, step := range []struct{ kind, body, event string }{
		{"door.block", `{"door":%d,"reason":"service"}`, "door.blocked"},
		{"door.unblock", `{"door":%d}`, "door.unblocked"},
	} {
		o := t.order(step.kind, fmt.Sprintf(step.body, t.Door), "")
		t.send(o)
		answer, answered := t.answered(o)
		came := t.rx.await(t.ctx, t.Patience, func() bool {
			return len(t.rx.find(step.event, func(h heard) bool { return h.told.By == "order:"+o.id && h.told.Door == t.Door })) > 0
		})
		t.rx.with(func() {
			t.book.sent(rule, "orders: %s", o.text(t.Cabinet))
			if answered {
				t.book.came(rule, "%s", answer.Public)
			}
			if !came {
				t.book.fail(rule, "no %s by %s came within %s", step.event, o.id, t.Patience)
				return
			}
			t.book.pass(rule)
		})
	}
}

// doorAt is how a door was after so many records; "" where the run that had told of it is over, or nobody has. The caller holds the lock.
func (r *receiver) doorAt(door, records int) string {
	for _, h := range slices.Backward(r.taken[:records]) {
		switch h.Kind {
		case "run.started", "setup.ended", "setup.undone":
			return ""
		case "door.opened", "door.closed", "door.unknown":
			if h.told.Door == door {
				return map[string]string{"door.opened": "open", "door.closed": "closed", "door.unknown": "unknown"}[h.Kind]
			}
		}
	}
	return ""
}

// tryState waits for the state that takes everything into account, and holds each that came against the records.
func (t *tries) tryState() {
	const rule = "state/agrees"
	// In the packed form a state that tells nothing new is not sent: the newest one has to be right all the same.
	newest := func() bool {
		head, _ := t.rx.head()
		n := len(t.rx.states)
		return n > 0 && (t.rx.states[n-1].Epoch == head.Epoch && t.rx.states[n-1].Seq == head.Seq ||
			t.rx.packed > 0 && t.rx.disagrees(t.rx.states[n-1], len(t.rx.taken)) == "")
	}
	caughtUp := t.rx.await(t.ctx, t.Patience+gathers, newest)
	t.rx.with(func() {
		at := map[string]int{} // after how many records, by epoch and seq
		for i, h := range t.rx.taken {
			at[fmt.Sprint(h.Epoch, "/", h.Seq)] = i + 1
		}
		for _, s := range t.rx.states {
			name := fmt.Sprint(s.Epoch, "/", s.Seq)
			records, known := at[name]
			if first := t.rx.taken; !known && len(first) > 0 && s.Epoch == first[0].Epoch && s.Seq < first[0].Seq {
				continue // of before what the cabinet still has
			}
			if !known {
				t.book.fail(rule, "a state is of %s: no such record came", name)
				continue
			}
			t.judgeState(s, records)
		}
		if !caughtUp {
			head, _ := t.rx.head()
			t.book.fail(rule, "no state came that takes %s into account, within %s", head.name(), t.Patience+gathers)
		}
	})
}

func (t *tries) judgeState(s stated, records int) {
	const rule = "state/agrees"
	if s.Cabinet != t.Cabinet {
		t.book.fail(rule, "a state names the cabinet %q", s.Cabinet)
		return
	}
	if wrong := t.rx.disagrees(s, records); wrong != "" {
		t.book.fail(rule, "%s", wrong)
		return
	}
	t.book.pass(rule)
}

// disagrees says what a state says otherwise than so many records do; "": nothing. The caller holds the lock.
func (r *receiver) disagrees(s stated, records int) string {
	for _, d := range s.Doors {
		if says := r.doorAt(d.Door, records); says != "" && says != d.State {
			return fmt.Sprintf("the state of %s/%d says that door %d is %s; the records say %s", s.Epoch, s.Seq, d.Door, d.State, says)
		}
	}
	return ""
}

// tryEpoch acknowledges a record that is not written yet, as a cloud does that knows more than a restored disk.
func (t *tries) tryEpoch() {
	const rule, ahead = "epochs/shortened", 5
	if !t.NewEpoch {
		t.rx.with(func() {
			t.book.skip(rule, "it would have the cabinet begin a new epoch, after which somebody has to look into its doors: give --new-epoch")
		})
		return
	}
	t.rx.quiet(t.ctx, settles, t.Patience)
	head := t.acker.hold(true)
	defer t.acker.hold(false)
	t.rx.with(func() { head, _ = t.rx.head() })
	hash := head.Hash
	hash[31] ^= 0xff
	ack := word(t.Cabinet, head.Epoch, head.Seq+ahead, hash)
	t.publish("acks", jws(t.IssuerSeed, header(t.Issuer, typAck), ack))
	var begun []heard
	t.rx.await(t.ctx, t.Patience+2*time.Minute, func() bool {
		begun = t.rx.find("journal.epoch_begun", func(h heard) bool { return h.Epoch != head.Epoch && h.Seq > head.Seq })
		return len(begun) > 0
	})
	t.rx.with(func() {
		t.book.sent(rule, "acks: %s, signed; %s was the newest record", ack, head.name())
		switch {
		case len(begun) == 0:
			t.book.fail(rule, "no epoch began within %s; such an ack is believed once a day", t.Patience+2*time.Minute)
		case begun[0].told.Reason != "shortened":
			t.book.came(rule, "%s", begun[0].Public)
			t.book.fail(rule, "its reason is %q", begun[0].told.Reason)
		default:
			t.book.came(rule, "%s", begun[0].Public)
			t.book.pass(rule)
		}
	})
}

// tryRetained looks at what somebody sees who comes now.
func (t *tries) tryRetained() {
	kept := make(map[string][]byte)
	client, err := t.connect("-later", func(topic string, payload []byte, _ byte, retained bool) {
		t.rx.with(func() {
			if retained {
				kept[topic] = payload
			}
		})
	})
	if err != nil {
		t.rx.with(func() { t.book.skip("state/retained", err.Error()); t.book.skip("presence/retained", err.Error()) })
		return
	}
	defer client.Disconnect(0)
	both := func() bool { return kept[t.topic("presence")] != nil && kept[t.topic("state")] != nil }
	for range 20 { // the broker sends it at once
		so := false
		if t.rx.with(func() { so = both() }); so || t.ctx.Err() != nil {
			break
		}
		time.Sleep(settles / 10)
	}
	t.rx.with(func() {
		for _, name := range []string{"presence", "state"} {
			rule := name + "/retained"
			if text := kept[t.topic(name)]; text == nil {
				t.book.fail(rule, "there is no retained %s", name)
			} else {
				t.book.came(rule, "%d bytes for somebody who came later", len(text))
				t.book.pass(rule)
			}
		}
		if kept[t.topic("events")] != nil {
			t.book.fail("events/delivery", "a message of events is retained")
		}
	})
}
