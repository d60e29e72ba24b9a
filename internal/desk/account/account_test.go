package account_test

import (
	"encoding/base32"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pquerna/otp/totp"

	"lockerd/internal/desk"
	"lockerd/internal/desk/account"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/books/bookstest"
)

const (
	here     = "192.0.2.7"
	password = "four small green birds"
)

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, is error, got error) {
	t.Helper()
	if !errors.Is(got, is) {
		t.Errorf("want %v, got %v", is, got)
	}
}

func openAt(t *testing.T, address string) (*books.Books, *account.Porter) {
	t.Helper()
	b, err := books.Open(t.Context(), address, books.Key{1})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	return b, account.New(b)
}

func open(t *testing.T) (*books.Books, *account.Porter) {
	return openAt(t, "sqlite:"+filepath.Join(t.TempDir(), "books.db"))
}

// app is somebody's phone.
type app string

// shows is its code; each step away is another code.
func (a app) shows(t *testing.T, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(string(a), time.Now().Add(time.Duration(steps)*30*time.Second))
	fatal(t, err)
	return code
}

// join makes an account that may come in. Its code of the step before the present one is spent.
func join(t *testing.T, p *account.Porter, name string, role desk.Role) app {
	t.Helper()
	secret, err := p.Invite(t.Context(), name, role, "a test", "")
	fatal(t, err)
	person, err := p.Invited(t.Context(), secret)
	fatal(t, err)
	phone := app(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(person.Secrets.App))
	fatal(t, p.Join(t.Context(), secret, password, phone.shows(t, -1), here))
	return phone
}

// TestAnAccountsLife: invited, joined, signed in, changed, barred, invited anew; on both databases.
func TestAnAccountsLife(t *testing.T) {
	for name, address := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "books.db"), "postgres": bookstest.Postgres(t).Address(t)} {
		t.Run(name, func(t *testing.T) {
			b, p := openAt(t, address)
			ctx := t.Context()
			boss := join(t, p, "boss", desk.Admin)
			_ = boss
			phone := join(t, p, "ada", desk.Staff)
			secret, err := p.SignIn(ctx, " ADA ", password, phone.shows(t, 0), here, "")
			fatal(t, err)
			who, err := p.Who(ctx, secret, true)
			if err != nil || who.Name != "ada" || who.Role != desk.Staff {
				t.Fatalf("want ada signed in, got %+v, %v", who, err)
			}
			_, err = p.SignIn(ctx, "ada", password, phone.shows(t, 0), here, "")
			want(t, account.ErrWrong, err) // the code was used
			again, err := p.SignIn(ctx, "ada", password, phone.shows(t, 1), here, secret)
			fatal(t, err)
			_, err = p.Who(ctx, secret, true)
			want(t, books.ErrNobody, err) // the session of before
			fatal(t, p.Change(ctx, "ada", desk.Viewer, false, "boss", here))
			_, err = p.Who(ctx, again, true)
			want(t, books.ErrNobody, err) // other rights: sign in again
			fatal(t, p.Change(ctx, "ada", desk.Viewer, true, "boss", here))
			_, err = p.SignIn(ctx, "ada", password, phone.shows(t, 1), here, "")
			want(t, account.ErrWrong, err)
			want(t, account.ErrOwnRights, p.Change(ctx, "boss", desk.Viewer, false, "boss", here))
			want(t, books.ErrLastAdmin, p.Change(ctx, "boss", desk.Viewer, false, "ada", here))
			want(t, books.ErrNobody, p.Change(ctx, "nobody", desk.Viewer, false, "boss", here))
			join(t, p, "ada", desk.Staff)
			if ada, err := b.Person(ctx, "ada"); err != nil || ada.Role != desk.Staff || !ada.Barred.IsZero() {
				t.Errorf("want ada back, got %+v, %v", ada, err)
			}
			deeds, err := b.Deeds(ctx, books.DeedFilter{}, 100)
			fatal(t, err)
			count := map[string]int{}
			for _, d := range deeds {
				count[d.What]++
			}
			for what, n := range map[string]int{"account.invited": 3, "account.joined": 3, "account.signed_in": 2, "account.refused": 2, "account.changed": 1, "account.barred": 1} {
				if count[what] != n {
					t.Errorf("%s: want %d in the audit, got %d", what, n, count[what])
				}
			}
			fatal(t, p.Sweep(ctx))
		})
	}
}

// TestWhatDoesNotCount: invitations, passwords, codes and names that are none.
func TestWhatDoesNotCount(t *testing.T) {
	_, p := open(t)
	ctx := t.Context()
	for _, name := range []string{"", "Ada", "sso:ada", "ada/..", "<script>", strings.Repeat("a", 64)} {
		_, err := p.Invite(ctx, name, desk.Staff, "a test", "")
		want(t, account.ErrName, err)
	}
	_, err := p.Invite(ctx, "ada", "owner", "a test", "")
	want(t, account.ErrRole, err)
	_, err = p.Invite(ctx, "ada", desk.Admin, "ada", "")
	want(t, account.ErrOwnRights, err)
	secret, err := p.Invite(ctx, "ada", desk.Staff, "a test", "")
	fatal(t, err)
	person, err := p.Invited(ctx, secret)
	fatal(t, err)
	phone := app(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(person.Secrets.App))
	for _, bad := range []string{"", "short", "aaaaaaaaaaaaaaaa", "my name is Ada and so on", strings.Repeat("abcdefg", 50)} {
		want(t, account.ErrPassword, p.Join(ctx, secret, bad, phone.shows(t, 0), here))
	}
	want(t, account.ErrCode, p.Join(ctx, secret, password, "000000", here))
	want(t, account.ErrNoInvite, p.Join(ctx, secret+"x", password, phone.shows(t, 0), here))
	_, err = p.SignIn(ctx, "ada", "", phone.shows(t, 0), here, "")
	want(t, account.ErrWrong, err) // nobody comes in without a password, as long as none is chosen
	fatal(t, p.Join(ctx, secret, password, phone.shows(t, -1), here))
	want(t, account.ErrNoInvite, p.Join(ctx, secret, password, phone.shows(t, 0), here))
	for _, who := range []struct{ name, password, code string }{{"ada", password, "000000"}, {"ada", password + "x", phone.shows(t, 0)}, {"eve", password, phone.shows(t, 0)}} {
		_, err := p.SignIn(ctx, who.name, who.password, who.code, here, "")
		want(t, account.ErrWrong, err)
	}
	_, err = p.Who(ctx, "", true)
	want(t, books.ErrNobody, err)
}

// TestWhoIsWrongWaits: from one address soon, from elsewhere later, and not for ever.
func TestWhoIsWrongWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
		fatal(t, err)
		defer func() { _ = b.Close() }()
		p := account.New(b)
		phone := join(t, p, "ada", desk.Staff)
		for range 5 {
			_, err := p.SignIn(t.Context(), "ada", "wrong", "000000", here, "")
			want(t, account.ErrWrong, err)
		}
		_, err = p.SignIn(t.Context(), "ada", password, phone.shows(t, 0), here, "")
		want(t, account.ErrWait, err)
		if _, err := p.SignIn(t.Context(), "ada", password, phone.shows(t, 0), "192.0.2.8", ""); err != nil {
			t.Errorf("want ada let in from elsewhere: nobody shuts her out by guessing: %v", err)
		}
		for i := range 25 { // the address is known now, whatever name it tries
			_, err := p.SignIn(t.Context(), "name"+string(rune('a'+i)), "wrong", "000000", here, "")
			want(t, account.ErrWrong, err)
		}
		_, err = p.SignIn(t.Context(), "grace", "wrong", "000000", here, "")
		want(t, account.ErrWait, err)
		time.Sleep(16 * time.Minute)
		if _, err := p.SignIn(t.Context(), "ada", password, phone.shows(t, 0), here, ""); err != nil {
			t.Errorf("want ada let in after a while: %v", err)
		}
	})
}

// TestManyAtOnce: who tries many passwords at the same moment tries no more than who tries them one after the other, but for those whose turn it is.
func TestManyAtOnce(t *testing.T) {
	_, p := open(t)
	join(t, p, "ada", desk.Staff)
	var wg sync.WaitGroup
	var tried atomic.Int64
	for range 60 {
		wg.Go(func() {
			_, err := p.SignIn(t.Context(), "ada", "wrong", "000000", here, "")
			switch {
			case errors.Is(err, account.ErrWrong):
				tried.Add(1)
			case !errors.Is(err, account.ErrWait) && !errors.Is(err, account.ErrBusy):
				t.Errorf("want it wrong, or to wait, got %v", err)
			}
		})
	}
	wg.Wait()
	if n := tried.Load(); n < 1 || n > 6 {
		t.Errorf("want five passwords tried and perhaps one whose turn it was meanwhile, got %d", n)
	}
}

// TestAHouseholdIsOneAddress: of version 6 it has as many addresses as it likes.
func TestAHouseholdIsOneAddress(t *testing.T) {
	_, p := open(t)
	phone := join(t, p, "ada", desk.Staff)
	for i := range 5 {
		_, err := p.SignIn(t.Context(), "ada", "wrong", "000000", fmt.Sprintf("2001:db8:1:2::%x", i+1), "")
		want(t, account.ErrWrong, err)
	}
	_, err := p.SignIn(t.Context(), "ada", password, phone.shows(t, 0), "2001:db8:1:2::ff", "")
	want(t, account.ErrWait, err)
	if _, err := p.SignIn(t.Context(), "ada", password, phone.shows(t, 0), "2001:db8:1:3::1", ""); err != nil {
		t.Errorf("want ada let in from elsewhere: %v", err)
	}
}

// TestAnOldPasswordLeavesNoSession: who signs in with what counted before at the very moment in which somebody begins anew is not in, neither
// then nor when the new password is chosen.
func TestAnOldPasswordLeavesNoSession(t *testing.T) {
	b, p := open(t)
	ctx := t.Context()
	phone := join(t, p, "ada", desk.Staff)
	before, err := p.SignIn(ctx, "ada", password, phone.shows(t, 0), here, "")
	fatal(t, err)
	invitation, err := p.Invite(ctx, "ada", desk.Staff, "a test", "")
	fatal(t, err)
	fatal(t, b.Begin(ctx, "late", "ada", books.Deed{Who: "ada", What: "account.signed_in"})) // was let in before, and comes to it now
	for _, secret := range []string{before, "late"} {
		_, err = p.Who(ctx, secret, true)
		want(t, books.ErrNobody, err)
	}
	person, err := p.Invited(ctx, invitation)
	fatal(t, err)
	phone = app(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(person.Secrets.App))
	fatal(t, p.Join(ctx, invitation, "other words for her now", phone.shows(t, -1), here))
	for _, secret := range []string{before, "late"} {
		_, err = p.Who(ctx, secret, true)
		want(t, books.ErrNobody, err)
	}
	_, err = p.SignIn(ctx, "ada", password, phone.shows(t, 0), here, "")
	want(t, account.ErrWrong, err)
	if _, err = p.SignIn(ctx, "ada", "other words for her now", phone.shows(t, 0), here, ""); err != nil {
		t.Errorf("want her let in with the new one: %v", err)
	}
}

// TestSessionsEnd: after half an hour without use, after twelve hours in any case; a page that keeps itself up to date is no use.
func TestSessionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
		fatal(t, err)
		defer func() { _ = b.Close() }()
		p := account.New(b)
		phone := join(t, p, "ada", desk.Staff)
		used, err := p.SignIn(t.Context(), "ada", password, phone.shows(t, 0), here, "")
		fatal(t, err)
		left, err := p.SignIn(t.Context(), "ada", password, phone.shows(t, 1), here, "")
		fatal(t, err)
		for range 7 {
			time.Sleep(5 * time.Minute)
			_, err = p.Who(t.Context(), used, true)
			fatal(t, err)
			_, err = p.Who(t.Context(), left, false)
		}
		want(t, books.ErrNobody, err)
		for range 71 {
			time.Sleep(10 * time.Minute)
			_, err = p.Who(t.Context(), used, true)
		}
		want(t, books.ErrNobody, err)
	})
}

// TestWhomAServiceVouchesFor: they have no password here, and whoever is barred stays out whatever the service says.
func TestWhomAServiceVouchesFor(t *testing.T) {
	_, p := open(t)
	ctx := t.Context()
	join(t, p, "boss", desk.Admin)
	secret, err := p.Vouched(ctx, "1234", "Ada Lovelace", desk.Staff, here, "")
	fatal(t, err)
	if who, err := p.Who(ctx, secret, true); err != nil || who.Name != "sso:1234" || who.Shown != "Ada Lovelace" || who.Role != desk.Staff {
		t.Errorf("want her as the service has her, got %+v, %v", who, err)
	}
	lower, err := p.Vouched(ctx, "1234", "Ada Lovelace", desk.Viewer, here, "")
	fatal(t, err)
	_, err = p.Who(ctx, secret, true)
	want(t, books.ErrNobody, err) // the session with the rights of before
	if who, err := p.Who(ctx, lower, true); err != nil || who.Role != desk.Viewer {
		t.Errorf("want the rights of now, got %+v, %v", who, err)
	}
	_, err = p.SignIn(ctx, "sso:1234", "", "", here, "")
	want(t, account.ErrWrong, err)
	fatal(t, p.Change(ctx, "sso:1234", desk.Viewer, true, "boss", here))
	_, err = p.Vouched(ctx, "1234", "Ada Lovelace", desk.Admin, here, "")
	want(t, account.ErrWrong, err)
	_, err = p.Vouched(ctx, "1234", "Ada Lovelace", "", here, "")
	want(t, account.ErrRole, err)
}
