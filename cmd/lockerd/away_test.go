package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"lockerd/internal/locker"
	"lockerd/internal/sync/cloudtest"
)

// A day at a cabinet whose broker is away for six hours of it.
type awayDay struct {
	parcels int           // in all
	morning int           // before the broker goes away
	live    int           // after it is back, by people at true boards
	away    time.Duration // how long the broker is away
}

// TestADayWithTheBrokerAway: a day of 500 parcels, six hours of it without a broker, and a proxy that doubles records and has them overtake each
// other, end complete in a receiver that knows the contract alone. Its 10 live parcels go through a true lockerd, boards and scanner as they are; those
// before it were made by the same rules, at the speed of the disk, and written by the same journal: for lockerd they are what it has not been rid of.
// Without LOCKERD_LONG the day has 60 parcels.
func TestADayWithTheBrokerAway(t *testing.T) {
	t.Parallel()
	day := awayDay{parcels: 60, morning: 20, live: 2, away: 6 * time.Hour}
	if os.Getenv("LOCKERD_LONG") != "" {
		day = awayDay{parcels: 500, morning: 250, live: 10, away: 6 * time.Hour}
	}
	began, seed := time.Now(), rand.Uint64()
	dice := rand.New(rand.NewPCG(seed, 1))
	var middle *cloudtest.Middle
	st := newStand(t, shape{lines: 1, boards: 2, locks: 11, cloud: "form = \"plain\"\n", broker: func(broker string) string {
		middle = cloudtest.NewMiddle(t, broker)
		middle.Twist(unruly(dice), nil)
		return middle.Addr()
	}})
	for door := range st.shape.doors() {
		line, board, channel := st.shape.place(door + 1)
		st.metals = append(st.metals, metal{st.lines[line], board, channel})
	}
	st.cloud.hush(true) // it drives people; the keeper acknowledges
	keeper := cloudtest.NewKeeper(t, st.broker.Addr, "rig", func(word string) string { return signedAck(issuer, word) })
	owed := day.past(st, keeper)
	have := len(keeper.Taken())
	st.launch()
	cloudtest.Eventually(t, "what is owed", func() bool { return len(keeper.Taken()) >= have+owed })
	for i := range day.live {
		tracking := fmt.Sprint("LIVE-", i)
		door, code := st.broughtIn(tracking)
		st.scan("BADGE-ADA")
		st.scan("LD1:" + code)
		st.push(door)
		st.cloud.await(tracking+" collected", func(c *cloud) bool { return c.count("parcel.collected") >= day.parcels-day.live-day.morning+i+1 })
	}
	st.stop()
	day.complete(st, keeper)
	seen, early := keeper.Dropped()
	t.Logf("seed %d: %d parcels, %d records, %d of them owed when the broker was back; %d came once more, %d too early; %s", seed, day.parcels, len(keeper.Taken()), owed,
		seen, early, time.Since(began).Round(time.Second))
	if seen == 0 || early == 0 {
		t.Errorf("want some records to come twice and some too early, got %d and %d", seen, early)
	}
}

// unruly doubles every fifth record and has every fifth overtaken.
func unruly(dice *rand.Rand) func(*cloudtest.Wire, packets.ControlPacket) {
	return func(w *cloudtest.Wire, p packets.ControlPacket) {
		m, is := p.(*packets.PublishPacket)
		switch lot := dice.IntN(5); {
		case !is || path.Base(m.TopicName) != "events" || lot > 1:
			w.Pass(p)
		case lot == 0:
			w.Pass(p)
			w.Invent(m)
		default:
			w.Later(time.Duration(dice.IntN(20))*time.Millisecond, p)
		}
	}
}

// past makes the day until the broker is back. The keeper has what came before it went, and the cabinet knows; it says how many records
// it has not.
func (d awayDay) past(st *stand, keeper *cloudtest.Keeper) (owed int) {
	st.t.Helper()
	h := st.past(1)
	for range d.morning {
		h.collect(h.store())
		h.wait(time.Minute)
	}
	var newest locker.Outgoing
	for after := uint64(0); after < h.state.Seq; {
		records, err := h.book.Outgoing(after, 500)
		if err != nil || len(records) == 0 {
			st.t.Fatalf("the morning: %d records, %v", len(records), err)
		}
		for _, r := range records {
			keeper.Take(r.Public)
		}
		newest = records[len(records)-1]
		after = newest.Seq
	}
	if err := h.book.Confirm(locker.Ack{Epoch: newest.Epoch, Seq: newest.Seq, Hash: newest.Hash}); err != nil {
		st.t.Fatal(err)
	}
	went := h.now.Up
	for n := d.parcels - d.morning - d.live; n > 0; n-- {
		h.collect(h.store())
		h.wait((d.away - (h.now.Up - went)) / time.Duration(n+1))
	}
	h.wait(d.away - (h.now.Up - went))
	owed = int(h.state.Seq - newest.Seq)
	if err := h.book.Close(); err != nil {
		st.t.Fatal(err)
	}
	return owed
}

// complete holds the keeper's records against the journal's, and that each parcel's life is whole.
func (d awayDay) complete(st *stand, keeper *cloudtest.Keeper) {
	st.t.Helper()
	records := st.journal()
	taken := keeper.Taken()
	if len(taken) < len(records) { // what was still on its way when lockerd ended leaves with the next start
		st.launch()
		cloudtest.Eventually(st.t, "all that was on its way", func() bool { return len(keeper.Taken()) >= len(records) })
		st.stop()
		records, taken = st.journal(), keeper.Taken()
	}
	for i := range min(len(records), len(taken)) {
		if string(records[i].Public) != string(taken[i].Public) {
			st.t.Fatalf("record %d:\nwant %s\n got %s", i+1, records[i].Public, taken[i].Public)
		}
	}
	kinds := map[string]int{}
	for _, r := range taken {
		kinds[r.Kind]++
	}
	for _, kind := range []string{"parcel.announced", "parcel.stored", "parcel.collected"} {
		if kinds[kind] != d.parcels {
			st.t.Errorf("want %d times %s, got %d", d.parcels, kind, kinds[kind])
		}
	}
	if last := taken[len(taken)-1]; slices.Contains([]string{"", "journal.epoch_begun"}, last.Kind) {
		st.t.Errorf("the last record is %s", last.Public)
	}
}

// journal are all records of the cabinet, which is at rest.
func (st *stand) journal() (all []locker.Outgoing) {
	st.t.Helper()
	_, _, _, book := st.bookIn(st.dir)
	defer func() {
		if err := book.Close(); err != nil {
			st.t.Fatal(err)
		}
	}()
	for {
		after := uint64(len(all))
		records, err := book.Outgoing(after, 500)
		if err != nil {
			st.t.Fatal(err)
		}
		if len(records) == 0 {
			return all
		}
		all = append(all, records...)
	}
}
