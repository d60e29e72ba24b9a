package books_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
)

// TestAStoryIsProven: every record between its first and its last is there, unchanged; what is changed behind our back is found.
func TestAStoryIsProven(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, stored(t, h)...)
		take(t, b, h.next(t, "door.closed", `{"door":7}`, "", ""), h.next(t, "unlock.requested", `{"door":7,"unlock":"u1","parcel":"p1"}`, "", ""),
			h.next(t, "door.opened", `{"door":8}`, "", ""), h.next(t, "door.opened", `{"door":7,"unlock":"u1"}`, "", ""), h.next(t, "parcel.collected", `{"parcel":"p1","door":7}`, "", ""))
		story, err := b.Story(t.Context(), "demo-1", "p1")
		fatal(t, err)
		told, err := b.Told(t.Context(), story)
		fatal(t, err)
		for want, list := range map[string][]books.Entry{"2 3 5 8": story, "2 3 4 5 7 8": told} {
			var numbers []string
			for _, e := range list {
				numbers = append(numbers, fmt.Sprint(e.Seq))
			}
			if got := strings.Join(numbers, " "); got != want {
				t.Fatalf("want the records %s, got %s", want, got)
			}
		}
		proof, err := b.Prove(t.Context(), story)
		fatal(t, err)
		if want := (books.Proof{Records: 7, First: 2, Last: 8, Epochs: 1, Whole: true}); proof != want {
			t.Errorf("want %+v, got %+v", want, proof)
		}
		recent, err := b.Recent(t.Context(), "demo-1", 2)
		fatal(t, err)
		if len(recent) != 2 || recent[0].Seq != 8 || recent[1].Seq != 7 {
			t.Errorf("want the two newest, got %+v", recent)
		}
	})
}

// TestAChangedStoryIsFound: somebody with the database changes a record, its hash too, or removes one.
func TestAChangedStoryIsFound(t *testing.T) {
	for change, want := range map[string]string{
		`UPDATE record SET public = CAST(REPLACE(CAST(public AS TEXT), '"door":7', '"door":8') AS BLOB) WHERE seq = 4`:                       "e1/4: is not what its hash says",
		`UPDATE record SET hash = (SELECT hash FROM record WHERE seq = 2), public = (SELECT public FROM record WHERE seq = 2) WHERE seq = 4`: "e1/4: missing",
		`DELETE FROM record WHERE seq = 4`: "e1/4: missing",
		`DELETE FROM record WHERE seq = 5`: "",
	} {
		path := filepath.Join(t.TempDir(), "books.db")
		b := open(t, "sqlite:"+path)
		h := &history{epoch: "e1"}
		take(t, b, stored(t, h)...)
		take(t, b, h.next(t, "door.closed", `{"door":7}`, "", ""), h.next(t, "parcel.collected", `{"parcel":"p1","door":7}`, "", ""))
		story, err := b.Story(t.Context(), "demo-1", "p1")
		fatal(t, err)
		db, err := sql.Open("sqlite", "file:"+path)
		fatal(t, err)
		_, err = db.ExecContext(t.Context(), change)
		fatal(t, err)
		fatal(t, db.Close())
		proof, err := b.Prove(t.Context(), story)
		fatal(t, err)
		if want == "" {
			want = "e1/5: missing"
		}
		if proof.Broken != want {
			t.Errorf("%s: want %q, got %+v", change, want, proof)
		}
	}
}

// TestAllOrNoOrder: of several orders that go together, each is kept, or none.
func TestAllOrNoOrder(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		sending := func(i int, id string) books.Sending {
			return books.Sending{Order: books.Order{ID: id, Cabinet: "demo-1", Kind: "parcel.announce", By: "ada", Subject: fmt.Sprint("T", i), Signed: "ey", Expires: time.Now().Add(time.Hour)},
				Announce: &desk.Announcement{Order: id, Cabinet: "demo-1", Tracking: fmt.Sprint("T", i), State: desk.Sent}}
		}
		if err := b.SendAll(t.Context(), []books.Sending{sending(1, "o1"), sending(2, "o2"), sending(3, "o1")}); err == nil {
			t.Fatal("want an order that is there twice to be refused")
		}
		for i, want := range []int{0, 2} {
			if i == 1 {
				fatal(t, b.SendAll(t.Context(), []books.Sending{sending(1, "o1"), sending(2, "o2")}))
			}
			open, err := b.Unpublished(t.Context(), 10)
			fatal(t, err)
			deeds, err := b.Deeds(t.Context(), books.DeedFilter{}, 10)
			fatal(t, err)
			if len(open) != want || len(deeds) != want {
				t.Errorf("want %d orders and as many deeds, got %d and %d", want, len(open), len(deeds))
			}
		}
	})
}
