package books_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
)

// TestARequestCountsOnce: also if it comes several times at the same moment.
func TestARequestCountsOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		asked := books.Once{Who: "k1", Key: "a", Digest: [32]byte{1}}
		var wg sync.WaitGroup
		ids := make([]string, 8)
		for i := range ids {
			wg.Go(func() {
				o := books.Order{ID: fmt.Sprintf("o%d", i), Cabinet: "demo-1", Kind: "door.unlock", Signed: "ey", Expires: time.Now().Add(time.Hour)}
				id, err := b.Send(t.Context(), o, nil, asked)
				if err != nil {
					t.Error(err)
				}
				ids[i] = id
			})
		}
		wg.Wait()
		all, err := b.Orders(t.Context(), books.OrderFilter{}, 10)
		fatal(t, err)
		if len(all) != 1 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 1 || ids[0] != all[0].ID {
			t.Errorf("want one order and its id as each answer, got %+v and %q", all, ids)
		}
		o := books.Order{ID: "other", Cabinet: "demo-1", Kind: "door.unlock", Signed: "ey", Expires: time.Now().Add(time.Hour)}
		for _, test := range []struct {
			asked books.Once
			want  error
		}{{books.Once{Who: "k1", Key: "a", Digest: [32]byte{2}}, books.ErrOtherRequest}, {books.Once{Who: "k2", Key: "a", Digest: [32]byte{2}}, nil}} {
			if _, err := b.Send(t.Context(), o, nil, test.asked); !errors.Is(err, test.want) {
				t.Errorf("%+v: want %v, got %v", test.asked, test.want, err)
			}
		}
	})
}

// TestPagesOfALongList: each entry is on one page, in order, though many have the same time.
func TestPagesOfALongList(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
		for i := range 7 {
			take(t, b, h.next(t, "parcel.stored", fmt.Sprintf(`{"parcel":"p%d","tracking":"T%d","door":7}`, i, i%2), "", ""))
			take(t, b, h.next(t, "door.forced", fmt.Sprintf(`{"door":%d}`, i+1), "", ""))
			send(t, b, books.Order{ID: fmt.Sprintf("o%d", i), Cabinet: "demo-1", Kind: "parcel.announce", Signed: "ey", Expires: time.Now().Add(time.Hour)},
				&desk.Announcement{Order: fmt.Sprintf("o%d", i), Cabinet: "demo-1", Tracking: "T1"})
		}
		pages := map[string]func(after *books.Place) (names []string, last *books.Place){
			"parcels": func(after *books.Place) (names []string, last *books.Place) {
				list, err := b.Search(t.Context(), books.ParcelFilter{Cabinet: "demo-1", After: after}, 3)
				fatal(t, err)
				for _, p := range list {
					names, last = append(names, p.ID), books.PlaceOf(p)
				}
				return names, last
			},
			"orders": func(after *books.Place) (names []string, last *books.Place) {
				list, err := b.Orders(t.Context(), books.OrderFilter{Kind: "parcel.announce", After: after}, 3)
				fatal(t, err)
				for _, o := range list {
					names, last = append(names, o.ID), o.Place()
				}
				return names, last
			},
			"announcements": func(after *books.Place) (names []string, last *books.Place) {
				list, err := b.Announcements(t.Context(), books.AnnouncementFilter{Tracking: "T1", After: after}, 3)
				fatal(t, err)
				for _, a := range list {
					names, last = append(names, a.Order), a.Place()
				}
				return names, last
			},
			"alarms": func(after *books.Place) (names []string, last *books.Place) {
				list, err := b.Alarms(t.Context(), books.AlarmFilter{After: after}, 3)
				fatal(t, err)
				for _, a := range list {
					names, last = append(names, a.Number()), a.Place()
				}
				return names, last
			},
		}
		for name, page := range pages {
			var all []string
			var place *books.Place
			for {
				names, last := page(place)
				if len(names) == 0 {
					break
				}
				all, place = append(all, names...), last
			}
			if sorted := slices.Compact(slices.Sorted(slices.Values(all))); len(all) != 7 || len(sorted) != 7 {
				t.Errorf("%s: want each of seven once, got %q", name, all)
			}
		}
		if list, err := b.Search(t.Context(), books.ParcelFilter{Tracking: "T1", Status: desk.Waiting}, 10); err != nil || len(list) != 3 {
			t.Errorf("want the three of that number, got %d, %v", len(list), err)
		}
		story, err := b.Story(t.Context(), "demo-1", "p3")
		if err != nil || len(story) != 1 || story[0].Kind != "parcel.stored" || story[0].Seq != 8 || len(story[0].Public) == 0 {
			t.Errorf("want the one record of the parcel, got %+v, %v", story, err)
		}
	})
}

// TestAnAlarmIsWorkedOffOnce: and only one that there is.
func TestAnAlarmIsWorkedOffOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "a/b/e1"} // what a cabinet calls it is its own affair
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "door.forced", `{"door":7}`, "", ""))
		for i, test := range []struct {
			number string
			want   error
		}{{"demo-1/a/b/e1/1", books.ErrNoAlarm}, {"demo-1/a/b/e1", books.ErrNoAlarm}, {"demo-1/a/b/e1/x", books.ErrNoAlarm}, {"demo-1/a/b/e1/2", nil}, {"demo-1/a/b/e1/2", books.ErrNoAlarm}} {
			if err := b.Seen(t.Context(), test.number, "ada"); !errors.Is(err, test.want) {
				t.Errorf("%d: %s: want %v, got %v", i, test.number, test.want, err)
			}
		}
		open, err := b.Alarms(t.Context(), books.AlarmFilter{}, 10)
		fatal(t, err)
		all, err := b.Alarms(t.Context(), books.AlarmFilter{Seen: true, Cabinet: "demo-1"}, 10)
		fatal(t, err)
		if len(open) != 0 || len(all) != 1 || all[0].SeenBy != "ada" || all[0].Seen.IsZero() {
			t.Errorf("want it worked off by ada, got %+v, %+v", open, all)
		}
	})
}

func TestKeysOfTheInterface(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		secret, err := b.AddKey(t.Context(), "shop", []string{"parcels:read", "doors:write"}, 60)
		fatal(t, err)
		if _, err := b.AddKey(t.Context(), "shop", nil, 60); !errors.Is(err, books.ErrKeyExists) {
			t.Errorf("want a name to be one key's, got %v", err)
		}
		k, err := b.Key(t.Context(), secret)
		if err != nil || k.Name != "shop" || !slices.Equal(k.Scopes, []string{"parcels:read", "doors:write"}) || k.PerMinute != 60 || k.ID == "" {
			t.Errorf("want the key, got %+v, %v", k, err)
		}
		if list, err := b.Keys(t.Context()); err != nil || len(list) != 1 || list[0].Used.IsZero() {
			t.Errorf("want it used, got %+v, %v", list, err)
		}
		for _, wrong := range []string{"", "lockerdesk_", secret + "A", secret[:len(secret)-1] + "!", "' OR 1=1 --"} {
			if _, err := b.Key(t.Context(), wrong); !errors.Is(err, books.ErrNoKey) {
				t.Errorf("%q: want it to be no key, got %v", wrong, err)
			}
		}
		fatal(t, b.RevokeKey(t.Context(), "shop"))
		if _, err := b.Key(t.Context(), secret); !errors.Is(err, books.ErrNoKey) {
			t.Errorf("want a revoked key to be none, got %v", err)
		}
		if err := b.RevokeKey(t.Context(), "shop"); !errors.Is(err, books.ErrNoKey) {
			t.Errorf("want it revoked once, got %v", err)
		}
	})
	t.Run("not in the file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "books.db")
		b := open(t, "sqlite:"+path)
		secret, err := b.AddKey(t.Context(), "shop", nil, 60)
		fatal(t, err)
		fatal(t, b.Close())
		notInFiles(t, path, secret)
	})
}

// TestWhatWebhooksAreTold: each record that is wanted, once, with its alarm if the webhook is given up.
func TestWhatWebhooksAreTold(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		secret, err := b.PutHook(t.Context(), books.Hook{Name: "shop", URL: "https://shop.example", Kinds: []string{"parcel.*"}})
		fatal(t, err)
		h := &history{epoch: "e1"}
		life := append(stored(t, h), h.next(t, "door.forced", `{"door":7}`, "", ""))
		if taken := take(t, b, life...); !taken.Told {
			t.Error("want whoever sends to be woken")
		}
		take(t, b, life...)
		list, err := b.Deliveries(t.Context(), 10)
		fatal(t, err)
		if len(list) != 2 || list[0].ID == list[1].ID || string(list[0].Secret) != string(secret) || string(list[0].Public) != string(life[1].Public) {
			t.Fatalf("want the two records of the parcel, got %+v", list)
		}
		if again, err := b.Deliveries(t.Context(), 10); err != nil || len(again) != 0 {
			t.Errorf("want them to be one sender's for a while, got %+v, %v", again, err)
		}
		fatal(t, b.Delivered(t.Context(), list[0]))
		fatal(t, b.DeliverLater(t.Context(), list[1], time.Now(), "no answer"))
		list, err = b.Deliveries(t.Context(), 10)
		fatal(t, err)
		if len(list) != 1 || list[0].Tries != 1 {
			t.Fatalf("want the one that failed, got %+v", list)
		}
		fatal(t, b.GiveUp(t.Context(), list[0], "gone"))
		fatal(t, b.GiveUp(t.Context(), list[0], "gone"))
		hooks, err := b.Hooks(t.Context())
		fatal(t, err)
		alarms, err := b.Untold(t.Context(), "mail", time.Time{}, 10)
		fatal(t, err)
		if hooks[0].Disabled.IsZero() || hooks[0].Failing.IsZero() || len(alarms) != 2 || alarms[1].Kind != "webhook.disabled" || alarms[1].Cabinet != books.OwnCabinet {
			t.Errorf("want it disabled and the staff to know once, got %+v, %+v", hooks, alarms)
		}
		// Put right, it is told at once of what it has not taken, and has all tries before it again.
		_, err = b.PutHook(t.Context(), books.Hook{Name: "shop", URL: "https://shop.example/right", Kinds: []string{"parcel.*"}})
		fatal(t, err)
		if list, err = b.Deliveries(t.Context(), 10); err != nil || len(list) != 1 || list[0].Tries != 0 || list[0].Hook.URL != "https://shop.example/right" {
			t.Errorf("want it told of the one that failed, got %+v, %v", list, err)
		}
		list[0].Tries = 59 // one that was tried for as long as any is not tried any more
		fatal(t, b.GiveUp(t.Context(), list[0], "no answer"))
		_, err = b.PutHook(t.Context(), books.Hook{Name: "shop", URL: "https://shop.example", Kinds: []string{"parcel.*"}})
		fatal(t, err)
		if list, err = b.Deliveries(t.Context(), 10); err != nil || len(list) != 0 {
			t.Errorf("want nothing left to tell, got %+v, %v", list, err)
		}
		fatal(t, b.RemoveHook(t.Context(), "shop"))
		if err := b.RemoveHook(t.Context(), "shop"); !errors.Is(err, books.ErrNoHook) {
			t.Errorf("want it gone, got %v", err)
		}
	})
}

// TestEachServiceIsToldOfEachAlarm: once, the urgent first; of none that somebody has worked off, or that was before.
func TestEachServiceIsToldOfEachAlarm(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "door.left_open", `{"door":3}`, "", ""), h.next(t, "door.forced", `{"door":7}`, "", ""),
			h.next(t, "door.left_open", `{"door":4}`, "", ""))
		fatal(t, b.Seen(t.Context(), "demo-1/e1/4", "ada"))
		untold := func(service string, since time.Time) (list []books.Alarm) {
			list, err := b.Untold(t.Context(), service, since, 10)
			fatal(t, err)
			return list
		}
		first := untold("a", time.Time{})
		if len(first) != 2 || first[0].Words() != "door.forced door 7" || first[1].Words() != "door.left_open door 3" {
			t.Fatalf("want the urgent one and the other, got %+v", first)
		}
		fatal(t, b.AlarmsTold(t.Context(), "a", first[:1]))
		fatal(t, b.AlarmsTold(t.Context(), "a", first[:1]))
		if rest := untold("a", time.Time{}); len(rest) != 1 || rest[0].Seq != 2 {
			t.Errorf("want what it was not told of, got %+v", rest)
		}
		if other := untold("b", time.Time{}); len(other) != 2 {
			t.Errorf("want another service to be told of both, got %+v", other)
		}
		if old := untold("b", time.Now()); len(old) != 0 {
			t.Errorf("want nothing of before, got %+v", old)
		}
	})
}
