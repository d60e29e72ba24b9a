package locker_test

import (
	"reflect"
	"testing"
	"time"

	"lockerd/internal/locker"
)

func (c *cabinet) playlist(id string, pictures int) []locker.Event {
	c.t.Helper()
	o := &locker.PlaylistOrder{Version: "v-" + id}
	for range pictures {
		o.Pictures = append(o.Pictures, locker.Picturing{Bytes: 1000, Seconds: 10})
		o.Hosts = []string{"pictures.example.org"}
	}
	return c.remotely(id, locker.Order{Playlist: o})
}

// TestAPlaylistsWay from its order to the screen; what is shown stays until another one is whole.
func TestAPlaylistsWay(t *testing.T) {
	c := newCabinet(t)
	refusedAs(t, c.playlist("none", 0), "no pictures are shown", locker.CodeNothingToDo)
	if e := want[locker.PlaylistAsked](t, c.playlist("a", 2)); e.Bytes != 2000 || e.Pictures != 2 || len(e.Hosts) != 1 {
		t.Errorf("want two pictures of 1000 bytes, got %+v", e)
	}
	c.restart()
	if list := c.state.Remote.Unfinished(); len(list) != 1 || list[0].(locker.PlaylistAsked).Order != "a" {
		t.Errorf("want it fetched after a restart, too, got %v", list)
	}
	want[locker.PlaylistShown](t, c.feed(locker.PlaylistEnded{Order: "a"}))
	wantNo[locker.PlaylistShown](t, c.feed(locker.PlaylistEnded{Order: "a"}))
	if e := want[locker.PlaylistFailed](t, append(c.playlist("b", 1), c.playlist("c", 1)...)); e.Order != "b" || e.Why != locker.PlaylistReplaced {
		t.Errorf("want b replaced, got %+v", e)
	}
	wantNo[locker.PlaylistShown](t, c.feed(locker.PlaylistEnded{Order: "b"})) // late word of the one before
	failed := want[locker.PlaylistFailed](t, c.feed(locker.PlaylistEnded{Order: "c", Why: locker.PlaylistHash, Detail: "1"}))
	if failed.Why != locker.PlaylistHash || failed.Version != "v-c" || c.state.Remote.Playlist.Order != "a" {
		t.Errorf("want c failed and a shown, got %+v, %+v", failed, c.state.Remote.Display)
	}
	c.playlist("d", 0)
	want[locker.PlaylistShown](t, c.feed(locker.PlaylistEnded{Order: "d"}))
	refusedAs(t, c.playlist("none2", 0), "no pictures are shown", locker.CodeNothingToDo)
	c.playlist("e", 1)
	c.feed(locker.PlaylistEnded{Order: "e"})
	want[locker.PlaylistFailed](t, c.feed(locker.PlaylistEnded{Order: "e", Why: locker.PlaylistLost}))
	if c.state.Remote.Playlist.Order != "" {
		t.Error("want none after what was shown is lost")
	}
}

// TestANoticesTime: it is seen from its beginning to its end, by a clock that is known, over restarts; one at a time.
func TestANoticesTime(t *testing.T) {
	c := newCabinet(t)
	texts := []locker.NoticeText{{Language: "de", Text: "Am Montag wird gewartet"}, {Language: "en", Text: "Service on Monday"}}
	put := func(id string, from, until time.Duration) []locker.Event {
		n := &locker.NoticeOrder{Texts: texts}
		if from != 0 {
			n.From = c.now.Wall.Add(from)
		}
		if until != 0 {
			n.Until = c.now.Wall.Add(until)
		}
		return c.remotely(id, locker.Order{Notice: n})
	}
	up := func() bool { return reflect.DeepEqual(c.state.View(c.now).Posted, texts) }
	take := locker.Order{Notice: &locker.NoticeOrder{}}
	refusedAs(t, c.remotely("no", take), "no notice is up", locker.CodeNothingToDo)
	want[locker.NoticePut](t, put("a", time.Hour, 3*time.Hour))
	if up() {
		t.Error("want it unseen before its time")
	}
	if after, ok := c.state.Deadline(c.now); !ok || after > time.Hour {
		t.Errorf("want the screen drawn anew at its beginning, got %v", after)
	}
	c.wait(time.Hour + time.Minute)
	c.restart()
	if !up() {
		t.Error("want it seen in its time")
	}
	c.closeAll()
	c.tap(locker.ActionPickup)
	if c.state.View(c.now).Posted != nil {
		t.Error("want it on the idle screen only")
	}
	if e := want[locker.NoticeRemoved](t, c.wait(2*time.Hour)); e.Notice != "a" || e.Why != locker.NoticeOver || up() {
		t.Errorf("want it over, got %+v", e)
	}
	refusedAs(t, put("late", 0, -time.Minute), "over already", locker.CodeExpired)
	put("b", 0, 0)
	wantNo[locker.NoticeRemoved](t, put("c", 0, 0)) // its place is taken
	if e := want[locker.NoticeRemoved](t, c.remotely("d", take)); e.Notice != "c" || e.Order != "d" || up() {
		t.Errorf("want c taken down, got %+v", e)
	}
	unsigned := locker.Order{ID: "u", Cabinet: "test", Notice: &locker.NoticeOrder{Texts: texts}}
	refusedAs(t, c.feed(locker.OrderReceived{Order: unsigned}), "not signed", locker.CodeNotSigned)
}
