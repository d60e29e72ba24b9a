package tariff

import (
	"slices"
	"time"
)

// maxDays is how far ahead a sum looks for its next rise: a year of counted time with one weekday in seven that counts.
const maxDays = 7*366 + maxDates

// Span is a time that does not count, such as one in which the thing could not be fetched. It ends before To.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Sum is what is owed at a time.
type Sum struct {
	Amount  int64 `json:"amount"`    // minor units
	Counted int64 `json:"counted_s"` // seconds that counted, the free ones among them
	// FreeUntil is when the free time ends, if nothing stops it from now on; zero once it is over.
	FreeUntil time.Time `json:"free_until,omitzero"`
	// Until is when this amount rises, if nothing stops the time from now on; zero if it does not within a
	// year that counts.
	Until time.Time `json:"until,omitzero"`
}

// At is what is owed at now for something that began at begin. Stops may overlap, and reach before begin and after now; what lies
// after now is not known yet, and does not count.
func (t *Tariff) At(begin, now time.Time, stops []Span) Sum {
	if now.Before(begin) {
		now = begin
	}
	zone, err := time.LoadLocation(t.Zone)
	if err != nil {
		zone = time.UTC // Validate refuses it
	}
	whole := t.counted(begin, now, stops, zone)
	counted := int64(whole / time.Second)
	amount, last := t.after(counted)
	s := Sum{Amount: amount, Counted: counted}
	if counted < t.Free {
		s.FreeUntil = t.ahead(now, time.Duration(t.Free)*time.Second-whole, zone)
	}
	if last >= 0 {
		s.Until = t.ahead(now, time.Duration(last+1)*time.Second-whole, zone)
	}
	return s
}

// counted is the time between two moments without stops and quiet days.
func (t *Tariff) counted(begin, now time.Time, stops []Span, zone *time.Location) time.Duration {
	spans := slices.Clone(stops)
	if t.hasQuiet() {
		for day := midnight(begin, zone); day.Before(now); {
			next := midnight(day.Add(36*time.Hour), zone) // days have 23 to 25 hours, mostly
			if t.quiet(day, zone) {
				spans = append(spans, Span{day, next})
			}
			day = next
		}
	}
	slices.SortFunc(spans, func(a, b Span) int { return a.From.Compare(b.From) })
	total, at := time.Duration(0), begin
	for _, s := range spans {
		if s.From.After(now) {
			break
		}
		if s.From.After(at) {
			total, at = total+s.From.Sub(at), s.From
		}
		if s.To.After(at) {
			at = s.To
		}
	}
	if now.After(at) {
		total += now.Sub(at)
	}
	return total
}

// ahead is when so much more time has counted, if only quiet days stop it.
func (t *Tariff) ahead(now time.Time, more time.Duration, zone *time.Location) time.Time {
	if !t.hasQuiet() {
		return now.Add(more).UTC()
	}
	for range maxDays {
		next := midnight(midnight(now, zone).Add(36*time.Hour), zone)
		if !t.quiet(now, zone) {
			if left := next.Sub(now); more <= left {
				return now.Add(more).UTC()
			}
			more -= next.Sub(now)
		}
		now = next
	}
	return time.Time{}
}

// midnight is when the day of a moment began. Where clocks are put on at midnight no clock shows it, and the day begins with the change;
// where they are put back over midnight the day begins at the first of the two. time.Date promises neither.
func midnight(at time.Time, zone *time.Location) time.Time {
	y, m, d := at.In(zone).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, zone)
	start, end := day.ZoneBounds()
	switch hour, minute, _ := day.Clock(); {
	case day.Day() != d: // by the clock of before the change, which shows the day before
		return end
	case hour+minute > 0:
		return start
	case day.Sub(start) < 12*time.Hour && start.Add(-1).Day() == d: // the day has begun before the change
		_, offset := start.Add(-1).Zone()
		return time.Date(y, m, d, 0, 0, -offset, 0, time.UTC).In(zone)
	}
	return day
}

func (t *Tariff) hasQuiet() bool { return len(t.QuietWeekdays)+len(t.QuietDates) > 0 }

func (t *Tariff) quiet(at time.Time, zone *time.Location) bool {
	local := at.In(zone)
	if slices.Contains(t.QuietDates, local.Format(time.DateOnly)) {
		return true
	}
	return slices.ContainsFunc(t.QuietWeekdays, func(name string) bool { day, ok := weekday(name); return ok && day == local.Weekday() })
}

// after is the amount after so many seconds, and the last second with that amount; -1 if it does not rise within a year that counts.
func (t *Tariff) after(counted int64) (amount, last int64) {
	amount = t.rounded(counted)
	low, step := counted, int64(1)
	for t.rounded(low+step) == amount { // the sum never falls: where it is the same at both ends it is so between them
		if low += step; low-counted > maxPeriod {
			return amount, -1
		}
		step *= 2
	}
	for high := low + step; low+1 < high; {
		if mid := low + (high-low)/2; t.rounded(mid) == amount {
			low = mid
		} else {
			high = mid
		}
	}
	return amount, low
}

// rounded is the sum after so many seconds, with cap and rounding.
func (t *Tariff) rounded(counted int64) int64 {
	if counted < t.Free {
		return 0
	}
	left, sum := counted-t.Free, int64(0)
	for _, s := range t.Steps {
		if s.Times == 0 || left < s.Times*s.Every {
			sum += s.owed(left)
			break
		}
		sum += s.Times * s.Price
		left -= s.Times * s.Every
	}
	if t.Cap > 0 {
		sum = min(sum, t.Cap)
	}
	return sum - sum%max(t.Multiple, 1)
}

// owed is what a step costs so many seconds after its beginning.
func (s Rate) owed(seconds int64) int64 {
	switch s.Charge {
	case Complete:
		return seconds / s.Every * s.Price
	case Proportional:
		return seconds/s.Every*s.Price + seconds%s.Every*s.Price/s.Every
	default:
		return (seconds/s.Every + 1) * s.Price
	}
}
