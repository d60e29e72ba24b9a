package books_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
)

// TestWhatPeopleAreKnownByIsSealed: no password's hash, app's secret, invitation or session stands in the file.
func TestWhatPeopleAreKnownByIsSealed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.db")
	b := open(t, "sqlite:"+path)
	ctx := t.Context()
	secrets := books.Secrets{Password: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", App: []byte("twenty bytes of app!")}
	person := books.Person{Name: "ada", Shown: "ada", Role: desk.Admin, Invited: time.Now().Add(time.Hour), Secrets: secrets}
	fatal(t, b.Invite(ctx, person, "THEINVITATION", books.Deed{Who: "a test", What: "account.invited"}))
	done, err := b.Joined(ctx, person, "THEINVITATION", 7, books.Deed{Who: "ada", What: "account.joined"})
	if err != nil || !done {
		t.Fatalf("want ada to join, got %t, %v", done, err)
	}
	if again, err := b.Joined(ctx, person, "THEINVITATION", 8, books.Deed{Who: "ada", What: "account.joined"}); err != nil || again {
		t.Errorf("want an invitation to count once, got %t, %v", again, err)
	}
	fatal(t, b.Begin(ctx, "THESESSION", "ada", books.Deed{Who: "ada", What: "account.signed_in"}))
	s, err := b.Session(ctx, "THESESSION", time.Hour, time.Hour)
	if err != nil || s.Person.Secrets.Password != secrets.Password || !bytes.Equal(s.Person.Secrets.App, secrets.App) {
		t.Fatalf("want ada with what she is known by, got %v, %v", s.Person.Name, err)
	}
	fatal(t, b.Close())
	files, err := filepath.Glob(path + "*")
	fatal(t, err)
	for _, f := range files {
		data, err := os.ReadFile(f)
		fatal(t, err)
		for _, secret := range []string{"$argon2id$", "aGFzaA", "twenty bytes", base64.StdEncoding.EncodeToString(secrets.App), "THEINVITATION", "THESESSION"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %q", filepath.Base(f), secret)
			}
		}
	}
}
