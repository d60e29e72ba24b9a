package books_test

import (
	"testing"

	"lockerd/internal/desk"
)

// TestWhatIsNotWantedLiesThere: behind its door, on the list of what couriers take back, among what lies in a cabinet; and as long as its
// courier has not taken it, nothing of it has ended.
func TestWhatIsNotWantedLiesThere(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""),
			h.next(t, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7,"size":"M","company":"Example Parcel"}`, "", "11111111"),
			h.next(t, "parcel.collected", `{"parcel":"p1","door":7,"unlock":"u1"}`, "", ""))
		if p, err := b.Behind(t.Context(), "demo-1", 7); err != nil || p != nil {
			t.Fatalf("want nothing behind the door of what was fetched, got %+v, %v", p, err)
		}
		take(t, b, h.next(t, "parcel.refused", `{"session":"s1","parcel":"p1","tracking":"T1","door":7,"reason":"goods_damaged","unlock":"u1"}`, "", ""))
		p, err := b.Behind(t.Context(), "demo-1", 7)
		fatal(t, err)
		if p == nil || p.Status != desk.NotWanted || !p.Ended.IsZero() {
			t.Fatalf("want it behind its door, refused, got %+v", p)
		}
		back, err := b.ToTakeBack(t.Context(), "demo-1", "Example Parcel", 10)
		fatal(t, err)
		if len(back) != 1 || back[0].Tracking != "T1" || back[0].Status != desk.NotWanted {
			t.Errorf("want a courier told of it, got %+v", back)
		}
		db, _ := raw(t, address)
		var lie int
		fatal(t, db.QueryRow(`SELECT lie FROM analysis_days`).Scan(&lie))
		if lie != 1 {
			t.Errorf("want it counted among what lies there, got %d", lie)
		}
	})
}
