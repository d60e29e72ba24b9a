package books_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/books/bookstest"
)

func TestMain(m *testing.M) { os.Exit(bookstest.Main(m)) }

// everywhere runs a test with books in SQLite and in PostgreSQL.
func everywhere(t *testing.T, test func(t *testing.T, address string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "books.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, bookstest.Postgres(t).Address(t)) })
}

func open(t *testing.T, address string) *books.Books {
	t.Helper()
	b, err := books.Open(t.Context(), address, books.Key{1, 2, 3})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-1", Place: "Example Street 5"}))
	return b
}

// TestNoCharacterHoldsUpRecords: a cabinet that says what a database cannot hold is taken like any other, and holds up nobody.
func TestNoCharacterHoldsUpRecords(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		taken := take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""),
			h.next(t, "parcel.stored", `{"parcel":"p\u00001","tracking":"T\u00001\\u0000","door":7}`, "", ""),
			h.next(t, "fee.paid", `{"order":"o\u0000","parcel":"p\u00001","door":7,"reference":"r\u00001","amount":5,"currency":"EUR","left":0}`, "", ""))
		for _, verdict := range taken.Verdicts {
			fatal(t, verdict)
		}
		p, err := b.Parcel(t.Context(), "demo-1", "p\uFFFD1")
		fatal(t, err)
		if p == nil || p.Tracking != "T\uFFFD1\\u0000" || p.Fee.PaidSum() != 5 {
			t.Errorf("want the parcel with another sign in its name, got %+v", p)
		}
	})
}

// history writes records as a cabinet does, one after the other.
type history struct {
	epoch string
	seq   int
	prev  string
	key   *credential.Operator
}

func (h *history) next(t *testing.T, kind, event, phone, code string) desk.Record {
	t.Helper()
	h.seq++
	h.prev = contracttest.LineWith(h.epoch, h.seq, h.prev, kind, event)
	r, err := contract.ParseEvent([]byte(h.prev))
	fatal(t, err)
	record, err := desk.Read(r, h.key)
	fatal(t, err)
	record.Phone, record.Code = phone, code
	return record
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func send(t *testing.T, b *books.Books, o books.Order, a *desk.Announcement) {
	t.Helper()
	if id, err := b.Send(t.Context(), o, a, books.Once{}); err != nil || id != o.ID {
		t.Fatalf("want order %s kept, got %q, %v", o.ID, id, err)
	}
}

func take(t *testing.T, b *books.Books, records ...desk.Record) books.Taken {
	t.Helper()
	taken, err := b.Take(t.Context(), "demo-1", records)
	fatal(t, err)
	return taken
}

func stored(t *testing.T, h *history) []desk.Record {
	return []desk.Record{
		h.next(t, "journal.epoch_begun", "{}", "", ""),
		h.next(t, "parcel.stored", `{"parcel":"p1","tracking":"JJD000390007","door":7,"size":"M","mask":"•••••67"}`, "+491701234567", "40718293"),
		h.next(t, "parcel.period_began", `{"parcel":"p1","until":"2026-11-27T10:00:00Z"}`, "", ""),
	}
}

func TestAParcelsLifeInTheBooks(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		life := stored(t, h)
		taken := take(t, b, life...)
		if taken.Head.Seq != 3 || taken.Head.Hash != life[2].Hash || !taken.Told || len(taken.Problems) != 0 {
			t.Fatalf("want record 3 as the head, something to tell and no problem, got %+v", taken)
		}
		due, err := b.Due(t.Context(), 10)
		fatal(t, err)
		if len(due) != 1 || due[0].What != desk.ToldStored || due[0].Parcel.Code != "40718293" || due[0].Place != "Example Street 5" ||
			due[0].Parcel.Contact.Phone != "+491701234567" || due[0].Parcel.Until.IsZero() {
			t.Fatalf("want the notice of the stored parcel with its code and its time, got %+v", due)
		}
		if again, err := b.Due(t.Context(), 10); err != nil || len(again) != 0 {
			t.Errorf("want a notice to be one sender's for a while, got %+v, %v", again, err)
		}
		link := due[0].Parcel.Link
		p, err := b.ByLink(t.Context(), link)
		if err != nil || p == nil || p.ID != "p1" {
			t.Errorf("want the parcel behind its link, got %+v, %v", p, err)
		}
		if p, err := b.ByLink(t.Context(), link+"x"); err != nil || p != nil {
			t.Errorf("want no parcel behind another link, got %+v, %v", p, err)
		}
		take(t, b, h.next(t, "parcel.collected", `{"parcel":"p1","door":7,"unlock":"u1"}`, "", ""))
		if p, err = b.ByLink(t.Context(), link); err != nil || p.Status != desk.Collected || p.Link != link {
			t.Errorf("want it collected, behind the same link, got %+v, %v", p, err)
		}
	})
}

// TestEachRecordCountsOnce: what comes again, too early or from the middle changes nothing, also after a restart.
func TestEachRecordCountsOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		life := stored(t, h)
		early := h.next(t, "door.closed", `{"door":7}`, "", "")
		other := &history{epoch: "e2", seq: 8, prev: "not of here"}
		for i, step := range []struct {
			record desk.Record
			want   error
		}{{life[1], contract.ErrMidway}, {life[0], nil}, {life[2], contract.ErrTooEarly}, {life[1], nil}, {life[1], contract.ErrSeen}, {life[2], nil},
			{life[0], contract.ErrSeen}, {early, nil}, {other.next(t, "door.closed", `{"door":7}`, "", ""), contract.ErrMidway}} {
			if i == 5 {
				fatal(t, b.Close())
				b = open(t, address)
			}
			if got := take(t, b, step.record).Verdicts[0]; !errors.Is(got, step.want) {
				t.Errorf("step %d: want %v, got %v", i, step.want, got)
			}
		}
		due, err := b.Due(t.Context(), 10)
		fatal(t, err)
		if len(due) != 1 {
			t.Errorf("want one notice, got %d", len(due))
		}
	})
}

// TestARestoredCabinet: its new epoch follows on a record that the books have, or it is a problem.
func TestARestoredCabinet(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		life := stored(t, h)
		take(t, b, life...)
		restored := &history{epoch: "e2", seq: 2, prev: string(life[1].Public)}
		if taken := take(t, b, restored.next(t, "journal.epoch_begun", "{}", "", "")); len(taken.Problems) != 0 || taken.Head.Epoch != "e2" {
			t.Errorf("want the new epoch without a problem, got %+v", taken)
		}
		strange := &history{epoch: "e3", seq: 2, prev: "never seen"}
		if taken := take(t, b, strange.next(t, "journal.epoch_begun", "{}", "", "")); len(taken.Problems) != 1 {
			t.Errorf("want a problem with an epoch that follows on nothing known, got %+v", taken)
		}
	})
}

// TestAllOrNothing: a record that cannot be kept takes those of its batch with it, and nothing was said to be taken.
func TestAllOrNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		life := stored(t, &history{epoch: "e1"})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := b.Take(ctx, "demo-1", life); err == nil {
			t.Fatal("want an error")
		}
		if _, err := b.Take(t.Context(), "demo-2", life); !errors.Is(err, books.ErrNotEnrolled) {
			t.Errorf("want a cabinet that is not enrolled to be refused, got %v", err)
		}
		if taken := take(t, b, life...); taken.Head.Seq != 3 {
			t.Errorf("want all of it to be taken afterwards, got %+v", taken)
		}
	})
}

// notInFiles looks for secrets in a database's files.
func notInFiles(t *testing.T, path string, secrets ...string) {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	fatal(t, err)
	for _, f := range files {
		data, err := os.ReadFile(f)
		fatal(t, err)
		for _, secret := range secrets {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %q", filepath.Base(f), secret)
			}
		}
	}
}

// TestWhatIsPersonalIsSealed: no code, phone number, address or link stands in the file.
func TestWhatIsPersonalIsSealed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.db")
	b := open(t, "sqlite:"+path)
	send(t, b, books.Order{ID: "o1", Cabinet: "demo-1", Kind: "parcel.announce", By: "test", Signed: "ey", Expires: time.Now().Add(time.Hour)},
		&desk.Announcement{Order: "o1", Cabinet: "demo-1", Tracking: "JJD000390007", State: desk.Sent,
			Contact: desk.Contact{Mail: "ada@recipient.example", Name: "Ada Lovelace"}})
	h := &history{epoch: "e1"}
	take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""),
		h.next(t, "parcel.stored", `{"parcel":"p1","tracking":"JJD000390007","door":7,"size":"M","order":"o1"}`, "+491701234567", "40718293"))
	due, err := b.Due(t.Context(), 1)
	fatal(t, err)
	if c := due[0].Parcel.Contact; c.Mail != "ada@recipient.example" || c.Phone != "+491701234567" {
		t.Fatalf("want what was announced and what the cabinet knows, got %+v", c)
	}
	fatal(t, b.Close())
	notInFiles(t, path, "40718293", "491701234567", "ada@recipient", "Lovelace", due[0].Parcel.Link)
	other, err := books.Open(t.Context(), "sqlite:"+path, books.Key{9})
	fatal(t, err)
	defer func() { _ = other.Close() }()
	if _, err := other.Search(t.Context(), books.ParcelFilter{}, 10); err == nil || !strings.Contains(err.Error(), "is it the key") {
		t.Errorf("want another key to be said, got %v", err)
	}
}

// TestNoticesWaitForWhatIsMissing: while the cabinet's state says that there is more to come, a notice may be about the past.
func TestNoticesWaitForWhatIsMissing(t *testing.T) {
	b := open(t, "sqlite:"+filepath.Join(t.TempDir(), "books.db"))
	h := &history{epoch: "e1"}
	life := stored(t, h)
	fatal(t, b.State(t.Context(), "demo-1", []byte("{}"), 4))
	take(t, b, life...)
	if due, err := b.Due(t.Context(), 10); err != nil || len(due) != 0 {
		t.Fatalf("want no notice while record 4 is missing, got %+v, %v", due, err)
	}
	take(t, b, h.next(t, "door.closed", `{"door":7}`, "", ""))
	if due, err := b.Due(t.Context(), 10); err != nil || len(due) != 1 {
		t.Errorf("want the notice now, got %+v, %v", due, err)
	}
}

// TestReminders: one for each end of the time, and none for a parcel that was fetched.
func TestReminders(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		until := time.Now().Add(20 * time.Hour).UTC()
		period := func(until time.Time) desk.Record {
			return h.next(t, "parcel.period_began", fmt.Sprintf(`{"parcel":"p1","until":%q}`, until.Format(time.RFC3339)), "", "")
		}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""),
			h.next(t, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`, "", "1234"), period(until))
		for i, want := range []int{1, 0} {
			if n, err := b.Remind(t.Context()); err != nil || n != want {
				t.Errorf("look %d: want %d reminders, got %d, %v", i, want, n, err)
			}
		}
		take(t, b, period(until.Add(time.Hour)))
		if n, err := b.Remind(t.Context()); err != nil || n != 1 {
			t.Errorf("want one reminder of the later end, got %d, %v", n, err)
		}
		take(t, b, h.next(t, "parcel.collected", `{"parcel":"p1","door":7}`, "", ""), period(until.Add(2*time.Hour)))
		if n, err := b.Remind(t.Context()); err != nil || n != 0 {
			t.Errorf("want nobody to be reminded of a parcel that was fetched, got %d, %v", n, err)
		}
	})
}

// TestOrdersAreAnswered: an order is published until it is answered or expires.
func TestOrdersAreAnswered(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		for id, life := range map[string]time.Duration{"o1": time.Hour, "o2": -time.Second} {
			send(t, b, books.Order{ID: id, Cabinet: "demo-1", Kind: "door.unlock", Signed: "ey" + id, Expires: time.Now().Add(life)}, nil)
		}
		open, err := b.Unpublished(t.Context(), 10)
		fatal(t, err)
		if len(open) != 1 || open[0].ID != "o1" {
			t.Fatalf("want the order that has not expired, got %+v", open)
		}
		fatal(t, b.Published(t.Context(), "o1"))
		if open, err := b.Unpublished(t.Context(), 10); err != nil || len(open) != 0 {
			t.Errorf("want a published order not to be published again by itself, got %+v, %v", open, err)
		}
		fatal(t, b.PublishAgain(t.Context(), "demo-1"))
		if open, err := b.Unpublished(t.Context(), 10); err != nil || len(open) != 1 {
			t.Errorf("want an order without an answer to be published again, got %+v, %v", open, err)
		}
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "order.refused", `{"order":"o1","of":"door.unlock","why":"no such door"}`, "", ""))
		if o, err := b.Orders(t.Context(), books.OrderFilter{ID: "o1"}, 2); err != nil || len(o) != 1 || o[0].State(time.Now()) != books.OrderRefused || o[0].Why != "no such door" {
			t.Errorf("want the refusal with its reason, got %+v, %v", o, err)
		}
		fatal(t, b.PublishAgain(t.Context(), "demo-1"))
		if open, err := b.Unpublished(t.Context(), 10); err != nil || len(open) != 0 {
			t.Errorf("want an answered order to rest, got %+v, %v", open, err)
		}
	})
}

// TestCabinetsShareATransaction: each by its own rules; one that is nobody's holds up no other; what fails in the middle leaves nothing.
func TestCabinetsShareATransaction(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-0"}))
		h := &history{epoch: "e1"}
		first, second := h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "door.forced", `{"door":3}`, "", "")
		other := first
		other.Cabinet = "demo-0"
		all, err := b.TakeAll(t.Context(), []books.Batch{{Cabinet: "demo-1", Records: []desk.Record{first, second}}, {Cabinet: "nobody", Records: []desk.Record{first}},
			{Cabinet: "demo-0", Records: []desk.Record{other, other}, State: []byte(`{"seq":1}`), Ahead: 1}})
		fatal(t, err)
		if all[0].Err != nil || all[0].Head.Seq != 2 || !all[0].Told || all[2].Err != nil || all[2].Head.Seq != 1 || all[2].Told || !errors.Is(all[2].Verdicts[1], contract.ErrSeen) {
			t.Errorf("want each judged by itself, in its place, got %+v", all)
		}
		if !errors.Is(all[1].Err, books.ErrNotEnrolled) {
			t.Errorf("want a stranger called so, got %v", all[1].Err)
		}
		if c, err := b.Cabinet(t.Context(), "demo-0"); err != nil || string(c.State) != `{"seq":1}` {
			t.Errorf("want its state with its records, got %s, %v", c.State, err)
		}
		third := h.next(t, "run.started", "{}", "", "")
		broken := other
		broken.Seq, broken.Public = 2, nil // no database takes it
		if _, err := b.TakeAll(t.Context(), []books.Batch{{Cabinet: "demo-1", Records: []desk.Record{third}}, {Cabinet: "demo-0", Records: []desk.Record{broken}}}); err == nil {
			t.Fatal("want the broken one to fail")
		}
		if seq, err := b.Newest(t.Context(), "demo-1"); err != nil || seq != 2 {
			t.Errorf("want nothing of a transaction that failed, got %d, %v", seq, err)
		}
	})
}

// TestAParcelThatTheCabinetDidNotExpect: an announcement that came too late, or was refused, says whose it is; one that was taken back, or
// of another cabinet, does not.
func TestAParcelThatTheCabinetDidNotExpect(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-2"}))
		announce := func(order, cabinet, tracking, mail string) {
			send(t, b, books.Order{ID: order, Cabinet: cabinet, Kind: "parcel.announce", Expires: time.Now().Add(time.Hour)},
				&desk.Announcement{Order: order, Cabinet: cabinet, Tracking: tracking, State: desk.Sent, Contact: desk.Contact{Mail: mail}})
		}
		announce("o1", "demo-1", "t 1", "ada@recipient.example")
		announce("o2", "demo-2", "T1", "eve@recipient.example")
		announce("o3", "demo-1", "T3", "bob@recipient.example")
		announce("o4", "demo-1", "T4", "kim@recipient.example")
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "order.refused", `{"order":"o3","why":"the parcel is just being put in"}`, "", ""),
			h.next(t, "parcel.announced", `{"order":"o4","tracking":"T4"}`, "", ""), h.next(t, "parcel.announcement_dropped", `{"order":"o4","why":"cancelled"}`, "", ""))
		for tracking, want := range map[string]string{"T1": "ada@recipient.example", "T3": "bob@recipient.example", "T4": "", "T5": ""} {
			take(t, b, h.next(t, "parcel.stored", fmt.Sprintf(`{"parcel":"p-%s","tracking":%q,"door":7}`, tracking, tracking), "", "40718293"))
			p, err := b.Parcel(t.Context(), "demo-1", "p-"+tracking)
			fatal(t, err)
			if p.Contact.Mail != want {
				t.Errorf("%s: want %q told, got %q", tracking, want, p.Contact.Mail)
			}
		}
		take(t, b, h.next(t, "order.refused", `{"order":"o1","why":"the parcel is here already"}`, "", ""))
		for order, want := range map[string]desk.AnnouncementState{"o1": desk.Over, "o2": desk.Sent, "o3": desk.Over} {
			if list, err := b.Announcements(t.Context(), books.AnnouncementFilter{Order: order}, 1); err != nil || list[0].State != want {
				t.Errorf("%s: want it %s, got %+v, %v", order, want, list, err)
			}
		}
	})
}

// TestACodeThatIsAskedForAtTheKiosk is sent once more to whoever waits there and has the number that was typed, and to nobody else.
func TestACodeThatIsAskedForAtTheKiosk(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, stored(t, h)...)
		take(t, b, h.next(t, "parcel.stored", `{"parcel":"p2","tracking":"T2","door":8}`, "+491709999999", "11112222"),
			h.next(t, "parcel.stored", `{"parcel":"p3","tracking":"T3","door":9}`, "+491701234567", "22223333"), h.next(t, "parcel.collected", `{"parcel":"p3","door":9}`, "", ""))
		rented(t, b, h, time.Now().Add(100*time.Hour))
		due(t, b)
		due(t, b)
		for _, test := range []struct {
			typed string
			want  []string
		}{{"01701234567", []string{"stored 40718293"}}, {"01701234567", []string{"stored 40718293"}}, {"01708888888", nil}, {"4567", nil}, {"", nil}} {
			if taken := take(t, b, h.next(t, "code.resend_asked", `{"session":"s1"}`, test.typed, "")); taken.Told != (test.typed != "") {
				t.Errorf("%q: want whoever sends to look at once", test.typed)
			}
			var got []string
			for _, n := range due(t, b) {
				got = append(got, string(n.What)+" "+n.Parcel.Code)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%q: want %q told, got %q", test.typed, test.want, got)
			}
		}
	})
}

// TestWhatIsAskedForTwiceIsOneOrder, and another one where that came to nothing, if whoever asks says so.
func TestWhatIsAskedForTwiceIsOneOrder(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
		n := 0
		asks := func(key string, anew bool, want string) {
			t.Helper()
			n++
			id, err := b.Send(t.Context(), books.Order{ID: fmt.Sprintf("o%d", n), Cabinet: "demo-1", Kind: "parcel.extend", By: "a page", Signed: "ey", Expires: time.Now().Add(time.Hour)}, nil,
				books.Once{Who: "a page", Key: key, Anew: anew})
			if err != nil || id != want {
				t.Errorf("%s: want %s, got %s, %v", key, want, id, err)
			}
		}
		asks("a", true, "o1")
		asks("a", true, "o1")
		asks("b", false, "o3")
		take(t, b, h.next(t, "order.refused", `{"order":"o1","of":"parcel.extend","why":"the clock is not set","code":"clock_unknown"}`, "", ""),
			h.next(t, "order.refused", `{"order":"o3","of":"parcel.extend","why":"the clock is not set","code":"clock_unknown"}`, "", ""))
		asks("a", true, "o4")
		asks("a", true, "o4")
		asks("b", false, "o3")
		take(t, b, h.next(t, "order.accepted", `{"order":"o4","of":"parcel.extend"}`, "", ""))
		asks("a", true, "o4")
		asks("c", true, "o8")
		books.SetClock(b, func() time.Time { return time.Now().Add(2 * time.Hour) })
		asks("c", true, "o9")
	})
}
