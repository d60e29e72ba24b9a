package terminal

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/locker"
)

// wire is an adapter by whose hand everything is said.
type wire struct {
	said   chan heard
	mu     sync.Mutex
	asked  []string
	deaf   bool // it does not read
	killed bool
}

func (w *wire) lines() <-chan heard { return w.said }

func (w *wire) write(line []byte) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.deaf || w.killed {
		return true, errors.New("broken pipe")
	}
	w.asked = append(w.asked, strings.TrimSpace(string(line)))
	return false, nil
}

func (w *wire) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.killed {
		w.killed = true
		close(w.said)
	}
}

func (w *wire) stop() { w.kill() }

// deafen has it read no more.
func (w *wire) deafen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deaf = true
}

// forget empties what it was asked.
func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = nil
}

// bench is a terminal between a wire and rules that write down what they are told.
type bench struct {
	*Terminal
	t      *testing.T
	mu     sync.Mutex
	wires  []*wire
	told   []locker.Input
	broken bool // nothing can be recorded
	slow   time.Duration
	log    strings.Builder
}

// onBench runs a story in time of its own.
func onBench(t *testing.T, story func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t}
		b.Terminal = New(Config{Command: []string{"/usr/lib/lockerd/terminal-none"}}, t.TempDir(), b.tells, slog.New(slog.NewTextHandler(&b.log, nil)))
		b.start = func() (adapter, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.wires = append(b.wires, &wire{said: make(chan heard, 1000)})
			return b.wires[len(b.wires)-1], nil
		}
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- b.Run(ctx) }()
		synctest.Wait()
		story(b)
		end()
		if err := <-ended; err != nil {
			t.Errorf("want it to end well, got %v", err)
		}
	})
}

// tells is what the rules do: what they are told follows in a record.
func (b *bench) tells(_ context.Context, in locker.Input) error {
	b.mu.Lock()
	slow := b.slow
	b.mu.Unlock()
	time.Sleep(slow)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return errors.New("out of order")
	}
	b.told = append(b.told, in)
	switch e, _ := in.(locker.ChargeEnded); e.Outcome {
	case "":
	case locker.ChargePaid:
		b.Carry(locker.FeePaid{Charge: e.Charge})
	case locker.ChargeUnknown:
		b.Carry(locker.ChargeUncertain{Charge: e.Charge})
	default:
		b.Carry(locker.ChargeFailed{Charge: e.Charge})
	}
	return nil
}

func (b *bench) wire() *wire {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wires[len(b.wires)-1]
}

// lives is how often it was started.
func (b *bench) lives() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.wires)
}

// ended says that it was killed.
func (w *wire) ended() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.killed
}

// says has the adapter say lines.
func (b *bench) says(lines ...string) {
	for _, l := range lines {
		b.wire().said <- heard{line: []byte(l)}
	}
	synctest.Wait()
}

// carries is what a record asks for.
func (b *bench) carries(e locker.Event) { b.Carry(e); synctest.Wait() }

func (b *bench) pays(id string) {
	b.carries(locker.ChargeBegun{Charge: id, Amount: 1250, Currency: "EUR", Language: "de"})
}

// asked holds what the adapter was given since it was looked at last.
func (b *bench) wasAsked(want ...string) {
	b.t.Helper()
	synctest.Wait()
	w := b.wire()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.asked, want) {
		b.t.Errorf("want it asked %q, got %q", want, w.asked)
	}
	w.asked = nil
}

// wasTold holds what the rules were told since they were looked at last.
func (b *bench) wasTold(want ...locker.Input) {
	b.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.told, want) {
		b.t.Errorf("want the rules told %+v, got %+v", want, b.told)
	}
	b.told = nil
}

const (
	ready  = `{"ready":{"protocol":1}}`
	one    = "c-8d41f0c2-118"
	pay    = `{"pay":{"id":"c-8d41f0c2-118","amount":1250,"currency":"EUR","language":"de"}}`
	cancel = `{"cancel":{"id":"c-8d41f0c2-118"}}`
	status = `{"status":{"id":"c-8d41f0c2-118"}}`
	noted  = `{"noted":{"id":"c-8d41f0c2-118"}}`
	ping   = `{"ping":{}}`
	took   = `{"result":{"id":"c-8d41f0c2-118","outcome":"paid","paid":1250,"reference":"004711/118"}}`
	cannot = `{"result":{"id":"c-8d41f0c2-118","outcome":"unknown"}}`
	went   = `{"result":{"id":"c-8d41f0c2-118","outcome":"cancelled"}}`
	works  = `{"state":{"id":"c-8d41f0c2-118","text":"processing"}}`
)

var paid = locker.ChargeEnded{Charge: one, Outcome: locker.ChargePaid, Amount: 1250, Receipt: "004711/118"}

func TestAPayment(t *testing.T) {
	onBench(t, func(b *bench) {
		b.says(ready)
		b.wasTold(locker.TerminalReady{})
		b.pays(one)
		b.wasAsked(pay)
		b.says(`{"state":{"id":"c-8d41f0c2-118","text":"present_card"}}`, works)
		b.wasTold(locker.ChargeMoved{Charge: one, Step: locker.ChargePresent}, locker.ChargeMoved{Charge: one, Step: locker.ChargeWorks})
		time.Sleep(90 * time.Second) // a slow bank: nothing else is asked meanwhile
		b.wasAsked()
		b.says(took)
		b.wasTold(paid)
		b.wasAsked(noted)
		b.says(took) // once more: it counts once
		b.wasTold()
	})
}

func TestOneIsLeft(t *testing.T) {
	onBench(t, func(b *bench) {
		b.says(ready)
		b.wasTold(locker.TerminalReady{})
		b.pays(one)
		b.carries(locker.ChargeStopped{Charge: one})
		b.wasAsked(pay, cancel)
		b.says(went)
		b.wasTold(locker.ChargeEnded{Charge: one, Outcome: locker.ChargeCancelled})
		b.wasAsked(noted)
	})
}

// TestNothingIsSentThatCannotBe: to a terminal that is not ready, not there, or too late.
func TestNothingIsSentThatCannotBe(t *testing.T) {
	unsent := locker.ChargeEnded{Charge: one, Outcome: locker.ChargeUnsent}
	for name, before := range map[string]func(b *bench){
		"it has said nothing": func(*bench) {},
		"it is not ready": func(b *bench) {
			b.says(ready, `{"unready":{"why":"paper"}}`)
			b.wasTold(locker.TerminalReady{}, locker.TerminalLost{Why: "paper"})
		},
		"it does not read": func(b *bench) { b.says(ready); b.wire().deafen(); b.wasTold(locker.TerminalReady{}) },
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				before(b)
				b.pays(one)
				b.mu.Lock()
				defer b.mu.Unlock()
				if !slices.Contains(b.told, locker.Input(unsent)) {
					t.Errorf("want it told as not sent, got %+v", b.told)
				}
				if w := b.wires[0]; slices.Contains(w.asked, pay) {
					t.Error("want nothing asked for")
				}
			})
		})
	}
}

// TestAPaymentThatWaited for a disk that was slow is not begun: whoever wanted it may have gone.
func TestAPaymentThatWaited(t *testing.T) {
	onBench(t, func(b *bench) {
		b.says(ready)
		b.pays("c-8d41f0c2-1")
		b.mu.Lock()
		b.slow, b.told = stale, nil
		b.mu.Unlock()
		b.wire().forget()
		b.says(`{"state":{"id":"c-8d41f0c2-1","text":"processing"}}`)
		b.pays(one)
		time.Sleep(3 * stale)
		b.wasAsked(noted)
		b.wasTold(locker.ChargeMoved{Charge: "c-8d41f0c2-1", Step: locker.ChargeWorks}, locker.ChargeEnded{Charge: one, Outcome: locker.ChargeUnsent})
	})
}

// TestItIsAskedUntilItKnows: after its death, and while it cannot tell, less and less often.
func TestItIsAskedUntilItKnows(t *testing.T) {
	onBench(t, func(b *bench) {
		b.says(ready)
		b.pays(one)
		b.wire().kill()
		synctest.Wait()
		b.wasTold(locker.TerminalReady{}, locker.TerminalLost{Why: "ended", Gone: true})
		b.carries(locker.ChargeUncertain{Charge: one})
		time.Sleep(firstPause + time.Millisecond)
		b.wasAsked() // it has not said anything yet
		b.says(ready)
		b.wasAsked(status)
		b.says(cannot)
		b.wasAsked()
		time.Sleep(firstAsk + time.Millisecond)
		b.wasAsked(status)
		b.says(cannot)
		time.Sleep(firstAsk + time.Millisecond)
		b.wasAsked()
		time.Sleep(firstAsk)
		b.wasAsked(status)
		b.says(works)
		time.Sleep(4*firstAsk + time.Millisecond)
		b.wasAsked(status)
		b.says(took)
		b.wasTold(locker.TerminalReady{}, locker.ChargeMoved{Charge: one, Step: locker.ChargeWorks}, paid)
		b.wasAsked(noted)
	})
}

// TestAStartAsksWhatIsOpen: of the run before.
func TestAStartAsksWhatIsOpen(t *testing.T) {
	onBench(t, func(b *bench) {
		b.carries(locker.ChargeUncertain{Charge: one})
		b.says(`{"unready":{"why":"offline"}}`)
		b.wasAsked(status) // it may know all the same
		b.says(took)
		b.wasTold(locker.TerminalLost{Why: "offline"}, paid)
	})
}

// TestWhatIsNotRecordedIsToldAgain: a result is not lost while the journal cannot be written.
func TestWhatIsNotRecordedIsToldAgain(t *testing.T) {
	onBench(t, func(b *bench) {
		b.says(ready)
		b.pays(one)
		b.mu.Lock()
		b.broken = true
		b.mu.Unlock()
		b.says(took, went) // its first word counts
		b.wire().kill()
		time.Sleep(10 * time.Second)
		b.mu.Lock()
		b.broken, b.told = false, nil
		b.mu.Unlock()
		time.Sleep(retry)
		b.wasTold(paid, locker.TerminalLost{Why: "ended", Gone: true})
	})
}

// TestPaidAfterAll: the operator says that nothing was taken while the adapter's word that it was is on its way, or waits for the journal. It
// counts, and once.
func TestPaidAfterAll(t *testing.T) {
	for name, comes := range map[string]func(b *bench){
		"on its way": func(b *bench) {
			b.carries(locker.ChargeFailed{Charge: one, Order: "o-1", Why: locker.ChargeCancelled})
			b.wasAsked(noted)
			b.says(took)
		},
		"not recorded yet": func(b *bench) {
			b.mu.Lock()
			b.broken = true
			b.mu.Unlock()
			b.says(took)
			b.carries(locker.ChargeFailed{Charge: one, Order: "o-1", Why: locker.ChargeCancelled})
			b.mu.Lock()
			b.broken = false
			b.mu.Unlock()
			time.Sleep(retry)
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.says(ready)
				b.carries(locker.ChargeUncertain{Charge: one})
				b.wasAsked(status)
				b.wasTold(locker.TerminalReady{})
				comes(b)
				b.wasTold(paid)
				b.wasAsked(noted)
				b.says(took)
				b.wasTold()
			})
		})
	}
}

// TestWhatWasSaidInTimeIsHeard: an adapter has not been silent because the disk was slow with what it has said before.
func TestWhatWasSaidInTimeIsHeard(t *testing.T) {
	onBench(t, func(b *bench) {
		b.says(ready)
		b.pays("c-8d41f0c2-1")
		b.pays(one)
		b.mu.Lock()
		b.slow = answerWithin + time.Second
		b.mu.Unlock()
		b.says(`{"state":{"id":"c-8d41f0c2-1","text":"processing"}}`, works)
		time.Sleep(3 * answerWithin)
		if b.wire().ended() || b.lives() != 1 {
			t.Error("want it heard, and not taken for silent")
		}
	})
}

// TestSilence: an adapter that answers nothing is started anew: at its start, to a payment, to a question and to whether it is there.
func TestSilence(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(b *bench)
		wait time.Duration
	}{
		"at its start": {func(*bench) {}, firstWithin},
		"a payment":    {func(b *bench) { b.says(ready); b.pays(one) }, answerWithin},
		"to leave one": {func(b *bench) {
			b.says(ready)
			b.pays(one)
			b.says(works)
			b.carries(locker.ChargeStopped{Charge: one})
		}, answerWithin},
		"a question":   {func(b *bench) { b.says(ready); b.carries(locker.ChargeUncertain{Charge: one}) }, answerWithin},
		"is it there?": {func(b *bench) { b.says(ready) }, pingEvery + answerWithin},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				tt.do(b)
				time.Sleep(tt.wait - time.Millisecond)
				synctest.Wait()
				if b.wire().ended() {
					t.Fatal("want it given its time")
				}
				time.Sleep(2 * time.Millisecond)
				b.mu.Lock()
				defer b.mu.Unlock()
				if n := len(b.told); !b.wires[0].ended() || n == 0 || b.told[n-1] != locker.Input(locker.TerminalLost{Why: "silent", Gone: true}) {
					t.Errorf("want it ended and told, got %+v", b.told)
				}
			})
		})
	}
}

// TestItIsAskedWhetherItIsThere every minute while nothing else is said, and says so again.
func TestItIsAskedWhetherItIsThere(t *testing.T) {
	onBench(t, func(b *bench) {
		b.says(ready)
		for range 3 {
			time.Sleep(pingEvery + time.Millisecond)
			b.wasAsked(ping)
			b.says(ready)
		}
		b.wasTold(locker.TerminalReady{}, locker.TerminalReady{}, locker.TerminalReady{}, locker.TerminalReady{})
		if n := strings.Count(b.log.String(), "payments can be made"); n != 1 {
			t.Errorf("want it in the log once, got %d", n)
		}
	})
}

// TestNonsense is passed over, some of it; too much ends the adapter. None of it stands in the log.
func TestNonsense(t *testing.T) {
	onBench(t, func(b *bench) {
		b.says(ready)
		b.pays(one)
		b.says(`4111 1111 1111 1111`, `{"result":{"id":"c-8d41f0c2-119","outcome":"paid","paid":1250}}`, `{"result":{"id":"c-8d41f0c2-118","outcome":"paid"}}`)
		b.wire().said <- heard{err: errHuge}
		b.says(took)
		b.wasTold(locker.TerminalReady{}, paid)
		for range badMost - 4 {
			b.says("nonsense 5500005555555559")
		}
		if b.wasTold(); b.wire().ended() {
			t.Error("want some of it borne")
		}
		b.says("nonsense 5500005555555559")
		b.wasTold(locker.TerminalLost{Why: "garbage", Gone: true})
		if text := b.log.String(); strings.Contains(text, "nonsense") || strings.Contains(text, "4111") {
			t.Errorf("want nothing of it in the log, got %s", text)
		}
	})
}

// TestAFlood ends the adapter, and it is started anew after longer and longer pauses.
func TestAFlood(t *testing.T) {
	onBench(t, func(b *bench) {
		for n := range 4 {
			w := b.wire()
			for range lineBurst + 1 {
				w.said <- heard{line: []byte(ready)}
			}
			synctest.Wait()
			if !w.ended() || b.lives() != n+1 {
				t.Fatalf("want life %d ended, got %d", n+1, b.lives())
			}
			time.Sleep(firstPause<<n - time.Millisecond)
			synctest.Wait()
			if b.lives() != n+1 {
				t.Fatalf("want a pause of %s", firstPause<<n)
			}
			time.Sleep(2 * time.Millisecond)
			synctest.Wait()
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if told := b.told[len(b.told)-1]; told != locker.Input(locker.TerminalLost{Why: "flood", Gone: true}) {
			t.Errorf("want why, got %+v", told)
		}
	})
}
