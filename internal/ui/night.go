package ui

import (
	"fmt"
	"strings"
	"time"
)

// Dark says whether the dark screen is shown at this time, in its own location.
func (c Config) Dark(at time.Time) bool {
	from, to, err := parseNight(c.Night)
	if err != nil {
		return false
	}
	minute := at.Hour()*60 + at.Minute()
	if from <= to {
		return from <= minute && minute < to
	}
	return minute >= from || minute < to
}

// parseNight reads "21:00-06:30" as minutes of the day.
func parseNight(s string) (from, to int, err error) {
	begin, end, ok := strings.Cut(s, "-")
	if !ok {
		return 0, 0, fmt.Errorf("ui: night %q: want two times of day, as 21:00-06:30", s)
	}
	for _, part := range []struct {
		text string
		into *int
	}{{begin, &from}, {end, &to}} {
		t, err := time.Parse("15:04", part.text)
		if err != nil {
			return 0, 0, fmt.Errorf("ui: night %q: %q is not a time of day", s, part.text)
		}
		*part.into = t.Hour()*60 + t.Minute()
	}
	return from, to, nil
}
