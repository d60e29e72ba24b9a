package checkup

import (
	"strings"
	"testing"

	"lockerd/internal/locker"
)

func TestWhatIsTooShort(t *testing.T) {
	t.Parallel()
	g := locker.Guessing{Doors: 24, Digits: 8, Tries: 5, Lockouts: locker.DefaultTimes().Lockouts}
	for range 50 {
		g.Couriers = append(g.Couriers, locker.CourierLengths{Courier: "c", PIN: 6, Badge: 1})
	}
	all := strings.Join(tooShort(g), "\n")
	if strings.Count(all, "a PIN of 9 digits") != 50 || strings.Count(all, "a badge of 12 characters by chance") != 50 {
		t.Errorf("want each told, got %s", all)
	}
}
