package books_test

import (
	"errors"
	"testing"
	"time"

	"lockerd/internal/desk/books"
)

// TestStillsInTheBooks: expected with their order, taken once, kept until their parcel is forgotten and no shorter than that takes, and erased with
// their person.
func TestStillsInTheBooks(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		ended(t, b)
		ask := func(order, link string) {
			t.Helper()
			send(t, b, books.Order{ID: order, Cabinet: "demo-1", Kind: "evidence.upload", By: "ada", Signed: "ey", Expires: time.Now().Add(time.Hour),
				Stills: &books.StillsTo{Parcel: "p1", Link: link}}, nil)
		}
		ask("s1", "right")
		if s, err := b.StillsBehind(t.Context(), "wrong"); err != nil || s != nil {
			t.Errorf("want nothing behind another address, got %+v, %v", s, err)
		}
		s, err := b.StillsBehind(t.Context(), "right")
		fatal(t, err)
		if s == nil || s.Order != "s1" || s.Parcel != "p1" || !s.Came.IsZero() || s.Kept {
			t.Fatalf("want them expected, got %+v", s)
		}
		fatal(t, b.KeepStills(t.Context(), "s1", []byte("a box")))
		fatal(t, b.KeepStills(t.Context(), "s1", []byte("a box")))
		if err := b.KeepStills(t.Context(), "s1", []byte("another")); !errors.Is(err, books.ErrStillsCame) {
			t.Errorf("want the first to count, got %v", err)
		}
		kept := func(order, want string) {
			t.Helper()
			if box, err := b.StillsBox(t.Context(), "demo-1", "p1", order); err != nil || string(box) != want {
				t.Errorf("%s: want %q, got %q, %v", order, want, box, err)
			}
		}
		kept("s1", "a box")
		if box, err := b.StillsBox(t.Context(), "demo-1", "p2", "s1"); err != nil || box != nil {
			t.Errorf("want them at their parcel alone, got %q, %v", box, err)
		}
		// The parcel ended long ago, and is forgotten at once; what has just come is not.
		week := books.Retention{Personal: 7 * 24 * time.Hour, Lists: 400 * 24 * time.Hour}
		books.SetClock(b, func() time.Time { return time.Now().Add(6 * 24 * time.Hour) })
		_, err = b.Forget(t.Context(), week)
		fatal(t, err)
		kept("s1", "a box")
		books.SetClock(b, func() time.Time { return time.Now().Add(8 * 24 * time.Hour) })
		_, err = b.Forget(t.Context(), week)
		fatal(t, err)
		kept("s1", "")
		if list, err := b.Stills(t.Context(), "demo-1", "p1"); err != nil || len(list) != 1 || list[0].Came.IsZero() || list[0].Kept {
			t.Errorf("want it known that they came, got %+v, %v", list, err)
		}
		books.SetClock(b, time.Now)
		ask("s2", "other")
		fatal(t, b.KeepStills(t.Context(), "s2", []byte("a box")))
		p, err := b.Parcel(t.Context(), "demo-1", "p1")
		fatal(t, err)
		var whose books.Whose
		whose.Parcels = append(whose.Parcels, *p)
		fatal(t, b.Erase(t.Context(), whose, books.Deed{Who: "test", What: "person.erased"}))
		kept("s2", "")
	})
}
