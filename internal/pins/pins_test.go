package pins_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"lockerd/internal/locker"
	"lockerd/internal/pins"
)

// wire is a fake line that remembers what was done with it, and can be torn off.
type wire struct {
	gpiotest.Pin
	began time.Time

	mu     sync.Mutex
	gone   bool
	halts  int
	change []change // of its level, by Out
	panics bool     // when it is switched on
}

type change struct {
	after time.Duration
	level gpio.Level
}

var errGone = errors.New("no such device")

func newWire(l gpio.Level) *wire {
	w := &wire{began: time.Now()}
	w.L, w.EdgesChan = l, make(chan gpio.Level, 16)
	return w
}

func (w *wire) In(pull gpio.Pull, edge gpio.Edge) error {
	if w.isGone() {
		return errGone
	}
	return w.Pin.In(pull, edge)
}

// Read reads low of a line that is gone, as the kernel's does.
func (w *wire) Read() gpio.Level { return w.Pin.Read() && !gpio.Level(w.isGone()) }

// WaitForEdge returns at once when the line is gone, as the kernel's does.
func (w *wire) WaitForEdge(d time.Duration) bool {
	if d <= 0 {
		panic("a wait without an end")
	}
	return !w.isGone() && w.Pin.WaitForEdge(d)
}

func (w *wire) Out(l gpio.Level) error {
	if w.isGone() {
		return errGone
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.change); n == 0 || w.change[n-1].level != l {
		w.change = append(w.change, change{time.Since(w.began), l})
	}
	if w.panics && l == gpio.High {
		panic("the driver is broken")
	}
	return nil
}

func (w *wire) Halt() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.halts++
	return nil
}

func (w *wire) isGone() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gone
}

func (w *wire) tear(gone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = gone
}

func (w *wire) changes() []change {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.change)
}

// move moves the level, with or without an edge that the kernel has kept.
func (w *wire) move(l gpio.Level, edge bool) {
	w.Lock()
	w.L = l
	w.Unlock()
	if edge {
		w.EdgesChan <- l
	}
}

// rig runs pins on wires, by the line's name.
type rig struct {
	*pins.Pins
	wires map[string]*wire
	stop  func()

	mu     sync.Mutex
	told   []locker.SwitchSensed
	refuse bool
}

func newRig(t *testing.T, cfg pins.Config, wires map[string]*wire) *rig {
	t.Helper()
	r := &rig{wires: wires}
	open := func(p pins.Pin) (gpio.PinIO, error) {
		w := wires[p.Line]
		if w == nil || w.isGone() {
			return nil, errGone
		}
		return w, nil
	}
	tell := func(_ context.Context, in locker.Input) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.refuse {
			return errors.New("out of order")
		}
		r.told = append(r.told, in.(locker.SwitchSensed))
		return nil
	}
	r.Pins = pins.New(cfg, open, tell, slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("want Run to end with nil, got %v", err)
		}
	})
	t.Cleanup(r.stop)
	return r
}

// refusing makes tell fail, or no longer.
func (r *rig) refusing(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = on
}

func (r *rig) heard() []locker.SwitchSensed {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}

func (r *rig) want(t *testing.T, when string, want ...locker.SwitchSensed) {
	t.Helper()
	if got := r.heard(); !slices.Equal(want, got) {
		t.Fatalf("%s: want %v, got %v", when, want, got)
	}
}

func tamper(alarm bool) locker.SwitchSensed {
	return locker.SwitchSensed{Switch: locker.SwitchTamper, Alarm: alarm}
}

// casing is a tamper contact to ground: low while it is closed.
var casing = pins.Config{Tamper: pins.Pin{Line: "c/1"}}

func TestACasingIsOpenedAndClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(gpio.Low)
		r := newRig(t, casing, map[string]*wire{"c/1": w})
		time.Sleep(pins.Stable + 20*time.Millisecond)
		r.want(t, "at the start", tamper(false))
		w.move(gpio.High, true)
		time.Sleep(pins.Stable + 20*time.Millisecond)
		r.want(t, "opened", tamper(false), tamper(true))
		w.move(gpio.Low, true)
		time.Sleep(pins.Stable + 20*time.Millisecond)
		r.want(t, "closed", tamper(false), tamper(true), tamper(false))
		time.Sleep(time.Hour)
		r.want(t, "an hour later", tamper(false), tamper(true), tamper(false))
		r.stop()
		if w.halts != 1 {
			t.Errorf("want the line given back once, got %d times", w.halts)
		}
	})
}

func TestBounceIsNoAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(gpio.Low)
		r := newRig(t, casing, map[string]*wire{"c/1": w})
		time.Sleep(time.Second)
		for range 20 { // a knock on the casing: 20 times open for less than it takes to believe it
			w.move(gpio.High, true)
			time.Sleep(pins.Stable - 15*time.Millisecond)
			w.move(gpio.Low, true)
			time.Sleep(15 * time.Millisecond)
		}
		time.Sleep(time.Second)
		r.want(t, "after the knocks", tamper(false))
	})
}

func TestAMissedEdgeIsFoundByThePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(gpio.Low)
		r := newRig(t, casing, map[string]*wire{"c/1": w})
		time.Sleep(time.Second)
		w.move(gpio.High, false)
		time.Sleep(time.Second)
		r.want(t, "opened without an edge", tamper(false), tamper(true))
	})
}

func TestMainsThatAreActiveLow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(gpio.Low) // the power supply's "mains good" is low: they are gone
		r := newRig(t, pins.Config{Mains: pins.Pin{Line: "MAINS", ActiveLow: true}}, map[string]*wire{"MAINS": w})
		time.Sleep(time.Second)
		r.want(t, "at the start", locker.SwitchSensed{Switch: locker.SwitchMains, Alarm: true})
	})
}

// TestALineThatIsGoneSaysNothing: a line that was torn off reads low, which must not be taken for the mains' failing or the
// casing's closing.
func TestALineThatIsGoneSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(gpio.High)
		w.tear(true)
		r := newRig(t, casing, map[string]*wire{"c/1": w})
		time.Sleep(time.Hour)
		r.want(t, "never there")
		w.tear(false)
		time.Sleep(time.Minute)
		r.want(t, "plugged in", tamper(true))
		w.tear(true)
		time.Sleep(time.Hour)
		r.want(t, "unplugged", tamper(true))
		w.move(gpio.Low, false)
		w.tear(false)
		time.Sleep(time.Minute)
		r.want(t, "back", tamper(true), tamper(false))
	})
}

func TestWhatWasNotRecordedIsToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(gpio.Low)
		r := newRig(t, casing, map[string]*wire{"c/1": w})
		r.refusing(true)
		time.Sleep(time.Minute)
		r.want(t, "out of order")
		r.refusing(false)
		time.Sleep(time.Second)
		r.want(t, "in order again", tamper(false))
	})
}

// signs are a lamp on a line of its own and an active-low buzzer.
var signs = pins.Config{Lamp: pins.Pin{Line: "LAMP"}, Buzzer: pins.Pin{Line: "BUZZER", ActiveLow: true}}

func TestSafeAtStartAndStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lamp, buzzer := newWire(gpio.High), newWire(gpio.Low) // as a run that was killed left them
		r := newRig(t, signs, map[string]*wire{"LAMP": lamp, "BUZZER": buzzer})
		synctest.Wait()
		wantChanges(t, "lamp at the start", lamp, change{0, gpio.Low})
		wantChanges(t, "buzzer at the start", buzzer, change{0, gpio.High})
		time.Sleep(time.Second)
		r.Show(locker.View{Lamp: true, Buzzer: true})
		time.Sleep(100 * time.Millisecond)
		r.stop()
		wantChanges(t, "lamp at the stop", lamp, change{0, gpio.Low}, change{time.Second, gpio.High},
			change{1100 * time.Millisecond, gpio.Low})
		wantChanges(t, "buzzer at the stop", buzzer, change{0, gpio.High}, change{time.Second, gpio.Low},
			change{1100 * time.Millisecond, gpio.High})
		if lamp.halts != 1 || buzzer.halts != 1 {
			t.Errorf("want both lines given back once, got %d and %d times", lamp.halts, buzzer.halts)
		}
	})
}

func TestSafeAfterAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lamp, buzzer := newWire(gpio.Low), newWire(gpio.Low)
		buzzer.panics = true
		wires := map[string]*wire{"LAMP": lamp, "BUZZER": buzzer}
		open := func(p pins.Pin) (gpio.PinIO, error) { return wires[p.Line], nil }
		cfg := signs
		cfg.Buzzer.ActiveLow = false
		p := pins.New(cfg, open, nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
		p.Show(locker.View{Lamp: true, Buzzer: true})
		func() {
			defer func() {
				if recover() == nil {
					t.Error("want the panic to go on")
				}
			}()
			_ = p.Run(t.Context())
		}()
		wantChanges(t, "lamp", lamp, change{0, gpio.Low}, change{0, gpio.High}, change{0, gpio.Low})
		wantChanges(t, "buzzer", buzzer, change{0, gpio.Low}, change{0, gpio.High}, change{0, gpio.Low})
	})
}

func TestTheBuzzerCallsGently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		buzzer := newWire(gpio.High)
		cfg := pins.Config{Buzzer: pins.Pin{Line: "BUZZER"}}
		r := newRig(t, cfg, map[string]*wire{"BUZZER": buzzer})
		time.Sleep(300 * time.Millisecond)
		for range 25 { // shown again and again: the pattern goes on and does not begin anew
			r.Show(locker.View{Buzzer: true})
			time.Sleep(100 * time.Millisecond)
		}
		r.Show(locker.View{})
		time.Sleep(time.Minute)
		wantChanges(t, "buzzer", buzzer, change{0, gpio.Low},
			change{300 * time.Millisecond, gpio.High}, change{500 * time.Millisecond, gpio.Low},
			change{2300 * time.Millisecond, gpio.High}, change{2500 * time.Millisecond, gpio.Low})
	})
}

func TestTheNewestViewWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lamp := newWire(gpio.Low)
		cfg := pins.Config{Lamp: pins.Pin{Line: "LAMP"}}
		open := func(pins.Pin) (gpio.PinIO, error) { return lamp, nil }
		p := pins.New(cfg, open, nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
		for i := range 1001 { // nobody looks yet: it must not block
			p.Show(locker.View{Lamp: i%2 == 0})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
		wantChanges(t, "lamp", lamp, change{0, gpio.Low}, change{0, gpio.High}, change{time.Minute, gpio.Low})
	})
}

func TestALampThatFailsComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lamp := newWire(gpio.Low)
		cfg := pins.Config{Lamp: pins.Pin{Line: "LAMP"}}
		r := newRig(t, cfg, map[string]*wire{"LAMP": lamp})
		time.Sleep(time.Second)
		lamp.tear(true)
		r.Show(locker.View{Lamp: true})
		time.Sleep(time.Hour)
		lamp.tear(false)
		time.Sleep(time.Minute)
		got := lamp.changes()
		if len(got) != 2 || got[1].level != gpio.High {
			t.Errorf("want the lamp on within a minute of its return, got %v", got)
		}
	})
}

func wantChanges(t *testing.T, what string, w *wire, want ...change) {
	t.Helper()
	if got := w.changes(); !slices.Equal(want, got) {
		t.Errorf("%s: want %v, got %v", what, want, got)
	}
}
