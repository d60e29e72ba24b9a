package office

import (
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"lockerd/internal/desk/account"
	"lockerd/internal/desk/books"
	"lockerd/internal/qrcode"
)

// file answers with a file that is the same for everybody.
func (o *Office) file(v *visit) error {
	name := path.Base(v.r.URL.Path)
	data, err := static.ReadFile("static/" + name)
	if err != nil {
		return errNotFound
	}
	kind := "text/css; charset=utf-8"
	if strings.HasSuffix(name, ".js") {
		kind = "text/javascript; charset=utf-8"
	}
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = v.w.Write(data) // who went away misses nothing
	return nil
}

// chooseLanguage keeps the reader's language in a cookie.
func (o *Office) chooseLanguage(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	code, back := v.field("language"), v.field("back")
	if !slices.Contains(o.languages, code) {
		return errForm
	}
	v.put(tongue, code, 365*24*time.Hour, http.SameSiteStrictMode)
	if !strings.HasPrefix(back, Prefix) || strings.Contains(back, "\\") {
		back = Prefix
	}
	return v.to(back)
}

// signInView is the page where people sign in.
type signInView struct {
	Account string
	Service string // the name of a sign-in service; empty: none
}

func (o *Office) signIn(v *visit) error {
	if v.person.Name != "" {
		return v.to(Prefix)
	}
	if v.r.URL.Query().Has("joined") {
		v.tell(false, "join.done")
	}
	return o.showSignIn(v, http.StatusOK)
}

func (o *Office) showSignIn(v *visit, status int) error {
	data := signInView{}
	if o.service != nil {
		data.Service = o.service.cfg.Name
	}
	return v.show(status, "signin", "signin", data)
}

func (o *Office) signedIn(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	secret, err := o.porter.SignIn(v.r.Context(), v.field("name"), v.r.PostFormValue("password"), v.number("code"), v.from, v.secret)
	switch {
	case errors.Is(err, account.ErrWrong):
		v.tell(true, "signin.wrong")
		return o.showSignIn(v, http.StatusForbidden)
	case errors.Is(err, account.ErrWait):
		v.tell(true, "signin.wait")
		return o.showSignIn(v, http.StatusTooManyRequests)
	case errors.Is(err, account.ErrBusy):
		v.tell(true, "signin.busy")
		return o.showSignIn(v, http.StatusServiceUnavailable)
	case err != nil:
		return err
	}
	v.put(o.cookie(), secret, 0, http.SameSiteStrictMode)
	return v.to(Prefix)
}

func (o *Office) signOut(v *visit) error {
	if err := o.porter.SignOut(v.r.Context(), v.secret); err != nil {
		return err
	}
	v.put(o.cookie(), "", -time.Second, http.SameSiteStrictMode)
	return v.to(Prefix + "sign-in")
}

// joinView is the page of an invitation.
type joinView struct {
	Account string
	Picture string // where the QR code for the app is
	Typed   string // the same, to be typed
	Least   int    // characters of a password
}

// invited is whom the request's invitation is for. Whoever guesses waits.
func (o *Office) invited(v *visit) (books.Person, error) {
	about := "invitation/" + v.from
	n, err := o.Books.Misses(v.r.Context(), about, 15*time.Minute)
	if err != nil {
		return books.Person{}, err
	}
	if n >= 20 {
		return books.Person{}, errNotFound
	}
	person, err := o.porter.Invited(v.r.Context(), v.r.PathValue("secret"))
	if errors.Is(err, account.ErrNoInvite) {
		return person, errors.Join(errNotFound, o.Books.Missed(v.r.Context(), about))
	}
	return person, err
}

func (o *Office) join(v *visit) error {
	person, err := o.invited(v)
	if err != nil {
		return err
	}
	return o.showJoin(v, http.StatusOK, person)
}

func (o *Office) showJoin(v *visit, status int, person books.Person) error {
	typed, _ := account.App(person, o.Operator)
	var groups []string
	for part := range slices.Chunk([]byte(typed), 4) {
		groups = append(groups, string(part))
	}
	return v.show(status, "join", "join", joinView{Account: person.Name, Picture: link("join", v.r.PathValue("secret"), "qr.png"),
		Typed: strings.Join(groups, " "), Least: account.LeastPassword})
}

func (o *Office) joinPicture(v *visit) error {
	person, err := o.invited(v)
	if err != nil {
		return err
	}
	_, address := account.App(person, o.Operator)
	picture, err := qrcode.PNG(address)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "image/png")
	_, _ = v.w.Write(picture)
	return nil
}

func (o *Office) joined(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	person, err := o.invited(v)
	if err != nil {
		return err
	}
	password := v.r.PostFormValue("password")
	if password != v.r.PostFormValue("again") {
		v.tell(true, "join.differs")
		return o.showJoin(v, http.StatusUnprocessableEntity, person)
	}
	err = o.porter.Join(v.r.Context(), v.r.PathValue("secret"), password, v.number("code"), v.from)
	switch {
	case errors.Is(err, account.ErrPassword):
		v.tell(true, "join.password", "least", account.LeastPassword)
	case errors.Is(err, account.ErrCode):
		v.tell(true, "join.code")
	case errors.Is(err, account.ErrNoInvite):
		return errNotFound
	case err != nil:
		return err
	default:
		return v.to(Prefix + "sign-in?joined")
	}
	return o.showJoin(v, http.StatusUnprocessableEntity, person)
}
