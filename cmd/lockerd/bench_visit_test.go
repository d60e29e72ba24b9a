package main

import (
	"fmt"
	"testing"
	"time"
)

// measureVisit has a courier bring parcels that are announced, and a recipient of three of them fetch those by one code: a scan for each, and
// one for all, a push for each door. The machine's time is what they wait for it, from a scan or a push to the next unlock, or until the cloud
// has heard that the door is shut.
func measureVisit(t *testing.T, f *figures) {
	const theirs = 3 // of one person
	parcels := some(10, theirs+1)
	st := newStand(t, shape{lines: 1, boards: 2, locks: 12})
	st.past(1).close()
	st.launch()
	st.told()
	tracking := make([]string, parcels)
	for i := range tracking {
		person := max(1, i-theirs+2) // of phoneOf
		tracking[i] = fmt.Sprintf("VISIT-%d%d", i, person)
		st.announce(tracking[i], "S")
	}
	st.scan("BADGE-ADA")
	st.cloud.await("Ada signed in", func(c *cloud) bool { return c.count("courier.signed_in") > 0 })
	var brought, fetched time.Duration
	for _, number := range tracking {
		began := scanned(t, st.scanner, number)
		v := st.visited()
		brought += v.unlocked.Sub(began) + v.believed.Sub(v.shut)
	}
	st.scan("NOT-A-PARCEL") // scanning on confirms the last
	st.cloud.await("all are stored", func(c *cloud) bool { return c.count("parcel.stored") == parcels })
	began := scanned(t, st.scanner, "LD1:"+st.code(tracking[0]))
	for range theirs {
		v := st.visited()
		fetched += v.unlocked.Sub(began)
		began = v.shut
	}
	st.cloud.await("all of theirs are fetched", func(c *cloud) bool { return c.count("parcel.collected") == theirs })
	f.add(fmt.Sprintf("a courier's parcel that is known, one scan and one push, of %d: the machine's time", parcels), "%.2f s", most("≤ 0.3 s", 0.3), (brought / time.Duration(parcels)).Seconds())
	f.add(fmt.Sprintf("%d parcels by one code, one scan and %d pushes: the machine's time for each", theirs, theirs), "%.2f s", most("≤ 0.3 s", 0.3), (fetched / theirs).Seconds())
}

// act is what somebody and the machine did at a door: when its unlock left, when it was pushed shut, and when the cloud has heard that it is.
type act struct{ unlocked, shut, believed time.Time }

// visited shuts the door that springs open. The metal takes its own time for that: the pulse, 0.3 s.
func (st *stand) visited() (a act) {
	st.t.Helper()
	a.unlocked = st.taps[0].unlocked(st.t).at
	door := st.sprung()
	st.open(door)
	a.shut = time.Now()
	st.push(door)
	a.believed = time.Now()
	return a
}
