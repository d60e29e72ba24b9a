package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/internal/cabinet"
	"lockerd/internal/locker"
	"lockerd/internal/relay"
	"lockerd/internal/sim"
	"lockerd/internal/sync/cloudtest"
)

// cutLink puts a relay between lockerd and its broker. It must be done before the first start.
func (r *rig) cutLink() *relay.Relay {
	r.t.Helper()
	relay := cloudtest.NewRelay(r.t, r.broker.Addr)
	r.replace(r.broker.Addr, relay.Addr())
	return relay
}

// replace changes a text of the configuration.
func (r *rig) replace(was, is string) {
	r.t.Helper()
	text, err := os.ReadFile(r.config)
	if err == nil {
		err = os.WriteFile(r.config, []byte(strings.Replace(string(text), was, is, 1)), 0o600)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// street is people at a cabinet around which everything lies, and what truly lies behind its doors.
type street struct {
	*rig
	dice   *rand.Rand
	link   *relay.Relay
	frozen func(bool)
	inside map[int]string // by door
	called map[int]string // by door: what somebody had it opened for
	hands  map[string]int // who has fetched what: how often
	made   int
	lies   [7]sync.Mutex // one for each kind of lie
	stop   chan struct{}
}

// lie is one trouble that lasts a moment.
func (s *street) lie(dice *rand.Rand) {
	lasts, kind := time.Duration(200+dice.IntN(4000))*time.Millisecond, dice.IntN(7)
	if !s.lies[kind].TryLock() {
		return // the other liar is at it
	}
	defer s.lies[kind].Unlock()
	switch kind {
	case 0:
		jumps := []time.Duration{10 * time.Minute, 5 * time.Hour, 96 * time.Hour, 20 * year, -10 * time.Minute, -96 * time.Hour}
		s.jump(jumps[dice.IntN(len(jumps))])
		s.pause(lasts)
		s.jump(0)
	case 1:
		s.frozen(true)
		s.pause(lasts)
		s.frozen(false)
	case 2:
		s.fillDisk(true)
		s.pause(lasts)
		s.fillDisk(false)
	case 3:
		s.line.Trouble(sim.Trouble{Noise: 0.0002, Lost: 0.1, Late: 0.3, LateBy: 350 * time.Millisecond, Truncated: 0.05, Glued: 0.05})
		s.pause(lasts)
		s.line.Trouble(sim.Trouble{})
	case 4:
		s.line.Mute(1+dice.IntN(2), true)
		s.pause(lasts)
		s.line.Mute(1, false)
		s.line.Mute(2, false)
	case 5:
		s.link.Off(true)
		s.pause(lasts)
		s.link.Off(false)
	default:
		for _, label := range []string{"BEGIN:VCARD\r\nFN:Eve\r\nEND:VCARD", "https://www.example.com/survey", "2LDE53113+42000000", "]E04006381333931"} {
			if dice.IntN(2) == 0 {
				s.scan(label)
			}
		}
	}
}

func (s *street) pause(d time.Duration) {
	select {
	case <-s.stop:
	case <-time.After(d):
	}
}

// glances is how often a person looks at the doors and the screen before they go: three seconds.
const glances, glance = 120, 25 * time.Millisecond

// brings is a courier with one parcel that was announced.
func (s *street) brings(tracking string) {
	s.scan("BADGE-ADA")
	time.Sleep(300 * time.Millisecond)
	s.scan(tracking)
	door := s.toldToPutIn()
	if door == 0 {
		return // another time
	}
	if lies := s.inside[door]; lies != "" {
		s.t.Errorf("door %d was opened for %s, and %s lies in it", door, tracking, lies)
	}
	s.inside[door] = tracking
	delete(s.called, door)
	time.Sleep(1500 * time.Millisecond)
	s.lock(door).push()
	time.Sleep(time.Second)
	s.scan(fmt.Sprint("NEXT-", s.made)) // scanning on confirms
}

// toldToPutIn reads the screen until it names an open door to put a parcel in, and answers what it asks: it may be one into which
// a courier is to look first. 0 is none.
func (s *street) toldToPutIn() (door int) {
	screen := &intruder{rig: s.rig, headers: map[string]string{"Origin": "http://" + s.kiosk}}
	for range glances {
		step, revision, door := screen.reads()
		switch {
		case door == 0 || !s.lock(door).isOpen():
		case step == "drop":
			return door
		case step == "look":
			says := "empty"
			if s.inside[door] != "" {
				says = "occupied"
			}
			screen.send(http.MethodPost, "/press", fmt.Sprintf(`{"action":%q,"revision":%q}`, says, revision))
		}
		time.Sleep(glance)
	}
	return 0
}

// fetches is somebody with a code, who stays near: a board that is held up opens late, perhaps after they have tried in vain.
func (s *street) fetches(tracking string, door int, code string) bool {
	s.called[door] = tracking
	s.scan("LD1:" + code)
	for range glances {
		s.nothingUncalled()
		if s.takes(door) {
			time.Sleep(1500 * time.Millisecond)
			s.lock(door).push()
			time.Sleep(500 * time.Millisecond)
			return true
		}
		time.Sleep(glance)
	}
	return false
}

// takes is whoever has shown the code of what lies behind a door, if it stands open.
func (s *street) takes(door int) bool {
	lies := s.inside[door]
	if lies == "" || s.called[door] != lies || !s.lock(door).isOpen() {
		return false
	}
	s.inside[door] = ""
	s.hands[lies]++
	return true
}

// nothingUncalled asks that no door stands open behind which something lies for somebody who has not shown its code.
func (s *street) nothingUncalled() {
	for i, m := range s.metals {
		if lies := s.inside[i+1]; lies != "" && s.called[i+1] != lies && m.isOpen() {
			s.t.Errorf("door %d is open, in which %s lies, and nobody has shown its code", i+1, lies)
		}
	}
}

// waiting are parcels that wait to be fetched, as the cloud knows them: their doors and codes.
func (s *street) waiting() map[string]happened {
	list := map[string]happened{}
	for _, h := range s.cloud.all() {
		switch h.Kind {
		case "parcel.stored":
			list[h.field("parcel")] = h
		case "parcel.collected":
			delete(list, h.field("parcel"))
		case "collection.disputed":
			s.t.Error("a collection is disputed by nobody")
		}
	}
	return list
}

// visit is one person's.
func (s *street) visit() {
	s.nothingUncalled()
	for i, m := range s.metals {
		s.takes(i + 1)
		m.push() // what somebody has left open, or what opened late
	}
	if waits := s.waiting(); len(waits) > 0 && (s.dice.IntN(2) == 0 || len(waits) > 3) {
		for _, h := range waits {
			if s.hands[h.field("tracking")] == 0 {
				var door int
				_, _ = fmt.Sscan(h.field("door"), &door)
				s.fetches(h.field("tracking"), door, h.personal["code"])
				return
			}
		}
	}
	if s.dice.IntN(4) == 0 {
		s.looks()
		return
	}
	s.made++
	s.brings(fmt.Sprint("PARCEL-", s.made))
}

// looks is the caretaker, who takes out what nobody waits for and says which doors are empty. While the cabinet is out of order
// nobody hears it.
func (s *street) looks() {
	for _, door := range s.doubtful() {
		s.called[door] = s.inside[door]
		opened, _ := s.tool("board", "open", fmt.Sprint(door), "--by", "the caretaker")
		if strings.Contains(opened, "opened") {
			s.inside[door] = ""
			s.lock(door).push()
		}
	}
	args := []string{"doors", "inspected", "--by", "the caretaker"}
	for door := range s.metals {
		if s.inside[door+1] == "" {
			args = append(args, fmt.Sprint(door+1))
		}
	}
	if len(args) > 4 {
		_, _ = s.tool(args...)
	}
}

// doubtful are the doors of which the cabinet does not know what is in them.
func (s *street) doubtful() (doors []int) {
	text, err := s.tool("board", "state", "--json")
	var state cabinet.LinesState
	if err != nil || json.Unmarshal([]byte(text), &state) != nil {
		return nil
	}
	for _, d := range state.Doors {
		if d.Contents == string(locker.Doubtful) {
			doors = append(doors, d.Door)
		}
	}
	return doors
}

// The clock, the disk, the line, the labels and the link lie at the same time, and people come and go: nothing is lost, nothing opens for
// anybody else, and when it is over the cabinet is in order again by itself. The long form is a day's people of a busy cabinet.
func TestWhatStandsAroundLies(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	lasts, parcels, seed := time.Minute, 30, uint64(12)
	if os.Getenv("LOCKERD_LONG") != "" {
		lasts, parcels, seed = 40*time.Minute, 1500, rand.Uint64()
	}
	r := newRig(t)
	s := &street{rig: r, dice: rand.New(rand.NewPCG(2026, seed)), link: r.cutLink(), frozen: r.slowDisk(), inside: map[int]string{},
		called: map[int]string{}, hands: map[string]int{}, stop: make(chan struct{})}
	s.setting("[times]\nidle = \"40s\"\nidle_door_open = \"40s\"\nthanks = \"10s\"\njudge = \"4s\"\n")
	r.commission()
	for i := range parcels {
		tracking := fmt.Sprint("PARCEL-", i+1)
		s.cloud.order("announce-"+tracking, "parcel.announce", map[string]any{"tracking": tracking, "size": "S"}, s.public,
			map[string]string{"phone": fmt.Sprintf("+49151123456%02d", i)}) // everybody has a code of their own
	}
	s.cloud.await("all announced", func(c *cloud) bool { return c.count("parcel.announced") == parcels })
	var liars sync.WaitGroup
	for i := range 2 {
		liars.Go(func() {
			dice := rand.New(rand.NewPCG(seed, uint64(i)))
			for {
				select {
				case <-s.stop:
					return
				default:
					s.lie(dice)
					s.pause(time.Duration(dice.IntN(9000)) * time.Millisecond)
				}
			}
		})
	}
	for end := time.Now().Add(lasts); time.Now().Before(end) && s.made < parcels; {
		s.visit()
	}
	close(s.stop)
	liars.Wait()
	over := time.Now()
	s.cloud.await("in order", func(c *cloud) bool { return s.inOrder(c.summary()) })
	t.Logf("in order %s after the last trouble", time.Since(over).Round(100*time.Millisecond))
	s.cloud.complete()
	s.ends()
	stored := s.cloud.count("parcel.stored")
	t.Logf("seed %d: %d events, %d pulses, %d brought, %d stored, %d fetched, %d doubted, %d said twice", seed, len(s.cloud.all()), s.pulses(),
		s.made, stored, len(s.hands), s.cloud.count("door.doubted"), s.cloud.doubles)
	if stored*10 < s.made {
		t.Errorf("of %d couriers' visits %d ended with a parcel stored: people do not get on", s.made, stored)
	}
}

// inOrder says that a state tells of nothing that only trouble makes.
func (s *street) inOrder(state string) bool {
	for _, fault := range []string{"board_lost", `"kind":"clock_`, "journal_unwritable", `"kind":"cloud_`, `"service":"out_of_order"`, `"state":"unknown"`} {
		if strings.Contains(state, fault) {
			return false
		}
	}
	return strings.Contains(state, `"service":"ok"`)
}

// ends asks at the end: what waits can be fetched, and no lock was pulsed more often than somebody asked for it.
func (s *street) ends() {
	for _, h := range s.waiting() {
		var door int
		_, _ = fmt.Sscan(h.field("door"), &door)
		if s.hands[h.field("tracking")] > 0 {
			continue // it was taken by an opening that nobody could see
		}
		s.cloud.await(h.field("tracking")+" fetched", func(*cloud) bool {
			return s.fetches(h.field("tracking"), door, h.personal["code"])
		})
	}
	s.cloud.complete()
	for _, d := range rigDoors {
		asked := 0
		for _, h := range s.cloud.all() {
			if h.Kind == "unlock.requested" && h.field("door") == fmt.Sprint(d[0]) {
				asked++
			}
		}
		if n := len(s.line.Pulses(d[1], d[2])); n > asked {
			s.t.Errorf("door %d was pulsed %d times, and asked for %d times", d[0], n, asked)
		}
	}
	for tracking, n := range s.hands {
		if n > 1 {
			s.t.Errorf("%s was fetched %d times", tracking, n)
		}
	}
}
