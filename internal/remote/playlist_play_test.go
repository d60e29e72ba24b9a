package remote_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/remote"
)

// TestPicturesTakeTurns: each as long as it says, and only in its hours, over midnight, too; without one whose hours these are, none.
func TestPicturesTakeTurns(t *testing.T) {
	t.Parallel()
	const hour = 60
	for _, tt := range []struct {
		name string
		as   []locker.Picturing
		want string // what was shown in the first two minutes, with the second at which it began; the bubble begins at midnight UTC
		at   time.Duration
	}{
		{"in turn", []locker.Picturing{{Seconds: 20}, {Seconds: 50}}, "a0 b20 a70 b90 ", 0},
		{"alone", []locker.Picturing{{Seconds: 20}}, "a0 ", 0},
		{"two hours", []locker.Picturing{{Seconds: 40, From: 10 * hour, Until: 12 * hour}, {Seconds: 40}}, "b0 ", 0},
		{"in its hours", []locker.Picturing{{Seconds: 40, From: 10 * hour, Until: 12 * hour}, {Seconds: 40}}, "a0 b40 a80 ", 11 * time.Hour},
		{"over midnight", []locker.Picturing{{Seconds: 300, From: 22 * hour, Until: 6 * hour}}, "a0 ", 23 * time.Hour},
		{"its hours end, whatever its turn", []locker.Picturing{{Seconds: 300, From: 22 * hour, Until: 6 * hour}}, "a0 -60 ", 6*time.Hour - time.Minute},
		{"its hours begin", []locker.Picturing{{Seconds: 300, From: 22 * hour, Until: 6 * hour}}, "-0 a60 ", 22*time.Hour - time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(tt.at)
				began, got := time.Now(), ""
				pngs := [][]byte{[]byte("a"), []byte("b")}[:len(tt.as)]
				ctx, end := context.WithTimeout(t.Context(), 2*time.Minute-time.Second)
				defer end()
				err := remote.Play(ctx, dir, pngs, tt.as, func(png []byte, _ string) {
					if len(png) == 0 {
						png = []byte("-")
					}
					got += fmt.Sprintf("%s%.0f ", png, time.Since(began).Seconds())
				})
				if err != nil || got != tt.want {
					t.Errorf("want %s, got %s, %v", tt.want, got, err)
				}
			})
		})
	}
}
