package controller_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/controller"
)

// TestPulse: each run finds when the one before was last alive, by the clock that it read.
func TestPulse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alive")
	synctest.Test(t, func(t *testing.T) {
		late := func() time.Time { return time.Now().Add(-time.Hour) }
		p := controller.NewPulse(path, late, slog.New(slog.DiscardHandler))
		if at := p.Last(); !at.IsZero() {
			t.Fatalf("want no sign before the first run, got %s", at)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- p.Run(ctx) }()
		wait(20 * time.Minute)
		if at := p.Last(); !at.IsZero() {
			t.Fatalf("want no sign before its start is recorded, got %s", at)
		}
		p.Serve(true)
		synctest.Wait()
		began := late()
		time.Sleep(12 * time.Minute)
		synctest.Wait()
		if at := p.Last(); !at.Equal(began.Add(10 * time.Minute)) {
			t.Fatalf("want the newest sign after ten minutes (%s), got %s", began.Add(10*time.Minute), at)
		}
		p.Serve(false) // the disk refuses
		wait(time.Hour)
		if at := p.Last(); !at.Equal(began.Add(10 * time.Minute)) {
			t.Fatalf("want no sign while nothing can be recorded, got %s", at)
		}
		p.Serve(true)
		wait(2 * time.Minute)
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if at := p.Last(); !at.Equal(began.Add(74 * time.Minute)) {
			t.Fatalf("want the orderly end to be one, got %s", at)
		}
	})
}
