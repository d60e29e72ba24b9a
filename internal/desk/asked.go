package desk

import "strings"

// leastDigits is how many digits of a number tell whose it is where one is written with its country, and the other without.
const leastDigits = 7

// Asked are the notices by which a code is sent once more to those of a parcel's people who have a number, since somebody at the kiosk who has typed
// it has none. They go to the address on file: whoever types a stranger's number learns nothing.
func (p Parcel) Asked(phone string) (list []Notice) {
	if !p.theirs() {
		return nil
	}
	if p.Code != "" && samePhone(p.Contact.Phone, phone) {
		list = append(list, Notice{What: map[bool]Told{true: ToldKept, false: ToldStored}[p.Rented]})
	}
	for _, x := range Sharers(p.People) {
		if x.Code != "" && samePhone(x.Contact.Phone, phone) {
			list = append(list, Notice{What: ToldShared, Sharer: x.Person})
		}
	}
	return list
}

// samePhone says that two numbers end alike, whatever stands before: a country, the zero in its place, or nothing.
func samePhone(a, b string) bool {
	digits := func(text string) string {
		return strings.TrimLeft(strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, text), "0")
	}
	a, b = digits(a), digits(b)
	return min(len(a), len(b)) >= leastDigits && (strings.HasSuffix(a, b) || strings.HasSuffix(b, a))
}
