package credential

import (
	"context"
	"encoding/base64"
	"log/slog"
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// counter is where technicians' typing is judged, with Grace and Lin enrolled, both with the same PIN, and Ada invited.
func counter(t *testing.T, step locker.Step) (*Technicians, locker.Roster) {
	t.Helper()
	dir := t.TempDir()
	if err := Make(dir); err != nil {
		t.Fatal(err)
	}
	keys, err := Load(dir, base64.StdEncoding.EncodeToString(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	clock := func() locker.Now { return locker.Now{Wall: time.Unix(59, 0)} } // of the vectors of RFC 6238
	phc := HashPIN("864209")
	roster := locker.Roster{Revision: 7, Step: step, Enrolling: "e3", Enrolments: []locker.Enrolment{
		{ID: "e1", Technician: "grace", Enrolled: true,
			Secrets: locker.Secrets{PIN: phc, TOTP: []byte("12345678901234567890")}},
		{ID: "e2", Technician: "lin", Enrolled: true, Secrets: locker.Secrets{PIN: phc, TOTP: []byte("another")}},
		{ID: "e3", Technician: "ada", Secrets: locker.Secrets{PIN: phc}},
		{ID: "e4", Technician: "bob", Enrolled: true, Secrets: locker.Secrets{PIN: "damaged"}},
	}}
	d := NewTechnicians(keys, clock, slog.New(slog.DiscardHandler))
	d.Brief(roster)
	return d, roster
}

func TestWhatTechniciansType(t *testing.T) {
	t.Parallel()
	judged := func(step locker.Step, text string) locker.TechnicianTyped {
		t.Helper()
		d, _ := counter(t, step)
		in, ok := d.Typed(t.Context(), 7, text)
		if !ok || in.Revision != 7 {
			t.Fatalf("%s: want it judged", step)
		}
		return in
	}
	for _, step := range []locker.Step{locker.StepTechPIN, locker.StepSecondPIN} {
		if in := judged(step, "864209"); !slices.Equal(in.PIN, []string{"grace", "lin"}) || !in.Invitation.IsZero() {
			t.Errorf("%s: want both whose PIN it is, and no invited one, got %+v", step, in)
		}
		if in := judged(step, "864208"); len(in.PIN) > 0 {
			t.Errorf("%s: want nobody, got %+v", step, in)
		}
	}
	if in := judged(locker.StepTechPIN, "864209864209"); in.Invitation.IsZero() || len(in.PIN) > 0 {
		t.Errorf("want a one-time secret, got %+v", in)
	}
	for _, step := range []locker.Step{locker.StepTechCode, locker.StepSecondCode, locker.StepNewCode} {
		in := judged(step, "287082")
		if !slices.Equal(in.App, []locker.AppCode{{Enrolment: "e1", Step: 1}}) || !in.Recovery.IsZero() {
			t.Errorf("%s: want Grace's app, got %+v", step, in)
		}
		if in := judged(step, "1234567890"); in.Recovery.IsZero() || len(in.App) > 0 {
			t.Errorf("%s: want a recovery code, got %+v", step, in)
		}
	}
	if in := judged(locker.StepNewPIN, "864209"); in.Chosen == "" {
		t.Error("want it chosen")
	}
	if in := judged(locker.StepNewPIN, "123456"); in.Chosen != "" {
		t.Error("want a simple one not chosen")
	}
	if !judged(locker.StepNewPINAgain, "864209").Same || judged(locker.StepNewPINAgain, "864208").Same {
		t.Error("want the second one held against the first")
	}
}

// TestNoHashForNothing: none is made for another screen, for a locked keypad, or beside another.
func TestNoHashForNothing(t *testing.T) {
	t.Parallel()
	d, roster := counter(t, locker.StepTechPIN)
	<-d.turn // somebody else's is being made
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := d.Typed(ctx, 7, "864209"); ok {
		t.Error("want a second one to wait")
	}
	if _, ok := d.Typed(t.Context(), 6, "864209"); ok {
		t.Error("want a press for another screen dropped at once")
	}
	roster.Locked = true
	d.Brief(roster)
	d.turn <- struct{}{} // it is made
	if _, ok := d.Typed(t.Context(), 7, "864209"); ok {
		t.Error("want nothing judged while the keypad is locked")
	}
	// Another's was looked at while it waited for its turn.
	<-d.turn
	roster.Locked = false
	d.Brief(roster)
	waited := make(chan bool)
	go func() {
		_, ok := d.Typed(t.Context(), 7, "864209")
		waited <- ok
	}()
	roster.Revision = 8
	d.Brief(roster)
	d.turn <- struct{}{}
	if <-waited {
		t.Error("want what waited looked at anew")
	}
}
