// Package account decides who comes in to the desk in the browser: invitations, passwords, app codes, sessions, and how often somebody
// may be wrong. What it knows lies in the books; it owns nothing and shows nothing.
package account

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/guess"
)

// Times and amounts.
const (
	InvitationLife = 3 * 24 * time.Hour // for an invitation to be taken up
	IdleEnd        = 30 * time.Minute   // of a session that nobody uses
	WholeEnd       = 12 * time.Hour     // of any session
	LeastPassword  = 12                 // characters
	MostPassword   = 128
	missTime       = 15 * time.Minute // wrong tries count so long
	missHere       = 5                // of one account from one address
	missAddress    = 30               // from one address
	missAccount    = 50               // of one account from anywhere
	atOnce         = 2                // passwords that are hashed at once: each takes 19 MB
	hashWait       = 5 * time.Second  // for a turn
)

// Answers to whoever wants to come in. They do not say what of what was given was wrong.
var (
	ErrWrong     = errors.New("account: name, password or code is not right")
	ErrWait      = errors.New("account: too many wrong tries: wait a quarter of an hour")
	ErrBusy      = errors.New("account: too many people sign in at this moment")
	ErrNoInvite  = errors.New("account: this invitation does not count: it was used, is too old, or was never made")
	ErrPassword  = fmt.Errorf("account: a password has %d to %d characters, at least six of them different, and does not hold the name", LeastPassword, MostPassword)
	ErrCode      = errors.New("account: the app's code is not right")
	ErrName      = errors.New("account: a name has up to 63 lower-case letters, digits, dots, dashes and underscores, and begins with a letter")
	ErrRole      = errors.New("account: there is no such role")
	ErrOwnRights = errors.New("account: nobody changes their own rights")
)

// Books are where accounts lie. books.Books are such.
type Books interface {
	Person(ctx context.Context, name string) (books.Person, error)
	Invited(ctx context.Context, secret string) (books.Person, error)
	Invite(ctx context.Context, p books.Person, invitation string, d books.Deed) error
	Joined(ctx context.Context, p books.Person, invitation string, step int64, d books.Deed) (bool, error)
	Vouch(ctx context.Context, p books.Person) error
	Change(ctx context.Context, name string, role desk.Role, bar bool, d books.Deed) error
	Spend(ctx context.Context, name string, step int64) (bool, error)
	Begin(ctx context.Context, secret, person string, d books.Deed) error
	Session(ctx context.Context, secret string, idle, whole time.Duration) (books.Session, error)
	Use(ctx context.Context, secret string) error
	End(ctx context.Context, secret string) error
	Missed(ctx context.Context, about ...string) error
	Misses(ctx context.Context, about string, within time.Duration) (int, error)
	Forgive(ctx context.Context, about string) error
	Sweep(ctx context.Context, idle, whole, tries time.Duration) error
	Note(ctx context.Context, d books.Deed) error
}

// Porter lets people in. It may be used from anywhere.
type Porter struct {
	books Books
	turns chan struct{} // one each for whoever hashes a password
	clock func() time.Time
	dummy string // the hash that is compared with where there is no account: it takes as long
}

// New makes a porter.
func New(b Books) *Porter {
	return &Porter{books: b, turns: make(chan struct{}, atOnce), clock: time.Now, dummy: credential.HashPIN(rand.Text())}
}

var names = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,62}$`)

// Invite makes an account, or has the person of one begin anew, and returns the secret of an invitation, which is shown once. by is who
// does it, from an address.
func (p *Porter) Invite(ctx context.Context, name string, role desk.Role, by, from string) (secret string, err error) {
	switch {
	case !names.MatchString(name):
		return "", ErrName
	case !role.Valid():
		return "", ErrRole
	case name == by:
		return "", ErrOwnRights
	}
	app := make([]byte, 20)
	_, _ = rand.Read(app) // never fails
	secret = rand.Text()
	return secret, p.books.Invite(ctx, books.Person{Name: name, Shown: name, Role: role, Invited: p.clock().Add(InvitationLife), Secrets: books.Secrets{App: app}},
		secret, books.Deed{Who: by, Place: from, What: "account.invited", Subject: name, Reason: string(role)})
}

// App is what a person's app is given: its secret for typing, and the address that its picture holds. issuer is the operator's name.
func App(p books.Person, issuer string) (secret, address string) {
	secret = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(p.Secrets.App)
	v := url.Values{"secret": {secret}, "issuer": {issuer}}
	return secret, (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + p.Name, RawQuery: strings.ReplaceAll(v.Encode(), "+", "%20")}).String()
}

// Invited is whom an invitation is for, or ErrNoInvite.
func (p *Porter) Invited(ctx context.Context, secret string) (books.Person, error) {
	person, err := p.books.Invited(ctx, secret)
	if errors.Is(err, books.ErrNobody) {
		err = ErrNoInvite
	}
	return person, err
}

// Join takes up an invitation: the person chooses a password and shows that their app has the secret.
func (p *Porter) Join(ctx context.Context, invitation, password, code, from string) error {
	person, err := p.Invited(ctx, invitation)
	if err != nil {
		return err
	}
	if !mayBe(password, person.Name) {
		return ErrPassword
	}
	step, shows := credential.AppStep(person.Secrets.App, clean(code), p.clock())
	if !shows {
		return ErrCode
	}
	if err := p.turn(ctx, func() error { person.Secrets.Password = credential.HashPIN(password); return nil }); err != nil {
		return err
	}
	done, err := p.books.Joined(ctx, person, invitation, step, books.Deed{Who: person.Name, Place: from, What: "account.joined", Subject: person.Name})
	if err == nil && !done {
		err = ErrNoInvite
	}
	return err
}

// mayBe says whether a password may be chosen: one that is long enough, and neither the name nor one key held down.
func mayBe(password, name string) bool {
	different := map[rune]bool{}
	for _, r := range password {
		different[r] = true
	}
	n := len([]rune(password))
	return n >= LeastPassword && n <= MostPassword && len(different) >= 6 && !strings.Contains(strings.ToLower(password), name)
}

// clean is a code as people copy it.
func clean(code string) string { return strings.Join(strings.Fields(code), "") }

// SignIn begins a session and returns its secret for the cookie. An earlier one of this browser ends.
func (p *Porter) SignIn(ctx context.Context, name, password, code, from, earlier string) (secret string, err error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if err := p.mayTry(ctx, name, from); err != nil { // whoever waits keeps nobody from their turn
		return "", err
	}
	// All of a try is within the turn: of many at once, those that come after too many wrong ones find them counted.
	if err := p.turn(ctx, func() error { return p.try(ctx, name, password, code, from) }); err != nil {
		return "", err
	}
	return p.begin(ctx, name, from, earlier)
}

// tries are the names under which a wrong try counts.
func tries(name, from string) (here, address, anywhere string) {
	source := guess.Source(from)
	return "here/" + source + "/" + name, "address/" + source, "account/" + name
}

// mayTry says that somebody has not been wrong too often.
func (p *Porter) mayTry(ctx context.Context, name, from string) error {
	here, address, anywhere := tries(name, from)
	for about, most := range map[string]int{here: missHere, address: missAddress, anywhere: missAccount} {
		n, err := p.books.Misses(ctx, about, missTime)
		if err != nil {
			return err
		}
		if n >= most {
			return ErrWait
		}
	}
	return nil
}

// try lets somebody in or counts that they were wrong.
func (p *Porter) try(ctx context.Context, name, password, code, from string) error {
	if err := p.mayTry(ctx, name, from); err != nil {
		return err
	}
	right, err := p.right(ctx, name, password, code)
	if err != nil {
		return err
	}
	here, address, anywhere := tries(name, from)
	if right {
		return p.books.Forgive(ctx, here)
	}
	// What was typed as a name may be a password: it is in the audit only where there is such an account.
	d := books.Deed{Who: "?", Place: from, What: "account.refused"}
	if _, err := p.books.Person(ctx, name); err == nil {
		d.Subject = name
	}
	if err := errors.Join(p.books.Missed(ctx, here, address, anywhere), p.books.Note(ctx, d)); err != nil {
		return err
	}
	return ErrWrong
}

// right says whether name, password and code belong together. It takes as long if there is no such account.
func (p *Porter) right(ctx context.Context, name, password, code string) (bool, error) {
	person, err := p.books.Person(ctx, name)
	if err != nil && !errors.Is(err, books.ErrNobody) {
		return false, err
	}
	hash := person.Secrets.Password
	there := err == nil && hash != "" && person.Barred.IsZero() && person.Invited.IsZero()
	if !there {
		hash = p.dummy
	}
	if len(password) > 4*MostPassword {
		return false, nil
	}
	matches, err := credential.VerifyPIN(hash, password)
	if err != nil {
		return false, err
	}
	step, shows := credential.AppStep(person.Secrets.App, clean(code), p.clock())
	if !there || !matches || !shows {
		return false, nil
	}
	return p.books.Spend(ctx, name, step)
}

// turn does what hashes a password when it is somebody's turn.
func (p *Porter) turn(ctx context.Context, do func() error) error {
	late := time.NewTimer(hashWait)
	defer late.Stop()
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
		return do()
	case <-late.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Vouched begins a session of somebody whom a sign-in service vouches for. subject is its name for them, which never changes.
func (p *Porter) Vouched(ctx context.Context, subject, shown string, role desk.Role, from, earlier string) (secret string, err error) {
	if subject == "" || !role.Valid() {
		return "", ErrRole
	}
	person := books.Person{Name: "sso:" + subject, Shown: shown, Role: role}
	if known, err := p.books.Person(ctx, person.Name); err == nil && !known.Barred.IsZero() {
		return "", ErrWrong
	}
	if err := p.books.Vouch(ctx, person); err != nil {
		return "", err
	}
	return p.begin(ctx, person.Name, from, earlier)
}

func (p *Porter) begin(ctx context.Context, name, from, earlier string) (secret string, err error) {
	if earlier != "" {
		if err := p.books.End(ctx, earlier); err != nil {
			return "", err
		}
	}
	secret = rand.Text()
	return secret, p.books.Begin(ctx, secret, name, books.Deed{Who: name, Place: from, What: "account.signed_in", Subject: name})
}

// Who is whose session a secret belongs to; ErrNobody of the books if it counts no more. A look that nobody asked for, as a page that
// keeps itself up to date, does not keep a session alive.
func (p *Porter) Who(ctx context.Context, secret string, asked bool) (books.Person, error) {
	if secret == "" {
		return books.Person{}, books.ErrNobody
	}
	s, err := p.books.Session(ctx, secret, IdleEnd, WholeEnd)
	if err != nil {
		return books.Person{}, err
	}
	if asked && p.clock().Sub(s.Used) > time.Minute { // not each page is a write
		err = p.books.Use(ctx, secret)
	}
	return s.Person, err
}

// SignOut ends a session.
func (p *Porter) SignOut(ctx context.Context, secret string) error { return p.books.End(ctx, secret) }

// Change gives a person another role, or bars them, and signs them out. Nobody changes their own.
func (p *Porter) Change(ctx context.Context, name string, role desk.Role, bar bool, by, from string) error {
	switch {
	case name == by:
		return ErrOwnRights
	case !role.Valid():
		return ErrRole
	}
	d := books.Deed{Who: by, Place: from, What: "account.changed", Subject: name, Reason: string(role)}
	if bar {
		d.What, d.Reason = "account.barred", ""
	}
	return p.books.Change(ctx, name, role, bar, d)
}

// Sweep removes what has ended.
func (p *Porter) Sweep(ctx context.Context) error {
	return p.books.Sweep(ctx, IdleEnd, WholeEnd, missTime)
}

// ByService says that a name is of somebody whom a sign-in service vouches for.
func ByService(name string) bool { return strings.HasPrefix(name, "sso:") }
